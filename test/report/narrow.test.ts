import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CheckpointSpec, SpecRow } from "../../fixtures/checkpoint-spec.ts";
import { runMain } from "../support/fake-io.ts";
import { writeStory } from "../support/story.ts";

const LLAMA = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  hidden_size: 256,
  intermediate_size: 512,
  num_attention_heads: 4,
  num_hidden_layers: 2,
  num_key_value_heads: 2,
  vocab_size: 512,
};

/** As `load_in_4bit` saves it: values flat, all else below the weight. */
const nf4 = (name: string, values: number): SpecRow[] => [
  [`${name}.weight`, "U8", [values / 2, 1]],
  [`${name}.weight.absmax`, "F32", [values / 64]],
  [`${name}.weight.quant_map`, "F32", [16]],
  [`${name}.weight.quant_state.bitsandbytes__nf4`, "U8", [82]],
];

const layer = "model.layers.{0-1}";

function llama(
  linear: (name: string, out: number, inputs: number) => SpecRow[],
  config: object,
): CheckpointSpec {
  return {
    shards: ["model.safetensors"],
    rows: [
      ["model.embed_tokens.weight", "BF16", [512, 256]],
      ["model.norm.weight", "BF16", [256]],
      ["lm_head.weight", "BF16", [512, 256]],
      [`${layer}.input_layernorm.weight`, "BF16", [256]],
      [`${layer}.post_attention_layernorm.weight`, "BF16", [256]],
      ...linear(`${layer}.self_attn.q_proj`, 256, 256),
      ...linear(`${layer}.self_attn.k_proj`, 128, 256),
      ...linear(`${layer}.self_attn.v_proj`, 128, 256),
      ...linear(`${layer}.self_attn.o_proj`, 256, 256),
      ...linear(`${layer}.mlp.gate_proj`, 512, 256),
      ...linear(`${layer}.mlp.up_proj`, 512, 256),
      ...linear(`${layer}.mlp.down_proj`, 256, 512),
    ],
    files: { "config.json": { ...LLAMA, ...config } },
  };
}

const STORIES = {
  plain: llama((name, out, inputs) => [[`${name}.weight`, "BF16", [out, inputs]]], {}),
  wider: llama((name, out, inputs) => [[`${name}.weight`, "BF16", [out * 2, inputs]]], {}),
  nf4: llama((name, out, inputs) => nf4(name, out * inputs), {
    quantization_config: { quant_method: "bitsandbytes", load_in_4bit: true, bnb_4bit_quant_type: "nf4" },
  }),
  quanto: llama(
    (name, out, inputs) => [
      [`${name}.weight._data`, "I8", [out, inputs]],
      [`${name}.weight._scale`, "BF16", [out, 1]],
      [`${name}.input_scale`, "BF16", []],
      [`${name}.output_scale`, "BF16", []],
    ],
    {},
  ),
  convolutions: {
    shards: ["model.safetensors"],
    rows: [
      ["conv1.weight", "F32", [64, 3, 7, 7]],
      ["bn1.weight", "F32", [64]],
      ["layer1.{0-2}.conv1.weight", "F32", [64, 64, 3, 3]],
      ["layer1.{0-2}.bn1.weight", "F32", [64]],
      ["layer1.{0-2}.conv2.weight", "F32", [64, 64, 3, 3]],
      ["fc.weight", "F32", [1000, 64]],
      ["fc.bias", "F32", [1000]],
    ],
    files: {
      "config.json": {
        architecture: "resnet10t",
        num_classes: 1000,
        num_features: 64,
        pretrained_cfg: { tag: "a" },
      },
    },
  },
} satisfies Record<string, CheckpointSpec>;

let folder: string;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "unfold-narrow-"));
  for (const [name, spec] of Object.entries(STORIES)) writeStory(name, spec, folder);
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const at = (name: keyof typeof STORIES) => path.join(folder, name);
const shown = async (args: readonly string[], columns: number) =>
  (await runMain([...args], { columns, env: { NO_COLOR: "1" } })).stdout;

describe("rows of a tree", () => {
  it.each(["nf4", "quanto"] as const)(
    "show a weight of %s in one row, whatever lies below it",
    async (name) => {
      const tree = await shown(["tree", at(name)], 100);
      expect(tree).toMatch(/q_proj {2}(bitsandbytes NF4|quanto)/);
      expect(tree).not.toMatch(/─ (weight|absmax|quant_map|input_scale|_data)\b/);
    },
  );
});

describe("narrow screens", () => {
  it.each([40, 60, 80, 100])("list bytes at %d columns, and shapes where there is room", async (columns) => {
    const lines = (await shown(["ls", at("plain")], columns)).trimEnd().split("\n");
    for (const line of lines.slice(1)) expect(line).toMatch(/\d B|\d kB/);
  });

  it("let the after of a comparison stand below the before", async () => {
    const narrow = await shown(["diff", at("nf4"), at("wider")], 44);
    expect(narrow).toContain("before → after");
    for (const line of narrow.split("\n")) expect(line).not.toMatch(/\[\d*…|…\d*\]/);
    expect(narrow).toMatch(/^ +→ BF16 \[1024, 256\]$/m);
    const wide = await shown(["diff", at("plain"), at("wider")], 100);
    expect(wide).toMatch(/mlp\.gate_proj +2 +BF16 \[512, 256\] +BF16 \[1024, 256\]/);
  });

  it("say a shape once where storage alone differs", async () => {
    expect(await shown(["diff", at("plain"), at("quanto")], 80)).toMatch(
      /gate_proj +2 +\[512, 256\] +BF16 +quanto/,
    );
  });
});

describe("vision models", () => {
  it("are told by what timm's configuration names, and lack nothing that they need not have", async () => {
    const overview = await shown(["overview", at("convolutions")], 80);
    expect(overview).toMatch(/^config +resnet10t$/m);
    const arch = await shown(["arch", at("convolutions")], 80);
    expect(arch).toMatch(/^config says +resnet10t$/m);
    expect(arch).not.toMatch(/unknown mixer|none recognised|KV cache/);
  });
});

describe("patterns that match nothing beside others that do", () => {
  it.each([
    ["ls", "--filter", "lm_head*", "--filter", "lm_haed*"],
    ["tree", "--include", "lm_head*", "--include", "lm_haed*"],
    ["params", "--exclude", "lm_head*", "--exclude", "lm_haed*"],
    ["check", "--include", "lm_head*", "--include", "lm_haed*"],
  ])("are told by %s %s", async (command, ...options) => {
    const { stderr, code } = await runMain([command, at("plain"), ...options], { columns: 80 });
    expect(stderr).toContain(`${options[2]} "lm_haed*" matches none of 21 tensors`);
    expect(stderr).not.toContain('"lm_head*" matches none');
    expect(code).toBe(0);
  });
});

describe("words of the first screen", () => {
  it("say what shares are of, and what kinds of attention are", async () => {
    expect(await shown(["overview", at("nf4")], 100)).toMatch(/a weight: .* % of bytes$/m);
    expect(await shown(["arch", at("plain")], 100)).toMatch(/^attention +GQA 2:1 \(grouped-query\)/m);
  });
});
