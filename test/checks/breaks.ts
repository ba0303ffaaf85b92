import type { Component } from "../../src/checkpoint/checkpoint.ts";
import type { Finding } from "../../src/checks/check.ts";
import { parseExpectedCount } from "../../src/checks/expectations.ts";
import type { RunOptions } from "../../src/checks/run.ts";
import type { ScaleStats } from "../../src/checks/scale-values.ts";
import { findGpu } from "../../src/engines/gpus.ts";
import type { EngineName } from "../../src/engines/names.ts";
import type { Plan } from "../../src/engines/plan.ts";
import { bendHeader, type Draft } from "../support/draft.ts";
import * as sound from "./sound-models.ts";

/** How a check is made to fire: a sound model, what is done to it, and where the finding must point. */
export interface Break {
  readonly model: () => Draft;
  readonly bend: (draft: Draft) => void;
  /** Part of the place, the shard or the message of the finding. */
  readonly names: string;
  /** What the run is asked beyond the files; the sound model is asked the same. */
  readonly options?: () => Promise<RunOptions> | RunOptions;
  /** Options of values, made from the loaded component: sound ones and bad ones. */
  readonly values?: { readonly sound: Partial<ScaleStats>; readonly bad: Partial<ScaleStats> };
}

const SECOND = "model-00002-of-00002.safetensors";
const Q = "model.layers.3.self_attn.q_proj";
const UP = "model.layers.3.mlp.up_proj";
const FIRST_UP = "model.layers.0.mlp.up_proj.weight";
const LAST_UP = "model.layers.5.mlp.up_proj.weight";

const config = (key: string, value: unknown) => (draft: Draft) => {
  draft.config[key] = value;
};
const drop = (name: string) => (draft: Draft) => {
  draft.drop((other) => other === name);
};
const file = (name: string, bytes: Uint8Array) => (draft: Draft) => {
  draft.fileChanges.push((files) => files.set(name, { bytes }));
};
const resize = (by: number) => (draft: Draft) => {
  draft.fileChanges.push((files) => {
    const shard = files.get(SECOND);
    if (shard !== undefined) files.set(SECOND, { ...shard, fileBytes: (shard.fileBytes ?? 0) + by });
  });
};
const header = (change: (json: string) => string) => (draft: Draft) => {
  draft.fileChanges.push((files) => {
    const shard = files.get(SECOND);
    if (shard !== undefined) files.set(SECOND, bendHeader(shard, change));
  });
};
const plain = (name: string, shape: readonly number[]) => (draft: Draft) => {
  draft.change(`${name}.weight`, { dtype: "BF16", shape });
  draft.drop((other) => other === `${name}.weight_scale_inv`);
};
const quantize = (name: string, scale: readonly number[]) => (draft: Draft) => {
  const { shard } = draft.tensors.get(`${name}.weight`) as { shard: string };
  draft.change(`${name}.weight`, { dtype: "F8_E4M3" });
  draft.tensors.set(`${name}.weight_scale_inv`, { dtype: "F32", shape: scale, shard });
};
const original = (model: () => Draft) => async () => {
  const { loadFiles } = await import("../support/run-checks.ts");
  return { original: await loadFiles(model().toFiles()) };
};

const engine =
  (name: EngineName, plan: Partial<Plan> = {}) =>
  async () => {
    const { prepareEngines } = await import("../../src/engines/run.ts");
    return {
      engines: await prepareEngines([name], { tp: 1, ep: 1, pp: 1, gpu: null, dtype: "auto", ...plan }, true),
    };
  };
const gpu = (name: string) => ({ gpu: findGpu(name) ?? null });
const declare = (value: object) => config("quantization_config", value);

/** The same under the name that engines know. */
const served = (model: () => Draft) => () => {
  const draft = model();
  const [own] = draft.config.architectures as [string];
  draft.config.architectures = [own === "SmallForCausalLM" ? "LlamaForCausalLM" : own.replace(/^Small/, "")];
  return draft;
};

