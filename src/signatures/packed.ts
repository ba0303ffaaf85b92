import type { Default, Formula, Predicate, Value } from "./signature.ts";

/**
 * One piece of the packed file, as tools/signatures/pack.ts writes it: the rows of some tens of classes by columns, tables
 * that the columns point into, and the classes, each a list of rows.
 */
export interface PackedPiece {
  /** Names, each as what it adds to the one before (front-coded). */
  readonly p: readonly string[];
  /** By row: the list of its counts, the list of its shape, its condition. */
  readonly c: readonly number[];
  readonly z: readonly number[];
  readonly q: readonly number[];
  /** Rows that are buffers. */
  readonly b: readonly number[];
  readonly f: readonly Formula[];
  /** Lists of formulas by their place; -1 is not known. */
  readonly l: readonly (readonly number[])[];
  readonly w: readonly (readonly (readonly [Predicate, 0 | 1])[])[][];
  /** What names and keys of a row begin with in a class that holds it as a part. */
  readonly n: readonly string[];
  readonly k: readonly string[];
  /** Patterns of which too little is known. */
  readonly u: readonly string[];
  readonly s: readonly PackedClass[];
}

export interface PackedSide {
  /** Runs of rows: [prefix of names, prefix of keys, first row, count, …]. */
  readonly r?: readonly number[];
  readonly u?: readonly number[];
}

export interface PackedClass extends PackedSide {
  readonly t?: PackedSide;
  readonly d?: Readonly<Record<string, Default>>;
  readonly a?: Readonly<Record<string, string>>;
  readonly x?: Readonly<Record<string, Value>>;
  readonly l?: Readonly<Record<string, number>>;
  readonly v?: Readonly<Record<string, readonly string[]>>;
  readonly y?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly n?: readonly string[];
  readonly tied?: readonly (readonly [string, string])[];
  readonly im?: readonly string[];
  readonly iu?: readonly string[];
}

/** Names whole again: a digit, or one of the signs behind it, tells how many segments each shares with the one before. */
export function readFrontCoded(names: readonly string[]): string[] {
  let last: readonly string[] = [];
  return names.map((coded) => {
    const shared = coded.charCodeAt(0) - 48;
    last = [...last.slice(0, shared), ...(coded.length > 1 ? coded.slice(1).split(".") : [])];
    return last.join(".");
  });
}
