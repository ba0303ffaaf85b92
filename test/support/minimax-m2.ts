import type { TensorSpec } from "./component-of.ts";

const fp8 = (name: string, out: number, input: number): TensorSpec[] => [
  [`${name}.weight`, "F8_E4M3", [out, input]],
  [`${name}.weight_scale_inv`, "F32", [Math.ceil(out / 128), Math.ceil(input / 128)]],
];

/** MiniMax-M2 as published: 62 layers of 256 experts, FP8 in blocks of 128, BF16 and F32 for the rest. */
export const MINIMAX_M2: readonly TensorSpec[] = [
  ["model.embed_tokens.weight", "BF16", [200064, 3072]],
  ["lm_head.weight", "BF16", [200064, 3072]],
  ["model.norm.weight", "BF16", [3072]],
  ["model.layers.{0-61}.input_layernorm.weight", "BF16", [3072]],
  ["model.layers.{0-61}.post_attention_layernorm.weight", "BF16", [3072]],
  ...fp8("model.layers.{0-61}.self_attn.q_proj", 6144, 3072),
  ...fp8("model.layers.{0-61}.self_attn.k_proj", 1024, 3072),
  ...fp8("model.layers.{0-61}.self_attn.v_proj", 1024, 3072),
  ...fp8("model.layers.{0-61}.self_attn.o_proj", 3072, 6144),
  ["model.layers.{0-61}.self_attn.q_norm.weight", "BF16", [6144]],
  ["model.layers.{0-61}.self_attn.k_norm.weight", "BF16", [1024]],
  ["model.layers.{0-61}.block_sparse_moe.gate.weight", "F32", [256, 3072]],
  ["model.layers.{0-61}.block_sparse_moe.e_score_correction_bias", "F32", [256]],
  ...fp8("model.layers.{0-61}.block_sparse_moe.experts.{0-255}.w1", 1536, 3072),
  ...fp8("model.layers.{0-61}.block_sparse_moe.experts.{0-255}.w2", 3072, 1536),
  ...fp8("model.layers.{0-61}.block_sparse_moe.experts.{0-255}.w3", 1536, 3072),
];
