import { compareNatural } from "../format/natural.ts";
import { formatIndexRanges } from "../format/ranges.ts";
import { ROOT } from "../safetensors/tensor-names.ts";
import type { ModuleKinds } from "./module-kinds.ts";
import { PatternJoiner } from "./pattern-joiner.ts";
import { NUMBERED_NAME, type PatternSegment } from "./pattern-segment.ts";

/** Children of one module that are of one kind and numbered, or one child of its own. */
export interface ChildGroup {
  /** The kind that all members share. */
  readonly kind: number;
  /** Positions of the members among the module's children (see `ModuleKinds.childName`), ascending. */
  readonly positions: readonly number[];
  /** Name of the one child, or what stands before the number: "" for `0`, `1`; `block_` for `block_0`. */
  readonly prefix: string;
  /** Numbers of the members, ascending, null for a child that is not folded. */
  readonly members: readonly number[] | null;
}

/** Children named `conv1`, `conv2` are two things; from three on a numbered name is a list. */
const MIN_STEMMED_MEMBERS = 3;

/**
 * The children of a module with equal numbered siblings gathered, wherever they stand in the list: layers 0-2 dense,
 * 3-60 MoE; or, in a hybrid, 3, 7, … attention and all others linear. Groups come in the order of their first members.
 */
export function groupChildren(kinds: ModuleKinds, kind: number): readonly ChildGroup[] {
  let ofKinds = GROUPED.get(kinds);
  if (ofKinds === undefined) {
    ofKinds = new Map();
    GROUPED.set(kinds, ofKinds);
  }
  let groups = ofKinds.get(kind);
  if (groups === undefined) {
    groups = groupAnew(kinds, kind);
    ofKinds.set(kind, groups);
  }
  return groups;
}

/** Every question walks the tree; a kind's children are grouped once. */
const GROUPED = new WeakMap<ModuleKinds, Map<number, readonly ChildGroup[]>>();

function groupAnew(kinds: ModuleKinds, kind: number): ChildGroup[] {
  const groups: { kind: number; positions: number[]; prefix: string; members: number[] | null }[] = [];
  const byKey = new Map<string, number>();
  const count = kinds.childCount(kind);
  for (let position = 0; position < count; position++) {
    const name = kinds.childName(kind, position);
    const match = NUMBERED_NAME.exec(name);
    const childKind = kinds.childKind(kind, position);
    if (match === null) {
      groups.push({ kind: childKind, positions: [position], prefix: name, members: null });
      continue;
    }
    const [, prefix, digits] = match as unknown as [string, string, string];
    const key = `${childKind} ${prefix}`;
    const known = byKey.get(key);
    if (known !== undefined) {
      const group = groups[known] as (typeof groups)[number];
      group.positions.push(position);
      group.members?.push(Number(digits));
      continue;
    }
    byKey.set(key, groups.length);
    groups.push({ kind: childKind, positions: [position], prefix, members: [Number(digits)] });
  }
  return groups
    .flatMap((group) => unfoldIfFew(kinds, kind, group))
    .sort((a, b) => (a.positions[0] as number) - (b.positions[0] as number));
}

/** A list of one, or two that merely end in digits, is no list. */
function unfoldIfFew(kinds: ModuleKinds, kind: number, group: ChildGroup): ChildGroup[] {
  if (group.members === null) return [group];
  const enough = group.prefix === "" ? 2 : MIN_STEMMED_MEMBERS;
  if (group.members.length >= enough) return [group];
  return group.positions.map((position) => ({
    kind: group.kind,
    positions: [position],
    prefix: kinds.childName(kind, position),
    members: null,
  }));
}

export type { PatternSegment } from "./pattern-segment.ts";

/** Modules or tensors of one kind whose paths differ in numbers only, such as one projection of all experts. */
export interface PatternGroup {
  readonly segments: readonly PatternSegment[];
  readonly kind: number;
  /** How many paths the pattern stands for. */
  readonly count: number;
  /** Node of the first of them. */
  readonly node: number;
  /** Kind of the module that holds it, and its position among that module's children. */
  readonly parentKind: number;
  readonly position: number;
}

/** Groups of a tree that are kept for the questions after the first; some 200 bytes each. Real models have some hundreds. */
const MAX_KEPT_GROUPS = 20_000;

/** The folded tree of one checkpoint, opened as far as somebody has walked it. */
class PatternTree {
  private readonly kinds: ModuleKinds;
  private roots: readonly OpenGroup[] | undefined;
  private kept = 0;

  constructor(kinds: ModuleKinds) {
    this.kinds = kinds;
  }

