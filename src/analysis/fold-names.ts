import { PlaceSet } from "../checkpoint/place-set.ts";
import { formatPattern, type PatternSegment } from "../checkpoint/repeats.ts";
import { compareNatural } from "../format/natural.ts";

/** Names that differ in numbers only, as one. */
export interface FoldedNames {
  /** `model.layers.{0-61}.mlp.experts.{0-255}.w1` */
  readonly pattern: string;
  readonly count: number;
  /** The first few names in full. */
  readonly names: readonly string[];
  /** All of the names as places. */
  readonly at: PlaceSet;
}

/** Names listed in full for a fold. */
const MAX_NAMED = 3;

/**
 * Folds a list of names. The pattern is exact where the names fill all combinations of their numbers; else the
 * places differ from layer to layer, and the pattern has an "of" with what they are spread over.
 */
export function foldNames(names: readonly string[]): FoldedNames[] {
  return groupNames(names).map(({ fold }) => fold);
}

/** The same, each fold with all of its names. */
export function groupNames(
  names: readonly string[],
): { readonly fold: FoldedNames; readonly members: readonly string[] }[] {
  const folds = new Map<string, { numbers: Set<number>[]; names: string[] }>();
  for (const name of names) {
    const segments = name.split(".");
    const key = segments.map((segment) => (isNumber(segment) ? "#" : segment)).join(".");
    const own = segments.filter(isNumber).map(Number);
    const fold = folds.get(key);
    if (fold === undefined)
      folds.set(key, { numbers: own.map((number) => new Set([number])), names: [name] });
    else {
      for (const [at, number] of own.entries()) fold.numbers[at]?.add(number);
      fold.names.push(name);
    }
  }
  return Array.from(folds, ([key, { numbers, names: own }]) => ({
    fold: describeFold(key, numbers, own),
    members: own,
  })).sort((a, b) => compareNatural(a.fold.pattern, b.fold.pattern));
}

function describeFold(key: string, numbers: readonly Set<number>[], names: readonly string[]): FoldedNames {
  const product = numbers.reduce((all, set) => all * set.size, 1);
  let list = 0;
  const parts = key.split(".").map((segment): PatternSegment => {
    if (segment !== "#") return segment;
    const members = [...(numbers[list++] ?? [])].sort((a, b) => a - b);
    return members.length === 1 ? String(members[0]) : { prefix: "", members };
  });
  const isExact = product === names.length;
  const at = PlaceSet.modules(isExact ? [parts] : patternsOf(key, names), names.length);
  const pattern = isExact ? formatPattern(parts) : `${names.length} of ${formatPattern(parts)}`;
  return { pattern, count: names.length, names: names.slice(0, MAX_NAMED), at };
}

/** The exact patterns of names that share a key: those that differ in their last number only are one. */
function patternsOf(key: string, names: readonly string[]): PatternSegment[][] {
  const segments = key.split(".");
  const last = segments.lastIndexOf("#");
  if (last < 0) return names.map((name) => name.split("."));
  const groups = new Map<string, { own: string[]; members: number[] }>();
  for (const name of names) {
    const own = name.split(".");
    const number = Number(own[last]);
    const rest = own.with(last, "#").join(".");
    const group = groups.get(rest);
    if (group === undefined) groups.set(rest, { own, members: [number] });
    else group.members.push(number);
  }
  return Array.from(groups.values(), ({ own, members }) => {
    const [only] = members;
    if (members.length === 1 && only !== undefined) return own;
    const sorted = [...new Set(members)].sort((a, b) => a - b);
    return (own as PatternSegment[]).with(last, { prefix: "", members: sorted });
  });
}

function isNumber(segment: string): boolean {
  return /^(?:0|[1-9]\d{0,8})$/.test(segment);
}
