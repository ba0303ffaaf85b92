import { UnfoldError } from "../errors.ts";
import { formatCount } from "../format/count.ts";
import { DTYPE_CODE_BITS, DTYPES } from "./dtype.ts";
import { JsonCursor, JsonFault } from "./json-cursor.ts";
import {
  COMMON_RANK,
  MAX_EXACT_INTEGER,
  MAX_JSON_DEPTH,
  MAX_OBJECT_KEYS,
  MAX_SHAPE_NUMBERS,
  MAX_U64,
} from "./limits.ts";
import type { ScanKernel } from "./scan-kernel.ts";
import { NONE } from "./tensor-names.ts";
import { TensorTable } from "./tensor-table.ts";
import { matchesWide, sharedPrefix, viewOf, WidePattern } from "./wide-compare.ts";

/** The parsed header of one shard: its tensors are rows `firstRow` to `endRow` of the table. */
export interface Header {
  readonly table: TensorTable;
  readonly firstRow: number;
  readonly endRow: number;
  /** `__metadata__`, null where it is absent or null. */
  readonly metadata: ReadonlyMap<string, string> | null;
  /** Allowed, but not what every reader takes. */
  readonly notes: readonly HeaderNote[];
  /** Bytes that all its tensors need by dtype and shape. */
  readonly tensorBytes: number;
  /** Bytes of data up to the last tensor, where each was seen to fit and to follow the one before; null: not looked at. */
  readonly packedEnd: number | null;
}

export interface HeaderNote {
  readonly code:
    | "HEADER_LEADING_SPACE"
    | "HEADER_PADDING"
    | "METADATA_NULL"
    | "ENTRY_KEY_UNKNOWN"
    | "RANK_HIGH";
  readonly message: string;
}

/** Bytes before the header: a position in the JSON text is told as one in the file. */
const LENGTH_BYTES = 8;

/**
 * Parses one header into a table of its own; see `HeaderParser`, which takes many shards into one table.
 * `json` is the header without the 8 bytes before it.
 */
export function parseHeader(json: Uint8Array): Header {
  return new HeaderParser(new TensorTable()).parse(json, 0);
}

