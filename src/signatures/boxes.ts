/** Indices of a name, each with all values that it takes: every combination of them is meant. Values ascend. */
export type Box = readonly (readonly number[])[];

/** How many combinations a box has; of no indices there is one. */
export function sizeOfBox(box: Box): number {
  return box.reduce((all, values) => all * values.length, 1);
}

export function sizeOfBoxes(boxes: readonly Box[]): number {
  return boxes.reduce((sum, box) => sum + sizeOfBox(box), 0);
}

/** What two boxes share; undefined where that is nothing. */
export function intersect(a: Box, b: Box): Box | undefined {
  const shared: (readonly number[])[] = [];
  for (const [at, values] of a.entries()) {
    const both = common(values, b[at] as readonly number[]);
    if (both.length === 0) return undefined;
    shared.push(both);
  }
  return shared;
}

/** What of the first boxes is in none of the second, as boxes that share nothing. */
export function subtract(from: readonly Box[], taken: readonly Box[]): Box[] {
  let left: Box[] = [...from];
  for (const box of taken) {
    if (left.length === 0) break;
    left = left.flatMap((each) => subtractOne(each, box));
  }
  return left;
}

function subtractOne(from: Box, taken: Box): Box[] {
  const shared = intersect(from, taken);
  if (shared === undefined) return [from];
  const left: Box[] = [];
  for (const [at, values] of from.entries()) {
    const rest = without(values, shared[at] as readonly number[]);
    if (rest.length > 0) left.push([...shared.slice(0, at), rest, ...from.slice(at + 1)]);
  }
  return left;
}

function common(a: readonly number[], b: readonly number[]): readonly number[] {
  if (isSame(a, b)) return a;
  const both: number[] = [];
  for (let i = 0, k = 0; i < a.length && k < b.length; ) {
    const [one, other] = [a[i] as number, b[k] as number];
    if (one === other) both.push(one);
    if (one <= other) i += 1;
    if (other <= one) k += 1;
  }
  return both;
}

function without(values: readonly number[], taken: readonly number[]): readonly number[] {
  if (taken.length === values.length) return [];
  const gone = new Set(taken);
  return values.filter((value) => !gone.has(value));
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a === b || (a.length === b.length && a.every((value, at) => value === b[at]));
}
