import { describe, expect, it } from "vitest";
import type { ErrorCode } from "../../src/errors.ts";
import { escapeForTerminal } from "../../src/format/escape.ts";
import { DTYPE_BITS, DTYPES } from "../../src/safetensors/dtype.ts";
import { HeaderParser, parseHeader } from "../../src/safetensors/header-parser.ts";
import { MAX_JSON_DEPTH, MAX_OBJECT_KEYS, MAX_SHAPE_NUMBERS } from "../../src/safetensors/limits.ts";
import { TensorTable } from "../../src/safetensors/tensor-table.ts";
import { codeOf, errorOf } from "../support/errors.ts";
import { entryText, F32_ENTRY, headerText, utf8 } from "../support/header-text.ts";

type Verdict = ErrorCode | "accepted";
const verdictOn = (header: string | Uint8Array): Verdict =>
  codeOf(() => parseHeader(typeof header === "string" ? utf8(header) : header));

/** A header with one entry, its text as given. */
const withEntry = (entry: string) => `{"t":${entry}}`;
const withShape = (shape: string, dtype = "U8") => withEntry(entryText(dtype, shape, 0, 1));
const withOffsets = (offsets: string) => withEntry(`{"dtype":"U8","shape":[1],"data_offsets":${offsets}}`);
const withMetadata = (value: string) => `{"__metadata__":${value},"t":${F32_ENTRY}}`;
const withExtra = (value: string) =>
  withEntry(`{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":${value}}`);

const PADDING = Buffer.alloc(400, " ");

function table(
  title: string,
  rows: readonly (readonly [why: string, header: string | Uint8Array, Verdict])[],
) {
  describe(title, () => {
    it.each(rows)("%s", (_, header, verdict) => {
      const bytes = typeof header === "string" ? utf8(header) : header;
      expect(verdictOn(bytes)).toBe(verdict);
      // Entries with room behind them go another, faster way: what is right or wrong must not depend on it.
      expect(verdictOn(Buffer.concat([bytes, PADDING])), "with padding").toBe(verdict);
    });
  });
}

table("the text of a header", [
  ["an empty object", "{}", "accepted"],
  ["nothing", "", "HEADER_SYNTAX"],
  ["blanks alone", "   ", "HEADER_SYNTAX"],
  ["leading blanks of every kind", " \t\r\n{}", "accepted"],
  ["trailing blanks of every kind", "{} \t\r\n", "accepted"],
  ["NUL padding", "{}\u0000", "HEADER_SYNTAX"],
  ["a second object", "{}{}", "HEADER_SYNTAX"],
  ["an array", "[]", "HEADER_SYNTAX"],
  ["a string", '"x"', "HEADER_SYNTAX"],
  ["null", "null", "HEADER_SYNTAX"],
  ["a byte order mark", "\ufeff{}", "HEADER_SYNTAX"],
  ["UTF-16", Buffer.from('{"a":1}', "utf16le"), "HEADER_SYNTAX"],
  ["a missing end", "{", "HEADER_SYNTAX"],
  ["a trailing comma", `{"t":${F32_ENTRY},}`, "HEADER_SYNTAX"],
  ["a comma too many", `{,"t":${F32_ENTRY}}`, "HEADER_SYNTAX"],
  ["a missing colon", '{"t" {}}', "HEADER_SYNTAX"],
  ["a comment", "{/**/}", "HEADER_SYNTAX"],
  ["single quotes", "{'t':1}", "HEADER_SYNTAX"],
  ["a bare key", "{t:1}", "HEADER_SYNTAX"],
  ["a raw control character in a name", `{"a\u001fb":${F32_ENTRY}}`, "HEADER_SYNTAX"],
  ["DEL in a name, which JSON allows", `{"a\u007fb":${F32_ENTRY}}`, "accepted"],
  ["a broken escape", `{"a\\xb":${F32_ENTRY}}`, "HEADER_SYNTAX"],
  ["an escape of three digits", `{"a\\u12":${F32_ENTRY}}`, "HEADER_SYNTAX"],
  ["all escapes of JSON", `{"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000":${F32_ENTRY}}`, "accepted"],
]);

