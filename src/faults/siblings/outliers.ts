import { EXPERT_BOXES, STACK_NAMES } from "../../architecture/leaf-tables.ts";
import type { Component } from "../../checkpoint/checkpoint.ts";
import type { ModuleKinds } from "../../checkpoint/module-kinds.ts";
import { formatPlace } from "../../checkpoint/place-set.ts";
import {
  type ChildGroup,
  groupChildren,
  type PatternSegment,
  walkPatterns,
} from "../../checkpoint/repeats.ts";
import { quantizationOf } from "../../quantization/quantization.ts";
import { compareModules, type ModuleDifference } from "./module-differences.ts";

/** Numbered siblings that differ from the others of their list, and in what. */
export interface Outlier {
  readonly list: "layers" | "experts";
  readonly segments: readonly PatternSegment[];
  /** Modules behind `segments`. */
  readonly count: number;
  readonly members: readonly number[];
  /** How many siblings are as they usually are, and where these are. */
  readonly usualCount: number;
  readonly usualSegments: readonly PatternSegment[];
  /** Whether it is the first or the last of its list, where designs differ on purpose. */
  readonly isFirst: boolean;
  readonly isLast: boolean;
  readonly difference: ModuleDifference;
}

/** Differences beyond which siblings are of another design, no outliers: attention among linear layers. */
const MAX_DIFFERENCES = 4;

/** Tensors that differ beyond which the same holds: a dense layer among mixtures of experts. */
const MAX_TENSORS = 8;

/** Groups that one group is compared with at the most: a list of more designs than this has none that is the rule. */
const MAX_COMPARED = 32;

/**
 * The odd ones out among the layers of each stack and the experts of each layer. What a list's members usually are
 * is told by the members alone; no configuration is asked. The same groups fold the tree.
 */
export function findOutliers(component: Component): readonly Outlier[] {
  return component.analyses.get(search);
}

function search(component: Component): Outlier[] {
  const { kinds } = component;
  const found: Outlier[] = [];
  walkPatterns(kinds, (group) => {
    if (kinds.tensorRow(group.kind) !== undefined) return false;
    const last = group.segments.at(-1);
    const list = typeof last === "string" ? listNamed(last) : undefined;
    if (list !== undefined && (list === "experts" || holdsMatrix(kinds, group.kind))) {
      for (const lists of byPrefix(groupChildren(kinds, group.kind)))
        found.push(...outliersAmong(component, list, lists, group.segments, group.count));
    }
    return true;
  });
  return found;
}

/** Lists of convolutions change their widths on the way, and hold activations among them: no member is the rule. */
function holdsMatrix(kinds: ModuleKinds, kind: number): boolean {
  const row = kinds.tensorRow(kind);
  if (row !== undefined && kinds.table.shape(row).length === 2) return true;
  for (const group of groupChildren(kinds, kind)) if (holdsMatrix(kinds, group.kind)) return true;
  return false;
}

function listNamed(name: string): Outlier["list"] | undefined {
  if (EXPERT_BOXES.has(name)) return "experts";
  return STACK_NAMES.has(name) ? "layers" : undefined;
}

interface NumberedGroup extends ChildGroup {
  readonly members: readonly number[];
}

/** Groups of one numbering; a lone member counts as a group of one. */
function byPrefix(groups: readonly ChildGroup[]): NumberedGroup[][] {
  const lists = new Map<string, NumberedGroup[]>();
  for (const group of groups) {
    const number = /^(.*?)(\d{1,9})$/.exec(group.prefix);
    if (group.members === null && number === null) continue;
    const numbered =
      group.members === null
        ? { ...group, prefix: number?.[1] as string, members: [Number(number?.[2])] }
        : (group as NumberedGroup);
    const list = lists.get(numbered.prefix);
    if (list === undefined) lists.set(numbered.prefix, [numbered]);
    else list.push(numbered);
  }
  return [...lists.values()].filter((list) => list.length > 1);
}

