/**
 * Regular expressions from configuration files, matched in time proportional to text × pattern. They come from
 * outside, so none is handed to an engine that backtracks. The subset: literals, `.`, classes, groups, alternatives,
 * `* + ? {n,m}`, `^ $`, `\d \w \s`. What is beyond it (lookahead, back references) is not judged.
 */
export interface LinearRegex {
  /** Whether it matches at the start of the text, whatever follows. */
  readonly matchesStart: (text: string) => boolean;
  readonly matchesWhole: (text: string) => boolean;
  readonly matchesSomewhere: (text: string) => boolean;
}

/** Characters of a pattern; real ones have some hundred, lists joined by `|` a few thousand. */
const MAX_PATTERN_LENGTH = 4000;
/** States of the automaton; bounds memory and the work for each character of a name. */
const MAX_STATES = 10_000;
/** Repetitions written out, as in `{2,10}`. */
const MAX_REPEAT = 64;

type Test = (code: number) => boolean;

type Node =
  | { readonly kind: "test"; readonly test: Test }
  | { readonly kind: "empty" | "start" | "end" }
  | { readonly kind: "sequence" | "either"; readonly parts: readonly Node[] }
  | { readonly kind: "repeat"; readonly part: Node; readonly min: number; readonly max: number };

/** Compiles a pattern, or undefined where it is not in the subset. */
export function compileRegex(pattern: string): LinearRegex | undefined {
  if (pattern.length > MAX_PATTERN_LENGTH) return undefined;
  try {
    const program = assemble(new Parser(pattern).parse());
    return {
      matchesStart: (text) => run(program, text, false, false),
      matchesWhole: (text) => run(program, text, false, true),
      matchesSomewhere: (text) => run(program, text, true, false),
    };
  } catch (error) {
    if (error instanceof UnsupportedPattern) return undefined;
    throw error;
  }
}

/** A shell glob (`*`, `?`, `[ab]`, as Python's fnmatch) that must match the whole text. */
export function compileGlob(glob: string): LinearRegex | undefined {
  const pattern = glob.replace(/[.*?+^$(){}|\\]/g, (char) =>
    char === "*" ? ".*" : char === "?" ? "." : `\\${char}`,
  );
  return compileRegex(pattern.replaceAll("[!", "[^"));
}

class UnsupportedPattern extends Error {}

class Parser {
  private readonly text: string;
  private at = 0;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  parse(): Node {
    const node = this.either();
    if (this.at < this.text.length) throw new UnsupportedPattern();
    return node;
  }

  private either(): Node {
    if (++this.depth > 50) throw new UnsupportedPattern();
    const parts = [this.sequence()];
    while (this.take("|")) parts.push(this.sequence());
    this.depth--;
    return parts.length === 1 ? (parts[0] as Node) : { kind: "either", parts };
  }

  private sequence(): Node {
    const parts: Node[] = [];
    while (this.at < this.text.length && this.text[this.at] !== "|" && this.text[this.at] !== ")")
      parts.push(this.repeated());
    return { kind: "sequence", parts };
  }

  private repeated(): Node {
    let node = this.atom();
    for (;;) {
      const bounds = this.bounds();
      if (bounds === undefined) return node;
      this.take("?"); // lazy or greedy: the same set of texts
      node = { kind: "repeat", part: node, ...bounds };
    }
  }

