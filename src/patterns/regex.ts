import {
  ANY_CHARACTER,
  ANY_ONE,
  literalPiece,
  literalSequence,
  type Node,
  type Piece,
  type Sequence,
  type Test,
} from "./pieces.ts";

/** Characters of a pattern; real ones have some hundred, lists joined by `|` a few thousand. */
const MAX_PATTERN_LENGTH = 4000;
/** Repetitions written out, as in `{2,10}`. */
const MAX_REPEAT = 64;
/** Groups within groups; real patterns have three or four. */
const MAX_DEPTH = 50;

/**
 * A regular expression from outside as the alternatives that it is made of, or undefined where it is beyond the subset
 * that is matched in time proportional to the text: literals, `.`, classes, groups, alternatives, `* + ? {n,m}`, `^ $`,
 * `\d \w \s`. Lookahead, back references and repeats of repeats are beyond it.
 */
export function parseRegex(pattern: string): readonly Sequence[] | undefined {
  if (pattern.length > MAX_PATTERN_LENGTH) return undefined;
  if (/^[\w-]*$/.test(pattern)) return [literalSequence(pattern)];
  try {
    return new Parser(pattern).parse();
  } catch (error) {
    if (error instanceof UnsupportedPattern) return undefined;
    throw error;
  }
}

const BRACES = /\{(\d*)(?:(,)(\d*))?\}/y;

class UnsupportedPattern extends Error {}

class Parser {
  private readonly text: string;
  private at = 0;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  parse(): Sequence[] {
    const alternatives = this.alternatives();
    if (this.at < this.text.length) throw new UnsupportedPattern();
    return alternatives;
  }

  private alternatives(): Sequence[] {
    if (++this.depth > MAX_DEPTH) throw new UnsupportedPattern();
    const found = [this.sequence()];
    while (this.take("|")) found.push(this.sequence());
    this.depth--;
    return found;
  }

  private sequence(): Sequence {
    const pieces: Piece[] = [];
    while (this.at < this.text.length && this.text[this.at] !== "|" && this.text[this.at] !== ")")
      pieces.push(this.repeated());
    return pieces;
  }

  private repeated(): Piece {
    const from = this.at;
    const part = this.atom();
    const bounds = this.bounds();
    if (bounds === undefined) {
      if (part.kind === "literal") return literalPiece(part.code);
      return part === ANY_CHARACTER ? ANY_ONE : { node: part, spelling: this.text.slice(from, this.at) };
    }
    const spelling = this.text.slice(from, this.at);
    this.take("?"); // lazy or greedy: the same set of texts
    // `a{2}{3}` is an error in Python, `a*+` means other things in other engines.
    if (this.bounds() !== undefined) throw new UnsupportedPattern();
    return { node: { kind: "repeat", part, ...bounds }, spelling };
  }

  private bounds(): { min: number; max: number } | undefined {
    if (this.take("*")) return { min: 0, max: Number.POSITIVE_INFINITY };
    if (this.take("+")) return { min: 1, max: Number.POSITIVE_INFINITY };
    if (this.take("?")) return { min: 0, max: 1 };
    if (this.text[this.at] !== "{") return undefined;
    BRACES.lastIndex = this.at;
    const [braces, low, comma, high] = BRACES.exec(this.text) ?? [];
    // A brace that counts nothing is a character.
    if (braces === undefined || (low === "" && (high ?? "") === "")) return undefined;
    this.at += braces.length;
    const min = Number(low);
    const max = comma === undefined ? min : high === "" ? Number.POSITIVE_INFINITY : Number(high);
    if (min > MAX_REPEAT || (Number.isFinite(max) && (max > MAX_REPEAT || max < min)))
      throw new UnsupportedPattern();
    return { min, max };
  }

  private atom(): Node {
    const char = this.text[this.at++] as string;
    switch (char) {
      case "(":
        return this.group();
      case "[":
        return { kind: "test", test: this.characterClass() };
      case ".":
        return ANY_CHARACTER;
      case "^":
        return { kind: "start" };
      case "$":
        return { kind: "end" };
      case "\\":
        return this.escape();
      case "*":
      case "+":
      case "?":
        throw new UnsupportedPattern();
      default:
        return { kind: "literal", code: char.charCodeAt(0) };
    }
  }

  private group(): Node {
    if (this.text.startsWith("?:", this.at)) this.at += 2;
    else if (this.text[this.at] === "?") throw new UnsupportedPattern();
    const alternatives = this.alternatives();
    if (!this.take(")")) throw new UnsupportedPattern();
    const parts = alternatives.map((pieces): Node => ({ kind: "sequence", parts: pieces.map(nodeOf) }));
    return parts.length === 1 ? (parts[0] as Node) : { kind: "either", parts };
  }

  private escape(): Extract<Node, { kind: "literal" | "test" }> {
    const char = this.text[this.at++];
    if (char === undefined) throw new UnsupportedPattern();
    const test = CLASSES[char];
    if (test !== undefined) return { kind: "test", test };
    if (/[A-Za-z0-9]/.test(char)) throw new UnsupportedPattern();
    return { kind: "literal", code: char.charCodeAt(0) };
  }

  private characterClass(): Test {
    const isNegated = this.take("^");
    const tests: Test[] = [];
    for (let first = true; first || this.text[this.at] !== "]"; first = false) {
      if (this.at >= this.text.length) throw new UnsupportedPattern();
      tests.push(this.classMember());
    }
    this.at++;
    return (code) => tests.some((test) => test(code)) !== isNegated;
  }

  private classMember(): Test {
    const char = this.text[this.at++] as string;
    if (char === "\\") {
      const escaped = this.escape();
      return escaped.kind === "test" ? escaped.test : equals(escaped.code);
    }
    const low = char.charCodeAt(0);
    const isRange =
      this.text[this.at] === "-" && this.text[this.at + 1] !== "]" && this.at + 1 < this.text.length;
    if (!isRange) return equals(low);
    const high = this.text.charCodeAt(this.at + 1);
    this.at += 2;
    return (code) => code >= low && code <= high;
  }

  private take(char: string): boolean {
    if (this.text[this.at] !== char) return false;
    this.at++;
    return true;
  }
}

function nodeOf({ node }: Piece): Node {
  return node;
}

function equals(wanted: number): Test {
  return (code) => code === wanted;
}

const isDigit: Test = (code) => code >= 48 && code <= 57;
const isWord: Test = (code) =>
  isDigit(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95;
const isSpace: Test = (code) => code === 32 || (code >= 9 && code <= 13);
const CLASSES: Readonly<Record<string, Test>> = {
  d: isDigit,
  w: isWord,
  s: isSpace,
  D: (code) => !isDigit(code),
  W: (code) => !isWord(code),
  S: (code) => !isSpace(code),
};
