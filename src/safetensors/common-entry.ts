import { DTYPES } from "./dtype.ts";
import { type EntryFields, SAFE_DIGITS } from "./entry-fields.ts";
import { matchesWide, WidePattern } from "./wide-compare.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const CLOSE_BRACKET = 0x5d;
const CLOSE_BRACE = 0x7d;

const BEFORE_DTYPE = new WidePattern('":{"dtype":"');
const BEFORE_SHAPE = new WidePattern('","shape":[');
const BEFORE_OFFSETS = new WidePattern(',"data_offsets":[');
/** Dimensions that the common spelling is tried with; more take the general path. */
const MOST_DIMS = 8;
/** Bytes that the common spelling takes at the most: eight dimensions and two offsets of fifteen digits each. */
const LONGEST_SPELLING = 11 + 12 + 10 + 8 * 16 + 17 + 2 * 16 + 8;
const DTYPE_BYTES = DTYPES.map((dtype) => Uint8Array.from(Buffer.from(dtype, "latin1")));

/**
 * Reads `":{"dtype":"D","shape":[…],"data_offsets":[B,E]}` without a blank, as the reference writer spells it, from the
 * quote behind the name on. Returns where the entry ends, or -1 where anything differs, with nothing decided: the
 * general reader then takes the entry. Loops are plain, as most headers consist of nothing else.
 */
export function readCommonEntry(bytes: Uint8Array, view: DataView, at: number, fields: EntryFields): number {
  if (at + LONGEST_SPELLING > bytes.length || !matchesWide(view, at, BEFORE_DTYPE)) return -1;
  let i = commonDtype(bytes, at + BEFORE_DTYPE.length, fields);
  if (i < 0 || !matchesWide(view, i, BEFORE_SHAPE)) return -1;
  i = commonDims(bytes, i + BEFORE_SHAPE.length, fields);
  if (i < 0 || !matchesWide(view, i, BEFORE_OFFSETS)) return -1;
  return commonOffsets(bytes, i + BEFORE_OFFSETS.length, fields);
}

/** Tries the dtype of the tensor before first: headers are grouped by dtype. */
function commonDtype(bytes: Uint8Array, at: number, fields: EntryFields): number {
  const same = DTYPE_BYTES[fields.dtypeCode] as Uint8Array;
  if (matches(bytes, at, same) && bytes[at + same.length] === QUOTE) return at + same.length;
  for (let code = 0; code < DTYPE_BYTES.length; code++) {
    const name = DTYPE_BYTES[code] as Uint8Array;
    if (matches(bytes, at, name) && bytes[at + name.length] === QUOTE) {
      fields.dtypeCode = code;
      return at + name.length;
    }
  }
  return -1;
}

function commonDims(bytes: Uint8Array, at: number, fields: EntryFields): number {
  const { dims } = fields;
  let i = at;
  let rank = 0;
  if (bytes[i] === CLOSE_BRACKET) {
    fields.rank = 0;
    return i + 1;
  }
  for (;;) {
    const first = i;
    let value = 0;
    let c = bytes[i] as number;
    while (c >= 0x30 && c <= 0x39) {
      value = value * 10 + (c - 0x30);
      c = bytes[++i] as number;
    }
    const digits = i - first;
    if (digits === 0 || digits > SAFE_DIGITS || (digits > 1 && bytes[first] === 0x30) || rank === MOST_DIMS)
      return -1;
    dims[rank++] = value;
    i++;
    if (c === COMMA) continue;
    fields.rank = rank;
    return c === CLOSE_BRACKET ? i : -1;
  }
}

function commonOffsets(bytes: Uint8Array, at: number, fields: EntryFields): number {
  let i = at;
  for (let which = 0; which < 2; which++) {
    const first = i;
    let value = 0;
    let c = bytes[i] as number;
    while (c >= 0x30 && c <= 0x39) {
      value = value * 10 + (c - 0x30);
      c = bytes[++i] as number;
    }
    const digits = i - first;
    if (digits === 0 || digits > SAFE_DIGITS || (digits > 1 && bytes[first] === 0x30)) return -1;
    if (c !== (which === 0 ? COMMA : CLOSE_BRACKET)) return -1;
    if (which === 0) fields.begin = value;
    else fields.end = value;
    i++;
  }
  return bytes[i] === CLOSE_BRACE && fields.end >= fields.begin ? i + 1 : -1;
}

/** Whether the pattern stands at `at`. */
export function matches(bytes: Uint8Array, at: number, pattern: Uint8Array): boolean {
  for (let k = 0; k < pattern.length; k++) if (bytes[at + k] !== pattern[k]) return false;
  return true;
}