table("UTF-8 and surrogates (H11, H12)", [
  ["an invalid byte in a name", Buffer.from(`{"a\xff":${F32_ENTRY}}`, "latin1"), "HEADER_NOT_UTF8"],
  ["an overlong form", Buffer.from(`{"a\xc0\xaf":${F32_ENTRY}}`, "latin1"), "HEADER_NOT_UTF8"],
  ["an encoded surrogate", Buffer.from(`{"a\xed\xa0\x80":${F32_ENTRY}}`, "latin1"), "HEADER_NOT_UTF8"],
  ["an invalid byte in metadata", Buffer.from('{"__metadata__":{"a":"\xff"}}', "latin1"), "HEADER_NOT_UTF8"],
  ["an invalid byte in an unknown value", Buffer.from(withExtra('"\xff"'), "latin1"), "HEADER_NOT_UTF8"],
  ["a lone high surrogate", `{"\\ud800":${F32_ENTRY}}`, "HEADER_SYNTAX"],
  ["a lone low surrogate", `{"\\udc00":${F32_ENTRY}}`, "HEADER_SYNTAX"],
  ["a pair the wrong way round", `{"\\udc00\\ud800":${F32_ENTRY}}`, "HEADER_SYNTAX"],
  ["a high surrogate before another escape", `{"\\ud800\\n":${F32_ENTRY}}`, "HEADER_SYNTAX"],
  ["a pair", `{"\\ud83e\\udde0":${F32_ENTRY}}`, "accepted"],
  ["a lone surrogate in metadata", withMetadata('{"a":"\\ud800"}'), "HEADER_SYNTAX"],
  ["a lone surrogate in an unknown value", withExtra('"\\ud800"'), "HEADER_SYNTAX"],
]);

// The root and the entry take two levels, so an unknown value may have two fewer than the limit.
const nested = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;
table("nesting (H5)", [
  ["as deep as allowed", withExtra(nested(MAX_JSON_DEPTH - 2)), "accepted"],
  ["one deeper", withExtra(nested(MAX_JSON_DEPTH - 1)), "HEADER_TOO_DEEP"],
  ["one deeper, in objects", withExtra(`${'{"a":'.repeat(126)}1${"}".repeat(126)}`), "HEADER_TOO_DEEP"],
  ["a million deep without an end", withExtra("[".repeat(1_000_000)), "HEADER_TOO_DEEP"],
  ["deep in metadata", withMetadata(nested(1000)), "HEADER_TOO_DEEP"],
]);

table("dtypes (T1, H9)", [
  ...DTYPES.map(
    (dtype) => [dtype, withEntry(entryText(dtype, "8", 0, DTYPE_BITS[dtype])), "accepted"] as const,
  ),
  ...["I4", "U4", "F8_E4M3FN", "E8M0", "FP4", "F128", "f32", "F32 ", "", "toString", "__proto__"].map(
    (dtype) => [`no dtype: "${dtype}"`, withShape("1", dtype), "DTYPE_UNKNOWN"] as const,
  ),
  ["a number", withEntry('{"dtype":32,"shape":[1],"data_offsets":[0,4]}'), "ENTRY_INVALID"],
  [
    "an object, which the reference takes",
    withEntry('{"dtype":{"F32":null},"shape":[1],"data_offsets":[0,4]}'),
    "ENTRY_INVALID",
  ],
  ["spelled with an escape", withEntry('{"dtype":"F\\u00332","shape":[1],"data_offsets":[0,4]}'), "accepted"],
  ["a scalar of four bits", withShape("", "F4"), "DTYPE_MISALIGNED"],
  ["three elements of four bits", withShape("3", "F4"), "DTYPE_MISALIGNED"],
  ["two elements of six bits", withShape("2", "F6_E2M3"), "DTYPE_MISALIGNED"],
  ["four elements of six bits", withShape("4", "F6_E3M2"), "accepted"],
  ["no elements of four bits", withShape("0", "F4"), "accepted"],
]);

