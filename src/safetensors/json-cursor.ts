import { MAX_JSON_DEPTH, MAX_OBJECT_KEYS } from "./limits.ts";
import { findInvalidUtf8 } from "./utf8.ts";

/** Where and how JSON text is wrong. Whoever reads the document turns it into an error of its own. */
export class JsonFault extends Error {
  readonly kind: "syntax" | "utf8" | "depth" | "duplicate" | "keys";
  /** Index of the offending byte. */
  readonly at: number;
  /** What is wrong there; for `duplicate` the key. */
  readonly problem: string;

  constructor(kind: JsonFault["kind"], at: number, problem: string) {
    super(problem);
    this.kind = kind;
    this.at = at;
    this.problem = problem;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** Pieces of an escaped string joined at once: one made of escapes alone must not cost eight bytes for each. */
const MAX_PARTS = 4096;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const NUMBER = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$/;

/**
 * Strict JSON (RFC 8259) over bytes: no byte order mark, valid UTF-8, no lone surrogates, no duplicate key
 * in any object, numbers that a double can hold, bounded nesting. This is the dialect that the reference
 * safetensors reader accepts, plus its README's ban on duplicate keys. `JSON.parse` differs in each of these.
 */
export class JsonCursor {
  bytes: Uint8Array;
  end: number;
  at: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.end = bytes.length;
    this.at = 0;
  }

  /** Starts over with other bytes. */
  reset(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.end = bytes.length;
    this.at = 0;
  }

  skipSpace(): void {
    const { bytes, end } = this;
    let i = this.at;
    while (i < end) {
      const c = bytes[i];
      if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) break;
      i++;
    }
    this.at = i;
  }

  /** The byte at the cursor; 0 at the end, where no JSON token starts. */
  peek(): number {
    return this.at < this.end ? (this.bytes[this.at] as number) : 0;
  }

  /** Steps over one punctuation mark, blanks before it included. */
  expect(code: number): void {
    this.skipSpace();
    if (this.peek() !== code)
      this.fail(`expected "${String.fromCharCode(code)}", found ${this.describeHere()}`);
    this.at++;
  }

  /**
   * Reads the members of an object; `member` is called with the cursor on each value and must read it.
   * Depth is that of the object itself, 1 for the root.
   */
  readObject(depth: number, member: (key: string, keyAt: number) => void): void {
    this.checkDepth(depth);
    this.expect(OPEN_BRACE);
    this.skipSpace();
    if (this.peek() === CLOSE_BRACE) {
      this.at++;
      return;
    }
    const keys = new Set<string>();
    for (;;) {
      this.skipSpace();
      const keyAt = this.at;
      const key = this.readString();
      if (keys.has(key)) throw new JsonFault("duplicate", keyAt, key);
      if (keys.size === MAX_OBJECT_KEYS) throw new JsonFault("keys", keyAt, "too many keys");
      keys.add(key);
      this.expect(COLON);
      this.skipSpace();
      member(key, keyAt);
      if (!this.continues(CLOSE_BRACE)) return;
    }
  }

  /** Reads the items of an array; `item` is called with the cursor on each value and must read it. */
  readArray(depth: number, item: (index: number) => void): void {
    this.checkDepth(depth);
    this.expect(OPEN_BRACKET);
    this.skipSpace();
    if (this.peek() === CLOSE_BRACKET) {
      this.at++;
      return;
    }
    for (let index = 0; ; index++) {
      this.skipSpace();
      item(index);
      if (!this.continues(CLOSE_BRACKET)) return;
    }
  }

  /** After a value: true behind a comma, false behind the closing mark. */
  continues(close: number): boolean {
    this.skipSpace();
    const c = this.peek();
    if (c !== COMMA && c !== close) {
      this.fail(`expected "," or "${String.fromCharCode(close)}", found ${this.describeHere()}`);
    }
    this.at++;
    return c === COMMA;
  }

  /** Reads any value for its syntax alone. `depth` is that of the value's container. */
  skipValue(depth: number): void {
    switch (this.peek()) {
      case OPEN_BRACE:
        return this.readObject(depth + 1, () => this.skipValue(depth + 1));
      case OPEN_BRACKET:
        return this.readArray(depth + 1, () => this.skipValue(depth + 1));
      case QUOTE:
        this.readString();
        return;
      case 0x74:
        return this.literal("true");
      case 0x66:
        return this.literal("false");
      case 0x6e:
        return this.literal("null");
      default:
        this.readNumberToken();
    }
  }

  literal(word: string): void {
    for (let k = 0; k < word.length; k++) {
      if (this.at + k >= this.end || this.bytes[this.at + k] !== word.charCodeAt(k)) {
        this.fail(`expected a JSON value, found ${this.describeHere()}`);
      }
    }
    this.at += word.length;
  }

