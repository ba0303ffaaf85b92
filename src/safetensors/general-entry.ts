import { UnfoldError } from "../errors.ts";
import { formatCount } from "../format/count.ts";
import { DTYPES } from "./dtype.ts";
import { type EntryFields, SAFE_DIGITS } from "./entry-fields.ts";
import type { HeaderNote } from "./header.ts";
import type { JsonCursor } from "./json-cursor.ts";
import { COMMON_RANK, MAX_EXACT_INTEGER, MAX_SHAPE_NUMBERS, MAX_U64 } from "./limits.ts";
import { LENGTH_BYTES } from "./read-header.ts";

const QUOTE = 0x22;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;

const DTYPE_CODES = new Map<string, number>(DTYPES.map((dtype, code) => [dtype, code]));

/** Reads an entry in any JSON spelling, with the precise error where it is wrong. */
export class GeneralEntryReader {
  private readonly cursor: JsonCursor;
  private readonly fields: EntryFields;
  /** The name of the tensor at a node, for messages. */
  private readonly nameOf: (node: number) => string;
  private readonly note: (code: HeaderNote["code"], message: string) => void;

  constructor(
    cursor: JsonCursor,
    fields: EntryFields,
    nameOf: (node: number) => string,
    note: (code: HeaderNote["code"], message: string) => void,
  ) {
    this.cursor = cursor;
    this.fields = fields;
    this.nameOf = nameOf;
    this.note = note;
  }

  /** Reads the entry of the tensor at a node into the fields; the cursor is behind the name. Throws on any fault. */
  read(node: number): void {
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
      if (key === "dtype") this.dtype(node);
      else if (key === "shape") this.shape(node);
      else if (key === "data_offsets") this.offsets(node);
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
  }

  private dtype(node: number): void {
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
      const hint =
        "unfold knows the 22 dtypes of safetensors 0.8; readers refuse a file with any other: save the tensor in one of them";
      throw new UnfoldError("DTYPE_UNKNOWN", { tensor, dtype, offset: at + LENGTH_BYTES }, { hint });
    }
    this.fields.dtypeCode = code;
  }

  private shape(node: number): void {
    const { fields } = this;
    let rank = 0;
    this.integers(node, "SHAPE_INVALID", "a dimension", (value) => {
      if (rank === MAX_SHAPE_NUMBERS) throw tooManyDimensions(rank + 1);
      if (rank === fields.dims.length) {
        const grown = new Float64Array(rank * 2);
        grown.set(fields.dims);
        fields.dims = grown;
      }
      fields.dims[rank++] = value;
    });
    fields.rank = rank;
    if (rank > COMMON_RANK) {
      this.note("RANK_HIGH", `tensors with more than ${COMMON_RANK} dimensions; some readers refuse them`);
    }
  }

  private offsets(node: number): void {
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
    this.fields.begin = begin;
    this.fields.end = end;
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
      if (token.length > SAFE_DIGITS && !(value <= MAX_EXACT_INTEGER)) {
        const limit = BigInt(token) > MAX_U64 ? "64 bits" : "2^53 - 1, the largest that reports hold exactly";
        throw wrong(`${noun} of ${token.slice(0, 40)}, above ${limit}`, at);
      }
      take(value);
    });
  }
}

export function tooManyDimensions(found: number): UnfoldError {
  const what = "dimensions in distinct shapes";
  return new UnfoldError("LIMIT_EXCEEDED", { what, found, limit: MAX_SHAPE_NUMBERS });
}
