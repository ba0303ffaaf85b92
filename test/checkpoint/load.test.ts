import { describe, expect, it } from "vitest";
import { loadCheckpoint } from "../../src/checkpoint/load.ts";
import { type CheckpointBuilder, checkpoint } from "../support/checkpoint-builder.ts";
import { F32_ENTRY, fileStart } from "../support/header-text.ts";

const A = "model-00001-of-00002.safetensors";
const B = "model-00002-of-00002.safetensors";
const INDEX = "model.safetensors.index.json";

/** Two shards, two tensors each: 4 × 16 bytes. */
const twoShards = () =>
  checkpoint()
    .shard(A)
    .tensor("a.w", "BF16", [8])
    .tensor("a.b", "BF16", [8])
    .shard(B)
    .tensor("b.w", "BF16", [8])
    .tensor("b.b", "BF16", [8]);

async function load(builder: CheckpointBuilder, chosen: string | null = null) {
  const loaded = await loadCheckpoint(builder.toSource(chosen));
  const { table } = loaded.components[0] as (typeof loaded.components)[number];
  return {
    ...loaded,
    table,
    names: Array.from({ length: table.count }, (_, row) => table.name(row)),
    problemsSeen: loaded.problems.map(({ code, shard }) => `${code} ${shard}`),
    notesSeen: loaded.notes.map(({ code, shard }) => `${code} ${shard}`),
  };
}

describe("a sound checkpoint", () => {
  it("is read whole, and nothing is said", async () => {
    const loaded = await load(twoShards().index());
    expect(loaded.names).toEqual(["a.w", "a.b", "b.w", "b.b"]);
    expect([loaded.problemsSeen, loaded.notesSeen]).toEqual([[], []]);
    const [component] = loaded.components;
    expect(component?.layout).toBe("sharded");
    expect(component?.index).toMatchObject({ path: INDEX, entryCount: 4, totalSize: 64 });
    expect(component?.table.entry(3)).toEqual({
      name: "b.b",
      dtype: "BF16",
      shape: [8],
      elements: 8,
      bytes: 16,
      shard: 1,
      begin: 16,
      end: 32,
    });
  });

  it.each([
    ["single", checkpoint().tensor("a", "U8", [1])],
    ["unindexed", twoShards()],
    ["sharded", twoShards().index()],
  ])("has the layout %s", async (layout, builder) => {
    expect((await load(builder)).components[0]?.layout).toBe(layout);
  });

  it("tells its progress, shard by shard", async () => {
    const steps: string[] = [];
    await loadCheckpoint(twoShards().index().toSource(), {
      onProgress: (done, all) => steps.push(`${done}/${all}`),
    });
    expect(steps).toEqual(["1/2", "2/2"]);
  });

  it("keeps what a filter accepts, shards and places unchanged", async () => {
    const { components } = await loadCheckpoint(twoShards().index().toSource(), {
      filter: (name) => name.endsWith(".b"),
    });
    const table = components[0]?.table;
    expect([table?.name(0), table?.name(1), table?.count]).toEqual(["a.b", "b.b", 2]);
    expect(table?.entry(1)).toMatchObject({ shard: 1, begin: 16, end: 32 });
  });
});

