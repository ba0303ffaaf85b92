import { describe, expect, it } from "vitest";
import { Ask } from "../../src/engines/ask.ts";
import { cacheOf } from "../../src/engines/memory/cache.ts";
import { weightsPerRank } from "../../src/engines/memory/weights.ts";
import { loadTables } from "../../src/engines/table.ts";
import type { TensorSpec } from "../support/component-of.ts";
import { Draft } from "../support/draft.ts";
import { loadFiles } from "../support/run-checks.ts";

/**
 * Sums made by hand: for each model what one GPU holds and keeps, as products of its sizes. Nothing here asks what unfold
 * takes a tensor for.
 */
interface Sum {
  readonly title: string;
  readonly specs: readonly TensorSpec[];
  readonly config: object;
  readonly tp: number;
  readonly weights: number;
  readonly perToken: number;
  readonly perSequence: number;
}

const tables = await loadTables(["vllm"]);

/** Bytes of embedding, head and last norm: 1000 words are padded to 1024. */
const words = (hidden: number, tp: number) => (2 * 1024 * hidden * 2) / tp + hidden * 2;
const frame = (hidden: number): TensorSpec[] => [
  ["model.embed_tokens.weight", "BF16", [1000, hidden]],
  ["model.norm.weight", "BF16", [hidden]],
  ["lm_head.weight", "BF16", [1000, hidden]],
];
const norms = (layer: string, hidden: number): TensorSpec[] => [
  [`${layer}.input_layernorm.weight`, "BF16", [hidden]],
  [`${layer}.post_attention_layernorm.weight`, "BF16", [hidden]],
];
const plain = (name: string, rows: number, columns: number): TensorSpec[] => [
  [`${name}.weight`, "BF16", [rows, columns]],
];
type Pack = (name: string, rows: number, columns: number) => TensorSpec[];
const attention = (layer: string, pack: Pack, hidden: number, q: number, kv: number): TensorSpec[] => [
  ...pack(`${layer}.self_attn.q_proj`, q, hidden),
  ...pack(`${layer}.self_attn.k_proj`, kv, hidden),
  ...pack(`${layer}.self_attn.v_proj`, kv, hidden),
  ...pack(`${layer}.self_attn.o_proj`, hidden, q),
];
const mlp = (module: string, pack: Pack, hidden: number, width: number): TensorSpec[] => [
  ...pack(`${module}.gate_proj`, width, hidden),
  ...pack(`${module}.up_proj`, width, hidden),
  ...pack(`${module}.down_proj`, hidden, width),
];
const LAYER = "model.layers.{0-1}";
const BASE = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  hidden_size: 512,
  intermediate_size: 1024,
  num_attention_heads: 8,
  num_key_value_heads: 2,
  head_dim: 64,
  num_hidden_layers: 2,
  vocab_size: 1000,
  tie_word_embeddings: false,
  torch_dtype: "bfloat16",
};
const llama = (pack: Pack): TensorSpec[] => [
  ...frame(512),
  ...attention(LAYER, pack, 512, 512, 128),
  ...mlp(`${LAYER}.mlp`, pack, 512, 1024),
  ...norms(LAYER, 512),
];
/** Two layers' norms at 512, two each. */
const NORMS = 2 * 2 * 512 * 2;

const nvfp4: Pack = (name, rows, columns) => [
  [`${name}.weight`, "U8", [rows, columns / 2]],
  [`${name}.weight_scale`, "F8_E4M3", [rows, columns / 16]],
  [`${name}.weight_scale_2`, "F32", []],
  [`${name}.input_scale`, "F32", []],
];
const gptq: Pack = (name, rows, columns) => [
  [`${name}.qweight`, "I32", [columns / 8, rows]],
  [`${name}.qzeros`, "I32", [columns / 128, rows / 8]],
  [`${name}.scales`, "F16", [columns / 128, rows]],
  [`${name}.g_idx`, "I32", [columns]],
];
const mlx: Pack = (name, rows, columns) => [
  [`${name}.weight`, "U32", [rows, columns / 8]],
  [`${name}.scales`, "BF16", [rows, columns / 64]],
  [`${name}.biases`, "BF16", [rows, columns / 64]],
];
const channel: Pack = (name, rows, columns) => [
  [`${name}.weight`, "F8_E4M3", [rows, columns]],
  [`${name}.weight_scale`, "BF16", [rows, 1]],
];

