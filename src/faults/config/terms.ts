import type { TensorRole } from "../../architecture/tensor-roles.ts";
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
  /** What needs brackets within a product: a sum all of it, a quotient its words alone, as its digits are its value. */
  readonly brackets: "both" | "words" | "none";
  readonly isAtom: boolean;
  /** Tensors that it was measured on, of a layout that is not understood: the number is then none. */
  readonly unclear: readonly TensorRole[];
}

/** A number with its name: a key of the configuration, or what was measured in the headers. */
export function atom(value: number, words: string, unclear: readonly TensorRole[] = []): Term {
  return { value, digits: formatCount(value), words, missing: [], brackets: "none", isAtom: true, unclear };
}

/** A number that a formula has in itself, such as the 2 of keys and values. */
export function constant(value: number): Term {
  return atom(value, String(value));
}

/** A key that the configuration does not state. */
export function unstated(key: string): Term {
  return {
    value: null,
    digits: "?",
    words: key,
    missing: [key],
    brackets: "none",
    isAtom: true,
    unclear: [],
  };
}

export function times(...terms: readonly Term[]): Term {
  return join(terms, " × ", (a, b) => a * b);
}

export function plus(...terms: readonly Term[]): Term {
  return join(terms, " + ", (a, b) => a + b);
}

/** The quotient, which has no value where the division leaves a rest. */
export function over(dividend: Term, divisor: Term): Term {
  const term = join([dividend, divisor], " ÷ ", (a, b) => (b > 0 && a % b === 0 ? a / b : null));
  const digits = term.value === null ? term.digits : formatCount(term.value);
  return { ...term, digits, brackets: "words", isAtom: true };
}

/** Value and origin in one phrase. */
export function formatTerm(term: Term): string {
  const value = term.value === null ? "?" : formatCount(term.value);
  return term.isAtom ? `${value} (${term.words})` : `${term.digits} = ${value} (${term.words})`;
}

function join(terms: readonly Term[], sign: string, combine: (a: number, b: number) => number | null): Term {
  const isSum = sign === " + ";
  const wrap = (text: string, isWrapped: boolean) => (isWrapped && !isSum ? `(${text})` : text);
  return {
    value: terms
      .map(({ value }) => value)
      .reduce((sum, value) => (sum === null || value === null ? null : combine(sum, value))),
    digits: terms.map(({ digits, brackets }) => wrap(digits, brackets === "both")).join(sign),
    words: terms.map(({ words, brackets }) => wrap(words, brackets !== "none")).join(sign),
    missing: [...new Set(terms.flatMap(({ missing }) => missing))],
    brackets: isSum ? "both" : "none",
    isAtom: false,
    unclear: [...new Set(terms.flatMap(({ unclear }) => unclear))],
  };
}
