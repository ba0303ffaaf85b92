import type { PatternSegment } from "../checkpoint/repeats.ts";
import type { Differences, Missing, Placed, Stray } from "./compare.ts";

/** Modules that hold the experts of a layer, however they are laid out. */
const BOX = /^(?:.*_)?experts$/;

/**
 * Leaves out the experts that are stored in the other of the two layouts, stacked or one by one: of each box of them as
 * many values are there as are missing. Quantizers save in whichever they work in, and loaders read both.
 */
export function withoutRelaidExperts(
  differences: Differences,
  strays: readonly Stray[],
  { byPattern }: Placed,
): { readonly differences: Differences; readonly strays: readonly Stray[] } {
  const missing = new Map<string, { values: number; all: Missing[] }>();
  for (const each of differences.missing) {
    const box = boxOf(each.expected.pattern.split("."));
    const values = each.expected.shape.reduce<number>((all, side) => all * (side ?? Number.NaN), each.count);
    if (box !== undefined) add(missing, box, values, each);
  }
  if (missing.size === 0) return { differences, strays };
  const stored = new Map<string, { values: number; all: Stray[] }>();
  for (const each of strays) {
    const box = boxOf(each.segments);
    const values = (each.stored.elements ?? Number.NaN) * each.stored.count;
    if (box !== undefined) add(stored, box, values, each);
  }
  const known = new Set([...byPattern.keys()].map((pattern) => boxOf(pattern.split("."))));
  const relaid = new Set<unknown>();
  for (const [box, { values, all }] of missing) {
    const other = stored.get(box);
    if (other?.values !== values) continue;
    if (other.all.some(isNumberedBehind)) continue;
    // Laid out alike, some of them are the same under other names, which is a fault; all of them are a tool's own names.
    if (isNumbered(all[0]) === isNumbered(other.all[0]) && known.has(box)) continue;
    for (const each of [...all, ...other.all]) relaid.add(each);
  }
  return {
    differences: { ...differences, missing: differences.missing.filter((each) => !relaid.has(each)) },
    strays: strays.filter((each) => !relaid.has(each)),
  };
}

function add<One>(
  sums: Map<string, { values: number; all: One[] }>,
  box: string,
  values: number,
  one: One,
): void {
  const known = sums.get(box) ?? { values: 0, all: [] };
  sums.set(box, { values: known.values + values, all: [...known.all, one] });
}

/** Whether experts are stored one by one: a number follows their box. */
function isNumbered(one: Missing | Stray | undefined): boolean {
  if (one === undefined) return false;
  const segments = "segments" in one ? one.segments : one.expected.pattern.split(".");
  const at = segments.findLastIndex((segment) => typeof segment === "string" && BOX.test(segment));
  return segments
    .slice(at + 1)
    .some((segment) => typeof segment !== "string" || /^(?:\w*_)?(?:\d+|\{\d+\})$/.test(segment));
}

/** Whether the expert's number follows a projection: no loader looks for it there. */
function isNumberedBehind({ segments }: Stray): boolean {
  const at = segments.findLastIndex((segment) => typeof segment === "string" && BOX.test(segment));
  const [first, ...rest] = segments.slice(at + 1);
  const isNumber = (segment: PatternSegment) => typeof segment !== "string" || /^\d+$/.test(segment);
  return first !== undefined && !isNumber(first) && rest.some(isNumber);
}

/** Path of the box, numbers taken out; undefined for what is of no expert. */
function boxOf(segments: readonly PatternSegment[]): string | undefined {
  const at = segments.findLastIndex((segment) => typeof segment === "string" && BOX.test(segment));
  if (at < 0) return undefined;
  return segments
    .slice(0, at + 1)
    .map((segment) => (typeof segment === "string" ? segment.replace(/^(?:\d+|\{\d+\})$/, "#") : "#"))
    .join(".");
}