table("shapes (T2, T3, T5, H7, H8)", [
  ["a scalar", withShape(""), "accepted"],
  ["nine dimensions", withShape("1,1,1,1,1,1,1,1,1"), "accepted"],
  ["64 dimensions", withShape(Array(64).fill(1).join(",")), "accepted"],
  ["a dimension of 0", withShape("0"), "accepted"],
  ...["1.0", "1e0", "-0", "-1", "1.5"].map(
    (dim) => [`a dimension ${dim}`, withShape(dim), "SHAPE_INVALID"] as const,
  ),
  ...["true", "null", '"1"', "[]", "{}"].map(
    (dim) => [`a dimension ${dim}`, withShape(dim), "SHAPE_INVALID"] as const,
  ),
  ...["01", "+1", "0x1", "NaN", "1.", ".5", "1e"].map(
    (dim) => [`a dimension ${dim}, which is no JSON`, withShape(dim), "HEADER_SYNTAX"] as const,
  ),
  ...["1,", ",1", ",", "1,,1", "1 1"].map(
    (dims) => [`the list [${dims}], which is no JSON`, withShape(dims), "HEADER_SYNTAX"] as const,
  ),
  ["no array", withEntry('{"dtype":"U8","shape":1,"data_offsets":[0,1]}'), "SHAPE_INVALID"],
  ["2^53 - 1, empty", withShape("0,9007199254740991"), "accepted"],
  ["2^53, empty", withShape("0,9007199254740992"), "SHAPE_INVALID"],
  ["2^53 + 1, which a double rounds", withShape("0,9007199254740993"), "SHAPE_INVALID"],
  ["2^64", withShape("0,18446744073709551616"), "SHAPE_INVALID"],
  ["a product of zero in time", withShape("0,4294967296,4294967296"), "accepted"],
  ["a product that overflows before its zero", withShape("4294967296,4294967296,0"), "SHAPE_OVERFLOW"],
  ["a product of 2^64", withShape("4294967296,4294967296"), "SHAPE_OVERFLOW"],
  ["a product that wraps around to 1", withShape("4294967295,4294967297"), "SHAPE_OVERFLOW"],
  ["the last product whose bits stay exact", withShape("1125899906842623"), "accepted"],
  ["one more", withShape("1125899906842624"), "SHAPE_OVERFLOW"],
]);

table("offsets (T4, H8)", [
  ["none", withOffsets("[]"), "OFFSETS_INVALID"],
  ["one", withOffsets("[0]"), "OFFSETS_INVALID"],
  ["three", withOffsets("[0,1,1]"), "OFFSETS_INVALID"],
  ...["[0,]", "[,1]", "[,]", "[0 1]", "[00,1]", "[0,01]"].map(
    (offsets) => [`the list ${offsets}, which is no JSON`, withOffsets(offsets), "HEADER_SYNTAX"] as const,
  ),
  ["no array", withOffsets("1"), "OFFSETS_INVALID"],
  ["the end before the begin", withOffsets("[1,0]"), "OFFSETS_INVALID"],
  ["the end before the begin, spelled with blanks", withOffsets("[ 1, 0 ]"), "OFFSETS_INVALID"],
  ["negative", withOffsets("[-1,0]"), "OFFSETS_INVALID"],
  ["minus zero", withOffsets("[-0,1]"), "OFFSETS_INVALID"],
  ["with a fraction", withOffsets("[0,1.0]"), "OFFSETS_INVALID"],
  ["a string", withOffsets('["0",1]'), "OFFSETS_INVALID"],
  ["2^53 - 1", withOffsets("[0,9007199254740991]"), "accepted"],
  ["2^53", withOffsets("[0,9007199254740992]"), "OFFSETS_INVALID"],
  ["15 digits, the last of the fast path", withOffsets("[0,999999999999999]"), "accepted"],
  ["16 digits", withOffsets("[0,1000000000000000]"), "accepted"],
]);

