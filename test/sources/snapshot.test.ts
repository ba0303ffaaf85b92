import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { loadCheckpoint } from "../../src/checkpoint/load.ts";
import { UnfoldError } from "../../src/errors.ts";
import { MAX_HEADER_BYTES, MAX_INDEX_BYTES, MAX_JSON_DEPTH } from "../../src/safetensors/limits.ts";
import { type MemoryFile, MemorySource } from "../../src/sources/memory.ts";
import { openSnapshot, RecordingSource } from "../../src/sources/snapshot.ts";
import { encodeHeader } from "../../src/sources/snapshot-columns.ts";
import { packSnapshot } from "../../src/sources/snapshot-format.ts";
import { JSON_LIMITS, MAX_EXPANDED_FILE_BYTES } from "../../src/sources/snapshot-limits.ts";
import type { SourceFacts } from "../../src/sources/source.ts";
import { errorOf } from "../support/errors.ts";
import { smallModel } from "../support/small-model.ts";

const FACTS: SourceFacts = { kind: "local", id: "x", revision: null, commit: null, subfolder: null };
const SHARD = {
  path: "model.safetensors",
  kind: "shard",
  fileBytes: 196,
  metadata: { format: "pt" },
  padding: 3,
  kinds: [["F32", [4], 16]],
  names: [0, "model.a", 6, "b"],
  kindRuns: [0, 2],
};
const INDEX = {
  path: "model.safetensors.index.json",
  kind: "index",
  metadata: { total_size: 32 },
  shards: ["model.safetensors"],
  names: [0, "model.a", 6, "b"],
  shardRuns: [0, 2],
  newlineAtEnd: true,
};
const FAILED = {
  path: "b.safetensors",
  kind: "failed",
  code: "READ_FAILED",
  details: { reason: "EIO" },
  hint: null,
};
const FILES = [
  SHARD,
  INDEX,
  FAILED,
  { path: "config.json", kind: "text", text: "{}" },
  { path: "c.safetensors", kind: "bytes", base64: "UEsDBA==", fileBytes: 4 },
  { path: "readme.md", kind: "listed", fileBytes: null },
];

const snapshotOf = (files: unknown, more: object = {}) => ({
  unfoldSnapshot: 1,
  source: FACTS,
  chosenFile: null,
  files,
  ...more,
});
const pack = (value: unknown) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
const refusal = (bytes: Uint8Array) => {
  const { code, message } = errorOf(() => openSnapshot(bytes));
  return [code, message.replace("not a header snapshot: ", "")];
};