describe("the index against the headers (D8, D11)", () => {
  it.each<[string, (map: Map<string, string>) => void, string[], string[]]>([
    ["a tensor that its shard lacks", (map) => map.set("c", B), [`TENSOR_MISSING ${B}`], []],
    ["a tensor in another shard than it says", (map) => map.set("a.w", B), [`TENSOR_MISSING ${B}`], []],
    ["a tensor that it leaves out", (map) => map.delete("b.b"), [], [`TENSOR_NOT_IN_INDEX ${B}`]],
    [
      "a shard that is not there",
      (map) => map.set("c", "model-00003-of-00003.safetensors"),
      ["SHARD_MISSING model-00003-of-00003.safetensors"],
      [],
    ],
    [
      "a shard's name that leads out (D1)",
      (map) => map.set("c", "../x.safetensors"),
      [`SHARD_NAME_UNSAFE ${INDEX}`],
      [],
    ],
    [
      "a shard that is no safetensors file (D3)",
      (map) => map.set("c", "pytorch_model.bin"),
      [`SHARD_NAME_UNSAFE ${INDEX}`],
      [],
    ],
    ["itself as a shard (D10)", (map) => map.set("c", INDEX), [`SHARD_NAME_UNSAFE ${INDEX}`], []],
    [
      "a percent-encoded way out, a mere name (D2)",
      (map) => map.set("c", "%2e%2e%2fx.safetensors"),
      ["SHARD_MISSING %2e%2e%2fx.safetensors"],
      [],
    ],
  ])("%s", async (_, change, problems, notes) => {
    const loaded = await load(twoShards().index(change));
    expect(loaded.problemsSeen).toEqual(problems);
    expect(loaded.notesSeen).toEqual(notes);
    expect(loaded.names).toEqual(["a.w", "a.b", "b.w", "b.b"]);
  });

  it("takes the copy that the index names where two shards hold one tensor", async () => {
    const builder = checkpoint()
      .shard(A)
      .tensor("a", "U8", [4])
      .tensor("c", "U8", [4])
      .shard(B)
      .tensor("a", "U8", [4])
      .tensor("b", "U8", [4]);
    for (const picked of [A, B]) {
      const { table, problemsSeen, notesSeen } = await load(
        builder.index((map) => map.set("a", picked), INDEX, {}),
      );
      expect(problemsSeen).toEqual([]);
      expect(notesSeen).toEqual([`TENSOR_IN_TWO_SHARDS ${picked === A ? B : A}`]);
      expect(table.count).toBe(3);
      const row = table.rowNamed("a");
      expect(row === undefined ? undefined : table.entry(row).shard).toBe(picked === A ? 0 : 1);
    }
  });

  it("notes shards of its name that it does not name: they are not read", async () => {
    const keepFirst = (map: Map<string, string>) => {
      map.delete("b.w");
      map.delete("b.b");
    };
    const loaded = await load(twoShards().index(keepFirst, INDEX, {}));
    expect(loaded.names).toEqual(["a.w", "a.b"]);
    expect([loaded.problemsSeen, loaded.notesSeen]).toEqual([[], ["FILES_LEFT_ASIDE null"]]);
  });

  it("notes a wrong total_size, and none where a shard is missing", async () => {
    const wrong = (builder: CheckpointBuilder) => builder.index(() => {}, INDEX, { total_size: 63 });
    expect((await load(wrong(twoShards()))).notesSeen).toEqual([`TOTAL_SIZE_WRONG ${INDEX}`]);
    const broken = wrong(twoShards()).file(B, "short");
    expect((await load(broken)).notesSeen).toEqual([]);
  });

  it("tells ten missing shards and counts the rest", async () => {
    const loaded = await load(
      twoShards().index((map) => {
        for (let k = 3; k < 303; k++)
          map.set(`t${k}`, `model-00${String(k).padStart(3, "0")}-of-00302.safetensors`);
      }),
    );
    expect(loaded.problems.filter(({ code }) => code === "SHARD_MISSING")).toHaveLength(10);
    expect(loaded.problems.at(-1)).toMatchObject({ code: "SHARDS_MISSING", shard: null });
    expect(loaded.problems.at(-1)?.message).toContain("290 further shards");
  });

  it("tells eleven missing shards one by one, and counts no single one", async () => {
    const loaded = await load(
      twoShards().index((map) => {
        for (let k = 3; k < 14; k++)
          map.set(`t${k}`, `model-00${String(k).padStart(3, "0")}-of-00013.safetensors`);
      }),
    );
    expect(loaded.problems.map(({ code }) => code)).toEqual(Array(11).fill("SHARD_MISSING"));
  });

  it("falls back to the single file where the index names what is not there, and says so", async () => {
    const builder = checkpoint()
      .shard("model.safetensors")
      .tensor("whole", "U8", [1])
      .json(INDEX, { weight_map: { a: "gone-1.safetensors", b: "gone-2.safetensors" } });
    const loaded = await load(builder);
    expect([loaded.names, loaded.problemsSeen]).toEqual([["whole"], []]);
    expect(loaded.notesSeen).toContain(`INDEX_LEFT_ASIDE ${INDEX}`);
  });

  it("reads the shards without an index that cannot be used, and tells the fault", async () => {
    const loaded = await load(twoShards().file(INDEX, "{"));
    expect(loaded.problemsSeen).toEqual([`INDEX_INVALID ${INDEX}`]);
    expect(loaded.names).toHaveLength(4);
  });
});

describe("a damaged shard", () => {
  it.each<[string, string | Uint8Array, string]>([
    ["too short", "abc", "FILE_TOO_SHORT"],
    ["an LFS pointer", "version https://git-lfs.github.com/spec/v1\n", "NOT_SAFETENSORS"],
    ["a broken header", fileStart(`{"c":${F32_ENTRY}`), "HEADER_SYNTAX"],
    ["a truncated file", fileStart(`{"c":${F32_ENTRY}}`), "FILE_TRUNCATED"],
  ])("%s: told, and the other is read", async (_, content, code) => {
    const loaded = await load(twoShards().index().file(B, content));
    expect(loaded.problemsSeen).toContain(`${code} ${B}`);
    expect(loaded.names.slice(0, 2)).toEqual(["a.w", "a.b"]);
  });

  it("is told for each of two, in the order of the shards", async () => {
    const loaded = await load(twoShards().index().file(A, "abc").file(B, "abc"));
    expect(loaded.problemsSeen).toEqual([`FILE_TOO_SHORT ${A}`, `FILE_TOO_SHORT ${B}`]);
  });
});

describe("metadata", () => {
  it("is kept for each shard", async () => {
    const { components } = await load(
      checkpoint().shard("model.safetensors", { format: "pt" }).tensor("a", "U8", [1]),
    );
    const shard = components[0]?.shards[0];
    expect(shard?.status === "read" && shard.metadata?.get("format")).toBe("pt");
  });
});
