import fs from "node:fs";
import zlib from "node:zlib";
import { describe, expect, it } from "vitest";
import { expectTensors, nameAt } from "../../src/signatures/expect.ts";
import { loadSignatures } from "../../src/signatures/load.ts";
import { findNearest } from "../../src/signatures/nearest.ts";
import { judge, type Sample } from "../../tools/signatures/judge.ts";

/** What the libraries themselves stored for random configurations: names and shapes, made by tools/signatures. */
const SAMPLES: readonly Sample[] = zlib
  .gunzipSync(fs.readFileSync("test/signatures/samples.ndjson.gz"))
  .toString("utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Sample);

const store = loadSignatures();

describe("signatures against what the libraries store", () => {
  it("has samples of some forty classes", () => {
    expect(new Set(SAMPLES.map((sample) => sample.class)).size).toBeGreaterThanOrEqual(40);
  });

  it.each(SAMPLES.map((sample, at) => [`${sample.class} ${at % 3}`, sample] as const))("%s", (_, sample) => {
    expect(judge(sample, store)).toEqual({ verdict: "exact", why: "", patterns: [] });
  });

  it("sees one tensor less, one more and one dimension cut", () => {
    const sample = SAMPLES[0] as Sample;
    const entries = Object.entries(sample.tensors);
    const [name, shape] = entries.find(([, dims]) => dims.length > 0) as [string, readonly number[]];
    const changed = (tensors: Sample["tensors"]) => judge({ ...sample, tensors }, store).verdict;
    expect(changed(Object.fromEntries(entries.slice(1)))).toBe("wrong");
    expect(changed({ ...sample.tensors, "of.no.class": [1] })).toBe("wrong");
    expect(changed({ ...sample.tensors, [name]: [(shape[0] as number) + 1, ...shape.slice(1)] })).toBe(
      "wrong",
    );
  });
});

describe("the store", () => {
  it("knows no class that no library has", () => {
    expect(store.signatureFor({ className: "NoSuchModel" })).toBeUndefined();
  });

  it("reads every class, and each of its rows has a count for each index", () => {
    const bad: string[] = [];
    for (const { className, library, modelTypes } of store.listSignatures()) {
      const signature = store.signatureFor({ className, library, modelType: modelTypes[0] });
      if (signature?.className !== className) bad.push(className);
      for (const { pattern, counts, stages } of signature?.rows ?? []) {
        const variables = (pattern.match(/\{\d+\}/g)?.length ?? 0) + (stages === undefined ? 0 : 1);
        if (counts.length !== variables) bad.push(`${className} ${pattern}`);
      }
    }
    expect(bad).toEqual([]);
  });

  it("finds the class that is stored alike", () => {
    const names = ["q", "k", "v", "o"].map((each) => `model.layers.0.self_attn.${each}_proj.weight`);
    names.push(...["gate", "up", "down"].map((each) => `model.layers.0.mlp.${each}_proj.weight`));
    names.push("model.layers.0.input_layernorm.weight", "model.layers.0.post_attention_layernorm.weight");
    names.push("model.norm.weight", "model.embed_tokens.weight", "lm_head.weight");
    const near = findNearest(store, names);
    expect(near).toMatchObject({ alikeness: 1, lacking: [], extra: [] });
    expect(findNearest(store, ["of.no.class"])).toBeUndefined();
  });

  it("expects a known model's own tensors", () => {
    const signature = store.signatureFor({ className: "LlamaForCausalLM" });
    if (signature === undefined) throw new Error("no LlamaForCausalLM");
    const expected = expectTensors(signature, {
      hidden_size: 4096,
      intermediate_size: 14336,
      num_attention_heads: 32,
      num_key_value_heads: 8,
      num_hidden_layers: 32,
      vocab_size: 128256,
      tie_word_embeddings: false,
    });
    if (expected.status !== "known") throw new Error(expected.status);
    const key = expected.tensors.find(({ pattern }) => pattern.endsWith("k_proj.weight"));
    expect(key?.shape).toEqual([1024, 4096]);
    expect(key && nameAt(key.pattern, [31])).toBe("model.layers.31.self_attn.k_proj.weight");
    expect(expected.tensors.map(({ pattern }) => pattern)).toContain("lm_head.weight");
  });
});