  private bounds(): { min: number; max: number } | undefined {
    if (this.take("*")) return { min: 0, max: Number.POSITIVE_INFINITY };
    if (this.take("+")) return { min: 1, max: Number.POSITIVE_INFINITY };
    if (this.take("?")) return { min: 0, max: 1 };
    const braces = /^\{(\d{1,4})(,)?(\d{1,4})?\}/.exec(this.text.slice(this.at, this.at + 16));
    if (braces === null) return undefined;
    this.at += braces[0].length;
    const min = Number(braces[1]);
    const max =
      braces[2] === undefined ? min : braces[3] === undefined ? Number.POSITIVE_INFINITY : Number(braces[3]);
    if (min > MAX_REPEAT || (Number.isFinite(max) && max > MAX_REPEAT)) throw new UnsupportedPattern();
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
        return { kind: "test", test: () => true };
      case "^":
        return { kind: "start" };
      case "$":
        return { kind: "end" };
      case "\\":
        return { kind: "test", test: this.escape() };
      case "*":
      case "+":
      case "?":
        throw new UnsupportedPattern();
      default:
        return { kind: "test", test: equals(char.charCodeAt(0)) };
    }
  }

  private group(): Node {
    if (this.text.startsWith("?:", this.at)) this.at += 2;
    else if (this.text[this.at] === "?") throw new UnsupportedPattern();
    const node = this.either();
    if (!this.take(")")) throw new UnsupportedPattern();
    return node;
  }

  private escape(): Test {
    const char = this.text[this.at++];
    if (char === undefined) throw new UnsupportedPattern();
    const named = CLASSES[char];
    if (named !== undefined) return named;
    if (/[A-Za-z0-9]/.test(char)) throw new UnsupportedPattern();
    return equals(char.charCodeAt(0));
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
    if (char === "\\") return this.escape();
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

type State =
  | { readonly kind: "test"; readonly test: Test; next: number }
  | { readonly kind: "split"; next: number; other: number }
  | { readonly kind: "start" | "end"; next: number }
  | { readonly kind: "accept" };

interface Program {
  readonly states: readonly State[];
  readonly first: number;
}

/** Builds the automaton back to front: each node is told where to go on. */
function assemble(node: Node): Program {
  const states: State[] = [{ kind: "accept" }];
  const add = (state: State): number => {
    if (states.length >= MAX_STATES) throw new UnsupportedPattern();
    return states.push(state) - 1;
  };
  const build = (part: Node, next: number): number => {
    switch (part.kind) {
      case "test":
        return add({ kind: "test", test: part.test, next });
      case "start":
      case "end":
        return add({ kind: part.kind, next });
      case "empty":
        return next;
      case "sequence":
        return part.parts.reduceRight((after, each) => build(each, after), next);
      case "either":
        return part.parts
          .map((each) => build(each, next))
          .reduce((a, b) => add({ kind: "split", next: a, other: b }));
      case "repeat":
        return repeat(part, next);
    }
  };
  const repeat = (part: Extract<Node, { kind: "repeat" }>, next: number): number => {
    let entry = next;
    if (Number.isFinite(part.max)) {
      for (let count = part.min; count < part.max; count++)
        entry = add({ kind: "split", next: build(part.part, entry), other: next });
    } else {
      const loop = { kind: "split" as const, next: 0, other: next };
      entry = add(loop);
      loop.next = build(part.part, entry);
    }
    for (let count = 0; count < part.min; count++) entry = build(part.part, entry);
    return entry;
  };
  return { states, first: build(node, 0) };
}

/** Follows all states at once, so that no input makes it go back. */
function run({ states, first }: Program, text: string, anywhere: boolean, whole: boolean): boolean {
  let current: number[] = [];
  const seen = new Int32Array(states.length).fill(-1);
  for (let at = 0; at <= text.length; at++) {
    if (at === 0 || anywhere) current.push(first);
    const open = close(states, current, seen, at, text.length);
    if (open.accepts && (!whole || at === text.length)) return true;
    if (at === text.length) break;
    const code = text.charCodeAt(at);
    current = [];
    for (const index of open.tests) {
      const state = states[index] as Extract<State, { kind: "test" }>;
      if (state.test(code)) current.push(state.next);
    }
    if (current.length === 0 && !anywhere) return false;
  }
  return false;
}

function close(
  states: readonly State[],
  from: readonly number[],
  seen: Int32Array,
  at: number,
  end: number,
): { tests: number[]; accepts: boolean } {
  const tests: number[] = [];
  let accepts = false;
  const pending = [...from];
  for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
    if (seen[index] === at) continue;
    seen[index] = at;
    const state = states[index] as State;
    if (state.kind === "accept") accepts = true;
    else if (state.kind === "test") tests.push(index);
    else if (state.kind === "split") pending.push(state.next, state.other);
    else if (state.kind === "start" ? at === 0 : at === end) pending.push(state.next);
  }
  return { tests, accepts };
}