table("entries (T1, T10)", [
  ["null", withEntry("null"), "ENTRY_INVALID"],
  ["a string", withEntry('"F32"'), "ENTRY_INVALID"],
  ["an array, which the reference takes", withEntry('["F32",[1],[0,4]]'), "ENTRY_INVALID"],
  ["empty", withEntry("{}"), "ENTRY_INVALID"],
  ["no dtype", withEntry('{"shape":[1],"data_offsets":[0,1]}'), "ENTRY_INVALID"],
  ["no shape", withEntry('{"dtype":"U8","data_offsets":[0,1]}'), "ENTRY_INVALID"],
  ["no offsets", withEntry('{"dtype":"U8","shape":[1]}'), "ENTRY_INVALID"],
  ["a key in capitals", withEntry('{"DType":"U8","shape":[1],"data_offsets":[0,1]}'), "ENTRY_INVALID"],
  ["fields in another order", withEntry('{"data_offsets":[0,1],"shape":[1],"dtype":"U8"}'), "accepted"],
  ["keys with escapes", withEntry('{"\\u0064type":"U8","sh\\u0061pe":[1],"data_offsets":[0,1]}'), "accepted"],
  ["a further key", withExtra('{"a":[1,2.5e3,null,true,"x"]}'), "accepted"],
  ["a number in it that no double holds (J10)", withExtra("1e999"), "HEADER_SYNTAX"],
  ["400 digits in it", withExtra("9".repeat(400)), "HEADER_SYNTAX"],
  ["308 digits in it", withExtra("9".repeat(308)), "accepted"],
]);

table("metadata (M1 to M4)", [
  ["strings", withMetadata('{"format":"pt","a":""}'), "accepted"],
  ["empty", withMetadata("{}"), "accepted"],
  ["null, as MLX writes it", withMetadata("null"), "accepted"],
  ["without tensors", '{"__metadata__":{"a":"b"}}', "accepted"],
  ["last", `{"t":${F32_ENTRY},"__metadata__":{}}`, "accepted"],
  ["behind the closing brace", '{},"__metadata__":{}}', "HEADER_SYNTAX"],
  ["its key with an escape", `{"\\u005f_metadata__":{"a":1}}`, "METADATA_INVALID"],
  ["a tensor entry", withMetadata(F32_ENTRY), "METADATA_INVALID"],
  ["a string", withMetadata('"x"'), "METADATA_INVALID"],
  ["an array", withMetadata("[]"), "METADATA_INVALID"],
  ...["1", "true", "null", "[]", "{}"].map(
    (value) => [`a value ${value}`, withMetadata(`{"a":${value}}`), "METADATA_INVALID"] as const,
  ),
]);

table("duplicates (H13)", [
  ["a tensor twice", headerText(['"t"', F32_ENTRY], ['"t"', F32_ENTRY]), "DUPLICATE_KEY"],
  ["once with an escape", headerText(['"t"', F32_ENTRY], ['"\\u0074"', F32_ENTRY]), "DUPLICATE_KEY"],
  [
    "with a tensor between",
    headerText(['"t"', F32_ENTRY], ['"u"', F32_ENTRY], ['"t"', F32_ENTRY]),
    "DUPLICATE_KEY",
  ],
  [
    "beyond ASCII, raw and escaped",
    headerText(['"é"', F32_ENTRY], ['"\\u00e9"', F32_ENTRY]),
    "DUPLICATE_KEY",
  ],
  [
    "composed and decomposed, which are two names",
    headerText(['"é"', F32_ENTRY], ['"e\u0301"', F32_ENTRY]),
    "accepted",
  ],
  ["__proto__ twice", headerText(['"__proto__"', F32_ENTRY], ['"__proto__"', F32_ENTRY]), "DUPLICATE_KEY"],
  ["metadata twice", headerText(['"__metadata__"', "{}"], ['"__metadata__"', "{}"]), "DUPLICATE_KEY"],
  [
    "metadata twice, null first",
    headerText(['"__metadata__"', "null"], ['"__metadata__"', "{}"]),
    "DUPLICATE_KEY",
  ],
  ["a metadata key", withMetadata('{"a":"1","a":"1"}'), "DUPLICATE_KEY"],
  [
    "a field of an entry",
    withEntry('{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}'),
    "DUPLICATE_KEY",
  ],
  ["a key deep in an unknown value", withExtra('[{"a":1,"a":1}]'), "DUPLICATE_KEY"],
  ["the empty name twice", headerText(['""', F32_ENTRY], ['""', F32_ENTRY]), "DUPLICATE_KEY"],
]);

