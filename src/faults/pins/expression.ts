import { member } from "../../checkpoint/config.ts";

/** What a formula of a configuration comes to; undefined where a key is not stated, or is nothing to count with. */
export type Reckoned = number | undefined;

/** Names that a formula is reckoned with: the configuration, and the numbers of list members (`i`). */
export interface Surroundings {
  readonly config: unknown;
  readonly indices: Readonly<Record<string, number>>;
}

export interface Expression {
  /** As it is written in the table. */
  readonly text: string;
  /** Keys of the configuration that it reads. */
  readonly keys: readonly string[];
  readonly reckon: (around: Surroundings) => Reckoned;
}

type Value = (around: Surroundings) => unknown;

/**
 * Reads a formula: numbers, keys (`vision_config.image_size`), `key[-1]`, `key=4` with the value that it has where it is
 * left out, `+ - * / **` (a division leaves out the rest), and the functions below. Tables hold formulas, not users.
 */
export function parseExpression(text: string): Expression {
  const tokens = text.match(/\d+|[A-Za-z_][\w.]*|\*\*|[-+*/()[\],=]|"[^"]*"/g) ?? [];
  const keys = new Set<string>();
  const parser = new Parser(tokens, keys);
  const value = parser.sum();
  if (!parser.isAtEnd) throw new Error(`a formula that is not understood: ${text}`);
  return { text, keys: [...keys], reckon: (around) => toNumber(value(around)) };
}

/** Numbers and truths; null, which some keys say for none, is not a number. */
function toNumber(value: unknown): Reckoned {
  if (typeof value === "boolean") return value ? 1 : 0;
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

const FUNCTIONS: Readonly<Record<string, (...values: readonly unknown[]) => unknown>> = {
  len: (list) => (typeof list === "object" && list !== null ? Object.keys(list).length : undefined),
  prod: (list) =>
    Array.isArray(list)
      ? list.reduce((all: number, each) => all * (toNumber(each) ?? Number.NaN), 1)
      : undefined,
  /** The first that is stated, and is not null. */
  or: (...values) => values.find((value) => value !== undefined && value !== null),
  /** Whether something is stated that is not none; undefined where it is left out. */
  given: (value) =>
    value === undefined
      ? undefined
      : value !== null && value !== false && value !== 0 && FUNCTIONS.len?.(value) !== 0,
  is: (value, word) => (value === undefined ? undefined : value === word),
  /** Whether a number is another one. */
  differs: (value, other) => (other === undefined ? undefined : value !== other),
  /** Whether a word has another in it. */
  has: (value, word) => (typeof value === "string" ? value.includes(String(word)) : undefined),
};

/** By descent: sums of products of powers of values. */
class Parser {
  private at = 0;
  private readonly tokens: readonly string[];
  private readonly keys: Set<string>;

  constructor(tokens: readonly string[], keys: Set<string>) {
    this.tokens = tokens;
    this.keys = keys;
  }

  get isAtEnd(): boolean {
    return this.at === this.tokens.length;
  }

  sum(): Value {
    let left = this.product();
    while (this.is("+") || this.is("-")) {
      const sign = this.take() === "+" ? 1 : -1;
      left = combine(left, this.product(), (a, b) => a + sign * b);
    }
    return left;
  }

  private product(): Value {
    let left = this.power();
    while (this.is("*") || this.is("/"))
      left =
        this.take() === "*"
          ? combine(left, this.power(), (a, b) => a * b)
          : combine(left, this.power(), (a, b) => Math.floor(a / b));
    return left;
  }

  private power(): Value {
    const base = this.indexed();
    if (!this.is("**")) return base;
    this.take();
    return combine(base, this.indexed(), (a, b) => a ** b);
  }

  private indexed(): Value {
    let value = this.value();
    while (this.is("[")) {
      this.take();
      const list = value;
      const index = this.is("-") ? negated(this) : this.sum();
      this.expect("]");
      value = (around) => itemAt(list(around), toNumber(index(around)));
    }
    return value;
  }

  private value(): Value {
    const token = this.take();
    if (token === "(") {
      const inner = this.sum();
      this.expect(")");
      return inner;
    }
    if (/^\d/.test(token)) return () => Number(token);
    if (token.startsWith('"')) return () => token.slice(1, -1);
    if (this.is("(")) return this.call(token);
    if (token.length === 1) return ({ indices }) => indices[token];
    if (token === "true") return () => true;
    this.keys.add(token);
    const read: Value = ({ config }) =>
      token.split(".").reduce<unknown>((at, name) => member(at, name), config);
    if (!this.is("=")) return read;
    this.take();
    const usual = this.value();
    return (around) => read(around) ?? usual(around);
  }

  private call(name: string): Value {
    const call = FUNCTIONS[name];
    if (call === undefined) throw new Error(`no function ${name}`);
    this.expect("(");
    const values = [this.sum()];
    while (this.is(",")) {
      this.take();
      values.push(this.sum());
    }
    this.expect(")");
    return (around) => call(...values.map((value) => value(around)));
  }

  is(token: string): boolean {
    return this.tokens[this.at] === token;
  }

  take(): string {
    return this.tokens[this.at++] ?? "";
  }

  private expect(token: string): void {
    if (this.take() !== token) throw new Error(`"${token}" expected in ${this.tokens.join(" ")}`);
  }
}

/** `[-1]`, `[-1-i]`: from the end. */
function negated(parser: Parser): Value {
  parser.take();
  const rest = parser.sum();
  return (around) => {
    const value = toNumber(rest(around));
    return value === undefined ? undefined : -value;
  };
}

/** A member of a list; a number stands for a list of the same number. */
function itemAt(list: unknown, index: Reckoned): unknown {
  if (index === undefined) return undefined;
  return Array.isArray(list) ? list.at(index) : list;
}

function combine(one: Value, other: Value, join: (a: number, b: number) => number): Value {
  return (around) => {
    const [a, b] = [toNumber(one(around)), toNumber(other(around))];
    return a === undefined || b === undefined ? undefined : join(a, b);
  };
}
