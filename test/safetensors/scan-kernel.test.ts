import { describe, expect, it } from "vitest";
import { listEverything, readCheckpoint, type ShardText } from "../support/both-ways.ts";
import { headerOfRun } from "../support/fuzz-headers.ts";
import { entryText, headerText as textOf, utf8 } from "../support/header-text.ts";

const CHECKPOINTS = 500;
const SEED = Number(process.env.FUZZ_SEED ?? 11);

/** A header of names and entries; names stand in their quotes verbatim. */
function headerText(...members: readonly (readonly [name: string, value: string])[]): string {
  return textOf(...members.map(([name, value]) => [`"${name}"`, value] as const));
}

/** Shards of plain tensors, each of four bytes, one behind the other. */
function plainShards(names: readonly (readonly string[])[]): ShardText[] {
  return names.map((own) => ({
    json: utf8(headerText(...own.map((name, k) => [name, entryText("F32", "1", 4 * k, 4 * k + 4)] as const))),
    dataBytes: 4 * own.length,
  }));
}

function plainIndex(names: readonly (readonly string[])[]): Uint8Array {
  const map = Object.fromEntries(
    names.flatMap((own, shard) => own.map((name) => [name, `s-${shard}.safetensors`])),
  );
  return utf8(JSON.stringify({ metadata: { total_size: 4 }, weight_map: map }, null, 2));
}

function expectTwins(shards: readonly ShardText[], index: Uint8Array | null): { tookAll: boolean } {
  const kernel = readCheckpoint(shards, index, true);
  const plain = readCheckpoint(shards, index, false);
  expect(listEverything(kernel)).toEqual(listEverything(plain));
  return kernel;
}

/** `layers.3.experts.7.w1.weight`, with a scale for each weight. */
function expertNames(layers: number, experts: number): string[] {
  const names: string[] = [];
  for (let layer = 0; layer < layers; layer++)
    for (let expert = 0; expert < experts; expert++)
      for (const part of ["w1", "w2"])
        names.push(
          `layers.${layer}.experts.${expert}.${part}.weight`,
          `layers.${layer}.experts.${expert}.${part}.weight_scale_inv`,
        );
  return names;
}

