import type { Component } from "../../checkpoint/checkpoint.ts";
import type { ModuleKinds } from "../../checkpoint/module-kinds.ts";
import { PatternJoiner } from "../../checkpoint/pattern-joiner.ts";
import { PlaceSet } from "../../checkpoint/place-set.ts";
import { type PatternSegment, walkPatterns } from "../../checkpoint/repeats.ts";
import { heldOf, sideOf } from "../../signatures/held.ts";
import { type Fault, fault } from "../fault.ts";
import type { Scene } from "../scene.ts";
import { COMPANIONS, LENGTHS, SHORTCUTS, STEPS } from "./companion-rows.ts";

/** What a module of some kind lacks, and by what that is known. */
interface Lack {
  /** Path below the module. */
  readonly lacking: string;
  readonly because: string;
}

/**
 * Tensors that are worth nothing without each other, one of which is not stored. Asked of kinds of modules, not of
 * tensors; a checkpoint that was held against its class has been asked already.
 */
export function findLostCompanions({ component }: Scene): Fault[] {
  const { kinds } = component;
  if (kinds.root < 0 || isAskedAlready(component)) return [];
  const rows = rowsAskedOf(component);
  const normed = namesWithStatistics(component);
  if (Object.values(rows).every((each) => each.length === 0) && normed.size === 0) return [];
  const known = new Map<number, readonly Lack[]>();
  const lacksOf = (kind: number): readonly Lack[] => {
    const lacks = known.get(kind) ?? findLacks(kinds, kind, rows);
    known.set(kind, lacks);
    return lacks;
  };
  const lost = new Lost();
  for (const lack of lacksOf(kinds.root)) lost.add(lack, [], 1);
  walkPatterns(kinds, ({ kind, parentKind, position, segments, count }) => {
    for (const lack of lacksOf(kind)) lost.add(lack, segments, count);
    if (normed.has(kinds.childName(parentKind, position)) && isBareNorm(kinds, kind))
      for (const lack of STATISTICS) lost.add(lack, segments, count);
    return kinds.childCount(kind) > 0;
  });
  return lost.faults();
}

/** A class says all that belongs together, where all of its tensors are known. */
function isAskedAlready(component: Component): boolean {
  const held = heldOf(component);
  return held !== undefined && sideOf(held.signature, held.layout).unknown.length === 0;
}

type Rows = {
  readonly companions: typeof COMPANIONS;
  readonly lengths: typeof LENGTHS;
  readonly shortcuts: typeof SHORTCUTS;
  readonly steps: typeof STEPS;
};

/** Rows whose names occur at all: most checkpoints are asked nothing. */
function rowsAskedOf({ table: { names } }: Component): Rows {
  const occurs = (path: string) => path.split(".").every((name) => names.segments.find(name) >= 0);
  return {
    companions: COMPANIONS.filter(({ has, beside = [] }) => occurs(has) && beside.every(occurs)),
    lengths: LENGTHS.filter(({ list, beside, of }) => [list, of, ...beside].every(occurs)),
    shortcuts: SHORTCUTS.filter(({ list, convolution }) => occurs(list) && occurs(convolution)),
    steps: STEPS.filter(({ list, step }) => occurs(list) && occurs(step)),
  };
}

function findLacks(
  kinds: ModuleKinds,
  kind: number,
  { companions, lengths, shortcuts, steps }: Rows,
): Lack[] {
  if (kinds.childCount(kind) === 0) return [];
  const children = childrenOf(kinds, kind);
  return [
    ...companions.flatMap(({ has, needs, beside = [], unless = [] }) =>
      children.has(has) &&
      beside.every((path) => hasPath(kinds, children, path)) &&
      !unless.some((name) => children.has(name))
        ? needs
            .filter((path) => !hasPath(kinds, children, path))
            .map((lacking) => ({ lacking, because: has }))
        : [],
    ),
    ...lengths.flatMap(({ list, beside, of, length }) => {
      const [own, other] = [children.get(list), children.get(of)];
      if (own === undefined || other === undefined || !beside.every((name) => children.has(name))) return [];
      const expected = length(kinds.childCount(other), (name) => countBelow(kinds, other, name));
      return missingMembers(kinds, own, expected).map((member) => ({
        lacking: `${list}.${member}`,
        because: of,
      }));
    }),
    ...steps.flatMap((row) => levelsWithout(kinds, children.get(row.list), row)),
    ...shortcuts.flatMap(({ list, convolution, shortcut }) => {
      const blocks = children.get(list);
      return blocks === undefined ? [] : blocksWithout(kinds, { list, blocks, convolution, shortcut });
    }),
  ];
}

function childrenOf(kinds: ModuleKinds, kind: number): ReadonlyMap<string, number> {
  const children = new Map<string, number>();
  for (let at = 0; at < kinds.childCount(kind); at++)
    children.set(kinds.childName(kind, at), kinds.childKind(kind, at));
  return children;
}

function hasPath(kinds: ModuleKinds, children: ReadonlyMap<string, number>, path: string): boolean {
  const [first = "", ...rest] = path.split(".");
  const child = children.get(first);
  if (child === undefined || rest.length === 0) return child !== undefined;
  return hasPath(kinds, childrenOf(kinds, child), rest.join("."));
}

