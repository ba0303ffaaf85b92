import type { Published } from "./published.ts";

const M3_LAYERS = "language_model.model.layers";
const M3 = `
  language_model.model.embed_tokens.weight 200064,6144
  language_model.lm_head.weight 200064,6144
  language_model.model.norm.weight 6144
  ${M3_LAYERS}.{0-59}.self_attn.q_proj.weight 8192,6144
  ${M3_LAYERS}.{0-59}.self_attn.{k,v}_proj.weight 512,6144
  ${M3_LAYERS}.{0-59}.self_attn.o_proj.weight 6144,8192
  ${M3_LAYERS}.{0-59}.self_attn.{q,k}_norm.weight 128
  ${M3_LAYERS}.{3-59}.self_attn.index_q_proj.weight 512,6144
  ${M3_LAYERS}.{3-59}.self_attn.index_k_proj.weight 128,6144
  ${M3_LAYERS}.{3-59}.self_attn.index_{q,k}_norm.weight 128
  ${M3_LAYERS}.{0-2}.mlp.{gate,up}_proj.weight 12288,6144
  ${M3_LAYERS}.{0-2}.mlp.down_proj.weight 6144,12288
  ${M3_LAYERS}.{3-59}.block_sparse_moe.gate.weight 128,6144 F32
  ${M3_LAYERS}.{3-59}.block_sparse_moe.e_score_correction_bias 128 F32
  ${M3_LAYERS}.{3-59}.block_sparse_moe.experts.{0-127}.w{1,3}.weight 3072,6144
  ${M3_LAYERS}.{3-59}.block_sparse_moe.experts.{0-127}.w2.weight 6144,3072
  ${M3_LAYERS}.{3-59}.block_sparse_moe.shared_experts.{gate,up}_proj.weight 3072,6144
  ${M3_LAYERS}.{3-59}.block_sparse_moe.shared_experts.down_proj.weight 6144,3072
  ${M3_LAYERS}.{0-59}.{input,post_attention}_layernorm.weight 6144
  vision_tower.vision_model.embeddings.patch_embedding.weight 1280,3,2,14,14 F32
  vision_tower.vision_model.pre_layrnorm.{weight,bias} 1280
  vision_tower.vision_model.encoder.layers.{0-31}.self_attn.{q,k,v,out}_proj.weight 1280,1280
  vision_tower.vision_model.encoder.layers.{0-31}.self_attn.{q,k,v,out}_proj.bias 1280
  vision_tower.vision_model.encoder.layers.{0-31}.layer_norm{1,2}.{weight,bias} 1280
  vision_tower.vision_model.encoder.layers.{0-31}.mlp.fc1.weight 5120,1280
  vision_tower.vision_model.encoder.layers.{0-31}.mlp.fc1.bias 5120
  vision_tower.vision_model.encoder.layers.{0-31}.mlp.fc2.weight 1280,5120
  vision_tower.vision_model.encoder.layers.{0-31}.mlp.fc2.bias 1280
  multi_modal_projector.linear_1.weight 6144,1280
  multi_modal_projector.linear_2.weight 6144,6144
  patch_merge_mlp.linear_1.weight 6144,24576
  patch_merge_mlp.linear_2.weight 6144,6144
  {multi_modal_projector,patch_merge_mlp}.linear_{1,2}.bias 6144`;

const FP8 = /\.(self_attn\.(\{k,v\}|q|o|index_[qk])_proj|mlp\.|\S*experts\.)/;

/** The release in MXFP8: attention, MLP and experts in F8_E4M3 with a scale of 8 bits for each 32 weights of a row. */
const M3_MXFP8 = M3.split("\n")
  .flatMap((line) => {
    const [name, shape] = line.trim().split(" ") as [string, string?];
    if (shape === undefined || !FP8.test(name) || !name.startsWith(M3_LAYERS)) return [line];
    const [rows, columns] = shape.split(",").map(Number) as [number, number];
    return [`${name} ${shape} F8_E4M3`, `${name}_scale_inv ${rows},${columns / 32} U8`];
  })
  .join("\n");

const SPARSE = [0, 0, 0, ...Array.from({ length: 57 }, () => 1)];

