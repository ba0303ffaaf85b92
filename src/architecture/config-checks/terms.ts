import { formatCount } from "../../format/count.ts";

/**
 * An expected number with the way it comes about: `48 × 128 = 6,144 (num_attention_heads × head_dim)`. A term of which
 * some key is not stated has no value, and knows what is missing.
 */
export interface Term {
  readonly value: number | null;
  /** The numbers, `48 × 128`. */
  readonly digits: string;
  /** What they are, `num_attention_heads × head_dim`. */
  readonly words: string;
  /** Keys that would have to be stated, and are not. */
  readonly missing: readonly string[];
  readonly isSum: boolean;
  readonly isAtom: boolean;
}

/** A number with its name: a key of the configuration, or what was measured in the headers. */
export function atom(value: number, words: string): Term {
  return { value, digits: formatCount(value), words, missing: [], isSum: false, isAtom: true };
}

/** A number that a formula has in itself, such as the 2 of keys and values. */
export function constant(value: number): Term {
  return atom(value, String(value));
}

/** A key that the configuration does not state. */
export function unstated(key: string): Term {
  return { value: null, digits: "?", words: key, missing: [key], isSum: false, isAtom: true };
}

export function times(...terms: readonly Term[]): Term {
  return join(terms, " × ", (a, b) => a * b, false);
}

export function plus(...terms: readonly Term[]): Term {
  return join(terms, " + ", (a, b) => a + b, true);
}

export function minus(from: Term, what: Term): Term {
  return join([from, what], " − ", (a, b) => a - b, true);
}

/** The quotient, which has no value where the division leaves a rest. */
export function over(dividend: Term, divisor: Term): Term {
  return join([dividend, divisor], " ÷ ", (a, b) => (b > 0 && a % b === 0 ? a / b : null), false);
}

/** Value and origin in one phrase. */
export function formatTerm(term: Term): string {
  const value = term.value === null ? "?" : formatCount(term.value);
  return term.isAtom ? `${value} (${term.words})` : `${term.digits} = ${value} (${term.words})`;
}

function join(
  terms: readonly Term[],
  sign: string,
  combine: (a: number, b: number) => number | null,
  isSum: boolean,
): Term {
  const wrap = (term: Term, text: string) => (term.isSum && !isSum ? `(${text})` : text);
  return {
    value: terms
      .map(({ value }) => value)
      .reduce((sum, value) => (sum === null || value === null ? null : combine(sum, value))),
    digits: terms.map((term) => wrap(term, term.digits)).join(sign),
    words: terms.map((term) => wrap(term, term.words)).join(sign),
    missing: [...new Set(terms.flatMap(({ missing }) => missing))],
    isSum,
    isAtom: false,
  };
}
