import { compareNatural } from "../format/natural.ts";
import { formatIndexRanges } from "../format/ranges.ts";

/** Names that differ in numbers only, as one. */
export interface FoldedNames {
  /** `model.layers.{0-61}.mlp.experts.{0-255}.w1` */
  readonly pattern: string;
  readonly count: number;
  /** The first few names in full. */
  readonly names: readonly string[];
}

/** Names listed in full for a fold. */
const MAX_NAMED = 3;

/**
 * Folds a list of names. The pattern is exact where the names fill all combinations of their numbers; else the
 * places differ from layer to layer, and the pattern has an "of" with what they are spread over.
 */
export function foldNames(names: readonly string[]): FoldedNames[] {
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
  return Array.from(folds, ([key, { numbers, names: own }]) => describeFold(key, numbers, own)).sort((a, b) =>
    compareNatural(a.pattern, b.pattern),
  );
}

function describeFold(key: string, numbers: readonly Set<number>[], names: readonly string[]): FoldedNames {
  const product = numbers.reduce((all, set) => all * set.size, 1);
  let at = 0;
  const pattern = key
    .split(".")
    .map((segment) => {
      if (segment !== "#") return segment;
      const set = [...(numbers[at++] as Set<number>)].sort((a, b) => a - b);
      return set.length === 1 ? String(set[0]) : `{${formatIndexRanges(set)}}`;
    })
    .join(".");
  const shown = product === names.length ? pattern : `${names.length} of ${pattern}`;
  return { pattern: shown, count: names.length, names: names.slice(0, MAX_NAMED) };
}

function isNumber(segment: string): boolean {
  return /^(?:0|[1-9]\d{0,8})$/.test(segment);
}