function toHeaderError(fault: JsonFault): UnfoldError {
  const offset = fault.at + LENGTH_BYTES;
  switch (fault.kind) {
    case "syntax":
      return new UnfoldError("HEADER_SYNTAX", { offset, problem: fault.problem });
    case "utf8":
      return new UnfoldError("HEADER_NOT_UTF8", { offset });
    case "depth":
      return new UnfoldError("HEADER_TOO_DEEP", { offset, limit: MAX_JSON_DEPTH });
    case "duplicate":
      return new UnfoldError("DUPLICATE_KEY", { offset, key: fault.problem });
    case "keys":
      return new UnfoldError("LIMIT_EXCEEDED", {
        what: "keys in one object of the header",
        found: MAX_OBJECT_KEYS + 1,
        limit: MAX_OBJECT_KEYS,
      });
  }
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const ascii = (text: string) => Uint8Array.from(Buffer.from(text, "latin1"));
const METADATA_KEY = ascii("__metadata__");
// The spelling that nearly every writer uses; anything else takes the general path.
const BEFORE_DTYPE = new WidePattern('":{"dtype":"');
const BEFORE_SHAPE = new WidePattern('","shape":[');
const BEFORE_OFFSETS = new WidePattern(',"data_offsets":[');
/** Bytes that the common spelling takes at the most: eight dimensions and two offsets of fifteen digits each. */
const LONGEST_SPELLING = 11 + 12 + 10 + 8 * 16 + 17 + 2 * 16 + 8;
const DTYPE_BYTES = DTYPES.map(ascii);
const DTYPE_CODES = new Map<string, number>(DTYPES.map((dtype, code) => [dtype, code]));

const NO_BYTES = new Uint8Array(0);

/** Digits of an integer that a double surely holds; longer ones take the general path. */
const FAST_DIGITS = 15;
/** Dimensions that the common spelling is tried with; more take the general path. */
const FAST_RANK = 8;

/**
 * Parses the JSON headers of shards and appends their tensors to one table. The verdict is that of the reference
 * reader 0.8 plus its README's ban on duplicate keys (see json-cursor.ts). Where tensors lie in the data area
 * is checked by `findLayoutFaults`.
 *
 * One pass over the bytes; hot loops are plain and keep their position in a local variable, as the scanner must
 * stay ahead of `JSON.parse` followed by a walk (see `npm run bench`). One parser serves all shards: were it made
 * anew for each, its hidden class would die with it at the next garbage collection, and the code compiled for it too.
 */
export class HeaderParser {
  private readonly table: TensorTable;
  private readonly kernel: ScanKernel | undefined;
  private readonly cursor = new JsonCursor(NO_BYTES);
  private bytes: Uint8Array = NO_BYTES;
  private view = viewOf(NO_BYTES);
  private end = 0;
  private shard = 0;
  private firstRow = 0;
  private metadata: Map<string, string> | null = null;
  private sawMetadata = false;
  private notes = new Map<HeaderNote["code"], string>();
  /** The name before, for the bytes that the next one shares with it. */
  private nameBegin = 0;
  private nameEnd = 0;
  /** Names that an earlier shard has too; each may come once here. */
  private knownElsewhere = new Set<number>();
  private dims = new Float64Array(64);
  private rank = 0;
  private dtypeCode = 0;
  private tensorBegin = 0;
  private tensorEnd = 0;

  /** With a kernel, entries of common spelling go through it until one is of another; `table` must be the kernel's. */
  constructor(table: TensorTable, kernel?: ScanKernel) {
    this.table = table;
    this.kernel = kernel;
  }

  /**
   * Appends the tensors of one header as rows of `shard`. Throws an `UnfoldError` on the first fault, with the
   * table as it was before. The bytes are not kept.
   */
  parse(json: Uint8Array, shard: number): Header {
    this.reset(json, shard);
    try {
      return this.scan();
    } catch (error) {
      this.kernel?.settle();
      this.table.truncate(this.firstRow);
      throw error instanceof JsonFault ? toHeaderError(error) : error;
    } finally {
      this.bytes = NO_BYTES;
      this.view = viewOf(NO_BYTES);
      this.cursor.reset(NO_BYTES);
    }
  }

  private reset(json: Uint8Array, shard: number): void {
    this.cursor.reset(json);
    this.bytes = json;
    this.view = viewOf(json);
    this.end = json.length;
    this.shard = shard;
    this.firstRow = this.kernel?.rowCount ?? this.table.count;
    if (this.kernel?.isSettled === false) this.kernel.startShard();
    this.metadata = null;
    this.sawMetadata = false;
    this.notes = new Map();
    this.nameBegin = 0;
    this.nameEnd = 0;
    this.knownElsewhere = new Set();
    this.table.names.forgetPath();
  }

  private scan(): Header {
    const { cursor } = this;
    cursor.skipSpace();
    if (cursor.at > 0)
      this.note("HEADER_LEADING_SPACE", 'the header starts with blanks; some readers insist on "{"');
    if (cursor.peek() !== OPEN_BRACE) {
      cursor.fail(
        cursor.at === this.end ? "the header is empty" : `expected an object, found ${cursor.describeHere()}`,
      );
    }
    this.members();
    this.padding();
    const packedEnd = this.kernel?.packedEnd() ?? null;
    // Faults of the layout are found and told row by row, in the table.
    if (packedEnd === null) this.kernel?.settle();
    return {
      table: this.table,
      firstRow: this.firstRow,
      endRow: this.kernel?.rowCount ?? this.table.count,
      tensorBytes: packedEnd ?? this.sumBytes(),
      packedEnd,
      metadata: this.metadata,
      notes: Array.from(this.notes, ([code, message]) => ({ code, message })),
    };
  }

  private members(): void {
    const { cursor } = this;
    cursor.expect(OPEN_BRACE);
    cursor.skipSpace();
    if (cursor.peek() === CLOSE_BRACE) {
      cursor.at++;
      return;
    }
    do {
      cursor.skipSpace();
      if (!this.commonMembers()) this.member();
    } while (cursor.continues(CLOSE_BRACE));
  }

  /** Members that the kernel takes, the cursor then behind the last; false where it takes none. */
  private commonMembers(): boolean {
    const { bytes, cursor, kernel } = this;
    if (kernel === undefined || kernel.isSettled) return false;
    const at = cursor.at;
    if (bytes[at] === QUOTE && matches(bytes, at + 1, METADATA_KEY) && bytes[at + 13] === QUOTE) return false;
    cursor.at = kernel.scanHeader(bytes, at, this.shard);
    if (cursor.at > at) return true;
    kernel.settle();
    return false;
  }

  private member(): void {
    const { bytes, cursor, end } = this;
    const keyAt = cursor.at;
    if (cursor.peek() !== QUOTE) cursor.fail(`expected a string, found ${cursor.describeHere()}`);
    const begin = keyAt + 1;
    // First the bytes shared with the name before, then the rest of a plain ASCII name.
    const shared = sharedPrefix(this.view, begin, this.nameBegin, this.nameEnd - this.nameBegin);
    let i = begin + shared;
    while (i < end) {
      const c = bytes[i] as number;
      if (c === QUOTE || c === BACKSLASH || c < 0x20 || c >= 0x80) break;
      i++;
    }
    if (i >= end || bytes[i] !== QUOTE) return this.memberWithUnusualName();
    if (i - begin === METADATA_KEY.length && matches(bytes, begin, METADATA_KEY)) {
      cursor.at = i + 1;
      cursor.expect(COLON);
      return this.metadataValue(keyAt);
    }
    const node = this.table.names.insert(bytes, begin, i, shared);
    this.nameBegin = begin;
    this.nameEnd = i;
    cursor.at = i;
    if (this.commonEntry()) return this.addTensor(node, keyAt);
    cursor.at = i + 1;
    this.generalEntry(node, keyAt);
  }

  /** A name with escapes or beyond ASCII: decoded, then kept as UTF-8 like all others. */
  private memberWithUnusualName(): void {
    const { cursor } = this;
    const keyAt = cursor.at;
    const name = cursor.readString();
    if (name === "__metadata__") {
      cursor.expect(COLON);
      return this.metadataValue(keyAt);
    }
    const utf8 = Buffer.from(name, "utf8");
    const node = this.table.names.insert(utf8, 0, utf8.length, 0);
    this.table.names.forgetPath();
    this.nameEnd = this.nameBegin;
    this.generalEntry(node, keyAt);
  }

  /**
   * `":{"dtype":"D","shape":[…],"data_offsets":[B,E]}` without a blank, as the reference writer spells it.
   * False where anything differs, with nothing decided: the general path then reads the entry again.
   */
  private commonEntry(): boolean {
    let i = this.cursor.at;
    if (i + LONGEST_SPELLING > this.end) return false;
    if (!matchesWide(this.view, i, BEFORE_DTYPE)) return false;
    i = this.commonDtype(i + BEFORE_DTYPE.length);
    if (i < 0 || !matchesWide(this.view, i, BEFORE_SHAPE)) return false;
    i = this.commonDims(i + BEFORE_SHAPE.length);
    if (i < 0 || !matchesWide(this.view, i, BEFORE_OFFSETS)) return false;
    i = this.commonOffsets(i + BEFORE_OFFSETS.length);
    if (i < 0) return false;
    this.cursor.at = i;
    return true;
  }

  /** Tries the dtype of the tensor before first: headers are grouped by dtype. */
  private commonDtype(at: number): number {
    const { bytes } = this;
    const same = DTYPE_BYTES[this.dtypeCode] as Uint8Array;
    if (matches(bytes, at, same) && bytes[at + same.length] === QUOTE) return at + same.length;
    for (let code = 0; code < DTYPE_BYTES.length; code++) {
      const name = DTYPE_BYTES[code] as Uint8Array;
      if (matches(bytes, at, name) && bytes[at + name.length] === QUOTE) {
        this.dtypeCode = code;
        return at + name.length;
      }
    }
    return -1;
  }

  private commonDims(at: number): number {
    const { bytes, dims } = this;
    let i = at;
    let rank = 0;
    if (bytes[i] === CLOSE_BRACKET) {
      this.rank = 0;
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
      if (digits === 0 || digits > FAST_DIGITS || (digits > 1 && bytes[first] === 0x30) || rank === FAST_RANK)
        return -1;
      dims[rank++] = value;
      i++;
      if (c === COMMA) continue;
      this.rank = rank;
      return c === CLOSE_BRACKET ? i : -1;
    }
  }

  private commonOffsets(at: number): number {
    const { bytes } = this;
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
      if (digits === 0 || digits > FAST_DIGITS || (digits > 1 && bytes[first] === 0x30)) return -1;
      if (c !== (which === 0 ? COMMA : CLOSE_BRACKET)) return -1;
      if (which === 0) this.tensorBegin = value;
      else this.tensorEnd = value;
      i++;
    }
    return bytes[i] === CLOSE_BRACE && this.tensorEnd >= this.tensorBegin ? i + 1 : -1;
  }

  /** Any JSON spelling of an entry, with the precise error where it is wrong. */
  private generalEntry(node: number, keyAt: number): void {
    const { cursor } = this;
    cursor.expect(COLON);
    cursor.skipSpace();
    const entryAt = cursor.at;
    const entryError = (problem: string, at: number) =>
      new UnfoldError("ENTRY_INVALID", { tensor: this.nameOf(node), offset: at + LENGTH_BYTES, problem });
    if (cursor.peek() !== OPEN_BRACE) {
      cursor.skipValue(1);
      throw entryError("the entry is not an object", entryAt);
    }
    const seen = { dtype: false, shape: false, data_offsets: false };
    cursor.readObject(2, (key) => {
      if (key === "dtype") this.generalDtype(node);
      else if (key === "shape") this.generalShape(node);
      else if (key === "data_offsets") this.generalOffsets(node);
      else {
        this.note(
          "ENTRY_KEY_UNKNOWN",
          "entries hold further keys besides dtype, shape and data_offsets; some readers refuse them",
        );
        cursor.skipValue(2);
        return;
      }
      seen[key] = true;
    });
    for (const [field, present] of Object.entries(seen)) {
      if (!present) throw entryError(`the entry has no ${field}`, entryAt);
    }
    this.addTensor(node, keyAt);
  }

  private generalDtype(node: number): void {
    const { cursor } = this;
    const at = cursor.at;
    const tensor = this.nameOf(node);
    if (cursor.peek() !== QUOTE) {
      cursor.skipValue(2);
      throw new UnfoldError("ENTRY_INVALID", {
        tensor,
        offset: at + LENGTH_BYTES,
        problem: "dtype is not a string",
      });
    }
    const dtype = cursor.readString();
    const code = DTYPE_CODES.get(dtype);
    if (code === undefined) {
      const hint = "unfold knows the 22 dtypes of safetensors 0.8; readers refuse a file with any other";
      throw new UnfoldError("DTYPE_UNKNOWN", { tensor, dtype, offset: at + LENGTH_BYTES }, { hint });
    }
    this.dtypeCode = code;
  }

  private generalShape(node: number): void {
    let rank = 0;
    this.integers(node, "SHAPE_INVALID", "a dimension", (value) => {
      if (rank === MAX_SHAPE_NUMBERS) throw tooManyDimensions(rank + 1);
      if (rank === this.dims.length) {
        const grown = new Float64Array(rank * 2);
        grown.set(this.dims);
        this.dims = grown;
      }
      this.dims[rank++] = value;
    });
    this.rank = rank;
    if (rank > COMMON_RANK) {
      this.note("RANK_HIGH", `tensors with more than ${COMMON_RANK} dimensions; some readers refuse them`);
    }
  }

  private generalOffsets(node: number): void {
    const offset = this.cursor.at + LENGTH_BYTES;
    const values: number[] = [];
    const wrong = (problem: string) =>
      new UnfoldError("OFFSETS_INVALID", { tensor: this.nameOf(node), offset, problem });
    this.integers(node, "OFFSETS_INVALID", "an offset", (value) => {
      if (values.push(value) > 2) throw wrong("not exactly two integers");
    });
    const [begin, end] = values;
    if (begin === undefined || end === undefined) throw wrong("not exactly two integers");
    if (end < begin) throw wrong(`the end ${formatCount(end)} lies before the begin ${formatCount(begin)}`);
    this.tensorBegin = begin;
    this.tensorEnd = end;
  }

  /** An array of unsigned integers, judged by their spelling: `1.0`, `1e0`, `-0`, `true` and `"1"` are none. */
  private integers(
    node: number,
    code: "SHAPE_INVALID" | "OFFSETS_INVALID",
    noun: "a dimension" | "an offset",
    take: (value: number) => void,
  ): void {
    const { cursor } = this;
    const wrong = (problem: string, at: number) =>
      new UnfoldError(code, { tensor: this.nameOf(node), offset: at + LENGTH_BYTES, problem });
    const arrayAt = cursor.at;
    if (cursor.peek() !== 0x5b) {
      cursor.skipValue(2);
      throw wrong("not an array", arrayAt);
    }
    cursor.readArray(3, () => {
      const at = cursor.at;
      const c = cursor.peek();
      if (c !== 0x2d && (c < 0x30 || c > 0x39)) {
        cursor.skipValue(3);
        throw wrong(`${noun} that is not an integer`, at);
      }
      const token = cursor.readNumberToken();
      if (!/^[0-9]+$/.test(token))
        throw wrong(`${noun} that is not an unsigned integer (${token.slice(0, 40)})`, at);
      const value = Number(token);
      if (token.length > FAST_DIGITS && !(value <= MAX_EXACT_INTEGER)) {
        const limit = BigInt(token) > MAX_U64 ? "64 bits" : "2^53 - 1, the largest that reports hold exactly";
        throw wrong(`${noun} of ${token.slice(0, 40)}, above ${limit}`, at);
      }
      take(value);
    });
  }

  private addTensor(node: number, keyAt: number): void {
    const { table } = this;
    const known = table.rowAt(node);
    if (known !== NONE) {
      if (known >= this.firstRow || this.knownElsewhere.has(node))
        throw new JsonFault("duplicate", keyAt, this.nameOf(node));
      this.knownElsewhere.add(node);
    }
    let shape = table.shapes.find(this.dims, this.rank);
    if (shape < 0) shape = this.addShape(node);
    const bits = DTYPE_CODE_BITS[this.dtypeCode] as number;
    if (bits < 8) this.checkWholeBytes(node, table.shapes.elements[shape] as number, bits);
    table.append(node, this.dtypeCode, shape, this.shard, this.tensorBegin, this.tensorEnd);
  }

  private addShape(node: number): number {
    const { shapes } = this.table;
    const numbers = shapes.numbers + this.rank + 1;
    if (numbers > MAX_SHAPE_NUMBERS) throw tooManyDimensions(numbers);
    return shapes.add(this.dims, this.rank, this.countElements(node));
  }

  /** The product of the dimensions, refused where 64 bits (the format) or 53 (our reports) do not hold it. */
  private countElements(node: number): number {
    let exact = 1n;
    for (let k = 0; k < this.rank; k++) {
      exact *= BigInt(this.dims[k] as number);
      if (exact > MAX_U64)
        throw new UnfoldError("SHAPE_OVERFLOW", {
          tensor: this.nameOf(node),
          problem: "the element count overflows 64 bits",
        });
    }
    // Eight bytes an element at most: the size in bytes has to stay exact as well.
    if (exact * 8n > BigInt(MAX_EXACT_INTEGER)) {
      const problem = `${formatCount(exact)} elements; reports hold integers up to 2^53 - 1 exactly`;
      throw new UnfoldError("SHAPE_OVERFLOW", { tensor: this.nameOf(node), problem });
    }
    return Number(exact);
  }

  private checkWholeBytes(node: number, elements: number, bits: number): void {
    if ((elements * bits) % 8 === 0) return;
    const dtype = DTYPES[this.dtypeCode] as string;
    throw new UnfoldError("DTYPE_MISALIGNED", { tensor: this.nameOf(node), dtype, elements });
  }

  private metadataValue(keyAt: number): void {
    const { cursor } = this;
    if (this.sawMetadata) throw new JsonFault("duplicate", keyAt, "__metadata__");
    this.sawMetadata = true;
    cursor.skipSpace();
    const at = cursor.at;
    if (cursor.peek() === 0x6e) {
      cursor.literal("null");
      return this.note("METADATA_NULL", "__metadata__ is null, as MLX writes it; some readers refuse it");
    }
    const wrong = (problem: string, where: number) =>
      new UnfoldError("METADATA_INVALID", { offset: where + LENGTH_BYTES, problem });
    if (cursor.peek() !== OPEN_BRACE) {
      cursor.skipValue(1);
      throw wrong("it is not an object", at);
    }
    const metadata = new Map<string, string>();
    cursor.readObject(2, (key) => {
      const valueAt = cursor.at;
      if (cursor.peek() === QUOTE) {
        metadata.set(key, cursor.readString());
        return;
      }
      cursor.skipValue(2);
      throw wrong("a value is not a string", valueAt);
    });
    this.metadata = metadata;
  }

  /** After the object only blanks may follow; anything but spaces is unusual. */
  private padding(): void {
    const { bytes, cursor, end } = this;
    const start = cursor.at;
    cursor.skipSpace();
    if (cursor.at < end) cursor.fail(`expected the end of the header, found ${cursor.describeHere()}`);
    for (let i = start; i < end; i++) {
      if (bytes[i] !== 0x20)
        return this.note("HEADER_PADDING", "the header is padded with other blanks than spaces");
    }
  }

  private sumBytes(): number {
    let bytes = 0;
    for (let row = this.firstRow; row < this.table.count; row++) bytes += this.table.bytes(row);
    return bytes;
  }

  private note(code: HeaderNote["code"], message: string): void {
    if (!this.notes.has(code)) this.notes.set(code, message);
  }

  private nameOf(node: number): string {
    return this.table.names.name(node);
  }
}

function tooManyDimensions(found: number): UnfoldError {
  const what = "dimensions in distinct shapes";
  return new UnfoldError("LIMIT_EXCEEDED", { what, found, limit: MAX_SHAPE_NUMBERS });
}

function matches(bytes: Uint8Array, at: number, pattern: Uint8Array): boolean {
  for (let k = 0; k < pattern.length; k++) if (bytes[at + k] !== pattern[k]) return false;
  return true;
}