describe("a snapshot from a stranger", () => {
  it("is read where every field is what it should be", async () => {
    const { components, problems } = await loadCheckpoint(openSnapshot(pack(snapshotOf(FILES))));
    expect(components[0]?.table.count).toBe(2);
    expect(problems).toEqual([]);
  });

  it.each<[string, unknown, string]>([
    [
      "runs of half a billion",
      [{ ...SHARD, kindRuns: [0, 500_000_000] }],
      "kindRuns: they add up to 500000000, for 2 names",
    ],
    ["runs that fall short", [{ ...SHARD, kindRuns: [0, 1] }], "kindRuns: they add up to 1, for 2 names"],
    [
      "a run of a kind that is not there",
      [{ ...SHARD, kindRuns: [1, 2] }],
      "kindRuns[0]: expected a number below 1, found 1",
    ],
    [
      "runs of shards that are not there",
      [{ ...INDEX, shardRuns: [7, 2] }],
      "shardRuns[0]: expected a number below 1, found 7",
    ],
    ["half a pair", [{ ...SHARD, kindRuns: [0] }], "kindRuns: expected a list of pairs"],
    [
      "more shared than there is",
      [{ ...SHARD, names: [0, "a", 2, "b"] }],
      "names[2]: expected a whole number up to the 1 characters before, found 2",
    ],
    ["names that are numbers", [{ ...SHARD, names: [0, 1, 0, "b"] }], "names[1]: expected text, found 1"],
    [
      "negative padding",
      [{ ...SHARD, padding: -1 }],
      "padding: expected a whole number from 0 to 100000000, found -1",
    ],
    ["padding beyond a header", [{ ...SHARD, padding: 1e8 + 1 }], "padding: expected a whole number"],
    [
      "a size that is no whole number",
      [{ ...SHARD, kinds: [["F32", [4], 0.5]] }],
      "kinds[0][2]: expected a whole number",
    ],
    [
      "sizes that pass 2^53 together",
      [{ ...SHARD, kinds: [["F32", [4], 2 ** 52]] }],
      "kinds: their bytes pass 2^53",
    ],
    [
      "a dimension of 1e308",
      [{ ...SHARD, kinds: [["F32", [1e308], 16]] }],
      "kinds[0][1][0]: expected a whole number",
    ],
    [
      "a kind of two",
      [{ ...SHARD, kinds: [["F32", [4]]] }],
      "kinds[0]: expected a list of 3 values, found a list of 2",
    ],
    ["metadata that is no text", [{ ...SHARD, metadata: { a: 1 } }], 'metadata."a": expected text, found 1'],
    [
      "a kind of file that nobody knows",
      [{ ...SHARD, kind: "tensor" }],
      "kind: expected one of text, bytes, listed, failed, shard, index",
    ],
    ["a kind that every object has", [{ ...SHARD, kind: "constructor" }], "kind: expected one of"],
    [
      "base64 that is none",
      [{ path: "a", kind: "bytes", base64: "a-b_", fileBytes: 4 }],
      "base64: expected base64",
    ],
    ["a code of none of ours", [{ ...FAILED, code: "PWNED" }], "code: expected a code of a failed read"],
    [
      "a code that ends a run",
      [{ ...FAILED, code: "INTERNAL", details: { message: "x" } }],
      "code: expected a code of a failed read",
    ],
    [
      "a code that every object has",
      [{ ...FAILED, code: "toString" }],
      "code: expected a code of a failed read",
    ],
    ["details of another code", [{ ...FAILED, details: {} }], "details.reason: expected text, found nothing"],
    [
      "details of another type",
      [{ ...FAILED, details: { reason: {} } }],
      "details.reason: expected text, found an object",
    ],
    ["details that are none", [{ ...FAILED, details: null }], "details: expected an object, found null"],
    ["a path out of the source", [{ ...SHARD, path: "../x" }], "path: expected a path inside the source"],
    ["one with the other slash", [{ ...SHARD, path: "a\\..\\x" }], "path: expected a path inside the source"],
    ["an absolute path", [{ ...SHARD, path: "/etc/passwd" }], "path: expected a path inside the source"],
    ["a drive", [{ ...SHARD, path: "C:\\x" }], "path: expected a path inside the source"],
    ["an address", [{ ...SHARD, path: "file:///x" }], "path: expected a path inside the source"],
    ["no path", [{ ...SHARD, path: "" }], "path: expected a path inside the source"],
    ["one path twice", [SHARD, SHARD], '[1]: "model.safetensors" is there twice'],
    ["files that are an object", {}, "files: expected a list, found an object"],
    ["a file that is a list", [[]], "files[0]: expected an object, found a list of 0"],
  ])("is refused for %s", (_, files, problem) => {
    const [code, message] = refusal(pack(snapshotOf(files)));
    expect(code).toBe("SNAPSHOT_INVALID");
    expect(message).toContain(problem);
    expect(message).toMatch(/^files/);
  });

  it("names the file and the field", () => {
    const [, message] = refusal(pack(snapshotOf([INDEX, { ...SHARD, padding: null }])));
    expect(message).toBe(
      'files[1] ("model.safetensors").padding: expected a whole number from 0 to 100000000, found null',
    );
  });

  it.each<[string, Uint8Array, string]>([
    ["no JSON", pack("{"), "neither JSON nor gzipped JSON"],
    ["nothing at all", pack(""), "neither JSON nor gzipped JSON"],
    [
      "a byte order mark",
      pack(`\ufeff${JSON.stringify(snapshotOf(FILES))}`),
      "neither JSON nor gzipped JSON",
    ],
    [
      "bytes that are no UTF-8",
      Buffer.concat([pack('{"a":"'), Buffer.from([0xff]), pack('"}')]),
      "it is not UTF-8",
    ],
    ["a gzip cut off", gzipSync(pack(snapshotOf(FILES))).subarray(0, -9), "its gzip is damaged or cut off"],
    [
      "a gzip with other bytes behind",
      Buffer.concat([gzipSync("{}"), pack("x")]),
      "its gzip is damaged or cut off",
    ],
    [
      "two documents in two gzips",
      Buffer.concat([gzipSync("{}"), gzipSync("{}")]),
      "neither JSON nor gzipped JSON",
    ],
    [
      "a version of later",
      pack(snapshotOf(FILES, { unfoldSnapshot: 2 })),
      "unfoldSnapshot: expected 1, found 2",
    ],
    ["null", pack("null"), "expected an object, found null"],
    [
      "a chosen file that is a number",
      pack(snapshotOf(FILES, { chosenFile: 5 })),
      "chosenFile: expected null or text, found 5",
    ],
    [
      "a source without an id",
      pack(snapshotOf(FILES, { source: { ...FACTS, id: undefined } })),
      "source.id: expected text, found nothing",
    ],
    [
      "a source without a commit",
      pack(snapshotOf(FILES, { source: { ...FACTS, commit: undefined } })),
      "source.commit: expected null or text, found nothing",
    ],
    [
      "a source of no kind",
      pack(snapshotOf(FILES, { source: { ...FACTS, kind: "" } })),
      "source.kind: expected one of",
    ],
    [
      "a source inherited",
      pack('{"unfoldSnapshot":1,"__proto__":{"source":{}},"files":[]}'),
      "source: expected an object, found nothing",
    ],
  ])("is refused for %s", (_, bytes, problem) => {
    const [code, message] = refusal(bytes);
    expect(code).toBe("SNAPSHOT_INVALID");
    expect(message).toContain(problem);
  });
});