  /** The text of the number at the cursor, exactly as written: `1.0` and `1` are told apart by it. */
  readNumberToken(): string {
    const start = this.at;
    let i = start;
    while (i < this.end && isNumberByte(this.bytes[i] as number)) i++;
    const token = Buffer.from(this.bytes.buffer, this.bytes.byteOffset + start, i - start).toString("latin1");
    if (!NUMBER.test(token)) this.fail(`expected a JSON value, found ${this.describeHere()}`);
    if (!Number.isFinite(Number(token))) this.fail("a number too large for a double");
    this.at = i;
    return token;
  }

  /** The decoded string at the cursor, opening quote included. */
  readString(): string {
    const { bytes, end } = this;
    if (this.peek() !== QUOTE) this.fail(`expected a string, found ${this.describeHere()}`);
    const start = this.at + 1;
    let i = start;
    while (i < end) {
      const c = bytes[i] as number;
      if (c === QUOTE || c === BACKSLASH) break;
      if (c < 0x20) this.fail(`unescaped control character 0x${hex(c, 2)} in a string`, i);
      i++;
    }
    const plain = this.decode(start, i);
    this.at = i;
    if (this.peek() === QUOTE) {
      this.at++;
      return plain;
    }
    return this.readEscapedString(plain, start - 1);
  }

  private readEscapedString(prefix: string, openedAt: number): string {
    const { bytes, end } = this;
    let text = prefix;
    let parts: string[] = [];
    while (this.at < end) {
      if (parts.length === MAX_PARTS) {
        text += parts.join("");
        parts = [];
      }
      const c = bytes[this.at] as number;
      if (c === QUOTE) {
        this.at++;
        return text + parts.join("");
      }
      if (c === BACKSLASH) {
        parts.push(this.readEscape());
        continue;
      }
      const start = this.at;
      let i = start;
      while (i < end && bytes[i] !== QUOTE && bytes[i] !== BACKSLASH) {
        if ((bytes[i] as number) < 0x20)
          this.fail(`unescaped control character 0x${hex(bytes[i] as number, 2)} in a string`, i);
        i++;
      }
      parts.push(this.decode(start, i));
      this.at = i;
    }
    return this.fail("a string without an end", openedAt);
  }

  private readEscape(): string {
    const code = this.at + 1 < this.end ? (this.bytes[this.at + 1] as number) : 0;
    if (code === 0x75) {
      const unit = this.readHexEscape();
      if (unit >= 0xdc00 && unit <= 0xdfff) this.fail("a lone surrogate escape", this.at - 6);
      if (unit < 0xd800 || unit > 0xdbff) return String.fromCharCode(unit);
      const second = this.peek() === BACKSLASH && this.bytes[this.at + 1] === 0x75 ? this.readHexEscape() : 0;
      if (second < 0xdc00 || second > 0xdfff) this.fail("a lone surrogate escape");
      return String.fromCharCode(unit, second);
    }
    const plain = SIMPLE_ESCAPES.get(code);
    if (plain === undefined) this.fail("an escape that JSON does not have");
    this.at += 2;
    return plain as string;
  }

  private readHexEscape(): number {
    let unit = 0;
    for (let k = 2; k < 6; k++) {
      const digit = this.at + k < this.end ? hexDigit(this.bytes[this.at + k] as number) : -1;
      if (digit < 0) this.fail("a \\u escape without four hex digits");
      unit = unit * 16 + digit;
    }
    this.at += 6;
    return unit;
  }

  private decode(start: number, stop: number): string {
    try {
      return utf8.decode(this.bytes.subarray(start, stop));
    } catch {
      throw new JsonFault("utf8", start + findInvalidUtf8(this.bytes.subarray(start, stop)), "invalid UTF-8");
    }
  }

  private checkDepth(depth: number): void {
    if (depth > MAX_JSON_DEPTH) throw new JsonFault("depth", this.at, "nested too deeply");
  }

  /** What stands at the cursor, in words that hold no raw outside text. */
  describeHere(): string {
    if (this.at >= this.end) return "the end of the text";
    const c = this.bytes[this.at] as number;
    return c > 0x20 && c < 0x7f ? `"${String.fromCharCode(c)}"` : `byte 0x${hex(c, 2)}`;
  }

  fail(problem: string, at = this.at): never {
    throw new JsonFault("syntax", at, problem);
  }
}

const SIMPLE_ESCAPES = new Map<number, string>([
  [0x22, '"'],
  [0x5c, "\\"],
  [0x2f, "/"],
  [0x62, "\b"],
  [0x66, "\f"],
  [0x6e, "\n"],
  [0x72, "\r"],
  [0x74, "\t"],
]);

function isNumberByte(c: number): boolean {
  return (c >= 0x30 && c <= 0x39) || c === 0x2d || c === 0x2b || c === 0x2e || c === 0x65 || c === 0x45;
}

function hexDigit(c: number): number {
  if (c >= 0x30 && c <= 0x39) return c - 0x30;
  const lower = c | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