const SUMS: readonly Sum[] = [
  {
    title: "dense: 2 key/value heads on 4 GPUs are copied twice",
    specs: llama(plain),
    config: BASE,
    tp: 4,
    // q and o cut in 4, k and v in 2, feed-forward in 4.
    weights:
      2 * ((2 * 512 * 512 * 2) / 4 + (2 * 128 * 512 * 2) / 2 + (3 * 1024 * 512 * 2) / 4) +
      NORMS +
      words(512, 4),
    perToken: 2 * 2 * 64 * 2,
    perSequence: 0,
  },
  {
    title: "experts: cut by width, the router whole",
    specs: [
      ...frame(512),
      ...attention(LAYER, plain, 512, 512, 128),
      [`${LAYER}.mlp.gate.weight`, "BF16", [8, 512]],
      ...mlp(`${LAYER}.mlp.experts.{0-7}`, plain, 512, 256),
      ...norms(LAYER, 512),
    ],
    config: {
      ...BASE,
      architectures: ["Qwen3MoeForCausalLM"],
      model_type: "qwen3_moe",
      num_experts: 8,
      num_experts_per_tok: 2,
      moe_intermediate_size: 256,
    },
    tp: 2,
    weights:
      2 * ((2 * 512 * 512 * 2) / 2 + (2 * 128 * 512 * 2) / 2 + 8 * 512 * 2 + (8 * 3 * 256 * 512 * 2) / 2) +
      NORMS +
      words(512, 2),
    perToken: 2 * 2 * 64 * 2,
    perSequence: 0,
  },
  {
    title: "latent attention: what goes down is whole, kv_b is kept twice",
    specs: latent([]),
    config: { ...BASE, ...latentConfig() },
    tp: 4,
    // q_a 256 and kv_a 128 + 64 rows whole with their norms; q_b 8 × 128, kv_b 8 × 128 of rank 128, o 8 × 64.
    weights:
      2 *
        (256 * 512 * 2 +
          192 * 512 * 2 +
          (256 + 128) * 2 +
          (8 * 128 * 256 * 2) / 4 +
          (2 * (8 * 128 * 128 * 2)) / 4 +
          (512 * 512 * 2) / 4 +
          (3 * 1024 * 512 * 2) / 4) +
      NORMS +
      words(512, 4),
    perToken: 2 * (128 + 64) * 2,
    perSequence: 0,
  },
  {
    title: "indexer: whole, with a key of 128 and its scale a token",
    specs: latent([
      [`${LAYER}.self_attn.indexer.wq_b.weight`, "BF16", [4 * 128, 256]],
      [`${LAYER}.self_attn.indexer.wk.weight`, "BF16", [128, 512]],
      [`${LAYER}.self_attn.indexer.k_norm.weight`, "BF16", [128]],
      [`${LAYER}.self_attn.indexer.k_norm.bias`, "BF16", [128]],
      [`${LAYER}.self_attn.indexer.weights_proj.weight`, "BF16", [4, 512]],
    ]),
    config: {
      ...BASE,
      ...latentConfig(),
      architectures: ["DeepseekV32ForCausalLM"],
      model_type: "deepseek_v32",
      index_head_dim: 128,
      index_n_heads: 4,
      index_topk: 64,
    },
    tp: 4,
    weights:
      2 *
        (256 * 512 * 2 +
          192 * 512 * 2 +
          (256 + 128) * 2 +
          (8 * 128 * 256 * 2) / 4 +
          (2 * (8 * 128 * 128 * 2)) / 4 +
          (512 * 512 * 2) / 4 +
          (3 * 1024 * 512 * 2) / 4 +
          (4 * 128 * 256 + 128 * 512 + 128 + 128 + 4 * 512) * 2) +
      NORMS +
      words(512, 4),
    perToken: 2 * ((128 + 64) * 2 + 132),
    perSequence: 0,
  },
  {
    title: "Mamba-2 beside attention: channels and heads are cut, one group is on every GPU",
    specs: [
      ...frame(512),
      ...norms("model.layers.{0-1}", 512),
      ["model.layers.0.mamba.in_proj.weight", "BF16", [2 * 1024 + 2 * 128 + 16, 512]],
      ["model.layers.0.mamba.conv1d.weight", "BF16", [1024 + 2 * 128, 1, 4]],
      ["model.layers.0.mamba.conv1d.bias", "BF16", [1024 + 2 * 128]],
      ["model.layers.0.mamba.A_log", "BF16", [16]],
      ["model.layers.0.mamba.D", "BF16", [16]],
      ["model.layers.0.mamba.dt_bias", "BF16", [16]],
      ["model.layers.0.mamba.norm.weight", "BF16", [1024]],
      ["model.layers.0.mamba.out_proj.weight", "BF16", [512, 1024]],
      ...attention("model.layers.1", plain, 512, 512, 128),
      ...mlp("model.layers.{0-1}.mlp", plain, 512, 1024),
    ],
    config: {
      ...BASE,
      architectures: ["BambaForCausalLM"],
      model_type: "bamba",
      mamba_n_groups: 1,
      mamba_n_heads: 16,
      mamba_d_head: 64,
      mamba_d_state: 128,
      mamba_expand: 2,
      mamba_d_conv: 4,
      attn_layer_indices: [1],
    },
    tp: 2,
    // Gate and input, heads and groups of in_proj; inner width and groups of the filter, four steps and a bias.
    weights:
      (1024 + 8 + 256) * 512 * 2 +
      (512 + 256) * 5 * 2 +
      (3 * 8 + 512) * 2 +
      512 * 512 * 2 +
      ((2 * 512 * 512 + 2 * 128 * 512) * 2) / 2 +
      2 * ((3 * 1024 * 512 * 2) / 2) +
      NORMS +
      words(512, 2),
    perToken: 1 * 2 * 64 * 2,
    // Three steps of the filter, and 8 heads of 64 × 128.
    perSequence: (3 * (512 + 256) + 8 * 64 * 128) * 2,
  },
  {
    title: "gated DeltaNet beside attention: a state of each value head",
    specs: [
      ...frame(512),
      ...norms("model.layers.{0-1}", 512),
      ["model.layers.0.linear_attn.in_proj_qkvz.weight", "BF16", [2 * 256 + 2 * 512, 512]],
      ["model.layers.0.linear_attn.in_proj_ba.weight", "BF16", [2 * 8, 512]],
      ["model.layers.0.linear_attn.conv1d.weight", "BF16", [2 * 256 + 512, 1, 4]],
      ["model.layers.0.linear_attn.A_log", "BF16", [8]],
      ["model.layers.0.linear_attn.dt_bias", "BF16", [8]],
      ["model.layers.0.linear_attn.norm.weight", "BF16", [64]],
      ["model.layers.0.linear_attn.out_proj.weight", "BF16", [512, 512]],
      // Each query head has a gate beside it.
      ...plain("model.layers.1.self_attn.q_proj", 1024, 512),
      ...plain("model.layers.1.self_attn.k_proj", 128, 512),
      ...plain("model.layers.1.self_attn.v_proj", 128, 512),
      ...plain("model.layers.1.self_attn.o_proj", 512, 512),
      ...mlp("model.layers.{0-1}.mlp", plain, 512, 1024),
    ],
    config: {
      ...BASE,
      architectures: ["Qwen3NextForCausalLM"],
      model_type: "qwen3_next",
      layer_types: ["linear_attention", "full_attention"],
      linear_conv_kernel_dim: 4,
      linear_key_head_dim: 64,
      linear_num_key_heads: 4,
      linear_num_value_heads: 8,
      linear_value_head_dim: 64,
      num_experts: 0,
    },
    tp: 2,
    weights:
      ((1536 + 16 + 512) * 512 * 2) / 2 +
      (1024 * 4 * 2) / 2 +
      (2 * 8 * 2) / 2 +
      64 * 2 +
      ((1024 + 128 + 128 + 512) * 512 * 2) / 2 +
      2 * ((3 * 1024 * 512 * 2) / 2) +
      NORMS +
      words(512, 2),
    perToken: 1 * 2 * 64 * 2,
    perSequence: ((1024 / 2) * 3 + 4 * 64 * 64) * 2,
  },
  {
    title: "images: the tower is cut by its own heads, what looks at pixels is whole",
    specs: [
      ...llama(plain),
      ["visual.patch_embed.proj.weight", "BF16", [256, 3, 2, 14, 14]],
      ...["attn.qkv", "attn.proj", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"].map(
        (name, at): TensorSpec => [
          `visual.blocks.{0-1}.${name}.weight`,
          "BF16",
          [
            [768, 256],
            [256, 256],
            [512, 256],
            [512, 256],
            [256, 512],
          ][at] as number[],
        ],
      ),
      ["visual.blocks.{0-1}.norm1.weight", "BF16", [256]],
      ["visual.blocks.{0-1}.norm2.weight", "BF16", [256]],
      ["visual.merger.ln_q.weight", "BF16", [256]],
      ["visual.merger.mlp.0.weight", "BF16", [1024, 1024]],
      ["visual.merger.mlp.0.bias", "BF16", [1024]],
      ["visual.merger.mlp.2.weight", "BF16", [512, 1024]],
      ["visual.merger.mlp.2.bias", "BF16", [512]],
    ],
    config: {
      ...BASE,
      architectures: ["Qwen2_5_VLForConditionalGeneration"],
      model_type: "qwen2_5_vl",
      vision_config: {
        depth: 2,
        hidden_size: 256,
        num_heads: 4,
        intermediate_size: 512,
        out_hidden_size: 512,
      },
    },
    tp: 4,
    weights:
      2 * ((2 * 512 * 512 * 2) / 4 + (2 * 128 * 512 * 2) / 2 + (3 * 1024 * 512 * 2) / 4) +
      NORMS +
      words(512, 4) +
      256 * 3 * 2 * 14 * 14 * 2 +
      2 * (((768 + 256 + 3 * 512) * 256 * 2) / 4 + 2 * 256 * 2) +
      256 * 2 +
      ((1024 * 1024 + 1024 + 512 * 1024) * 2) / 4 +
      512 * 2,
    perToken: 2 * 2 * 64 * 2,
    perSequence: 0,
  },
  {
    title: "NVFP4: half a byte, a scale for 16, two single ones whole",
    specs: llama(nvfp4),
    config: {
      ...BASE,
      quantization_config: { quant_method: "modelopt", quant_algo: "NVFP4", ignore: ["lm_head"] },
    },
    tp: 2,
    weights:
      2 * (((2 * 512 * 512 + 2 * 128 * 512 + 3 * 1024 * 512) * (1 / 2 + 1 / 16)) / 2 + 7 * 2 * 4) +
      NORMS +
      words(512, 2),
    perToken: 2 * 2 * 64 * 2,
    perSequence: 0,
  },
  {
    title: "GPTQ: half a byte, a scale and half a byte of zero for 128, and no order",
    specs: llama(gptq),
    config: {
      ...BASE,
      quantization_config: { quant_method: "gptq", bits: 4, group_size: 128, desc_act: false, sym: true },
    },
    tp: 2,
    weights:
      2 * (((2 * 512 * 512 + 2 * 128 * 512 + 3 * 1024 * 512) * (1 / 2 + 2.5 / 128)) / 2) +
      NORMS +
      words(512, 2),
    perToken: 2 * 2 * 64 * 2,
    perSequence: 0,
  },
  {
    title: "FP8 by channel: scales of what is cut by inputs are whole",
    specs: llama(channel),
    config: {
      ...BASE,
      quantization_config: {
        quant_method: "compressed-tensors",
        format: "float-quantized",
        config_groups: {
          group_0: { targets: ["Linear"], weights: { num_bits: 8, type: "float", strategy: "channel" } },
        },
        ignore: ["lm_head"],
      },
    },
    tp: 2,
    weights:
      2 *
        ((2 * 512 * 512 + 2 * 128 * 512 + 3 * 1024 * 512) / 2 +
          ((512 + 128 + 128 + 2 * 1024) * 2) / 2 +
          2 * 512 * 2) +
      NORMS +
      words(512, 2),
    perToken: 2 * 2 * 64 * 2,
    perSequence: 0,
  },
  {
    title: "MLX: half a byte, a scale and an offset for 64",
    specs: llama(mlx),
    config: { ...BASE, quantization: { group_size: 64, bits: 4 } },
    tp: 1,
    weights:
      2 * ((2 * 512 * 512 + 2 * 128 * 512 + 3 * 1024 * 512) * (1 / 2 + 4 / 64)) + NORMS + words(512, 1),
    perToken: 2 * 2 * 128 * 2,
    perSequence: 0,
  },
  {
    title: "windows: a token costs as much, until they are full",
    specs: llama(plain),
    config: {
      ...BASE,
      architectures: ["MistralForCausalLM"],
      model_type: "mistral",
      layer_types: ["sliding_attention", "full_attention"],
      sliding_window: 128,
    },
    tp: 1,
    weights: 2 * ((2 * 512 * 512 + 2 * 128 * 512 + 3 * 1024 * 512) * 2) + NORMS + words(512, 1),
    perToken: 2 * 2 * 128 * 2,
    perSequence: 0,
  },
  {
    title: "cross attention: what the decoder looks at is kept once a request, and not by its tokens",
    specs: [
      ["model.shared.weight", "BF16", [1024, 256]],
      ...["encoder", "decoder"].flatMap((side): TensorSpec[] => {
        const layer = `model.${side}.layers.{0-1}`;
        const kinds = side === "decoder" ? ["self_attn", "encoder_attn"] : ["self_attn"];
        return [
          ...kinds.flatMap((kind) =>
            ["q_proj", "k_proj", "v_proj", "out_proj"].map(
              (name): TensorSpec => [`${layer}.${kind}.${name}.weight`, "BF16", [256, 256]],
            ),
          ),
          [`${layer}.fc1.weight`, "BF16", [1024, 256]],
          [`${layer}.fc2.weight`, "BF16", [256, 1024]],
          [`${layer}.final_layer_norm.weight`, "BF16", [256]],
        ];
      }),
    ],
    config: {
      architectures: ["BartForConditionalGeneration"],
      model_type: "bart",
      d_model: 256,
      encoder_layers: 2,
      decoder_layers: 2,
      encoder_attention_heads: 4,
      decoder_attention_heads: 4,
      vocab_size: 1024,
      torch_dtype: "bfloat16",
    },
    tp: 2,
    weights:
      (1024 * 256 * 2) / 2 +
      ((2 * 4 + 2 * 8) * 256 * 256 * 2) / 2 +
      (4 * 2 * 1024 * 256 * 2) / 2 +
      4 * 256 * 2,
    perToken: 2 * 2 * (256 / 2) * 2,
    perSequence: 0,
  },
];

