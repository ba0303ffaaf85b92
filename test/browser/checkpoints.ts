import type { CheckpointSpec, SpecRow } from "../../fixtures/checkpoint-spec.ts";

/** Mixers in turn: every fourth layer attends, the others keep a state. */
export const HYBRID: CheckpointSpec = {
  shards: ["model.safetensors"],
  rows: [
    ["model.embed_tokens.weight", "BF16", [32000, 1024]],
    ["model.layers.{0-15}.input_layernorm.weight", "BF16", [1024]],
    ["model.layers.{0-15}.post_attention_layernorm.weight", "BF16", [1024]],
    ["model.layers.{3,7,11,15}.self_attn.q_proj.weight", "BF16", [2048, 1024]],
    ["model.layers.{3,7,11,15}.self_attn.k_proj.weight", "BF16", [256, 1024]],
    ["model.layers.{3,7,11,15}.self_attn.v_proj.weight", "BF16", [256, 1024]],
    ["model.layers.{3,7,11,15}.self_attn.o_proj.weight", "BF16", [1024, 2048]],
    ["model.layers.{0-2,4-6,8-10,12-14}.linear_attn.in_proj_qkvz.weight", "BF16", [6144, 1024]],
    ["model.layers.{0-2,4-6,8-10,12-14}.linear_attn.in_proj_ba.weight", "BF16", [32, 1024]],
    ["model.layers.{0-2,4-6,8-10,12-14}.linear_attn.conv1d.weight", "BF16", [4096, 1, 4]],
    ["model.layers.{0-2,4-6,8-10,12-14}.linear_attn.A_log", "F32", [16]],
    ["model.layers.{0-2,4-6,8-10,12-14}.linear_attn.dt_bias", "F32", [16]],
    ["model.layers.{0-2,4-6,8-10,12-14}.linear_attn.norm.weight", "BF16", [128]],
    ["model.layers.{0-2,4-6,8-10,12-14}.linear_attn.out_proj.weight", "BF16", [1024, 2048]],
    ["model.layers.{0-15}.mlp.gate_proj.weight", "BF16", [2816, 1024]],
    ["model.layers.{0-15}.mlp.up_proj.weight", "BF16", [2816, 1024]],
    ["model.layers.{0-15}.mlp.down_proj.weight", "BF16", [1024, 2816]],
    ["model.norm.weight", "BF16", [1024]],
    ["lm_head.weight", "BF16", [32000, 1024]],
  ],
  files: {
    "config.json": {
      architectures: ["Qwen3NextForCausalLM"],
      model_type: "qwen3_next",
      num_attention_heads: 8,
      num_key_value_heads: 1,
      head_dim: 256,
      rope_theta: 1000000,
      hidden_act: "silu",
    },
  },
};

const nvfp4 = (name: string, out: number, input: number, without = ""): SpecRow[] => {
  const kept = without === "" ? name : name.replace("{0-23}", without);
  return [
    [`${name}.weight`, "U8", [out, input / 2]],
    [`${kept}.weight_scale`, "F8_E4M3", [out, input / 16]],
    [`${name}.weight_scale_2`, "F32", []],
  ];
};

/** NVFP4: one block scale of 168 is not there. */
export const NVFP4_ONE_MISSING: CheckpointSpec = {
  shards: ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"],
  rows: [
    ["model.embed_tokens.weight", "BF16", [8192, 1024]],
    ["model.layers.{0-23}.input_layernorm.weight", "BF16", [1024]],
    ["model.layers.{0-23}.post_attention_layernorm.weight", "BF16", [1024]],
    ...nvfp4("model.layers.{0-23}.self_attn.q_proj", 1024, 1024),
    ...nvfp4("model.layers.{0-23}.self_attn.k_proj", 256, 1024),
    ...nvfp4("model.layers.{0-23}.self_attn.v_proj", 256, 1024),
    ...nvfp4("model.layers.{0-23}.self_attn.o_proj", 1024, 1024),
    ...nvfp4("model.layers.{0-23}.mlp.gate_proj", 2816, 1024),
    ...nvfp4("model.layers.{0-23}.mlp.up_proj", 2816, 1024, "{0-16,18-23}"),
    ...nvfp4("model.layers.{0-23}.mlp.down_proj", 1024, 2816),
    ["model.norm.weight", "BF16", [1024]],
    ["lm_head.weight", "BF16", [8192, 1024]],
  ],
  files: {
    "config.json": {
      architectures: ["LlamaForCausalLM"],
      model_type: "llama",
      quantization_config: { quant_method: "modelopt", quant_algo: "NVFP4", ignore: ["lm_head"] },
    },
  },
};

/** Pairs of an adapter, in PEFT's names. */
export const LORA: CheckpointSpec = {
  shards: ["adapter_model.safetensors"],
  rows: ["q_proj", "v_proj"].flatMap((target): SpecRow[] => [
    [`base_model.model.model.layers.{0-31}.self_attn.${target}.lora_A.weight`, "BF16", [16, 4096]],
    [`base_model.model.model.layers.{0-31}.self_attn.${target}.lora_B.weight`, "BF16", [4096, 16]],
  ]),
  files: {
    "adapter_config.json": {
      peft_type: "LORA",
      r: 16,
      lora_alpha: 32,
      target_modules: ["q_proj", "v_proj"],
      base_model_name_or_path: "owner/base-8b",
    },
  },
};

/** One tensor, no list, no layer. */
export const ONE_TENSOR: CheckpointSpec = { shards: ["model.safetensors"], rows: [["x", "F32", [2]]] };

/** What names may hold: markup, scripts, controls, words of the language, patterns. */
export const HOSTILE_TEXTS = [
  "<script>window.__ran=1</script>",
  "<img src=x onerror=window.__ran=1>",
  "</script><script>window.__ran=1</script>",
  '"><svg onload=window.__ran=1>',
  "javascript:window.__ran=1",
  "__proto__",
  "constructor",
  "right\u202eleft",
  "\u2028line",
  "{0-3}",
  "</title><h1>x</h1>",
  "nul\u0000byte",
  "escape\u001b[31m",
  "\u202a\u2066isolated\u2069",
  `long${"x".repeat(5000)}`,
  "deep.".repeat(40),
  "空白\u3000ひろい",
] as const;

export const HOSTILE: CheckpointSpec = {
  shards: ["model.safetensors"],
  rows: HOSTILE_TEXTS.flatMap((text): SpecRow[] => [
    [`model.layers.{0-2}.${text}.weight`, "F8_E4M3", [128, 128]],
    [`model.layers.{0-1}.${text}.weight_scale_inv`, "F32", [1, 1]],
    [text, "F32", [1]],
  ]),
  files: {
    "config.json": {
      architectures: ["<img src=x onerror=window.__ran=1>"],
      model_type: "</script><script>window.__ran=1</script>",
      quantization_config: { quant_method: "fp8", weight_block_size: [128, 128] },
    },
  },
};