/** One break for each check; the contract test wants all of them. */
export const BREAKS: Readonly<Record<string, Break>> = {
  // Files
  "file-truncated": { model: sound.plainModel, bend: resize(-1000), names: SECOND },
  "trailing-bytes": { model: sound.plainModel, bend: resize(5), names: SECOND },
  "data-hole": {
    model: sound.plainModel,
    bend: header((json) => json.replace(/"data_offsets":\[0,(\d+)\]/, '"data_offsets":[8,$1]')),
    names: SECOND,
  },
  "data-overlap": {
    model: sound.plainModel,
    bend: header((json) =>
      json.replace(/"data_offsets":\[(?!0,)(\d+),/, (_, begin) => `"data_offsets":[${Number(begin) - 8},`),
    ),
    names: SECOND,
  },
  "size-mismatch": {
    model: sound.plainModel,
    bend: header((json) => json.replace(/"shape":\[512,256\]/, '"shape":[512,255]')),
    names: "[512, 255]",
  },
  "not-safetensors": {
    model: sound.plainModel,
    bend: file(SECOND, Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1234\n")),
    names: SECOND,
  },
  "dtype-unknown": {
    model: sound.plainModel,
    bend: header((json) => json.replace('"dtype":"BF16"', '"dtype":"bf16"')),
    names: "bf16",
  },
  "header-invalid": {
    model: sound.plainModel,
    bend: header((json) => json.replace("{", "[")),
    names: SECOND,
  },
  "duplicate-name": {
    model: sound.plainModel,
    bend: header((json) => json.replace(/,("[^"]+":\{[^}]+\})\}/, ",$1,$1}")),
    names: "occurs twice",
  },
  "header-unusual": {
    model: sound.plainModel,
    bend: header((json) => json.replace(/"__metadata__":\{[^}]*\}/, '"__metadata__":null')),
    names: SECOND,
  },
  "empty-weight": {
    model: sound.plainModel,
    bend: (draft) => draft.change(`${UP}.weight`, { shape: [0] }),
    names: UP,
  },
  "metadata-format-missing": {
    model: sound.plainModel,
    bend: header((json) => json.replace('{"format":"pt"}', '{"written":"by hand"}')),
    names: SECOND,
  },
  "dtype-portability": {
    model: sound.fp8Model,
    bend: (draft) => draft.change(`${UP}.weight_scale_inv`, { dtype: "F8_E8M0" }),
    names: "F8_E8M0",
  },
  // Index
  "shard-missing": {
    model: sound.plainModel,
    bend: (draft) => draft.fileChanges.push((files) => files.delete(SECOND)),
    names: SECOND,
  },
  "index-tensor-missing": {
    model: sound.plainModel,
    bend: (draft) => draft.indexChanges.set("mtp.fc.weight", SECOND),
    names: "mtp.fc.weight",
  },
  "tensor-not-in-index": {
    model: sound.plainModel,
    bend: (draft) => draft.indexChanges.set("lm_head.weight", null),
    names: "lm_head.weight",
  },
  "tensor-in-two-shards": {
    model: sound.plainModel,
    bend: header((json) => json.replaceAll(`"${LAST_UP}"`, `"${FIRST_UP}"`)),
    names: FIRST_UP,
  },
  "tensor-copies-differ": {
    model: sound.plainModel,
    bend: header((json) => json.replaceAll(`"${LAST_UP}"`, '"model.embed_tokens.weight"')),
    names: "model.embed_tokens.weight",
  },
  "files-left-over": {
    model: sound.plainModel,
    bend: (draft) =>
      draft.fileChanges.push((files) => {
        const shard = files.get(SECOND);
        if (shard !== undefined) files.set("consolidated.safetensors", shard);
      }),
    names: "consolidated",
  },
  "index-ambiguous": {
    model: sound.plainModel,
    bend: (draft) =>
      draft.fileChanges.push((files) => {
        const shard = files.get(SECOND);
        if (shard !== undefined) files.set("model.safetensors", shard);
      }),
    names: "model.safetensors",
  },
  "index-missing": {
    model: sound.plainModel,
    bend: (draft) => draft.fileChanges.push((files) => files.delete("model.safetensors.index.json")),
    names: "no index",
  },
  "index-invalid": {
    model: sound.plainModel,
    bend: file("model.safetensors.index.json", Buffer.from('{"metadata": {}}')),
    names: "model.safetensors.index.json",
  },
  "shard-name-unsafe": {
    model: sound.plainModel,
    bend: (draft) => draft.indexChanges.set("a.weight", "../elsewhere.safetensors"),
    names: "../elsewhere.safetensors",
  },
  "total-size-wrong": {
    model: sound.plainModel,
    // The sizes of the files, as mlx-lm sums them.
    bend: (draft) => {
      const files = [...draft.toFiles()].filter(([name]) => name.endsWith(".safetensors"));
      draft.metadata.total_size = files.reduce((sum, [, { fileBytes }]) => sum + (fileBytes ?? 0), 0);
    },
    names: "headers counted",
  },
  "total-parameters-wrong": {
    model: sound.plainModel,
    bend: (draft) => {
      draft.metadata.total_parameters = 333_312;
    },
    names: "333,312",
  },
  "scale-in-other-shard": {
    model: sound.fp8Model,
    bend: (draft) => {
      for (const [name, { shard }] of draft.tensors)
        if (name === `${UP}.weight_scale_inv`)
          draft.change(name, { shard: draft.shards.find((other) => other !== shard) as string });
    },
    names: UP,
  },
  // Quantization
  "scale-missing": { model: sound.fp8Model, bend: drop(`${Q}.weight_scale_inv`), names: Q },
  "global-scale-missing": { model: sound.nvfp4Model, bend: drop(`${Q}.weight_scale_2`), names: Q },
  "auxiliary-missing": { model: sound.gptqModel, bend: drop(`${Q}.qzeros`), names: Q },
  "input-scale-missing": { model: sound.nvfp4Model, bend: drop(`${Q}.input_scale`), names: Q },
  "zero-point-missing": { model: sound.packedModel, bend: drop(`${Q}.weight_zero_point`), names: Q },
  "payload-missing": { model: sound.gptqModel, bend: drop(`${Q}.qweight`), names: Q },
  "scale-without-weight": {
    model: sound.plainModel,
    bend: (draft) => draft.tensors.set("lm_head.weight_scale", { dtype: "F32", shape: [1], shard: SECOND }),
    names: "lm_head",
  },
  "scale-shape-mismatch": {
    model: sound.fp8Model,
    bend: (draft) => draft.change(`${UP}.weight_scale_inv`, { shape: [3, 2] }),
    names: UP,
  },
  "zero-point-shape-mismatch": {
    model: sound.gptqModel,
    bend: (draft) => draft.change(`${Q}.qzeros`, { shape: [1, 32] }),
    names: Q,
  },
  "scale-dtype-unexpected": {
    model: sound.fp8Model,
    bend: (draft) => draft.change(`${UP}.weight_scale_inv`, { dtype: "F16" }),
    names: UP,
  },
  "fused-group-uneven": {
    model: sound.fp8Model,
    bend: plain(Q, [256, 256]),
    names: "model.layers.3.self_attn",
  },
  "kv-scale-missing": {
    model: sound.nvfp4Model,
    bend: drop("model.layers.3.self_attn.v_proj.v_scale"),
    names: "self_attn",
  },
  "weight-shape-unknown": {
    model: sound.plainModel,
    bend: (draft) => {
      draft.change(`${UP}.weight`, { dtype: "U8", shape: [65_536, 1] });
      const shard = (draft.tensors.get(`${UP}.weight`) as { shard: string }).shard;
      draft.tensors.set(`${UP}.weight.absmax`, { dtype: "F32", shape: [2048], shard });
      draft.tensors.set(`${UP}.weight.quant_map`, { dtype: "F32", shape: [16], shard });
      draft.tensors.set(`${UP}.weight.quant_state.bitsandbytes__nf4`, { dtype: "U8", shape: [80], shard });
    },
    names: UP,
  },
  "scale-layout-note": {
    model: sound.fp8Model,
    bend: (draft) => {
      for (let layer = 0; layer < 6; layer++) {
        const at = `model.layers.${layer}.self_attn.kv_a_proj_with_mqa`;
        const shard = (
          draft.tensors.get(`model.layers.${layer}.self_attn.q_proj.weight`) as { shard: string }
        ).shard;
        draft.tensors.set(`${at}.weight`, { dtype: "F8_E4M3", shape: [576, 256], shard });
        draft.tensors.set(`${at}.weight_scale_inv`, { dtype: "F32", shape: [5, 2], shard });
      }
    },
    names: "kv_a_proj_with_mqa",
  },
  "ignored-but-quantized": { model: sound.fp8Model, bend: quantize("lm_head", [8, 2]), names: "lm_head" },
  "targeted-but-plain": {
    model: sound.fp8Model,
    bend: plain("model.layers.3.mlp.down_proj", [256, 512]),
    names: "model.layers.3.mlp.down_proj",
  },
  "scale-suffix-unexpected": {
    model: sound.fp8Model,
    bend: (draft) => {
      for (const [name, tensor] of [...draft.tensors]) {
        if (!name.endsWith("down_proj.weight_scale_inv")) continue;
        draft.tensors.delete(name);
        draft.tensors.set(name.replace(/_inv$/, ""), tensor);
      }
    },
    names: "scales named weight_scale_inv; stored weight_scale",
  },
  "quantization-unlike-declared": {
    model: sound.gptqModel,
    bend: (draft) => {
      draft.config.quantization_config = {
        quant_method: "gptq",
        bits: 4,
        group_size: 64,
        sym: true,
        desc_act: false,
      };
    },
    names: "model.layers.",
  },
  "quantization-not-applied": {
    model: sound.plainModel,
    bend: config("quantization_config", { quant_method: "gptq", bits: 4, group_size: 128 }),
    names: "gptq",
  },
  "quantization-undeclared": {
    model: sound.fp8Model,
    bend: (draft) => delete draft.config.quantization_config,
    names: "fp8-block",
  },
  "skip-entry-drifted": {
    model: sound.fp8Model,
    bend: config("quantization_config", {
      quant_method: "fp8",
      weight_block_size: [128, 128],
      modules_to_not_convert: ["language_model.lm_head"],
    }),
    names: "language_model.lm_head",
  },
  "declarations-disagree": {
    model: sound.gptqModel,
    bend: (draft) =>
      draft.configs.set("quantize_config.json", { quant_method: "gptq", bits: 8, group_size: 128 }),
    names: "quantize_config.json",
  },
  "declared-entry-unjudged": {
    model: sound.fp8Model,
    bend: (draft) => {
      const declared = draft.config.quantization_config as Record<string, unknown>;
      declared.modules_to_not_convert = ["lm_head", "(?=.*gate).*"];
    },
    names: "(?=.*gate).*",
  },
  "declared-value-unusable": {
    model: sound.gptqModel,
    bend: (draft) => {
      (draft.config.quantization_config as Record<string, unknown>).bits = 0;
    },
    names: "bits 0",
  },
  "tower-quantized": {
    model: sound.visionModel,
    bend: (draft) => {
      for (let block = 0; block < 4; block++) quantize(`visual.blocks.${block}.mlp.fc1`, [2, 1])(draft);
    },
    names: "visual.blocks",
  },
  "quantized-embedding": {
    model: sound.fp8Model,
    bend: quantize("model.embed_tokens", [8, 2]),
    names: "embed_tokens",
  },
  "quantized-router": {
    model: sound.expertModel,
    bend: (draft) => {
      for (let layer = 0; layer < 6; layer++) quantize(`model.layers.${layer}.mlp.gate`, [1, 2])(draft);
    },
    names: "mlp.gate",
  },
  "fused-experts-packed": {
    model: sound.expertModel,
    bend: (draft) =>
      draft.tensors.set("model.layers.3.mlp.experts.gate_up_proj_packed", {
        dtype: "I32",
        shape: [8, 256, 32],
        shard: SECOND,
      }),
    names: "gate_up_proj_packed",
  },
  "quantizer-state-leaked": {
    model: sound.nvfp4Model,
    bend: (draft) =>
      draft.tensors.set(`${Q}.weight_quantizer._amax`, { dtype: "F32", shape: [1], shard: SECOND }),
    names: "weight_quantizer._amax",
  },
  // Structure
  "sibling-odd-one-out": { model: sound.plainModel, bend: drop(`${UP}.weight`), names: UP },
  "layer-gap": {
    model: sound.plainModel,
    bend: (draft) => draft.drop((name) => name.startsWith("model.layers.3.")),
    names: "model.layers",
  },
  "expert-gap": {
    model: sound.expertModel,
    bend: (draft) => draft.drop((name) => name.startsWith("model.layers.3.mlp.experts.5.")),
    names: "model.layers.3.mlp.experts",
  },
  "wrapper-prefix": {
    model: sound.plainModel,
    bend: (draft) => draft.rename((name) => `_orig_mod.${name}`),
    names: "_orig_mod",
  },
  "name-doubled": {
    model: sound.plainModel,
    bend: (draft) => draft.rename((name) => name.replace(/^model\./, "model.model.")),
    names: "model.model.layers",
  },
  "expert-layout-mixed": {
    model: sound.expertModel,
    bend: (draft) => {
      draft.drop((name) => name.startsWith("model.layers.5.mlp.experts."));
      const at = "model.layers.5.mlp.experts";
      draft.tensors.set(`${at}.gate_up_proj`, { dtype: "BF16", shape: [8, 256, 256], shard: SECOND });
      draft.tensors.set(`${at}.down_proj`, { dtype: "BF16", shape: [8, 256, 128], shard: SECOND });
    },
    names: "model.layers.5.mlp.experts",
  },
  "embedding-missing": {
    model: sound.plainModel,
    bend: drop("model.embed_tokens.weight"),
    names: "SmallForCausalLM",
  },
  // Configuration
  "layer-count-mismatch": {
    model: sound.plainModel,
    bend: config("num_hidden_layers", 7),
    names: "num_hidden_layers",
  },
  "vocab-size-mismatch": { model: sound.plainModel, bend: config("vocab_size", 2000), names: "vocab_size" },
  "attention-shape-mismatch": {
    model: sound.plainModel,
    bend: config("num_key_value_heads", 2),
    names: "num_key_value_heads",
  },
  "width-mismatch": {
    model: sound.plainModel,
    bend: config("intermediate_size", 768),
    names: "intermediate_size",
  },
  // Every expert was written to the same name: the last one is left.
  "layout-not-understood": {
    model: sound.expertModel,
    bend: (draft) => {
      draft.drop((name) => name.includes(".experts."));
      for (const layer of [0, 1, 2, 3, 4, 5]) {
        const experts = `model.layers.${layer}.mlp.experts`;
        draft.tensors.set(`${experts}.gate_up_proj`, { dtype: "BF16", shape: [256, 256], shard: SECOND });
        draft.tensors.set(`${experts}.down_proj`, { dtype: "BF16", shape: [256, 128], shard: SECOND });
      }
    },
    names: "mlp.experts.gate_up_proj",
  },
  "expert-count-mismatch": {
    model: sound.expertModel,
    bend: config("num_experts", 16),
    names: "num_experts",
  },
  // Against the class of a library
  "weights-missing": { model: sound.knownModel, bend: drop("model.norm.weight"), names: "model.norm.weight" },
  "weights-unexpected": {
    model: sound.knownModel,
    bend: (draft) => draft.tensors.set("model.rotary.table", { dtype: "F32", shape: [64], shard: SECOND }),
    names: "model.rotary.table",
  },
  "shape-unlike-config": {
    model: sound.knownModel,
    bend: (draft) => draft.change("model.norm.weight", { shape: [255] }),
    names: "[255]",
  },
  "class-unlike-model-type": {
    model: sound.knownModel,
    bend: config("model_type", "mistral"),
    names: "model_type mistral",
  },
  "prefix-unlike-class": {
    model: sound.knownModel,
    bend: (draft) =>
      draft.drop((name) => name === "lm_head.weight").rename((name) => name.replace(/^model\./, "")),
    names: "model",
  },
  "head-missing": { model: sound.plainModel, bend: drop("lm_head.weight"), names: "tie_word_embeddings" },
  "head-although-tied": {
    model: sound.plainModel,
    bend: config("tie_word_embeddings", true),
    names: "tie_word_embeddings",
  },
  "prediction-head-missing": {
    model: sound.plainModel,
    bend: config("num_nextn_predict_layers", 1),
    names: "num_nextn_predict_layers",
  },
  "dtype-unlike-config": { model: sound.plainModel, bend: config("torch_dtype", "float16"), names: "F16" },
  "bias-missing": { model: sound.plainModel, bend: config("attention_bias", true), names: "attention_bias" },
  "latent-attention-mismatch": {
    model: sound.latentModel,
    bend: config("qk_nope_head_dim", 48),
    names: "kv_b_proj",
  },
  "indexer-mismatch": {
    model: sound.latentModel,
    bend: config("index_n_heads", 4),
    names: "weights_proj",
  },
  "recurrent-shape-mismatch": {
    model: sound.linearModel,
    bend: config("linear_num_value_heads", 8),
    names: "in_proj_qkvz",
  },
  "layer-kind-mismatch": {
    model: sound.linearModel,
    bend: config(
      "layer_types",
      Array.from({ length: 12 }, (_, at) => (at % 3 === 1 ? "full_attention" : "linear_attention")),
    ),
    names: "layers with attention",
  },
  "position-table-mismatch": {
    model: sound.positionsModel,
    bend: config("n_positions", 256),
    names: "transformer.wpe.weight",
  },
  "shared-keys-stored": {
    model: sound.sharedKeysModel,
    bend: (draft) => {
      for (const layer of [4, 5])
        for (const leaf of ["k_proj", "v_proj"])
          draft.tensors.set(`model.layers.${layer}.self_attn.${leaf}.weight`, {
            dtype: "BF16",
            shape: [128, 256],
            shard: SECOND,
          });
    },
    names: "model.layers.{4-5}.self_attn.k_proj.weight",
  },
  "vision-part-mismatch": {
    model: sound.visionModel,
    bend: (draft) => delete draft.config.vision_config,
    names: "vision_config",
  },
  "norm-count-uneven": {
    model: sound.plainModel,
    bend: (draft) => {
      draft.drop((name) => /layers\.[124]\.post_attention_layernorm/.test(name));
    },
    names: "1 in layers 1-2,4",
  },
  "family-names-mismatch": {
    model: sound.plainModel,
    bend: config("model_type", "gpt_neox"),
    names: "model_type gpt_neox",
  },
  "parameters-unlike-config": {
    model: sound.plainModel,
    bend: (draft) => {
      for (let layer = 0; layer < 6; layer++)
        draft.tensors.set(`model.layers.${layer}.mlp.side_proj.weight`, {
          dtype: "BF16",
          shape: [512, 256],
          shard: layer < 3 ? (draft.shards[0] as string) : SECOND,
        });
    },
    names: "from its numbers",
  },
  "bias-undeclared": {
    model: sound.plainModel,
    bend: (draft) => {
      for (let layer = 0; layer < 6; layer++) {
        const { shard } = draft.tensors.get(`model.layers.${layer}.self_attn.q_proj.weight`) as {
          shard: string;
        };
        draft.tensors.set(`model.layers.${layer}.self_attn.q_proj.bias`, {
          dtype: "BF16",
          shape: [256],
          shard,
        });
      }
    },
    names: "model.layers.{0-5}.self_attn.q_proj.bias",
  },
  "convolution-turned": {
    model: sound.visionModel,
    bend: (draft) => {
      draft.tensors.set("down.0.conv1.weight", {
        dtype: "BF16",
        shape: [4, 320, 3, 3],
        shard: draft.shards[0] as string,
      });
      draft.tensors.set("down.0.conv1.bias", {
        dtype: "BF16",
        shape: [320],
        shard: draft.shards[0] as string,
      });
    },
    names: "down.0.conv1.weight",
  },
  "head-unlike-class": {
    model: sound.plainModel,
    bend: (draft) => {
      draft.tensors.set("score.weight", { dtype: "BF16", shape: [1, 256], shard: draft.shards[0] as string });
    },
    names: "score.weight",
  },
  "token-without-row": {
    model: sound.plainModel,
    bend: file("added_tokens.json", new TextEncoder().encode('{"<one>": 1024, "<two>": 1025, "<pad>": 0}')),
    names: "1024-1025",
  },
  "dtype-uneven": {
    model: sound.plainModel,
    bend: (draft) => draft.change("lm_head.weight", { dtype: "F32" }),
    names: "lm_head",
  },
  "adapter-unmerged": {
    model: sound.plainModel,
    bend: (draft) => {
      for (const layer of [0, 1])
        for (const [factor, shape] of [
          ["lora_A", [8, 256]],
          ["lora_B", [256, 8]],
        ] as const)
          draft.tensors.set(`model.layers.${layer}.self_attn.q_proj.${factor}.weight`, {
            dtype: "BF16",
            shape,
            shard: draft.shards[0] as string,
          });
    },
    names: "model.layers.{0-1}.self_attn.q_proj",
  },
  "adapter-unlike-header": {
    model: sound.adapterModel,
    bend: (draft) => {
      draft.configs.delete("adapter_config.json");
      draft.fileChanges.push((files) => {
        for (const [name, file] of files)
          if (name.endsWith(".safetensors"))
            files.set(
              name,
              bendHeader(file, (json) =>
                json.replace('"format":"pt"', '"format":"pt","ss_network_dim":"128"'),
              ),
            );
      });
    },
    names: "rank 128",
  },
  "adapter-unlike-base": {
    model: sound.adapterModel,
    bend: (draft) =>
      draft.change("base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight", { shape: [8, 128] }),
    names: "base_model.model.model.layers.0.self_attn.q_proj",
    options: original(sound.plainModel),
  },
  "sides-unlike": {
    model: sound.plainModel,
    bend: (draft) => {
      draft.configs.delete("config.json");
      for (let layer = 0; layer < 6; layer++)
        for (const [name, shape] of [
          ["adapter.fc1", [128, 64]],
          ["adapter.fc2", [64, 96]],
        ] as const)
          draft.tensors.set(`model.layers.${layer}.${name}.weight`, {
            dtype: "BF16",
            shape,
            shard: draft.shards[0] as string,
          });
    },
    names: "model.layers.{0-5}.adapter.fc1",
  },
  "companion-missing": {
    model: sound.plainModel,
    bend: (draft) => {
      for (let layer = 0; layer < 6; layer++)
        draft.tensors.set(`model.layers.${layer}.self_attn.q_norm.weight`, {
          dtype: "BF16",
          shape: [32],
          shard: draft.shards[0] as string,
        });
    },
    names: "model.layers.{0-5}.self_attn.k_norm",
  },
  "bias-uneven": {
    model: sound.plainModel,
    bend: (draft) => {
      for (const layer of [0, 1])
        draft.tensors.set(`model.layers.${layer}.self_attn.q_proj.bias`, {
          dtype: "BF16",
          shape: [256],
          shard: draft.shards[0] as string,
        });
    },
    names: "model.layers.{2-5}.self_attn.q_proj",
  },
  "config-unusable": {
    model: sound.plainModel,
    bend: file("config.json", Buffer.from("{ nonsense")),
    names: "config.json",
  },
  // Adapters
  "adapter-pair-broken": {
    model: sound.adapterModel,
    bend: drop("base_model.model.model.layers.3.self_attn.q_proj.lora_B.weight"),
    names: "layers.3.self_attn.q_proj",
  },
  "adapter-target-missing": {
    model: sound.adapterModel,
    bend: (draft) =>
      draft.configs.set("adapter_config.json", { r: 8, target_modules: ["q_proj", "up_proj"] }),
    names: "up_proj",
  },
  "pipeline-part-missing": {
    model: sound.pipelineModel,
    bend: drop("decoder.conv_in.weight"),
    names: "vae",
  },
  "pipeline-parts-disagree": {
    model: sound.pipelineModel,
    bend: (draft) =>
      draft.configs.set("vae/config.json", { _class_name: "AutoencoderKL", latent_channels: 16 }),
    names: "latent_channels",
  },
  "adapter-uneven": {
    model: sound.kohyaModel,
    bend: drop("lora_unet_mid_block_attentions_0_proj_in.alpha"),
    names: "proj_in",
  },
  // Against the original
  "module-lost": {
    model: sound.fp8Model,
    bend: drop("model.layers.5.post_attention_layernorm.weight"),
    names: "model.layers.5.post_attention_layernorm",
    options: original(sound.plainModel),
  },
  "module-added": {
    model: sound.fp8Model,
    bend: (draft) => draft.tensors.set(`${Q}.bias`, { dtype: "BF16", shape: [256], shard: SECOND }),
    names: `${Q}.bias`,
    options: original(sound.plainModel),
  },
  "shape-unlike-original": {
    model: sound.fp8Model,
    bend: (draft) => draft.change("lm_head.weight", { shape: [1152, 256] }),
    names: "lm_head",
    options: original(sound.plainModel),
  },
  "prefix-unlike-original": {
    model: sound.fp8Model,
    bend: (draft) => draft.rename((name) => `language_model.${name}`),
    names: "language_model.",
    options: original(sound.plainModel),
  },
  "not-smaller": {
    model: sound.fp8Model,
    bend: (draft) => {
      for (const name of draft.names)
        if (name.endsWith(".weight_scale_inv")) draft.tensors.delete(name);
        else draft.change(name, { dtype: "BF16" });
    },
    names: "in the original",
    options: original(sound.plainModel),
  },
  // Asked for
  "expectation-unmet": {
    model: sound.fp8Model,
    bend: drop("lm_head.weight"),
    names: "parameters",
    options: () => ({ expectations: { parameters: parseExpectedCount("4.07M±1%") } }),
  },
  "tensor-parallel-indivisible": {
    model: sound.plainModel,
    bend: (draft) => {
      for (let layer = 0; layer < 6; layer++)
        draft.change(`model.layers.${layer}.mlp.down_proj.weight`, { shape: [256, 510] });
    },
    names: "mlp.down_proj",
    options: () => ({ tensorParallel: 4 }),
  },
  "expert-parallel-indivisible": {
    model: sound.expertModel,
    bend: (draft) => {
      draft.drop((name) => /\.experts\.[67]\./.test(name));
    },
    names: "6 experts",
    options: () => ({ expertParallel: 4 }),
  },
  "scale-value-invalid": {
    model: sound.fp8Model,
    bend: () => {},
    names: "NaN",
    values: { sound: {}, bad: { nans: 2 } },
  },
  "scale-values-constant": {
    model: sound.fp8Model,
    bend: () => {},
    names: "weight_scale_inv",
    values: { sound: {}, bad: { least: 1, most: 1 } },
  },
  "scale-encoding-suspect": {
    model: sound.fp8Model,
    bend: () => {},
    names: "weight_scale_inv",
    values: { sound: {}, bad: { looksLikeExponents: true } },
  },
  "fused-scale-unequal": {
    model: sound.nvfp4Model,
    bend: () => {},
    names: "self_attn",
    values: { sound: { suffix: "weight_scale_2" }, bad: { suffix: "weight_scale_2", most: Number.NaN } },
  },
  // Engines
  "engine-files-refused": {
    model: served(sound.plainModel),
    bend: (draft) => draft.fileChanges.push((files) => files.delete(SECOND)),
    names: "Weight files referenced in index but missing",
    options: engine("vllm"),
  },
  "engine-model-type-unknown": {
    model: served(sound.plainModel),
    bend: config("model_type", "of_tomorrow"),
    names: "does not recognize this architecture",
    options: engine("transformers"),
  },
  "engine-architecture-unsupported": {
    model: served(sound.plainModel),
    bend: config("architectures", ["MllamaForConditionalGeneration"]),
    names: "was supported in vLLM until v0.10.2",
    options: engine("vllm"),
  },
  "engine-method-unsupported": {
    model: served(sound.plainModel),
    bend: declare({ quant_method: "hqq" }),
    names: "Unknown quantization method: hqq",
    options: engine("vllm"),
  },
  "engine-declaration-refused": {
    model: served(sound.plainModel),
    bend: declare({ quant_method: "fp8" }),
    names: "activation_scheme",
    options: engine("vllm"),
  },
  "engine-scheme-unsupported": {
    model: served(sound.plainModel),
    bend: declare({ quant_method: "gptq", bits: 4, group_size: 128, sym: true, desc_act: true }),
    names: "desc_act=True",
    options: engine("vllm"),
  },
  "engine-gpu-too-old": {
    model: served(sound.plainModel),
    bend: declare({ quant_method: "fp8", activation_scheme: "dynamic" }),
    names: "Minimum capability: 80",
    options: engine("sglang", gpu("T4")),
  },
  "engine-dtype-refused": {
    model: served(sound.plainModel),
    bend: declare({ quant_method: "mxfp4" }),
    names: "torch.float16 is not supported for quantization method mxfp4",
    options: engine("vllm", { dtype: "float16" }),
  },
  "engine-fused-parts-differ": {
    model: () => withScheme(served(sound.fp8Model)()),
    bend: plain("model.layers.3.self_attn.k_proj", [128, 256]),
    names: "model.layers.3.self_attn.k_proj",
    options: engine("vllm"),
  },
  "engine-names-unmatched": {
    model: () => withScheme(served(sound.fp8Model)()),
    bend: plain("model.layers.3.mlp.down_proj", [256, 512]),
    names: "model.layers.3.mlp.down_proj",
    options: engine("vllm"),
  },
  "engine-tensor-missing": {
    model: served(sound.plainModel),
    bend: drop("lm_head.weight"),
    names: "lm_head.weight",
    options: engine("vllm"),
  },
  "engine-shape-refused": {
    model: served(sound.plainModel),
    bend: config("vocab_size", 1025),
    names: "1024 rows",
    options: engine("sglang"),
  },
  "engine-split-indivisible": {
    model: served(sound.plainModel),
    bend: config("num_attention_heads", 7),
    names: "Total number of attention heads (7)",
    options: engine("vllm", { tp: 2 }),
  },
  "engine-block-cut": {
    model: () => withScheme(served(sound.fp8Model)()),
    bend: (draft) => {
      for (let layer = 0; layer < 6; layer++) {
        const path = `model.layers.${layer}.mlp`;
        for (const leaf of ["gate_proj", "up_proj"]) {
          draft.change(`${path}.${leaf}.weight`, { shape: [448, 256] });
          draft.change(`${path}.${leaf}.weight_scale_inv`, { shape: [4, 2] });
        }
        draft.change(`${path}.down_proj.weight`, { shape: [256, 448] });
        draft.change(`${path}.down_proj.weight_scale_inv`, { shape: [2, 4] });
      }
    },
    names: "output_partition_size = 448",
    options: engine("sglang"),
  },
  "engine-group-cut": {
    model: served(sound.gptqModel),
    bend: (draft) => {
      for (let layer = 0; layer < 6; layer++) {
        const path = `model.layers.${layer}.mlp`;
        for (const leaf of ["gate_proj", "up_proj"]) {
          draft.change(`${path}.${leaf}.qweight`, { shape: [32, 384] });
          draft.change(`${path}.${leaf}.qzeros`, { shape: [2, 48] });
          draft.change(`${path}.${leaf}.scales`, { shape: [2, 384] });
        }
        draft.change(`${path}.down_proj.qweight`, { shape: [48, 256] });
        draft.change(`${path}.down_proj.qzeros`, { shape: [3, 32] });
        draft.change(`${path}.down_proj.scales`, { shape: [3, 256] });
        draft.change(`${path}.down_proj.g_idx`, { shape: [384] });
      }
    },
    names: "192 inputs per GPU",
    options: engine("vllm", { tp: 2 }),
  },
  "engine-memory-short": {
    model: served(sound.plainModel),
    bend: (draft) => {
      draft.config.vocab_size = 32_000_000;
      for (const name of ["model.embed_tokens.weight", "lm_head.weight"])
        draft.change(name, { shape: [32_000_000, 256] });
    },
    names: "No available memory",
    options: engine("vllm", gpu("T4")),
  },
  "engine-slow-path": {
    model: served(sound.plainModel),
    bend: (draft) => {
      draft.config.architectures = ["DogeForCausalLM"];
      draft.config.model_type = "doge";
    },
    names: "transformers' class",
    options: engine("vllm"),
  },
  "engine-option-limited": {
    model: served(sound.plainModel),
    bend: (draft) => {
      draft.config.num_nextn_predict_layers = 1;
    },
    names: "1 prediction layer declared",
    options: engine("vllm"),
  },
  "engine-not-known": {
    model: served(sound.plainModel),
    bend: (draft) => {
      delete draft.config.model_type;
    },
    names: "model_type",
    options: engine("vllm"),
  },
};

/** With what the engines ask of `quant_method: fp8`. */
function withScheme(draft: Draft): Draft {
  const declared = draft.config.quantization_config as Record<string, unknown>;
  declared.activation_scheme = "dynamic";
  return draft;
}

/** Statistics for every scale of a component, as if they had been read. Of NaN the value differs by tensor. */
export function statsFor(component: Component, like: Partial<ScaleStats>): ScaleStats[] {
  const { table } = component;
  const suffix = like.suffix ?? "weight_scale_inv";
  return Array.from({ length: table.count }, (_, row) => table.name(row))
    .filter((name) => name.endsWith(`.${suffix}`))
    .map((tensor, k) => ({
      tensor,
      dtype: "F32",
      count: 4,
      zeros: 0,
      negatives: 0,
      nans: 0,
      infinities: 0,
      denormals: 0,
      least: 0.001,
      looksLikeExponents: false,
      ...like,
      suffix,
      most: Number.isNaN(like.most) ? 0.002 + k : (like.most ?? 0.002),
    }));
}

/** A finding as the page of its check shows it. */
export function exampleOf({ shard, message }: Pick<Finding, "shard" | "message">): string {
  return shard === null || message.includes(shard) ? message : `${shard}: ${message}`;
}