describe("what one GPU holds, against sums made by hand", () => {
  it.each(SUMS)("$title", async ({ specs, config, tp, weights, perToken, perSequence }) => {
    const [component] = (await loadFiles(Draft.of(specs, { ...config }, 1).toFiles())).components;
    if (component === undefined) throw new Error("no component");
    const ask = new Ask(component, "vllm", tables, { tp, ep: 1, pp: 1, gpu: null, dtype: "auto" });
    const { perRank, unsure } = weightsPerRank(ask);
    const cache = cacheOf(ask, "auto");
    const kept = cache.kinds.reduce((sum, each) => sum + each.perSequence, 0);
    expect({ perRank, unsure, perToken: cache.bytesPerToken, perSequence: kept }).toEqual({
      perRank: new Array(tp).fill(weights),
      unsure: [],
      perToken,
      perSequence,
    });
  });
});

/** Latent attention of 8 heads: 64 + 64 wide queries, values of 64, ranks 256 and 128, rotary keys of 64. */
function latent(more: readonly TensorSpec[]): TensorSpec[] {
  return [
    ...frame(512),
    ...norms(LAYER, 512),
    [`${LAYER}.self_attn.q_a_proj.weight`, "BF16", [256, 512]],
    [`${LAYER}.self_attn.q_a_layernorm.weight`, "BF16", [256]],
    [`${LAYER}.self_attn.q_b_proj.weight`, "BF16", [8 * 128, 256]],
    [`${LAYER}.self_attn.kv_a_proj_with_mqa.weight`, "BF16", [128 + 64, 512]],
    [`${LAYER}.self_attn.kv_a_layernorm.weight`, "BF16", [128]],
    [`${LAYER}.self_attn.kv_b_proj.weight`, "BF16", [8 * 128, 128]],
    [`${LAYER}.self_attn.o_proj.weight`, "BF16", [512, 8 * 64]],
    ...mlp(`${LAYER}.mlp`, plain, 512, 1024),
    ...more,
  ];
}

function latentConfig(): object {
  return {
    architectures: ["DeepseekV3ForCausalLM"],
    model_type: "deepseek_v3",
    num_key_value_heads: 8,
    q_lora_rank: 256,
    kv_lora_rank: 128,
    qk_nope_head_dim: 64,
    qk_rope_head_dim: 64,
    v_head_dim: 64,
    first_k_dense_replace: 2,
  };
}
