import { UnfoldError } from "../errors.ts";
import { formatCount } from "../format/count.ts";
import { matches, readCommonEntry } from "./common-entry.ts";
import { DTYPE_CODE_BITS, DTYPES } from "./dtype.ts";
import { EntryFields } from "./entry-fields.ts";
import { GeneralEntryReader, tooManyDimensions } from "./general-entry.ts";
import type { Header, HeaderNote } from "./header.ts";
import { HeaderMetadata } from "./header-metadata.ts";
import { JsonCursor, JsonFault } from "./json-cursor.ts";
import { MAX_EXACT_INTEGER, MAX_JSON_DEPTH, MAX_OBJECT_KEYS, MAX_SHAPE_NUMBERS, MAX_U64 } from "./limits.ts";
import { LENGTH_BYTES } from "./read-header.ts";
import type { ScanKernel } from "./scan-kernel.ts";
import { TensorTable } from "./tensor-table.ts";
import { sharedPrefix, viewOf } from "./wide-compare.ts";

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
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const METADATA_KEY = Uint8Array.from(Buffer.from("__metadata__", "latin1"));
const NO_BYTES = new Uint8Array(0);

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
  private metadata: HeaderMetadata | null = null;
  private sawMetadata = false;
  private notes = new Map<HeaderNote["code"], string>();
  /** The name before, for the bytes that the next one shares with it. */
  private nameBegin = 0;
  private nameEnd = 0;
  /** Bytes of the tensors of all headers that were taken. */
  private totalBytes = 0;
  /** Names that an earlier shard has too; each may come once here. */
  private knownElsewhere = new Set<number>();
  private readonly fields = new EntryFields();
  private readonly general = new GeneralEntryReader(
    this.cursor,
    this.fields,
    (node) => this.nameOf(node),
    (code, message) => this.note(code, message),
  );

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
    const tensorBytes = packedEnd ?? this.sumBytes();
    this.addToTotal(tensorBytes);
    return {
      table: this.table,
      firstRow: this.firstRow,
      endRow: this.kernel?.rowCount ?? this.table.count,
      tensorBytes,
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
    const entryEnd = readCommonEntry(bytes, this.view, i, this.fields);
    cursor.at = entryEnd < 0 ? i + 1 : entryEnd;
    if (entryEnd < 0) this.general.read(node);
    this.addTensor(node, keyAt);
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
    this.general.read(node);
    this.addTensor(node, keyAt);
  }

  private addTensor(node: number, keyAt: number): void {
    const { table } = this;
    const known = table.rowAt(node);
    if (known !== undefined) {
      if (known >= this.firstRow || this.knownElsewhere.has(node))
        throw new JsonFault("duplicate", keyAt, this.nameOf(node));
      this.knownElsewhere.add(node);
    }
    let shape = table.shapes.find(this.fields.dims, this.fields.rank);
    if (shape < 0) shape = this.addShape(node);
    const bits = DTYPE_CODE_BITS[this.fields.dtypeCode] as number;
    if (bits < 8) this.checkWholeBytes(node, table.shapes.elements[shape] as number, bits);
    table.append(node, this.fields.dtypeCode, shape, this.shard, this.fields.begin, this.fields.end);
  }

  private addShape(node: number): number {
    const { shapes } = this.table;
    const numbers = shapes.numbers + this.fields.rank + 1;
    if (numbers > MAX_SHAPE_NUMBERS) throw tooManyDimensions(numbers);
    return shapes.add(this.fields.dims, this.fields.rank, this.countElements(node));
  }

  /** The product of the dimensions, refused where 64 bits (the format) or 53 (our reports) do not hold it. */
  private countElements(node: number): number {
    let exact = 1n;
    for (let k = 0; k < this.fields.rank; k++) {
      exact *= BigInt(this.fields.dims[k] as number);
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
    const dtype = DTYPES[this.fields.dtypeCode] as string;
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
    const metadata = new HeaderMetadata();
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

  /** Sums over the checkpoint have to stay exact too. Headers that claim as much hold tensors that overlap. */
  private addToTotal(tensorBytes: number): void {
    const total = this.totalBytes + tensorBytes;
    // Elements are two a byte at the most: they are counted where that could be too many.
    if (total * 2 > MAX_EXACT_INTEGER) {
      const found = Math.max(total, this.countAllElements());
      if (found > MAX_EXACT_INTEGER) {
        const limit = MAX_EXACT_INTEGER;
        throw new UnfoldError("LIMIT_EXCEEDED", { what: "bytes or elements of all tensors", found, limit });
      }
    }
    this.totalBytes = total;
  }

  private countAllElements(): number {
    this.kernel?.settle();
    let elements = 0;
    for (let row = 0; row < this.table.count; row++) elements += this.table.elements(row);
    return elements;
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