describe("the scan kernel and the general parsers", () => {
  it("keep the same of sound, odd and broken headers, and say the same of them", () => {
    for (let run = 0; run < CHECKPOINTS; run++) {
      const shards = Array.from({ length: 1 + (run % 3) }, (_, shard) => headerOfRun(SEED, 3 * run + shard));
      expectTwins(shards, null);
    }
  });

  it("keep the same of names, index and modules where the kernel takes all", () => {
    const names = expertNames(3, 40);
    const halves = [names.filter((_, k) => k % 3 > 0).sort(), names.filter((_, k) => k % 3 === 0).sort(), []];
    expect(expectTwins(plainShards(halves), plainIndex(halves)).tookAll).toBe(true);
  });

  it("read on where the text is longer than the kernel's window, a name across its end included", () => {
    const names = expertNames(20, 50);
    const shards = plainShards([names]);
    expect(shards[0]?.json.length).toBeGreaterThan(262_144);
    expect(expectTwins(shards, plainIndex([names])).tookAll).toBe(true);
  });

  it("keep the same of names and tensors with blanks where json.dumps has them, and the kernel takes all", () => {
    const names = expertNames(20, 50);
    const shards = plainShards([names]).map(({ json, dataBytes }) => ({
      json: utf8(new TextDecoder().decode(json).replace(/[:,](?=[^:,])/g, "$& ")),
      dataBytes,
    }));
    expect(expectTwins(shards, null).tookAll).toBe(true);
  });

  const odd: readonly (readonly [what: string, text: string])[] = [
    [
      "an escape in a name",
      headerText(["a.b", entryText("F32", "1", 0, 4)], ["a.\\u0062c", entryText("F32", "1", 4, 8)]),
    ],
    ["a blank", headerText(["a", `${entryText("F32", "1", 0, 4)} `], ["b", entryText("F32", "1", 4, 8)])],
    ["a name twice", headerText(["a", entryText("F32", "1", 0, 4)], ["a", entryText("F32", "1", 4, 8)])],
    [
      "a name of another shard",
      headerText(["b", entryText("F32", "1", 0, 4)], ["model.0", entryText("F32", "1", 4, 8)]),
    ],
    ["nine dimensions", headerText(["a", entryText("F32", "1,1,1,1,1,1,1,1,1", 0, 4)])],
    ["a dimension of sixteen digits", headerText(["a", entryText("F32", "1000000000000000", 0, 4)])],
    ["a product beyond 2^50", headerText(["a", entryText("F32", "1000000000,10000000", 0, 4)])],
    ["a leading zero", headerText(["a", entryText("F32", "01", 0, 4)])],
    ["half a byte", headerText(["a", entryText("F4", "3", 0, 2)])],
    ["a hole", headerText(["a", entryText("F32", "1", 4, 8)])],
    [
      "tensors in reverse",
      headerText(["a", entryText("F32", "1", 4, 8)], ["b", entryText("F32", "1", 0, 4)]),
    ],
    [
      "metadata in the middle",
      headerText(
        ["a", entryText("F32", "1", 0, 4)],
        ["__metadata__", '{"k":"v"}'],
        ["b", entryText("F32", "1", 4, 8)],
      ),
    ],
    ["no end", '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}'],
    ["a name of a hundred parts", headerText([Array(100).fill("x").join("."), entryText("F32", "1", 0, 4)])],
    ["no tensor", "{}"],
    ["two blanks", '{"a":  {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}'],
    [
      "blanks here and there",
      '{"a": {"dtype":"F32", "shape":[1],"data_offsets": [0,4]}, "b":{"dtype": "F32","shape": [1],"data_offsets":[4, 8]}}',
    ],
    ["a blank before a comma", '{"a": {"dtype": "F32", "shape": [1 , 1], "data_offsets": [0, 4]}}'],
    ["a blank behind no dimension", '{"a": {"dtype": "F32", "shape": [1, ], "data_offsets": [0, 4]}}'],
    ["a blank for no dimension", '{"a": {"dtype": "F32", "shape": [ ], "data_offsets": [0, 4]}}'],
    ["a comma and a blank at the end", '{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}, }'],
  ];
  it.each(odd)("agree on a shard with %s, between two plain ones", (_, text) => {
    const [before, after] = plainShards([
      ["model.0", "model.1"],
      ["model.2", "other"],
    ]) as [ShardText, ShardText];
    expectTwins([before, { json: utf8(text), dataBytes: 8 }, after], null);
  });

  it.each([
    ["an entry twice", '{"weight_map":{"a":"s","b":"s","a":"t"}}'],
    ["a shard that is no text", '{"weight_map":{"a":"s","b":3}}'],
    ["an escape", '{"weight_map":{"a":"s","\\u0062":"s","c":"t"}}'],
    ["no end", '{"weight_map":{"a":"s","b":"s"'],
    ["metadata behind it", '{"weight_map":{"a":"s" , "b" : "t"},"metadata":{"total_size":7}}'],
  ])("agree on an index with %s", (_, text) => {
    expectTwins(plainShards([["a", "b"], ["c"]]), utf8(text));
  });
});

it("a checkpoint keeps what it has while the next ones are read", () => {
  for (const names of [expertNames(2, 5), expertNames(40, 150)]) {
    const shards = plainShards([names]);
    const first = readCheckpoint(shards, null, true);
    const before = listEverything(first);
    readCheckpoint(plainShards([["other.name", "more"]]), null, true);
    readCheckpoint(plainShards([expertNames(1, 9).reverse()]), null, true);
    expect(listEverything(first)).toEqual(before);
    expect(first.table.names.count).toBeGreaterThan(names.length);
  }
});
