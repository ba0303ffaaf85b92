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
  /**
   * Lists of formulas by their place; -1 is not known. Of counts, a number below zero and a place more: the index that is
   * numbered through over stages (-1 is the first) and where it starts.
   */
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

/**
 * Names whole again: a digit, or one of the signs behind it, tells how many segments each shares with the one before. Only
 * what is asked for is put together: of some tens of classes one is read.
 */
export function frontCodedNames(names: readonly string[]): (place: number) => string {
  const sharedOf = (place: number): number => (names[place] as string).charCodeAt(0) - 48;
  const segmentsOf = (place: number): string[] => {
    const coded = names[place] as string;
    return coded.length > 1 ? coded.slice(1).split(".") : [];
  };
  let last: readonly string[] = [];
  let lastPlace = Number.NaN;
  return (place) => {
    const shared = sharedOf(place);
    last = [
      ...(place === lastPlace + 1 ? last.slice(0, shared) : leading(place, shared)),
      ...segmentsOf(place),
    ];
    lastPlace = place;
    return last.join(".");
  };

  /** The segments that the name at a place has from those before it. */
  function leading(place: number, count: number): string[] {
    const found: string[] = [];
    let wanted = count;
    for (let at = place - 1; wanted > 0; at -= 1) {
      const from = sharedOf(at);
      if (from >= wanted) continue;
      found.unshift(...segmentsOf(at).slice(0, wanted - from));
      wanted = from;
    }
    return found;
  }
}