describe("names that trip JavaScript (H9, H10, J11)", () => {
  const names = [
    "__proto__",
    "constructor",
    "toString",
    "then",
    "length",
    "hasOwnProperty",
    "10",
    "2",
    "",
    ".",
    "a..b",
    "a.",
    " ",
    "\ufeffa",
    "a",
  ];
  const header = parseHeader(
    utf8(
      headerText(...names.map((name, k) => [JSON.stringify(name), entryText("U8", "1", k, k + 1)] as const)),
    ),
  );

  it("come out as they went in, in the order of the header", () => {
    const found = Array.from({ length: header.endRow }, (_, row) => header.table.name(row));
    expect(found).toEqual(names);
  });

  it("are metadata keys like any other", () => {
    const { metadata } = parseHeader(
      utf8('{"__metadata__":{"__proto__":"a","constructor":"b","10":"c","2":"d"}}'),
    );
    expect([...(metadata ?? [])]).toEqual([
      ["__proto__", "a"],
      ["constructor", "b"],
      ["10", "c"],
      ["2", "d"],
    ]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe("size (H6, H15, H17)", () => {
  it("takes a name of a million characters, and cuts it in the message", () => {
    const name = "n".repeat(1_000_000);
    expect(verdictOn(`{"${name}":${F32_ENTRY}}`)).toBe("accepted");
    expect(errorOf(() => parseHeader(utf8(`{"${name}":1}`))).message.length).toBeLessThan(400);
  });

  it("takes a string of a million escapes", () => {
    const { metadata } = parseHeader(utf8(`{"__metadata__":{"a":"${"\\n".repeat(1_000_000)}"}}`));
    expect(metadata?.get("a")).toBe("\n".repeat(1_000_000));
  });

  it("takes ten million blanks", () => {
    expect(verdictOn(`{}${" ".repeat(10_000_000)}`)).toBe("accepted");
    expect(verdictOn(`{${" ".repeat(10_000_000)}}`)).toBe("accepted");
  });

  it("refuses more keys in one object than the limit, and names it", () => {
    const keys = (count: number) =>
      Array.from({ length: count }, (_, k) => `"${k.toString(36)}":""`).join(",");
    expect(verdictOn(`{"__metadata__":{${keys(MAX_OBJECT_KEYS)}}}`)).toBe("accepted");
    const error = errorOf(() => parseHeader(utf8(`{"__metadata__":{${keys(MAX_OBJECT_KEYS + 1)}}}`)));
    expect(error.code).toBe("LIMIT_EXCEEDED");
    expect(error.message).toContain("1,000,000");
  });

  it("refuses more dimensions than the limit, in one shape and in many", () => {
    const ones = (rank: number) => withShape(`${"1,".repeat(rank - 1)}1`);
    expect(verdictOn(ones(MAX_SHAPE_NUMBERS - 1))).toBe("accepted");
    expect(verdictOn(ones(MAX_SHAPE_NUMBERS))).toBe("LIMIT_EXCEEDED");
    const shapes = (count: number) =>
      `{${Array.from({ length: count }, (_, k) => `"${k}":${entryText("U8", `0,${k},1,1`, 0, 0)}`).join(",")}}`;
    expect(verdictOn(shapes(MAX_SHAPE_NUMBERS / 5))).toBe("accepted");
    expect(verdictOn(shapes(MAX_SHAPE_NUMBERS / 5 + 1))).toBe("LIMIT_EXCEEDED");
  });
});

describe("where the fault is", () => {
  it.each([
    ["syntax", '{"t":x}', 8 + 5],
    ["a shape", withShape("1,-1"), 8 + withShape("1,-1").indexOf("-1")],
    ["a duplicate", headerText(['"t"', F32_ENTRY], ['"t"', F32_ENTRY]), 8 + 2 + 4 + F32_ENTRY.length],
  ])("%s: its byte in the file", (_, header, offset) => {
    const { details } = errorOf(() => parseHeader(utf8(header)));
    expect(details).toHaveProperty("offset", offset);
  });

  it("is shown without raw text from the file", () => {
    const error = errorOf(() => parseHeader(utf8(withEntry(entryText("\u001b[31mF32", "1", 0, 4)))));
    const shown = escapeForTerminal(error.message);
    expect(shown).toContain("\\x1b[31mF32");
    expect(shown).not.toContain("\u001b");
  });
});

describe("notes on what some readers refuse", () => {
  it.each([
    [" {}", "HEADER_LEADING_SPACE"],
    ["{}\n", "HEADER_PADDING"],
    ['{"__metadata__":null}', "METADATA_NULL"],
    [withExtra("1"), "ENTRY_KEY_UNKNOWN"],
    [withShape("1,1,1,1,1,1,1,1,1"), "RANK_HIGH"],
  ])("%s", (header, code) => {
    expect(parseHeader(utf8(header)).notes.map((note) => note.code)).toEqual([code]);
  });

  it("none for spaces as padding and eight dimensions", () => {
    expect(parseHeader(utf8(`${withShape("1,1,1,1,1,1,1,1")}  `)).notes).toEqual([]);
  });

  it("are those of each shard, also where an earlier one had the same shape", () => {
    const parser = new HeaderParser(new TensorTable());
    const header = (name: string) => utf8(`{"${name}":${entryText("U8", "1,1,1,1,1,1,1,1,1", 0, 1)}}`);
    for (const name of ["a", "b"])
      expect(parser.parse(header(name), 0).notes.map((note) => note.code)).toEqual(["RANK_HIGH"]);
  });
});

describe("many shards in one table", () => {
  const header = (...names: string[]) =>
    utf8(headerText(...names.map((name) => [JSON.stringify(name), F32_ENTRY] as const)));

  it("one name in two shards is no duplicate, three times in two is", () => {
    const parser = new HeaderParser(new TensorTable());
    parser.parse(header("a", "b"), 0);
    expect(codeOf(() => parser.parse(header("b", "c"), 1))).toBe("accepted");
    expect(codeOf(() => parser.parse(header("b", "c", "b"), 2))).toBe("DUPLICATE_KEY");
  });

  it("a broken shard leaves no tensor behind, and its names are free for others", () => {
    const names = new TensorTable();
    const parser = new HeaderParser(names);
    parser.parse(header("a"), 0);
    expect(codeOf(() => parser.parse(utf8(`{"a":${F32_ENTRY},"b":${F32_ENTRY},"c":1}`), 1))).toBe(
      "ENTRY_INVALID",
    );
    expect(names.count).toBe(1);
    expect(names.rowNamed("b")).toBeUndefined();
    expect(names.rowNamed("a")).toBe(0);
    const { firstRow, endRow } = parser.parse(header("b", "c"), 2);
    expect([firstRow, endRow]).toEqual([1, 3]);
    expect(names.rowNamed("b")).toBe(1);
  });
});
