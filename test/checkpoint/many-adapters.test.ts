import { describe, expect, test } from "vitest";
import { loadCheckpoint } from "../../src/checkpoint/load.ts";
import { type MemoryFile, MemorySource } from "../../src/sources/memory.ts";
import { makeShard } from "../support/shards.ts";

const FACTS = { kind: "local", id: "loras", revision: null, commit: null, subfolder: null } as const;
const adapter = makeShard([["base_model.model.q_proj.lora_A.weight", "BF16", [8, 64]]]);
const nameOf = (k: number) => `style-${String(k).padStart(5, "0")}.safetensors`;

/** Counts what is read of whole files. */
class CountingSource extends MemorySource {
  readonly wholeReads: string[] = [];

  override readFile(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
    this.wholeReads.push(path);
    return super.readFile(path, maxBytes);
  }
}

describe("a folder of adapters", () => {
  test("has its configuration files read once for all of them, and told of once", async () => {
    const files = new Map(Array.from({ length: 300 }, (_, k) => [nameOf(k), adapter]));
    const source = new CountingSource(
      new Map<string, MemoryFile>([
        ...files,
        ["config.json", { bytes: Buffer.from('{"model_type": "llama"}') }],
        ["params.json", { bytes: Buffer.from("{") }],
      ]),
      FACTS,
    );
    const { components, notes } = await loadCheckpoint(source);
    expect(components).toHaveLength(300);
    for (const { configs } of components) expect(configs.get("config.json")).toEqual({ model_type: "llama" });
    expect(source.wholeReads.sort()).toEqual(["config.json", "params.json"]);
    expect(notes.filter(({ code }) => code === "CONFIG_UNUSABLE")).toHaveLength(1);
  });

  test("tells each missing shard's neighbours by number, whatever else is there", async () => {
    const pairs = Array.from({ length: 50 }, (_, k) => `part${k}-00001-of-00002.safetensors`);
    const source = new MemorySource(new Map(pairs.map((name) => [name, adapter])), FACTS);
    const { problems } = await loadCheckpoint(source);
    expect(problems).toHaveLength(50);
    expect(problems[0]).toMatchObject({
      code: "SHARD_MISSING",
      shard: "part0-00002-of-00002.safetensors",
      hint: "Fetch or copy the missing files. 49 other safetensors files are here: does the index belong to them?",
    });
  });
});