/** Members of a list of this name, in every member of the list. */
function countBelow(kinds: ModuleKinds, list: number, name: string): number {
  let count = 0;
  for (let at = 0; at < kinds.childCount(list); at++) {
    const inner = childrenOf(kinds, kinds.childKind(list, at)).get(name);
    if (inner !== undefined) count += kinds.childCount(inner);
  }
  return count;
}

/** No list here has more members: what a hostile name numbers is not counted up to. */
const MAX_MEMBERS = 1000;

/** Numbers below the expected length that the list does not have. */
function missingMembers(kinds: ModuleKinds, list: number, expected: number): number[] {
  if (expected > MAX_MEMBERS) return [];
  const members = childrenOf(kinds, list);
  return Array.from({ length: expected }, (_, member) => member).filter(
    (member) => !members.has(String(member)),
  );
}

/** Levels of residual blocks that lack their step to the next, where others have one. */
function levelsWithout(
  kinds: ModuleKinds,
  list: number | undefined,
  { list: name, step }: (typeof STEPS)[number],
): Lack[] {
  if (list === undefined) return [];
  const levels = [...childrenOf(kinds, list)].map(([member, kind]) => ({
    member: Number(member),
    has: childrenOf(kinds, kind),
  }));
  if (!levels.every(({ has }) => has.has("block"))) return [];
  const stepping = levels.filter(({ has }) => has.has(step)).map(({ member }) => member);
  const [first, last] = [Math.min(...stepping), Math.max(...stepping)];
  return levels
    .filter(({ member, has }) => member > first && member < last && !has.has(step))
    .map(({ member }) => ({ lacking: `${name}.${member}.${step}`, because: step }));
}

interface Blocks {
  readonly list: string;
  readonly blocks: number;
  readonly convolution: string;
  readonly shortcut: string;
}

function blocksWithout(kinds: ModuleKinds, { list, blocks, convolution, shortcut }: Blocks): Lack[] {
  const found: Lack[] = [];
  for (let at = 0; at < kinds.childCount(blocks); at++) {
    const block = childrenOf(kinds, kinds.childKind(blocks, at));
    const shape = shapeBelow(kinds, block.get(convolution), "weight");
    const isSecond = block.has("conv2") && block.has("norm1") && block.has("norm2");
    if (!isSecond || shape === undefined || shape.length < 4 || shape[0] === shape[1] || block.has(shortcut))
      continue;
    found.push({
      lacking: `${list}.${kinds.childName(blocks, at)}.${shortcut}`,
      because: `${convolution} [${shape.join(", ")}]`,
    });
  }
  return found;
}

function shapeBelow(
  kinds: ModuleKinds,
  kind: number | undefined,
  name: string,
): readonly number[] | undefined {
  const tensor = kind === undefined ? undefined : childrenOf(kinds, kind).get(name);
  const row = tensor === undefined ? undefined : kinds.tensorRow(tensor);
  return row === undefined ? undefined : kinds.table.shape(row);
}

const STATISTICS: readonly Lack[] = [
  { lacking: "running_mean", because: "that of other norms of the name" },
  { lacking: "running_var", because: "that of other norms of the name" },
];

/** What batch norms are called; a layer norm may share any other name with one. */
const BATCH_NORM = /^(?:.*_)?(?:bn|batch_?norm)\d*$/i;

/** Names of batch norms that keep statistics somewhere in this checkpoint. */
function namesWithStatistics({ kinds, table }: Component): ReadonlySet<string> {
  const found = new Set<string>();
  if (table.names.segments.find("running_mean") < 0) return found;
  walkPatterns(kinds, ({ kind, parentKind, position }) => {
    const name = kinds.childName(parentKind, position);
    if (BATCH_NORM.test(name) && childrenOf(kinds, kind).has("running_mean")) found.add(name);
    return kinds.childCount(kind) > 0;
  });
  return found;
}

/** A norm that has a gain for each channel, and nothing of what was measured in training. */
function isBareNorm(kinds: ModuleKinds, kind: number): boolean {
  const children = childrenOf(kinds, kind);
  return children.has("weight") && !children.has("running_mean") && !children.has("running_var");
}

/** Alike lacks together: by the name that lacks and what asks for it. */
class Lost {
  private readonly groups = new Map<string, { because: string; at: PatternJoiner; count: number }>();

  add({ lacking, because }: Lack, module: readonly PatternSegment[], count: number): void {
    const key = JSON.stringify([lacking.replace(/\d+/g, "#"), because]);
    const group = this.groups.get(key) ?? { because, at: new PatternJoiner(), count: 0 };
    this.groups.set(key, group);
    group.at.add([...module, ...lacking.split(".")]);
    group.count += count;
  }

  faults(): Fault[] {
    return Array.from(this.groups.values(), ({ because, at, count }) =>
      fault("companion.missing", PlaceSet.tensorPaths(at.patterns(), count), { beside: because }),
    );
  }
}
