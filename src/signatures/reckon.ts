import type { Component } from "../checkpoint/checkpoint.ts";
import { claimsOf } from "../checkpoint/claims.ts";
import { formatPattern } from "../checkpoint/repeats.ts";
import type { Box } from "./boxes.ts";
import type { Differences, Missing, Stray } from "./compare.ts";
import { nameAt } from "./expect.ts";
import type { Held } from "./held.ts";
import type { ExpectedTensors } from "./signature.ts";
import { isOfMlx, saysMlx } from "./stored.ts";

/** What of the differences between a checkpoint and its class is none: loaders do not mind it, or it cannot be known. */
export interface Reckoning {
  readonly reckon: (differences: Differences) => Differences;
  /** What the class has no pattern for, those left out that the library itself passes over. */
  readonly strays: readonly Stray[];
}

/**
 * Tensors that the library lets be missing or passes over, ties, layers of prediction behind the others; of a part of a
 * checkpoint, whatever is not there; of MLX, whose own loaders rename, whatever is stored under another name.
 */
export function reckonFor(component: Component, { signature, placed, differences, shift }: Held): Reckoning {
  const { missing: maybeMissing, unexpected: passedOver } = compileIgnorable(signature.ignorable);
  const isPassedOver = (name: string) => passedOver.some((pattern) => pattern.test(name));
  const mtp = claimsOf(component).integer("mtp")?.value ?? 0;
  const strays = placed.strays.filter(({ segments }) => !isPassedOver(plainName(formatPattern(segments))));
  // Where only the packing tells that it is MLX's, something has to stand where the missing might be.
  const renames =
    saysMlx(component) || (isOfMlx(component) && (strays.length > 0 || differences.excess.length > 0));
  const beyond = new Set([
    ...differences.excess.map(({ pattern }) => pattern),
    ...placed.strays.map(({ segments }) => formatPattern(segments)),
  ]);
  const hasOther = placed.strays.length > 0 || differences.excess.length > 0;
  const isStoredIn = (list: string) => [...placed.byPattern.keys()].some((stored) => stored.startsWith(list));
  // Other layers store it under the class's own name: it was not renamed. Nor was it where no other name is stored.
  const isBesideOwn = (pattern: string) => {
    if (placed.byPattern.has(pattern)) return true;
    const [list = "", ...rest] = pattern.split("{0}");
    return !hasOther && (rest.length > 0 ? isStoredIn(list) : pattern.split(".").length === 2);
  };
  const isTied = (pattern: string) =>
    signature.tied.some(([left, saved]) => saved === pattern && beyond.has(left));
  const leftOut = new Set(signature.tied.map(([left]) => left));
  // A bias that a head shares with its own module stays shared where the head's weight is not.
  const isSharedBias = (pattern: string) =>
    pattern.endsWith("bias") &&
    signature.tied.some(([left, saved]) => left === pattern && placed.byPattern.has(saved));
  const isLost = ({ expected, boxes }: Missing): boolean => {
    const { pattern } = expected;
    if (isShortcut(expected) || isCounter(pattern)) return false;
    if (!component.isComplete || (renames && !isBesideOwn(pattern))) return false;
    if (isTied(pattern) || isSharedBias(pattern)) return false;
    // A head above the names of a base class is made anew: that is told of the names.
    if (shift?.is === "lacking" && !pattern.startsWith(`${shift.prefix}.`)) return false;
    const name = nameAt(pattern, firstOf(boxes));
    return !maybeMissing.some((regex) => regex.test(name));
  };
  const isTooMuch = (pattern: string, boxes: readonly Box[]): boolean =>
    !renames && !leftOut.has(pattern) && !isPassedOver(nameAt(pattern, firstOf(boxes)));
  return {
    reckon: (found) => ({
      ...found,
      missing: found.missing.filter(isLost),
      mismatched: found.mismatched.filter(({ stored }) => !isHole(stored.shape)),
      excess: found.excess.filter(
        ({ pattern, boxes }) => isTooMuch(pattern, boxes) && !isPrediction(found, pattern, boxes, mtp),
      ),
    }),
    strays: renames ? [] : strays.filter(({ segments }) => !leftOut.has(formatPattern(segments))),
  };
}

/** What a gather that never happened leaves: told as a weight without elements, which no key explains. */
function isHole(shape: readonly number[] | null): boolean {
  return shape?.includes(0) === true;
}

/** Steps of training that a normalisation has seen: nothing is computed from them. */
function isCounter(pattern: string): boolean {
  return pattern.endsWith("num_batches_tracked");
}

/**
 * A projection between two widths of one list: stages of one width need none, and experiments with two that are equal are
 * rare.
 */
function isShortcut({ row, shape }: ExpectedTensors): boolean {
  const [rows, columns] = row.shape;
  if (!Array.isArray(rows)) return false;
  const isOfList =
    rows[0] === "e" && (columns === undefined || (Array.isArray(columns) && columns[0] === "e"));
  return isOfList && (shape[1] === undefined || shape[0] === shape[1]) && /shortcut/.test(row.pattern);
}

/** Layers behind those that the pattern has elsewhere, as many as the configuration has of prediction. */
function isPrediction({ excess }: Differences, pattern: string, boxes: readonly Box[], mtp: number): boolean {
  if (mtp === 0 || !pattern.includes("{0}")) return false;
  const layers = new Set(boxes.flatMap(([first]) => first ?? []));
  const all = new Set(excess.flatMap((each) => each.boxes.flatMap(([first]) => first ?? [])));
  return layers.size <= mtp && all.size <= mtp;
}

/** Written by the library, in Python's way; what this engine cannot read passes nothing over. */
function compileIgnorable({ missing, unexpected }: Held["signature"]["ignorable"]) {
  const compile = (patterns: readonly string[]): RegExp[] =>
    patterns.flatMap((pattern) => {
      try {
        return [new RegExp(pattern)];
      } catch {
        return [];
      }
    });
  return { missing: compile(missing), unexpected: compile(unexpected) };
}

function firstOf(boxes: readonly Box[]): number[] {
  return (boxes[0] ?? []).map(([first]) => first as number);
}

/** One of the names that a folded name stands for. */
function plainName(pattern: string): string {
  return pattern.replace(/\{(\d+)[^}]*\}/g, "$1");
}
