import type { StepBudget } from "../patterns/step-budget.ts";
import type { FoldedWeights } from "./folded-weights.ts";

/** Steps of putting one number of a list of modules into the index. */
const STEPS_OF_A_NUMBER = 2;

/**
 * Modules by the segments of their names: an entry of a list is then held against the few modules that have its rarest
 * segment, and not against all. Numbers are told apart only where an entry asks for one.
 */
export class ModuleIndex {
  private readonly byKey = new Map<string, FoldedWeights[]>();
  private readonly byNumber = new Map<string, ReadonlyMap<number, FoldedWeights[]>>();
  private readonly budget: StepBudget;

  constructor(modules: readonly FoldedWeights[], budget: StepBudget) {
    this.budget = budget;
    for (const group of modules) for (const key of numbersByKey(group).keys()) add(this.byKey, key, group);
  }

  /** Names of modules and tensors without a number. */
  get words(): ReadonlySet<string> {
    return new Set([...this.byKey.keys()].filter((key) => !key.endsWith("#")));
  }

  /** All modules that may hold these segments, in their paths or in the names of their tensors, and some others. */
  candidates(segments: readonly string[]): readonly FoldedWeights[] {
    let rarest: readonly FoldedWeights[] | undefined;
    for (const segment of segments) {
      const holders = this.holders(segment);
      if (rarest === undefined || holders.length < rarest.length) rarest = holders;
    }
    return rarest ?? [];
  }

  private holders(segment: string): readonly FoldedWeights[] {
    const { stem, digits } = splitNumber(segment);
    const key = keyOf(stem, digits);
    const holders = this.byKey.get(key) ?? [];
    if (digits === "" || holders.length < 2) return holders;
    let numbers = this.byNumber.get(key);
    if (numbers === undefined) {
      numbers = this.numbersOf(holders, key);
      this.byNumber.set(key, numbers);
    }
    return numbers.get(Number(digits)) ?? [];
  }

  private numbersOf(holders: readonly FoldedWeights[], key: string): ReadonlyMap<number, FoldedWeights[]> {
    const found = new Map<number, FoldedWeights[]>();
    for (const group of holders) {
      const numbers = numbersByKey(group).get(key) ?? [];
      this.budget.spend(numbers.length * STEPS_OF_A_NUMBER);
      for (const number of new Set(numbers)) add(found, number, group);
    }
    return found;
  }
}

/** The numbers that stand under each key, none under a key of a name without one. */
function numbersByKey(group: FoldedWeights): Map<string, number[]> {
  const found = new Map<string, number[]>();
  const take = (name: string): void => {
    const { stem, digits } = splitNumber(name);
    const numbers = digits === "" ? [] : [Number(digits)];
    found.set(keyOf(stem, digits), [...(found.get(keyOf(stem, digits)) ?? []), ...numbers]);
  };
  for (const part of group.segments) {
    if (typeof part === "string") take(part);
    else {
      const key = keyOf(part.prefix, "#");
      found.set(key, [...(found.get(key) ?? []), ...part.members]);
    }
  }
  for (const name of tensorNames(group)) for (const segment of name.split(".")) take(segment);
  return found;
}

function add<Key>(lists: Map<Key, FoldedWeights[]>, key: Key, group: FoldedWeights): void {
  const known = lists.get(key);
  if (known === undefined) lists.set(key, [group]);
  else known.push(group);
}

function keyOf(stem: string, digits: string): string {
  return digits === "" ? stem : `${stem}#`;
}

function splitNumber(segment: string): { stem: string; digits: string } {
  let end = segment.length;
  while (end > 0 && isDigit(segment.charCodeAt(end - 1))) end--;
  return { stem: segment.slice(0, end), digits: segment.slice(end) };
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

export function tensorNames({ loose, weights }: FoldedWeights): string[] {
  return [...loose, ...weights.flatMap(({ tensors }) => tensors)].map(({ tensor }) => tensor.name);
}
