import { describe, expect, it } from "vitest";
import type { TensorSpec } from "../support/component-of.ts";
import { Draft } from "../support/draft.ts";
import { checkDraft, faultsOf, loadFiles } from "../support/run-checks.ts";
import * as sound from "./sound-models.ts";

const UP = "model.layers.3.mlp.up_proj";
const named = (name: string) => (other: string) => other === name;

async function told(draft: Draft): Promise<string[]> {
  return faultsOf(await checkDraft(draft)).map(({ severity, rule, where }) => `${severity} ${rule} ${where}`);
}

const quantization = (draft: Draft) => draft.config.quantization_config as Record<string, unknown>;
const packedWeights = (draft: Draft) => {
  const { group_0 } = quantization(draft).config_groups as { group_0: { weights: Record<string, unknown> } };
  return group_0.weights;
};

describe("one fault", () => {
  it.each<[string, () => Draft, string[]]>([
    [
      "a scale of the wrong shape is not said to be extra",
      () => sound.fp8Model().change(`${UP}.weight_scale_inv`, { shape: [2, 4] }),
      [`error scale-shape-mismatch ${UP}.weight_scale_inv`],
    ],
    [
      "a lost scale of packed integers leaves the group unknown, not uneven",
      () => sound.packedModel().drop(named(`${UP}.weight_scale`)),
      [`error scale-missing ${UP}.weight_scale`],
    ],
    [
      "state of a quantizer is not a scale without a weight as well",
      () => {
        const draft = sound.nvfp4Model();
        const { shard } = draft.tensors.get(`${UP}.weight`) as { shard: string };
        draft.tensors.set(`${UP}.weight_quantizer._double_scale`, { dtype: "F32", shape: [], shard });
        return draft;
      },
      [`error quantizer-state-leaked ${UP}.weight_quantizer._double_scale`],
    ],
    [
      "packed values that are gone are told once",
      () => sound.gptqModel().drop(named(`${UP}.qweight`)),
      [`error payload-missing ${UP}`],
    ],
    [
      "GPTQ scales that lie the wrong way round leave the zero points alone",
      () => sound.gptqModel().change(`${UP}.scales`, { shape: [512, 2] }),
      [`error scale-shape-mismatch ${UP}.scales`],
    ],
    [
      "cache scales that one layer lacks name that layer",
      () => sound.nvfp4Model().drop((name) => /\.3\.self_attn\.[kv]_proj\.[kv]_scale$/.test(name)),
      ["error kv-scale-missing model.layers.3.self_attn.v_proj.v_scale"],
    ],
  ])("%s", async (_, make, expected) => {
    expect(await told(make())).toEqual(expected);
  });

  it("of two kinds in one fused group tells both", async () => {
    const draft = sound.fp8Model();
    draft.change("model.layers.3.mlp.gate_proj.weight", { dtype: "BF16" });
    draft.drop((name) => /\.3\.mlp\.(?:gate|up)_proj\.weight_scale_inv$/.test(name));
    const rules = (await told(draft)).map((line) => line.split(" ").slice(0, 2).join(" "));
    expect(rules).toContain("error scale-missing");
    expect(rules).toContain("error fused-group-uneven");
  });
});

