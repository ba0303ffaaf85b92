import type { PatternSegment } from "../checkpoint/repeats.ts";
import { type Box, intersect, sizeOfBox, sizeOfBoxes, subtract } from "./boxes.ts";
import type { Expectation } from "./expect.ts";
import { buildTree, placeSegments } from "./match.ts";
import type { ExpectedTensors, Row } from "./signature.ts";
import type { StoredTensors } from "./stored.ts";

/** Stored tensors at their places in the patterns of a class. */
export interface Placed {
  readonly byPattern: ReadonlyMap<string, readonly PlacedTensors[]>;
  /** What the class has no pattern for, whatever the configuration. */
  readonly strays: readonly Stray[];
}

export interface PlacedTensors {
  readonly box: Box;
  readonly stored: StoredTensors;
}

export interface Stray {
  readonly segments: readonly PatternSegment[];
  readonly stored: StoredTensors;
}

/** Tensors that a class has for the configuration, and nothing stores. */
export interface Missing {
  readonly expected: ExpectedTensors;
  readonly boxes: readonly Box[];
  readonly count: number;
}

/** Tensors of a pattern of the class, where the configuration has none. */
export interface Excess {
  readonly pattern: string;
  readonly boxes: readonly Box[];
  readonly stored: StoredTensors;
  readonly count: number;
}

/** Tensors that are there, in another shape. */
export interface Mismatch {
  readonly expected: ExpectedTensors;
  readonly stored: StoredTensors;
  readonly box: Box;
  readonly count: number;
}

export interface Differences {
  readonly missing: readonly Missing[];
  readonly excess: readonly Excess[];
  readonly mismatched: readonly Mismatch[];
  /** Patterns that are stored at least in part, of those that are expected. */
  readonly found: number;
  readonly expected: number;
}

/** Steps of one comparison; the largest real ones take some thousand. */
const MAX_STEPS = 200_000;

/** The first segment of a class's names, which a checkpoint has too much or too little. */
export interface Shift {
  readonly prefix: string;
  readonly is: "lacking" | "added";
}

/**
 * Puts what is stored where the class has it; what is beside the weights and not of the class is left out. With a shift,
 * names that have no place get a second chance.
 */
export function placeStored(
  rows: readonly Row[],
  unknown: readonly string[],
  stored: readonly StoredTensors[],
  shift?: Shift,
): Placed {
  const tree = buildTree([...rows.map(({ pattern }) => pattern), ...unknown]);
  const byPattern = new Map<string, PlacedTensors[]>();
  const strays: Stray[] = [];
  const place = (segments: readonly PatternSegment[], each: StoredTensors) => {
    const { placed, strays: left } = placeSegments(tree, segments);
    for (const { pattern, box } of placed) {
      const known = byPattern.get(pattern);
      if (known === undefined) byPattern.set(pattern, [{ box, stored: each }]);
      else known.push({ box, stored: each });
    }
    return left;
  };
  for (const each of stored) {
    let left = place(each.segments, each);
    // By the name in the files, where a class has a parameter that is called as a quantizer's are.
    if (each.stored !== each.segments && left[0] === each.segments) left = place(each.stored, each);
    if (shift !== undefined)
      left = left.flatMap((segments) => {
        const shifted = applyShift(segments, shift);
        return shifted === undefined || place(shifted, each).length > 0 ? [segments] : [];
      });
    if (!each.isBeside) for (const segments of left) strays.push({ segments, stored: each });
  }
  return { byPattern, strays };
}

function applyShift(
  segments: readonly PatternSegment[],
  { prefix, is }: Shift,
): readonly PatternSegment[] | undefined {
  if (is === "lacking") return [prefix, ...segments];
  return segments[0] === prefix ? segments.slice(1) : undefined;
}

/** What is stored against what is expected. Undefined where that is too much to compare. Pure. */
export function compare(
  expectation: Expectation & { status: "known" },
  { byPattern }: Placed,
): Differences | undefined {
  const unknown = new Set(expectation.unknown);
  const expected = groupByPattern(expectation.tensors);
  const missing: Missing[] = [];
  const excess: Excess[] = [];
  const mismatched: Mismatch[] = [];
  let found = 0;
  let steps = 0;
  for (const [pattern, wanted] of expected) {
    const placed = byPattern.get(pattern) ?? [];
    steps += (wanted.length + 1) * (placed.length + 1);
    if (steps > MAX_STEPS) return undefined;
    if (placed.length > 0) found += 1;
    const boxes = placed.map(({ box }) => box);
    // Turned as a whole it is a layout; one layer that is turned among others that are not is a fault.
    const mayBeTurned = !wanted.some((each) => placed.some((one) => liesAsExpected(each, one)));
    for (const each of wanted) {
      const left = subtract([each.indices], boxes);
      if (left.length > 0) missing.push({ expected: each, boxes: left, count: sizeOfBoxes(left) });
      for (const { box, stored } of placed) {
        if (fits(each.shape, stored, mayBeTurned)) continue;
        const shared = intersect(each.indices, box);
        if (shared !== undefined)
          mismatched.push({ expected: each, stored, box: shared, count: sizeOfBox(shared) });
      }
    }
  }
  for (const [pattern, placed] of byPattern) {
    if (unknown.has(pattern)) continue;
    const wanted = (expected.get(pattern) ?? []).map(({ indices }) => indices);
    for (const { box, stored } of placed) {
      const left = stored.isBeside ? [] : subtract([box], wanted);
      if (left.length > 0) excess.push({ pattern, boxes: left, stored, count: sizeOfBoxes(left) });
    }
  }
  return { missing, excess, mismatched, found, expected: expected.size };
}

function groupByPattern(tensors: readonly ExpectedTensors[]): Map<string, ExpectedTensors[]> {
  const groups = new Map<string, ExpectedTensors[]>();
  for (const each of tensors) {
    if (sizeOfBox(each.indices) === 0) continue;
    const group = groups.get(each.pattern);
    if (group === undefined) groups.set(each.pattern, [each]);
    else group.push(each);
  }
  return groups;
}

/** Whether tensors have their sides as the class has them, and would show it if they had not. */
function liesAsExpected(
  { indices, shape: expected }: ExpectedTensors,
  { box, stored }: PlacedTensors,
): boolean {
  const { shape, mayBeTurned } = stored;
  const isTelling = mayBeTurned && shape !== null && shape.length > 1 && new Set(shape).size === shape.length;
  if (!isTelling || expected.length !== shape.length) return false;
  return expected.every((each, axis) => each === shape[axis]) && intersect(indices, box) !== undefined;
}

/**
 * Whether a shape is one that is expected; a dimension that is not known, on either side, is not compared. Sides that
 * a tool may have turned are taken in any order, unless that is known of their kind.
 */
export function fits(
  expected: readonly (number | undefined)[],
  { shape, elements, mayBeTurned }: StoredTensors,
  isTurning = true,
): boolean {
  if (shape === null)
    return (
      elements === null ||
      expected.includes(undefined) ||
      expected.reduce<number>((all, each) => all * (each ?? 1), 1) === elements
    );
  if (expected.length !== shape.length) return false;
  if (expected.every((each, axis) => each === undefined || each === shape[axis])) return true;
  return mayBeTurned && isTurning && (expected.includes(undefined) || sorted(expected) === sorted(shape));
}

function sorted(dimensions: readonly (number | undefined)[]): string {
  return [...dimensions].sort((a, b) => (a ?? 0) - (b ?? 0)).join();
}