  walk(visit: (group: PatternGroup) => boolean): void {
    const go = (groups: readonly OpenGroup[]): void => {
      for (const group of groups) if (visit(group)) go(this.below(group));
    };
    if (this.kinds.root >= 0) go(this.top());
  }

  private top(): readonly OpenGroup[] {
    this.roots ??= this.open(this.kinds.root, ROOT, [], 1);
    return this.roots;
  }

  private below(group: OpenGroup): readonly OpenGroup[] {
    if (group.below !== undefined) return group.below;
    const groups = this.open(group.kind, group.node, group.segments, group.count);
    this.kept += groups.length;
    if (this.kept <= MAX_KEPT_GROUPS) group.below = groups;
    return groups;
  }

  private open(kind: number, node: number, parts: readonly PatternSegment[], count: number): OpenGroup[] {
    const { kinds } = this;
    const { names } = kinds.table;
    return groupChildren(kinds, kind).map((group): OpenGroup => {
      const first = group.positions[0] as number;
      const part = group.members === null ? group.prefix : { prefix: group.prefix, members: group.members };
      return {
        segments: [...parts, part],
        kind: group.kind,
        count: count * group.positions.length,
        node: names.findChild(node, kinds.childSegment(kind, first)),
        parentKind: kind,
        position: first,
        below: undefined,
      };
    });
  }
}

interface OpenGroup extends PatternGroup {
  below: readonly OpenGroup[] | undefined;
}

/** Every question walks the tree; it is opened once. */
const TREES = new WeakMap<ModuleKinds, PatternTree>();

/**
 * Walks the folded module tree from the root, each group of equal siblings once. `visit` gets every group with the
 * number of real modules behind it and tells whether to go below it.
 */
export function walkPatterns(kinds: ModuleKinds, visit: (group: PatternGroup) => boolean): void {
  let tree = TREES.get(kinds);
  if (tree === undefined) {
    tree = new PatternTree(kinds);
    TREES.set(kinds, tree);
  }
  tree.walk(visit);
}

/** Modules of one kind at one place of the architecture, however many deviants split their layers into groups. */
export interface FoldedModules {
  readonly kind: number;
  readonly count: number;
  readonly node: number;
  /** Patterns that together stand for all of them; one in nearly all cases. */
  readonly patterns: readonly (readonly PatternSegment[])[];
}

/**
 * Gathers the groups that `select` accepts by place (path without its numbers) and kind. Patterns that differ in one
 * list only are joined: `layers.{0-16}` and `layers.{18-61}` become `layers.{0-16,18-61}`.
 */
export function gatherModules(
  kinds: ModuleKinds,
  select: (group: PatternGroup) => boolean,
  descend: (group: PatternGroup) => boolean,
): FoldedModules[] {
  const gathered = new Map<
    string,
    { kind: number; count: number; node: number; first: readonly PatternSegment[]; more?: PatternJoiner }
  >();
  walkPatterns(kinds, (group) => {
    if (select(group)) {
      const key = `${group.kind} ${placeOf(group.segments)}`;
      const known = gathered.get(key);
      if (known === undefined)
        gathered.set(key, {
          kind: group.kind,
          count: group.count,
          node: group.node,
          first: group.segments,
        });
      else {
        known.count += group.count;
        if (known.more === undefined) {
          known.more = new PatternJoiner();
          known.more.add(known.first);
        }
        known.more.add(group.segments);
      }
    }
    return descend(group);
  });
  return Array.from(gathered.values(), ({ kind, count, node, first, more }) => ({
    kind,
    count,
    node,
    patterns: more?.patterns() ?? [first],
  }));
}

/** `model.layers.{0-61}.mlp`: exact, whatever the set of numbers. */
export function formatPattern(parts: readonly PatternSegment[]): string {
  return parts
    .map((part) => (typeof part === "string" ? part : `${part.prefix}{${formatIndexRanges(part.members)}}`))
    .join(".");
}

/**
 * The path with its numbers taken out, so that all layers meet. A name that merely ends in a digit (`w1`, `w3`) keeps it:
 * those are two things.
 */
function placeOf(parts: readonly PatternSegment[]): string {
  return JSON.stringify(
    parts.map((part) => (typeof part === "string" ? part.replace(/^\d+$/, "#") : `${part.prefix}#`)),
  );
}

/** Natural order of patterns, for lists that are sorted by path. */
export function comparePatterns(a: readonly PatternSegment[], b: readonly PatternSegment[]): number {
  return compareNatural(formatPattern(a), formatPattern(b));
}