describe("faults that leave no sibling to compare with", () => {
  it.each<[string, () => Draft, string]>([
    [
      "one group too few of packed integers",
      () => sound.packedModel().change("model.layers.3.mlp.down_proj.weight_scale", { shape: [256, 3] }),
      "error scale-shape-mismatch model.layers.3.mlp.down_proj.weight_scale",
    ],
    [
      "an activation order without its index, in all layers",
      () => {
        const draft = sound.packedModel();
        packedWeights(draft).actorder = "group";
        return draft;
      },
      "error auxiliary-missing model.layers.{0-5}.mlp.gate_proj.weight_g_idx",
    ],
    [
      "GPTQ in activation order without g_idx",
      () => {
        const draft = sound.gptqModel().drop((name) => name.endsWith(".g_idx"));
        quantization(draft).desc_act = true;
        return draft;
      },
      "error auxiliary-missing model.layers.{0-5}.mlp.gate_proj.g_idx",
    ],
    [
      "all experts of one layer",
      () => sound.expertModel().drop((name) => name.includes("layers.2.mlp.experts.")),
      "error expert-gap model.layers.2.mlp.experts",
    ],
    [
      "all experts of the model",
      () => sound.expertModel().drop((name) => name.includes(".mlp.experts.")),
      "error expert-gap model.layers.{0-5}.mlp.experts",
    ],
    [
      "biases of all layers but the first two",
      () => {
        const draft = sound.plainModel();
        const shard = draft.shards[0] as string;
        for (const layer of [0, 1])
          draft.tensors.set(`model.layers.${layer}.self_attn.q_proj.bias`, {
            dtype: "BF16",
            shape: [256],
            shard,
          });
        return draft;
      },
      "error bias-uneven model.layers.{2-5}.self_attn.q_proj",
    ],
    [
      "a head with fewer rows than the embedding",
      () => sound.plainModel().change("lm_head.weight", { shape: [1000, 256] }),
      "error vocab-size-mismatch lm_head.weight",
    ],
    [
      "scales and biases of a head that is gone",
      () => {
        const draft = sound.plainModel().drop(named("lm_head.weight"));
        draft.config.tie_word_embeddings = true;
        for (const leaf of ["scales", "biases"])
          draft.tensors.set(`lm_head.${leaf}`, {
            dtype: "BF16",
            shape: [1024, 4],
            shard: draft.shards[0] as string,
          });
        return draft;
      },
      "error payload-missing lm_head",
    ],
    [
      "the prefix of an adapter before a whole model",
      () => sound.plainModel().rename((name) => `base_model.model.${name}`),
      "error wrapper-prefix base_model.model.lm_head.weight",
    ],
    [
      "a name that ends in a dot",
      () => {
        const draft = sound.visionModel();
        draft.tensors.set("visual.", { dtype: "BF16", shape: [4], shard: draft.shards[0] as string });
        return draft;
      },
      "warning name-doubled visual.",
    ],
    [
      "quantized weights under a configuration that says there are none",
      () => {
        const draft = sound.nvfp4Model();
        draft.configs.set("hf_quant_config.json", { quantization: { quant_algo: null } });
        return draft;
      },
      "error quantization-undeclared null",
    ],
  ])("%s", async (_, make, expected) => {
    expect(await told(make())).toContain(expected);
  });

  it("names the file behind a Git LFS pointer", async () => {
    const draft = sound.plainModel();
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${"a".repeat(64)}\nsize 4976698672\n`;
    draft.fileChanges.push((files) => files.set(draft.shards[0] as string, { bytes: Buffer.from(pointer) }));
    const { findings } = await checkDraft(draft);
    expect(findings.map(({ message }) => message)).toContain(
      `this is a Git LFS pointer to 4,976,698,672 bytes (sha256:${"a".repeat(64)}), not a safetensors file`,
    );
  });

  it("survives a router that is packed", async () => {
    const draft = sound.expertModel();
    const at = "model.layers.2.mlp.gate";
    const { shard } = draft.tensors.get(`${at}.weight`) as { shard: string };
    draft.drop(named(`${at}.weight`));
    draft.tensors.set(`${at}.qweight`, { dtype: "I32", shape: [32, 8], shard });
    draft.tensors.set(`${at}.qzeros`, { dtype: "I32", shape: [2, 1], shard });
    draft.tensors.set(`${at}.scales`, { dtype: "F16", shape: [2, 8], shard });
    expect((await told(draft)).some((line) => line.includes("quantized-router"))).toBe(true);
  });
});

describe("checkpoints that are as they should be", () => {
  it.each<[string, () => Draft]>([
    [
      "a cache in FP8 beside plain weights",
      () => {
        const draft = sound.plainModel();
        const shard = draft.shards[0] as string;
        for (let layer = 0; layer < 6; layer++)
          for (const side of ["k", "v"])
            draft.tensors.set(`model.layers.${layer}.self_attn.${side}_proj.${side}_scale`, {
              dtype: "F32",
              shape: [],
              shard,
            });
        draft.configs.set("hf_quant_config.json", {
          quantization: { quant_algo: null, kv_cache_quant_algo: "FP8" },
        });
        return draft;
      },
    ],
    [
      "a side file that the index names",
      () => {
        const draft = sound.plainModel();
        draft.change("lm_head.weight", { shard: "head.safetensors" });
        return draft;
      },
    ],
    [
      "layers without attention where the configuration lists each layer's make",
      () => {
        const draft = sound
          .plainModel()
          .drop((name) => /layers\.2\.(?:self_attn|input_layernorm)\./.test(name));
        draft.config.block_configs = Array.from({ length: 6 }, (_, layer) => ({
          attention: { no_op: layer === 2 },
          ffn: { no_op: false },
        }));
        return draft;
      },
    ],
    [
      "values narrower than keys",
      () => {
        const draft = sound.plainModel();
        Object.assign(draft.config, { v_head_dim: 16 });
        for (let layer = 0; layer < 6; layer++) {
          const at = `model.layers.${layer}.self_attn`;
          draft.change(`${at}.v_proj.weight`, { shape: [64, 256] });
          draft.change(`${at}.o_proj.weight`, { shape: [256, 128] });
        }
        return draft;
      },
    ],
    [
      "a drafter that borrows its target's head",
      () => {
        const draft = sound.plainModel().drop(named("lm_head.weight"));
        draft.tensors.set("fc.weight", {
          dtype: "BF16",
          shape: [256, 512],
          shard: draft.shards[0] as string,
        });
        return draft;
      },
    ],
    [
      "an adapter of the embedding",
      () => {
        const draft = sound.adapterModel();
        const at = "base_model.model.model.embed_tokens.lora_embedding_";
        const shard = "adapter_model.safetensors";
        draft.tensors.set(`${at}A`, { dtype: "F32", shape: [8, 1024], shard });
        draft.tensors.set(`${at}B`, { dtype: "F32", shape: [256, 8], shard });
        draft.configs.set("adapter_config.json", {
          r: 8,
          target_modules: ["q_proj", "v_proj", "embed_tokens"],
        });
        return draft;
      },
    ],
  ])("%s", async (_, make) => {
    expect(await told(make())).toEqual([]);
  });
});

describe("held against the original", () => {
  const H = 256;
  const experts = (make: (layer: string) => readonly TensorSpec[], config: object = {}) =>
    Draft.of(
      [
        ["model.embed_tokens.weight", "BF16", [1024, H]],
        ["model.layers.{0-3}.input_layernorm.weight", "BF16", [H]],
        ["model.layers.{0-3}.mlp.gate.weight", "BF16", [8, H]],
        ...make("model.layers.{0-3}.mlp"),
        ["lm_head.weight", "BF16", [1024, H]],
      ],
      { model_type: "qwen3_moe", num_experts: 8, ...config },
    );
  const apart = (count = 8) =>
    experts((at) => [
      [`${at}.experts.{0-${count - 1}}.gate_proj.weight`, "BF16", [128, H]],
      [`${at}.experts.{0-${count - 1}}.up_proj.weight`, "BF16", [128, H]],
      [`${at}.experts.{0-${count - 1}}.down_proj.weight`, "BF16", [H, 128]],
    ]);
  const stacked = () =>
    experts(
      (at) =>
        [
          ["gate_proj", 128, H] as const,
          ["up_proj", 128, H] as const,
          ["down_proj", H, 128] as const,
        ].flatMap(([name, rows, columns]): TensorSpec[] => [
          [`${at}.switch_mlp.${name}.weight`, "U32", [8, rows, columns / 8]],
          [`${at}.switch_mlp.${name}.scales`, "BF16", [8, rows, columns / 64]],
          [`${at}.switch_mlp.${name}.biases`, "BF16", [8, rows, columns / 64]],
        ]),
      { quantization: { bits: 4, group_size: 64 } },
    );
  const fused = (isTransposed: boolean) =>
    experts((at) => [
      [`${at}.experts.gate_up_proj`, "BF16", isTransposed ? [8, H, 256] : [8, 256, H]],
      [`${at}.experts.down_proj`, "BF16", isTransposed ? [8, 128, H] : [8, H, 128]],
    ]);
  const lost = async (before: Draft, after: Draft) => {
    const original = await loadFiles(before.toFiles());
    const { findings } = await checkDraft(after, { original });
    return findings
      .filter(({ rule }) => /^module-|-unlike-original$/.test(rule))
      .map(({ rule, where }) => `${rule} ${where}`);
  };

  it.each<[string, () => Draft, () => Draft, string[]]>([
    ["experts apart → stacks of MLX", apart, stacked, []],
    ["experts apart → gate and up in one", apart, () => fused(false), []],
    ["stacks of MLX → gate and up in one", stacked, () => fused(false), []],
    ["input by output → output by input", () => fused(true), () => fused(false), []],
    [
      "half of the experts → stacks",
      () => apart(4),
      stacked,
      [
        "shape-unlike-original model.layers.{0-3}.mlp.experts.down_proj",
        "shape-unlike-original model.layers.{0-3}.mlp.experts.gate_proj",
        "shape-unlike-original model.layers.{0-3}.mlp.experts.up_proj",
      ],
    ],
  ])("%s", async (_, before, after, expected) => {
    expect((await lost(before(), after())).sort()).toEqual(expected);
  });

  it("a head that was untied is lost, whatever the export says of ties", async () => {
    const tied = sound.plainModel().drop(named("lm_head.weight"));
    tied.config.tie_word_embeddings = true;
    expect(await lost(sound.plainModel(), tied)).toEqual(["module-lost lm_head"]);
  });
});

describe("declarations that differ", () => {
  it("one skips what the other quantizes", async () => {
    const draft = sound.nvfp4Model();
    const { quantization: own } = draft.configs.get("hf_quant_config.json") as { quantization: object };
    draft.config.quantization_config = { ...own, quant_method: "modelopt" };
    draft.configs.set("hf_quant_config.json", {
      quantization: { ...own, exclude_modules: ["lm_head", "model.layers.0*"] },
    });
    expect(await told(draft)).toEqual(["warning declarations-disagree null"]);
  });

  it("an adapter without the prefix that PEFT looks for", async () => {
    const draft = sound.adapterModel().rename((name) => name.replace(/^base_model\.model\./, ""));
    const config = { r: 8, peft_type: "LORA", target_modules: ["q_proj", "v_proj"] };
    draft.configs.set("adapter_config.json", config);
    expect(await told(draft)).toEqual(["error adapter-target-missing model.layers.0.self_attn.q_proj"]);
  });
});
