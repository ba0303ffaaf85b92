import { member } from "../checkpoint/config.ts";
import type { Block } from "./block-size.ts";

/** Bits of a stored value: nothing quantized has fewer than one, nothing plain more than those of F32. */
const MAX_BITS = 32;
/** Values that share a scale: the longest row of a real weight has some hundred thousand. */
const MAX_GROUP = 2 ** 31;
/** Different unusable values kept of one declaration; a hostile one could have one for each module. */
const MAX_KEPT = 20;

/** A number that stands in a declaration and that no packing can have. */
export interface UnusableValue {
  /** As the declaration spells it: `bits 0`. */
  readonly text: string;
  /** What it would have to be. */
  readonly allowed: string;
}

/**
 * The numbers of one declaration, whatever its dialect spells them. Null is one that is not stated, or that cannot be:
 * it is not used, and what it was is kept to be told.
 */
export class DeclaredNumbers {
  private readonly found = new Map<string, UnusableValue>();

  get unusable(): readonly UnusableValue[] {
    return [...this.found.values()];
  }

  bits(value: unknown, key: string): number | null {
    const bits = numberAt(value, key);
    return this.use(bits, key, bits !== null && Number.isInteger(bits) && isBits(bits), WHOLE_BITS);
  }

  /** Of formats whose bits are an average over weights of several, or over values of a few states (HQQ's 1.58). */
  averageBits(value: unknown, key: string): number | null {
    const bits = numberAt(value, key);
    return this.use(bits, key, bits !== null && isBits(bits), BITS);
  }

  /** `int4`, `uint8`, `fp4`, `fp8_e4m3`, `float8`, `qint2`, `W4A8`: the first number is the bits. */
  bitsOfName(name: unknown, key: string): number | null {
    const digits = typeof name === "string" ? /(?:int|fp|float|^W)(\d{1,3})/.exec(name)?.[1] : undefined;
    if (digits === undefined) return null;
    return this.use(Number(digits), `${key} ${name}`, isBits(Number(digits)), WHOLE_BITS, "");
  }

  /** Values of a group; undefined where none is stated, null where a whole row is one (-1). */
  group(value: unknown, key: string): number | null | undefined {
    const group = numberAt(value, key);
    if (group === null) return undefined;
    if (group === -1) return null;
    return this.use(group, key, isSize(group, MAX_GROUP), GROUP) ?? undefined;
  }

  /** `[128, 128]` or `"128x128"`. */
  block(value: unknown, key: string): Block | null {
    const stated = member(value, key);
    const sizes: unknown = typeof stated === "string" ? stated.split("x").map(Number) : stated;
    if (!Array.isArray(sizes) || sizes.length !== 2) return null;
    const [rows, columns] = sizes as readonly unknown[];
    if (isSize(rows, MAX_GROUP) && isSize(columns, MAX_GROUP)) return [rows, columns];
    if (typeof rows === "number" && typeof columns === "number")
      this.keep({ text: `${key} ${rows}×${columns}`, allowed: BLOCK });
    return null;
  }

  /** A dimension of a weight. */
  size(value: unknown, key: string): number | null {
    const size = numberAt(value, key);
    return this.use(size, key, isSize(size, Number.MAX_SAFE_INTEGER), SIZE);
  }

  private use(
    number: number | null,
    key: string,
    isUsable: boolean,
    allowed: string,
    shown = ` ${number}`,
  ): number | null {
    if (number !== null && !isUsable) this.keep({ text: `${key}${shown}`, allowed });
    return isUsable ? number : null;
  }

  private keep(value: UnusableValue): void {
    if (this.found.size < MAX_KEPT) this.found.set(value.text, value);
  }
}

const BITS = `from 1 to ${MAX_BITS}`;
const WHOLE_BITS = `a whole number ${BITS}`;
const GROUP = "-1 or a whole number from 1 to 2^31";
const BLOCK = "two whole numbers from 1 to 2^31";
const SIZE = "a whole number above 0";

function isBits(value: number): boolean {
  return value >= 1 && value <= MAX_BITS;
}

function isSize(value: unknown, most: number): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 1 && value <= most;
}

function numberAt(value: unknown, key: string): number | null {
  const found = member(value, key);
  return typeof found === "number" ? found : null;
}
