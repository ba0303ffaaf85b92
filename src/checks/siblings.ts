import { EXPERT_BOXES, STACK_NAMES } from "../architecture/leaf-tables.ts";
import type { Component } from "../checkpoint/checkpoint.ts";
import { type ChildGroup, groupChildren, type PatternPart, walkPatterns } from "../checkpoint/repeats.ts";
import { quantizationOf } from "../quantization/quantization.ts";
import { compareModules, type ModuleDifference } from "./module-differences.ts";

/** Numbered siblings that differ from the others of their list, and in what. */
export interface Deviant {
  readonly list: "layers" | "experts";
  readonly parts: readonly PatternPart[];
  /** Modules behind `parts`. */
  readonly count: number;
  readonly members: readonly number[];
  /** How many siblings are as they usually are. */
  readonly usualCount: number;
  /** Whether it is the first or the last of its list, where designs differ on purpose. */
  readonly isFirst: boolean;
  readonly isLast: boolean;
  readonly difference: ModuleDifference;
}

/** Differences beyond which siblings are of another design, not deviants: attention among linear layers. */
const MAX_DIFFERENCES = 4;

/** Tensors that differ beyond which the same holds: a dense layer among mixtures of experts. */
const MAX_TENSORS = 8;

const MADE = new WeakMap<Component, readonly Deviant[]>();

/**
 * The odd ones out among the layers of each stack and the experts of each layer. What a list's members usually are
 * is told by the members alone; no configuration is asked. The same groups fold the tree.
 */
export function findDeviants(component: Component): readonly Deviant[] {
  let known = MADE.get(component);
  if (known === undefined) {
    known = search(component);
    MADE.set(component, known);
  }
  return known;
}

function search(component: Component): Deviant[] {
  const { kinds } = component;
  const found: Deviant[] = [];
  walkPatterns(kinds, (group) => {
    if (kinds.tensorRow(group.kind) !== undefined) return false;
    const last = group.parts.at(-1);
    const list = typeof last === "string" ? listNamed(last) : undefined;
    if (list !== undefined) {
      for (const lists of byStem(groupChildren(kinds, group.kind)))
        found.push(...deviantsOf(component, list, lists, group.parts, group.count));
    }
    return true;
  });
  return found;
}

function listNamed(name: string): Deviant["list"] | undefined {
  if (EXPERT_BOXES.has(name)) return "experts";
  return STACK_NAMES.has(name) ? "layers" : undefined;
}

interface NumberedGroup extends ChildGroup {
  readonly members: readonly number[];
}

/** Groups of one numbering; a lone member counts as a group of one. */
function byStem(groups: readonly ChildGroup[]): NumberedGroup[][] {
  const lists = new Map<string, NumberedGroup[]>();
  for (const group of groups) {
    const number = /^(.*?)(\d{1,9})$/.exec(group.stem);
    if (group.members === null && number === null) continue;
    const numbered =
      group.members === null
        ? { ...group, stem: number?.[1] as string, members: [Number(number?.[2])] }
        : (group as NumberedGroup);
    const list = lists.get(numbered.stem);
    if (list === undefined) lists.set(numbered.stem, [numbered]);
    else list.push(numbered);
  }
  return [...lists.values()].filter((list) => list.length > 1);
}

function deviantsOf(
  component: Component,
  list: Deviant["list"],
  groups: readonly NumberedGroup[],
  parent: readonly PatternPart[],
  count: number,
): Deviant[] {
  const numbers = groups.flatMap((group) => group.members);
  const first = Math.min(...numbers);
  const last = Math.max(...numbers);
  const found: Deviant[] = [];
  for (const group of groups) {
    const usual = usualFor(component, group, groups, list === "experts");
    if (usual === undefined || (list === "layers" && isByDesign(group.members, first, last))) continue;
    for (const difference of usual.differences)
      found.push({
        list,
        parts: [...parent, asPart(group)],
        count: count * group.members.length,
        members: group.members,
        usualCount: usual.group.members.length,
        isFirst: group.members[0] === first,
        isLast: group.members.at(-1) === last,
        difference,
      });
  }
  return found;
}

/** A lone member is a name, not a list of one. */
function asPart({ stem, members }: NumberedGroup): PatternPart {
  return members.length === 1 ? `${stem}${members[0]}` : { stem, members };
}

/** The larger group that a group is nearly like, and what is between them; undefined for a design of its own. */
function usualFor(
  component: Component,
  group: NumberedGroup,
  groups: readonly NumberedGroup[],
  withSchemes: boolean,
) {
  let best: { group: NumberedGroup; differences: ModuleDifference[]; tensors: number } | undefined;
  let alike = 0;
  for (const other of groups) {
    if (other === group) continue;
    const options = { most: MAX_DIFFERENCES, withSchemes };
    const differences = compareModules(quantizationOf(component), other.kind, group.kind, options);
    const tensors = differences.reduce((sum, difference) => sum + difference.tensors, 0);
    if (differences.length > MAX_DIFFERENCES || tensors > MAX_TENSORS) continue;
    alike += other.members.length;
    if (best === undefined || other.members.length > best.group.members.length)
      best = { group: other, differences, tensors };
  }
  if (best === undefined || best.group.members.length < 2 * group.members.length) return undefined;
  // Where no one kind is the rule (each layer of a width of its own), there is no exception either.
  return 2 * best.group.members.length > alike ? best : undefined;
}

/** A run at either end, or a rhythm: layers that share keys and values, or every fourth of another kind. */
function isByDesign(members: readonly number[], first: number, last: number): boolean {
  if (members.length < 2) return false;
  const steps = new Set(members.slice(1).map((member, k) => member - (members[k] as number)));
  if (steps.size !== 1) return false;
  const touchesEnd = members[0] === first || members.at(-1) === last;
  return members.length > 2 || (steps.has(1) && touchesEnd);
}