/** Everything that a field can hold and should not. */
const ODD: readonly unknown[] = [
  undefined,
  null,
  -1,
  -0,
  0.5,
  2 ** 53,
  1e308,
  true,
  "",
  "\u001b[2J",
  "__proto__",
  [],
  [null],
  [[]],
  {},
  { a: { b: [] } },
];

/** The same value with one part of it replaced, for every part and every odd value. */
function* bent(value: unknown): Generator<unknown> {
  yield* ODD;
  if (Array.isArray(value)) {
    for (const [k, member] of value.entries()) for (const odd of bent(member)) yield value.with(k, odd);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, member] of Object.entries(value))
      for (const odd of bent(member)) yield { ...value, [key]: odd };
  }
}

describe("every field of every type", () => {
  it("is read or refused, and never a crash", async () => {
    let refused = 0;
    let read = 0;
    for (const value of bent(snapshotOf(FILES))) {
      try {
        const checkpoint = await loadCheckpoint(openSnapshot(pack(value === undefined ? "" : value)));
        for (const each of Object.values(checkpoint.source))
          expect(["string", "object"]).toContain(typeof each);
        read++;
      } catch (error) {
        if (!(error instanceof UnfoldError)) throw error;
        expect(["SNAPSHOT_INVALID", "NO_CHECKPOINT"]).toContain(error.code);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(800);
    expect(read).toBeGreaterThan(50);
  });
});

describe("what a snapshot expands to", () => {
  const million = "a".repeat(1_000_000);
  const longNames = Array.from({ length: 20_000 }, (_, k) => [
    k === 0 ? 0 : 1e6,
    k === 0 ? million : `${k}`,
  ]).flat();
  const wide = Array.from({ length: 200_000 }, () => 1);
  const shards = (fields: object) =>
    Array.from({ length: 8 }, (_, k) => ({ ...SHARD, path: `model-${k}.safetensors`, ...fields }));

  it.each<[string, unknown, string]>([
    ["names of a million characters", [{ ...SHARD, names: longNames, kindRuns: [0, 20_000] }], "100.0 MB"],
    [
      "shapes of 200,000 dimensions",
      [
        {
          ...SHARD,
          kinds: [["F32", wide, 4]],
          names: longNames.map((part) => (typeof part === "number" ? 0 : part.slice(0, 9))),
          kindRuns: [0, 20_000],
        },
      ],
      "100.0 MB",
    ],
    ["padding, eight times", shards({ padding: 99_000_000 }), "250.0 MB"],
    [
      "names that are escaped when written",
      [
        {
          ...SHARD,
          names: ["\u0001".repeat(1_000_000), ...Array.from({ length: 29 }, () => "x")].flatMap((rest, k) => [
            k === 0 ? 0 : 1_000_000,
            rest,
          ]),
          kindRuns: [0, 30],
        },
      ],
      "100.0 MB",
    ],
    [
      "the name of a shard, again and again",
      [
        {
          ...INDEX,
          shards: [million],
          names: longNames.map((part) => (typeof part === "number" ? 0 : part.slice(0, 9))),
          shardRuns: [0, 20_000],
        },
      ],
      "100.0 MB",
    ],
  ])("is bounded: %s", (_, files, limit) => {
    const bytes = gzipSync(pack(snapshotOf(files)));
    const [code, message] = refusal(bytes);
    expect(code).toBe("SNAPSHOT_INVALID");
    expect(message).toMatch(new RegExp(`to more than ${limit}$`));
  });

  it("is what a header and an index may have in files, to the byte", () => {
    expect([MAX_EXPANDED_FILE_BYTES, MAX_EXPANDED_FILE_BYTES]).toEqual([MAX_HEADER_BYTES, MAX_INDEX_BYTES]);
    expect(JSON_LIMITS.depth).toBe(MAX_JSON_DEPTH);
  });

  it.each([
    ["lists in lists", "[".repeat(400_000), "values are nested deeper than 127"],
    ["metadata of an index", `{"files":[{"metadata":${"[".repeat(300)}`, "values are nested deeper than 127"],
    ["small lists without number", `[${"[],".repeat(2_000_001)}`, "more than 2,000,000 lists and objects"],
    ["keys without number", `{${'"":1,'.repeat(4_000_001)}`, "more than 4,000,000 keys"],
    ["values without number", `[${"1,".repeat(10_000_001)}`, "more than 10,000,000 values"],
    ["more than a snapshot has", " ".repeat(150_000_001), "it holds more than 150.0 MB"],
  ])("is looked at before it is parsed: %s", (_, json, problem) => {
    const [code, message] = refusal(gzipSync(json));
    expect(code).toBe("SNAPSHOT_INVALID");
    expect(message?.replace(/ at byte [\d,]+$/, "")).toBe(problem);
  });

  it("counts no brackets in text", () => {
    const config = { path: "config.json", kind: "text", text: `{"a":"${"[{,:\\\\".repeat(1000)}"}` };
    expect(() => openSnapshot(pack(snapshotOf([SHARD, config])))).not.toThrow();
  });
});

/** What a checkpoint and a snapshot of it give. */
async function bothWays(files: ReadonlyMap<string, MemoryFile>) {
  const source = new RecordingSource(new MemorySource(files, FACTS));
  const told = (checkpoint: Awaited<ReturnType<typeof loadCheckpoint>>) => ({
    problems: checkpoint.problems,
    notes: checkpoint.notes,
    counts: checkpoint.components.map(({ table }) => table.count),
  });
  const before = told(await loadCheckpoint(source));
  const after = told(await loadCheckpoint(openSnapshot(packSnapshot(source.snapshot(), true))));
  return { before, after, snapshot: source.snapshot() };
}

function shardOf(json: string | Uint8Array, fileBytes: number): MemoryFile {
  const text = Buffer.from(json);
  const bytes = Buffer.alloc(8 + text.length);
  bytes.writeBigUInt64LE(BigInt(text.length));
  bytes.set(text, 8);
  return { bytes, fileBytes };
}

describe("what a snapshot says", () => {
  const entry = '{"dtype":"F32","shape":[4],"data_offsets":[0,16]}';

  it.each<[string, string]>([
    ["a sound header", `{"__metadata__":{"format":"pt"},"a":${entry}}`],
    ["another spelling", `{ "a": ${entry} }`],
    ["padding", `{"a":${entry}}     `],
    ["offsets the wrong way round", '{"a":{"dtype":"F32","shape":[4],"data_offsets":[16,0]}}'],
    ["a negative dimension", '{"a":{"dtype":"F32","shape":[-4],"data_offsets":[0,16]}}'],
    ["half a dimension", '{"a":{"dtype":"F32","shape":[0.5],"data_offsets":[0,16]}}'],
    ["text for a dimension", '{"a":{"dtype":"F32","shape":["4"],"data_offsets":[0,16]}}'],
    ["metadata of numbers", `{"__metadata__":{"a":1},"a":${entry}}`],
    ["metadata that is null", `{"__metadata__":null,"a":${entry}}`],
    ["a tensor called __proto__", `{"__proto__":${entry}}`],
    ["a dtype that nobody knows", '{"a":{"dtype":"F5","shape":[4],"data_offsets":[0,16]}}'],
    ["a list", "[]"],
    ["nothing", "{}"],
    ["nesting without end", `{"a":${"[".repeat(200_000)}`],
    ["deep nesting", `{"a":${"[".repeat(5000)}${"]".repeat(5000)}}`],
  ])("is what the checkpoint said: %s", async (_, header) => {
    const { before, after } = await bothWays(
      new Map([["model.safetensors", shardOf(header, 8 + header.length + 16)]]),
    );
    expect(after).toEqual(before);
  });

  it.each<[string, string]>([
    ["an index without metadata", '{\n  "weight_map": {\n    "a": "model.safetensors"\n  }\n}'],
    [
      "deep metadata",
      `{\n  "metadata": ${"[".repeat(200_000)}${"]".repeat(200_000)},\n  "weight_map": {}\n}`,
    ],
    ["a shard out of the folder", '{"weight_map":{"a":"../../x.safetensors"}}'],
    ["a shard that is a number", '{\n  "weight_map": {\n    "a": 3\n  }\n}'],
    ["an index cut off", '{"weight_map": {"a": "mod'],
  ])("is what the checkpoint said: %s", async (_, index) => {
    const files = new Map<string, MemoryFile>([
      ["model.safetensors", shardOf(`{"a":${entry}}`, 100)],
      ["model.safetensors.index.json", { bytes: Buffer.from(index) }],
    ]);
    const { before, after } = await bothWays(files);
    expect(after).toEqual(before);
  });

  it.each<[string, UnfoldError]>([
    ["permission", new UnfoldError("ACCESS_DENIED", {}, { hint: "Ask." })],
    ["a reason of a stranger's", new UnfoldError("READ_FAILED", { reason: "\u001b]52;c;x\u0007" })],
    [
      "numbers beyond JSON's",
      new UnfoldError("LIMIT_EXCEEDED", { what: "bytes", found: 2n ** 64n - 1n, limit: 5 }),
    ],
    ["nothing known", new UnfoldError("RATE_LIMITED", { host: "h", waitSeconds: null })],
  ])("is why a file could not be read: %s", async (_, error) => {
    const files = new Map<string, MemoryFile>([
      ["model-00001-of-00002.safetensors", shardOf(`{"a":${entry}}`, 8 + 6 + entry.length + 16)],
      ["model-00002-of-00002.safetensors", { bytes: new Uint8Array(0), error }],
      ["config.json", { bytes: new Uint8Array(0), error }],
    ]);
    const { before, after } = await bothWays(files);
    expect(before.problems).toHaveLength(1);
    expect(after).toEqual(before);
  });

  it("holds no text that is no configuration", async () => {
    const files = new Map<string, MemoryFile>([
      ["model.safetensors", shardOf(`{"a":${entry}}`, 100)],
      ["config.json", { bytes: Buffer.from("root:x:0:0:secret") }],
      ["generation_config.json", { bytes: Buffer.from('{"a": NaN, "b": -Infinity}') }],
    ]);
    const { before, after, snapshot } = await bothWays(files);
    expect(after).toEqual(before);
    expect(JSON.stringify(snapshot)).not.toContain("secret");
    expect(JSON.stringify(snapshot)).toContain("-Infinity");
  });

  it("says nothing of what was listed and not read", async () => {
    const source = openSnapshot(
      pack(snapshotOf([{ path: "a.safetensors", kind: "listed", fileBytes: null }])),
    );
    expect(await source.readFile("a.safetensors", 10)).toBeUndefined();
    expect(errorOf(() => source.open("a.safetensors")).message).toBe(
      "reading failed: these bytes are not held",
    );
    expect(await source.list("")).toEqual([{ path: "a.safetensors", kind: "file" }]);
  });

  it("is of a model what the model is", async () => {
    const { before, after } = await bothWays(new Map([...smallModel()]));
    expect(after).toEqual(before);
  });

  it("holds half a million tensors and gives back every byte", async () => {
    const entries = Array.from({ length: 500_000 }, (_, k) => {
      const name = `model.layers.${k % 61}.mlp.experts.${Math.floor(k / 61)}.up_proj.weight`;
      return `"${name}":{"dtype":"BF16","shape":[2,2],"data_offsets":[${k * 8},${k * 8 + 8}]}`;
    });
    const file = shardOf(`{${entries.join(",")}}`, 100_000_000);
    const columns = encodeHeader(file.bytes.subarray(8));
    if (columns === undefined) throw new Error("kept as bytes");
    const shard = { path: "model.safetensors", kind: "shard", fileBytes: 100_000_000, ...columns } as const;
    const packed = packSnapshot(
      { unfoldSnapshot: 1, source: FACTS, chosenFile: null, files: [shard] },
      false,
    );
    const reader = await openSnapshot(packed).open("model.safetensors");
    expect(Buffer.from(await reader.read(0, file.bytes.length)).equals(file.bytes)).toBe(true);
  });
});