function outliersAmong(
  component: Component,
  list: Outlier["list"],
  groups: readonly NumberedGroup[],
  parent: readonly PatternSegment[],
  count: number,
): Outlier[] {
  const numbers = groups.flatMap((group) => group.members);
  const first = numbers.reduce((least, number) => Math.min(least, number));
  const last = numbers.reduce((most, number) => Math.max(most, number));
  const bySize = [...groups].sort((a, b) => b.members.length - a.members.length);
  const found: Outlier[] = [];
  for (const group of groups) {
    const usual = usualFor(component, group, { bySize, members: numbers.length }, list === "experts");
    if (usual === undefined || (list === "layers" && isByDesign(group.members, first, last))) continue;
    if (list === "layers" && isAtBorder(component, group, usual, groups)) continue;
    for (const difference of usual.differences)
      found.push({
        list,
        segments: [...parent, asSegment(group)],
        count: count * group.members.length,
        members: group.members,
        usualCount: usual.group.members.length,
        usualSegments: [...parent, asSegment(usual.group)],
        isFirst: group.members[0] === first,
        isLast: group.members.at(-1) === last,
        difference,
      });
  }
  return found;
}

/** Layers before which all are narrower (Hiera): what is new in them is the width that begins there. */
function isAtBorder(
  component: Component,
  group: NumberedGroup,
  usual: { readonly group: NumberedGroup; readonly differences: readonly ModuleDifference[] },
  groups: readonly NumberedGroup[],
): boolean {
  const widths = widthsIn(usual.differences);
  const before = groups.find(({ members }) => members.includes((group.members[0] as number) - 1));
  if (widths.size === 0 || before === undefined || before === group || before === usual.group) return false;
  const quantization = quantizationOf(component);
  const options = { most: MAX_TENSORS, withSchemes: false };
  const differing = widthsIn(compareModules(quantization, before.kind, group.kind, options));
  return [...widths].some((place) => !differing.has(place));
}

/** Places of vectors that are of another length: a norm's is the width of what it normalises. */
function widthsIn(differences: readonly ModuleDifference[]): ReadonlySet<string> {
  return new Set(
    differences.flatMap(({ about, found, path, tensor }) =>
      about === "shape" && found !== null && !found.includes(",")
        ? [formatPlace({ module: path, tensor })]
        : [],
    ),
  );
}

/** A lone member is a name, not a list of one. */
function asSegment({ prefix, members }: NumberedGroup): PatternSegment {
  return members.length === 1 ? `${prefix}${members[0]}` : { prefix, members };
}

/**
 * The larger group that a group is nearly like, and what is between them; undefined for a design of its own. Where no
 * one kind is the rule (each layer of a width of its own), there is no exception either. `bySize` holds the groups of
 * the list, the largest first, so a question is put only while its answer can matter: a list in which all differ
 * needs no comparison, and one with a rule needs one a group.
 */
function usualFor(
  component: Component,
  group: NumberedGroup,
  { bySize, members }: SizedList,
  withSchemes: boolean,
) {
  let best: { group: NumberedGroup; differences: ModuleDifference[] } | undefined;
  let alike = 0;
  let left = members - group.members.length;
  let compared = 0;
  for (const other of bySize) {
    if (other === group) continue;
    if (best === undefined && other.members.length < 2 * group.members.length) return undefined;
    if (best !== undefined && 2 * best.group.members.length > alike + left) return best;
    if (compared++ === MAX_COMPARED) return undefined;
    const differences = nearDifferences(component, other, group, withSchemes);
    left -= other.members.length;
    if (differences === undefined) continue;
    alike += other.members.length;
    best ??= { group: other, differences };
    if (2 * best.group.members.length <= alike) return undefined;
  }
  return best;
}

/** What is between two groups, undefined where it is too much to speak of one design. */
function nearDifferences(
  component: Component,
  usual: NumberedGroup,
  outlier: NumberedGroup,
  withSchemes: boolean,
): ModuleDifference[] | undefined {
  const options = { most: MAX_DIFFERENCES, withSchemes };
  const differences = compareModules(quantizationOf(component), usual.kind, outlier.kind, options);
  const counted = differences.filter(({ isOfDesign }) => isOfDesign);
  const tensors = counted.reduce((sum, difference) => sum + difference.tensors, 0);
  return counted.length > MAX_DIFFERENCES || tensors > MAX_TENSORS ? undefined : differences;
}

/** The groups of a list, the largest first, and how many members they have together. */
interface SizedList {
  readonly bySize: readonly NumberedGroup[];
  readonly members: number;
}

/** A run at either end, or a rhythm: layers that share keys and values, or every fourth of another kind. */
function isByDesign(members: readonly number[], first: number, last: number): boolean {
  if (members.length < 2) return false;
  const steps = new Set(members.slice(1).map((member, k) => member - (members[k] as number)));
  if (steps.size !== 1) return false;
  const touchesEnd = members[0] === first || members.at(-1) === last;
  return members.length > 2 || (steps.has(1) && touchesEnd);
}
