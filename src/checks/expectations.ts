import { UnfoldError } from "../errors.ts";
import { BYTE_UNITS } from "../format/byte-units.ts";
import { quoteForMessage } from "../format/escape.ts";
import { findNearest } from "../format/nearest.ts";
import { DTYPES, isDtype } from "../safetensors/dtype.ts";

/** What the user says that a checkpoint is to be: held against the facts by `expectation-unmet`. */
export interface Expectations {
  /** Ids of schemes that must be there, and no other quantized one. */
  readonly schemes?: readonly string[];
  readonly parameters?: ExpectedCount;
  readonly layers?: number;
  /** Tensors whose names match have to have the dtype. */
  readonly dtypes?: readonly ExpectedDtype[];
  readonly maxBytes?: number;
  readonly maxShardBytes?: number;
}

export interface ExpectedCount {
  /** As it was typed. */
  readonly text: string;
  readonly least: number;
  readonly most: number;
}

export interface ExpectedDtype {
  readonly glob: string;
  readonly matches: (name: string) => boolean;
  readonly dtype: string;
}

const UNITS: Readonly<Record<string, number>> = { "": 1, K: 1e3, M: 1e6, B: 1e9, T: 1e12 };

/**
 * `228.69B±0.1%`, `8030261248`: a count, and how far it may be off. Without a tolerance a rounded count stands for all
 * that round to it. Throws `USAGE`.
 */
export function parseExpectedCount(text: string): ExpectedCount {
  const match = /^(\d{1,16})(?:\.(\d{1,9}))?([KMBT]?)(?:(?:±|\+-|\+\/-)(\d{1,3}(?:\.\d{1,6})?)%)?$/i.exec(
    text.trim(),
  );
  if (match === null)
    throw new UnfoldError("USAGE", {
      message: `${JSON.stringify(text)} is not a count of parameters such as 8030261248 or 228.69B±0.1%`,
    });
  const [, whole, fraction = "", unit = "", tolerance] = match;
  const scale = UNITS[unit.toUpperCase()] as number;
  const value = Number(`${whole}.${fraction || "0"}`) * scale;
  const slack =
    tolerance === undefined
      ? (scale / 10 ** fraction.length) * (scale === 1 ? 0 : 0.5)
      : (value * Number(tolerance)) / 100;
  return { text: text.trim(), least: value - slack, most: value + slack };
}

/** `5GB`, `48.5 GB`, `1000000`: decimal units, binary ones where written so (`5GiB`). Throws `USAGE`. */
export function parseBytes(text: string): number {
  const match = /^(\d{1,15}(?:\.\d{1,6})?)\s*((?:[KMGT]i?)?B|[KMGT]?)$/i.exec(text.trim());
  const unit =
    match === null ? undefined : BYTE_UNITS[(match[2] as string).toUpperCase().replace(/^([KMGT])$/, "$1B")];
  if (match === null || unit === undefined)
    throw new UnfoldError("USAGE", {
      message: `${JSON.stringify(text)} is not a number of bytes such as 5GB`,
    });
  return Math.floor(Number(match[1]) * unit);
}

/** A dtype as the format spells it, in any case. Throws `USAGE` for one that there is not. */
export function parseDtype(text: string): string {
  const dtype = text.trim().toUpperCase();
  if (isDtype(dtype)) return dtype;
  const hint = suggest(dtype, DTYPES, `Dtypes are ${DTYPES.join(", ")}.`);
  throw new UnfoldError("USAGE", { message: `there is no dtype ${quoteForMessage(text)}` }, { hint });
}

/** What was meant, if something is like it. */
export function suggest(typed: string, candidates: readonly string[], otherwise: string): string {
  const nearest = findNearest(typed, candidates);
  return nearest === undefined ? otherwise : `Did you mean ${nearest}?`;
}