const M3_CONFIG = {
  model_type: "minimax_m3_vl",
  text_config: {
    hidden_size: 6144,
    num_hidden_layers: 60,
    num_attention_heads: 64,
    num_key_value_heads: 4,
    head_dim: 128,
    moe_layer_freq: SPARSE,
    dense_intermediate_size: 12288,
    intermediate_size: 3072,
    num_local_experts: 128,
    num_experts_per_tok: 4,
    n_shared_experts: 1,
    vocab_size: 200064,
    tie_word_embeddings: false,
    num_mtp_modules: 1,
    shared_intermediate_size: 3072,
    use_qk_norm: true,
    qk_norm_type: "per_head",
    sparse_attention_config: {
      use_sparse_attention: true,
      sparse_index_dim: 128,
      sparse_num_index_heads: 4,
      sparse_attention_freq: SPARSE,
    },
  },
  vision_config: { hidden_size: 1280, num_hidden_layers: 32, patch_size: 14 },
};

const LIGHTNING = [0, 1, 2, 3, 4, 5, 6].map((offset) => `${offset}-79:8`).join(",");
const TEXT_01 = `
  model.embed_tokens.weight 200064,6144
  lm_head.weight 200064,6144
  model.norm.weight 6144
  model.layers.{${LIGHTNING}}.self_attn.qkv_proj.weight 24576,6144
  model.layers.{${LIGHTNING}}.self_attn.output_gate.weight 8192,6144
  model.layers.{${LIGHTNING}}.self_attn.out_proj.weight 6144,8192
  model.layers.{${LIGHTNING}}.self_attn.norm.weight 8192
  model.layers.{7-79:8}.self_attn.q_proj.weight 8192,6144
  model.layers.{7-79:8}.self_attn.{k,v}_proj.weight 1024,6144
  model.layers.{7-79:8}.self_attn.o_proj.weight 6144,8192
  model.layers.{0-79}.{input,post_attention}_layernorm.weight 6144
  model.layers.{0-79}.block_sparse_moe.gate.weight 32,6144
  model.layers.{0-79}.block_sparse_moe.experts.{0-31}.w{1,3}.weight 9216,6144
  model.layers.{0-79}.block_sparse_moe.experts.{0-31}.w2.weight 6144,9216`;

/** MiniMax's models: lightning attention, and block-sparse attention with a vision tower. M2 has a test of its own. */
export const MINIMAX: readonly Published[] = [
  {
    title: "MiniMax-M3-VL",
    tensors: M3,
    config: M3_CONFIG,
    expected: {
      buckets: {
        embedding: 1_229_193_216,
        attention: 6_641_448_192,
        mlp: 679_477_248,
        experts: 413_122_166_784,
        shared_experts: 3_227_516_928,
        router: 44_833_920,
        norms: 743_424,
        head: 1_229_193_216,
        vision: 631_185_920,
        projector: 234_381_312,
      },
      dtypes: { BF16: 426_993_800_960, F32: 46_339_200 },
      bytes: 854_172_958_720,
      total: 427_040_140_160,
      tensors: 23_416,
      backbone: 426_174_572_928,
      vision: 631_185_920,
      projector: 234_381_312,
      active: 25_962_473_856,
      activeB: 24_733_280_640,
      activeC: 23_504_087_424,
      family: "minimax-m3",
      attention: "GQA",
      kvBytesPerToken: 137_472,
      kvGrowing: 137_472,
      layers: 60,
      tied: false,
    },
  },
  {
    title: "MiniMax-M3-VL, MXFP8",
    tensors: M3_MXFP8,
    config: {
      ...M3_CONFIG,
      quantization_config: { quant_method: "mxfp8", weight_block_size: [1, 32], scale_fmt: "ue8m0" },
    },
    expected: {
      total: 427_040_140_160,
      // 22,422 tensors of scales
      tensors: 23_416 + 22_422,
      auxiliary: 13_239_705_600,
      active: 25_962_473_856,
      family: "minimax-m3",
      attention: "GQA",
      kvBytesPerToken: 137_472,
      layers: 60,
    },
  },
  {
    title: "MiniMax-Text-01",
    tensors: TEXT_01,
    config: {
      model_type: "minimax_text_01",
      hidden_size: 6144,
      num_hidden_layers: 80,
      num_attention_heads: 64,
      num_key_value_heads: 8,
      head_dim: 128,
      num_local_experts: 32,
      num_experts_per_tok: 2,
      intermediate_size: 9216,
      vocab_size: 200064,
      tie_word_embeddings: false,
    },
    // State: 70 layers × 64 heads × 128² × 2 bytes
    expected: {
      total: 456_089_655_296,
      tensors: 8_243,
      activeBillions: ["48.40", "47.17", "45.94"],
      family: "minimax-text",
      attention: "GQA",
      kvBytesPerToken: 40_960,
      kvGrowing: 40_960,
      stateBytes: 146_800_640,
      layers: 80,
    },
  },
];
