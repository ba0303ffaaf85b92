/** Whether a character, by its UTF-16 code, is one that a place of a pattern takes. */
export type Test = (code: number) => boolean;

/** A pattern as a tree. Classes, dots and literals take one UTF-16 code; the rest is made of them. */
export type Node =
  | { readonly kind: "literal"; readonly code: number }
  | { readonly kind: "test"; readonly test: Test }
  | { readonly kind: "start" | "end" }
  | { readonly kind: "sequence" | "either"; readonly parts: readonly Node[] }
  | { readonly kind: "repeat"; readonly part: Node; readonly min: number; readonly max: number };

/** A step of a pattern with its spelling: equal spellings after equal steps are one and the same to the automaton. */
export interface Piece {
  readonly node: Node;
  readonly spelling: string;
}

/** Steps one after the other that must take the whole text. A pattern is one or several such alternatives. */
export type Sequence = readonly Piece[];

const ANY: Test = () => true;

/** One character, whichever. */
export const ANY_CHARACTER: Node = { kind: "test", test: ANY };

export const ANY_ONE: Piece = { node: ANY_CHARACTER, spelling: "." };

/** Any text, the empty one too. */
export const ANY_TEXT: Piece = {
  node: { kind: "repeat", part: ANY_CHARACTER, min: 0, max: Number.POSITIVE_INFINITY },
  spelling: ".*",
};

const LITERALS = new Map<number, Piece>();

/** One step for each character: long lists of names share them. */
export function literalPiece(code: number): Piece {
  let piece = LITERALS.get(code);
  if (piece === undefined) {
    piece = { node: { kind: "literal", code }, spelling: String.fromCharCode(code) };
    LITERALS.set(code, piece);
  }
  return piece;
}

/** A text that stands for itself. */
export function literalSequence(text: string): Sequence {
  return Array.from({ length: text.length }, (_, at) => literalPiece(text.charCodeAt(at)));
}
