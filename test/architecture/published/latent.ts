import type { Published } from "./published.ts";

interface LatentShape {
  readonly h: number;
  readonly layers: number;
  readonly heads: number;
  readonly qRank: number | null;
  readonly dense: number;
  readonly denseWidth: number;
  readonly experts: number;
  readonly expertWidth: number;
  readonly shared: number;
  readonly vocab: number;
  readonly bias: boolean;
  readonly indexer?: readonly [heads: number, width: number];
  readonly nope?: number;
  readonly value?: number;
  readonly routerDtype?: string;
  /** Layers beyond the main ones, with or without copies of the two tables. */
  readonly mtp?: "copies" | "bare";
}

/** DeepSeek's naming: latent attention, dense first layers, routed and shared experts. */
function latentTensors(shape: LatentShape): string {
  const { h, heads, experts, expertWidth, vocab, qRank } = shape;
  const [nope, rope, value, kvRank] = [shape.nope ?? 128, 64, shape.value ?? 128, 512];
  const last = shape.layers - 1 + (shape.mtp === undefined ? 0 : 1);
  const all = `model.layers.{0-${last}}`;
  const first = `model.layers.{0-${shape.dense - 1}}`;
  const moe = `model.layers.{${shape.dense}-${last}}`;
  const query =
    qRank === null
      ? `${all}.self_attn.q_proj.weight ${heads * (nope + rope)},${h}`
      : `${all}.self_attn.q_a_proj.weight ${qRank},${h}
         ${all}.self_attn.q_a_layernorm.weight ${qRank}
         ${all}.self_attn.q_b_proj.weight ${heads * (nope + rope)},${qRank}`;
  const [indexHeads, indexWidth] = shape.indexer ?? [0, 0];
  const indexer =
    shape.indexer === undefined
      ? ""
      : `${all}.self_attn.indexer.wq_b.weight ${indexHeads * indexWidth},${qRank}
         ${all}.self_attn.indexer.wk.weight ${indexWidth},${h}
         ${all}.self_attn.indexer.k_norm.{weight,bias} ${indexWidth}
         ${all}.self_attn.indexer.weights_proj.weight ${indexHeads},${h}`;
  const mtp =
    shape.mtp === undefined
      ? ""
      : `model.layers.${last}.{enorm,hnorm}.weight ${h}
         model.layers.${last}.eh_proj.weight ${h},${2 * h}
         model.layers.${last}.shared_head.norm.weight ${h}
         ${shape.mtp === "copies" ? `model.layers.${last}.{embed_tokens,shared_head.head}.weight ${vocab},${h}` : ""}`;
  return `
    model.embed_tokens.weight ${vocab},${h}
    ${query}
    ${all}.self_attn.kv_a_proj_with_mqa.weight ${kvRank + rope},${h}
    ${all}.self_attn.kv_a_layernorm.weight ${kvRank}
    ${all}.self_attn.kv_b_proj.weight ${heads * (nope + value)},${kvRank}
    ${all}.self_attn.o_proj.weight ${h},${heads * value}
    ${indexer}
    ${all}.{input,post_attention}_layernorm.weight ${h}
    ${first}.mlp.{gate,up}_proj.weight ${shape.denseWidth},${h}
    ${first}.mlp.down_proj.weight ${h},${shape.denseWidth}
    ${moe}.mlp.gate.weight ${experts},${h}
    ${shape.bias ? `${moe}.mlp.gate.e_score_correction_bias ${experts} F32` : ""}
    ${moe}.mlp.experts.{0-${experts - 1}}.{gate,up}_proj.weight ${expertWidth},${h}
    ${moe}.mlp.experts.{0-${experts - 1}}.down_proj.weight ${h},${expertWidth}
    ${moe}.mlp.shared_experts.{gate,up}_proj.weight ${shape.shared},${h}
    ${moe}.mlp.shared_experts.down_proj.weight ${h},${shape.shared}
    ${mtp}
    model.norm.weight ${h}
    lm_head.weight ${vocab},${h}`;
}

/** FP8 in blocks of 128, with F32 scales, for every linear but router, `eh_proj`, embedding and head. */
function blockFp8(tensors: string): string {
  return tensors.replace(
    /(\S*(?<!eh)_proj(?:_with_mqa)?\.weight) (\d+),(\d+)/g,
    (_, name: string, rows: string, columns: string) => {
      const blocks = [rows, columns].map((dim) => Math.ceil(Number(dim) / 128));
      return `${name} ${rows},${columns} F8_E4M3\n${name}_scale_inv ${blocks} F32`;
    },
  );
}

function latentConfig(modelType: string, shape: LatentShape, topK: number): Record<string, unknown> {
  return {
    model_type: modelType,
    hidden_size: shape.h,
    num_hidden_layers: shape.layers,
    num_attention_heads: shape.heads,
    num_key_value_heads: shape.heads,
    // The rotary slice: ports write it here, and it must not be taken for the head width.
    head_dim: 64,
    q_lora_rank: shape.qRank,
    kv_lora_rank: 512,
    qk_nope_head_dim: shape.nope ?? 128,
    qk_rope_head_dim: 64,
    v_head_dim: shape.value ?? 128,
    n_shared_experts: shape.shared / shape.expertWidth,
    ...(shape.indexer && { index_n_heads: shape.indexer[0], index_head_dim: shape.indexer[1] }),
    intermediate_size: shape.denseWidth,
    moe_intermediate_size: shape.expertWidth,
    n_routed_experts: shape.experts,
    num_experts_per_tok: topK,
    first_k_dense_replace: shape.dense,
    moe_layer_freq: 1,
    num_nextn_predict_layers: shape.mtp === undefined ? 0 : 1,
    vocab_size: shape.vocab,
    tie_word_embeddings: false,
  };
}

const v2: LatentShape = {
  h: 5120,
  layers: 60,
  heads: 128,
  qRank: 1536,
  dense: 1,
  denseWidth: 12288,
  experts: 160,
  expertWidth: 1536,
  shared: 3072,
  vocab: 102400,
  bias: false,
};
const v2Lite: LatentShape = {
  h: 2048,
  layers: 27,
  heads: 16,
  qRank: null,
  dense: 1,
  denseWidth: 10944,
  experts: 64,
  expertWidth: 1408,
  shared: 2816,
  vocab: 102400,
  bias: false,
};
const v3: LatentShape = {
  h: 7168,
  layers: 61,
  heads: 128,
  qRank: 1536,
  dense: 3,
  denseWidth: 18432,
  experts: 256,
  expertWidth: 2048,
  shared: 2048,
  vocab: 129280,
  bias: true,
  mtp: "copies",
};
const v32: LatentShape = { ...v3, indexer: [64, 128] };
const k2: LatentShape = {
  h: 7168,
  layers: 61,
  heads: 64,
  qRank: 1536,
  dense: 1,
  denseWidth: 18432,
  experts: 384,
  expertWidth: 2048,
  shared: 2048,
  vocab: 163840,
  bias: true,
};
const glm5: LatentShape = {
  h: 6144,
  layers: 78,
  heads: 64,
  qRank: 2048,
  dense: 3,
  denseWidth: 12288,
  experts: 256,
  expertWidth: 2048,
  shared: 2048,
  vocab: 154880,
  bias: true,
  nope: 192,
  value: 256,
  indexer: [32, 128],
};

/** DeepSeek-V4: one head for keys and values, compressed in most layers, hyper-connections, hash-routed first layers. */
const V4_FLASH = `
  embed.weight 129280,4096
  head.weight 129280,4096
  norm.weight 4096
  hc_head_fn 4,16384 F32
  hc_head_base 4 F32
  hc_head_scale 1 F32
  layers.{0-42}.{attn_norm,ffn_norm}.weight 4096
  layers.{0-42}.attn.wq_a.weight 1024,4096
  layers.{0-42}.attn.q_norm.weight 1024
  layers.{0-42}.attn.wq_b.weight 32768,1024
  layers.{0-42}.attn.wkv.weight 512,4096
  layers.{0-42}.attn.kv_norm.weight 512
  layers.{0-42}.attn.wo_a.weight 8192,4096
  layers.{0-42}.attn.wo_b.weight 4096,8192
  layers.{0-42}.attn.attn_sink 64 F32
  layers.{2-42:2}.attn.compressor.{wkv,wgate}.weight 1024,4096
  layers.{2-42:2}.attn.compressor.ape 4,1024 F32
  layers.{2-42:2}.attn.compressor.norm.weight 512
  layers.{2-42:2}.attn.indexer.wq_b.weight 8192,1024
  layers.{2-42:2}.attn.indexer.weights_proj.weight 64,4096
  layers.{2-42:2}.attn.indexer.compressor.{wkv,wgate}.weight 256,4096
  layers.{2-42:2}.attn.indexer.compressor.ape 4,256 F32
  layers.{2-42:2}.attn.indexer.compressor.norm.weight 128
  layers.{3-41:2}.attn.compressor.{wkv,wgate}.weight 512,4096
  layers.{3-41:2}.attn.compressor.ape 128,512 F32
  layers.{3-41:2}.attn.compressor.norm.weight 512
  layers.{0-42}.ffn.gate.weight 256,4096
  layers.{3-42}.ffn.gate.bias 256 F32
  layers.{0-2}.ffn.gate.tid2eid 129280,6 I64
  layers.{0-42}.ffn.experts.{0-255}.w{1,3}.weight 2048,4096
  layers.{0-42}.ffn.experts.{0-255}.w2.weight 4096,2048
  layers.{0-42}.ffn.shared_experts.w{1,3}.weight 2048,4096
  layers.{0-42}.ffn.shared_experts.w2.weight 4096,2048
  layers.{0-42}.hc_{attn,ffn}_fn 24,16384 F32
  layers.{0-42}.hc_{attn,ffn}_base 24 F32
  layers.{0-42}.hc_{attn,ffn}_scale 3 F32`;

/** Kimi-Linear: KDA in most layers, latent attention without a query rank in every fourth. */
const KDA = "model.layers.{0-2,4-6,8-10,12-14,16-18,20-22,24-25}.self_attn";
const MLA = "model.layers.{3,7,11,15,19,23,26}.self_attn";
const KIMI_LINEAR = `
  model.embed_tokens.weight 163840,2304
  lm_head.weight 163840,2304
  model.norm.weight 2304
  model.layers.{0-26}.{input,post_attention}_layernorm.weight 2304
  ${KDA}.{q,k,v}_proj.weight 4096,2304
  ${KDA}.{q,k,v}_conv1d.weight 4096,1,4
  ${KDA}.{f_a,g_a}_proj.weight 128,2304
  ${KDA}.{f_b,g_b}_proj.weight 4096,128
  ${KDA}.b_proj.weight 32,2304
  ${KDA}.A_log 1,1,32,1 F32
  ${KDA}.dt_bias 4096 F32
  ${KDA}.o_norm.weight 128
  ${KDA}.o_proj.weight 2304,4096
  ${MLA}.q_proj.weight 6144,2304
  ${MLA}.kv_a_proj_with_mqa.weight 576,2304
  ${MLA}.kv_a_layernorm.weight 512
  ${MLA}.kv_b_proj.weight 8192,512
  ${MLA}.o_proj.weight 2304,4096
  model.layers.0.mlp.{gate,up}_proj.weight 9216,2304
  model.layers.0.mlp.down_proj.weight 2304,9216
  model.layers.{1-26}.block_sparse_moe.gate.weight 256,2304
  model.layers.{1-26}.block_sparse_moe.gate.e_score_correction_bias 256 F32
  model.layers.{1-26}.block_sparse_moe.experts.{0-255}.w{1,3}.weight 1024,2304
  model.layers.{1-26}.block_sparse_moe.experts.{0-255}.w2.weight 2304,1024
  model.layers.{1-26}.block_sparse_moe.shared_experts.{gate,up}_proj.weight 1024,2304
  model.layers.{1-26}.block_sparse_moe.shared_experts.down_proj.weight 2304,1024`;

/** Latent attention, and what came after it. */
export const LATENT: readonly Published[] = [
  {
    title: "DeepSeek-V2",
    tensors: latentTensors(v2),
    config: latentConfig("deepseek_v2", v2, 6),
    expected: {
      total: 235_741_434_880,
      activeBillions: ["21.376", "20.85", "20.33"],
      family: "deepseek-v3",
      attention: "MLA",
      layers: 60,
    },
  },
  {
    title: "DeepSeek-V2-Lite, queries without a rank",
    tensors: latentTensors(v2Lite),
    config: latentConfig("deepseek_v2", v2Lite, 6),
    expected: {
      total: 15_706_484_224,
      activeBillions: ["2.66", "2.45", "2.24"],
      family: "deepseek-v3",
      attention: "MLA",
      kvBytesPerToken: 31_104,
      layers: 27,
    },
  },
  {
    title: "DeepSeek-V3",
    tensors: latentTensors(v3),
    config: latentConfig("deepseek_v3", v3, 8),
    expected: {
      total: 684_489_845_504,
      tensors: 46_183,
      backbone: 671_026_419_200,
      mtp: 13_463_426_304,
      activeBillions: ["37.552", "36.63", "35.70"],
      family: "deepseek-v3",
      attention: "MLA",
      kvBytesPerToken: 70_272,
      kvGrowing: 70_272,
      layers: 61,
    },
  },
  {
    title: "DeepSeek-V3 in FP8, as published",
    tensors: blockFp8(latentTensors(v3)),
    config: {
      ...latentConfig("deepseek_v3", v3, 8),
      quantization_config: { quant_method: "fp8", weight_block_size: [128, 128] },
    },
    expected: {
      total: 684_489_845_504,
      // 46,183 weights and 45,808 scales
      tensors: 91_991,
      auxiliary: 41_540_496,
      backbone: 671_026_419_200,
      mtp: 13_463_426_304,
      activeBillions: ["37.55", "36.63", "35.70"],
      family: "deepseek-v3",
      attention: "MLA",
      kvBytesPerToken: 70_272,
      layers: 61,
    },
  },
  {
    title: "DeepSeek-V3.2",
    tensors: latentTensors(v32),
    config: latentConfig("deepseek_v32", v32, 8),
    expected: {
      total: 671_877_944_064 + 13_477_385_728,
      backbone: 671_877_944_064,
      mtp: 13_477_385_728,
      activeBillions: ["38.404"],
      family: "deepseek-v3.2",
      attention: "MLA",
      kvBytesPerToken: 85_888,
      kvGrowing: 85_888,
      layers: 61,
    },
  },
  {
    title: "Kimi-K2",
    tensors: latentTensors(k2),
    config: latentConfig("kimi_k2", k2, 8),
    expected: {
      total: 1_026_408_232_448,
      activeBillions: ["32.862", "31.69", "30.51"],
      family: "deepseek-v3",
      attention: "MLA",
      layers: 61,
    },
  },
  {
    title: "GLM-5",
    tensors: latentTensors(glm5),
    config: latentConfig("glm_moe_dsa", glm5, 8),
    expected: {
      total: 743_911_218_432,
      tensors: 59_079,
      activeBillions: ["41.785"],
      family: "deepseek-v3.2",
      attention: "MLA",
      bytes: 1_487_822_475_264,
      layers: 78,
    },
  },
  {
    title: "DeepSeek-V4-Flash without its MTP block",
    tensors: V4_FLASH,
    config: {
      model_type: "deepseek_v4",
      hidden_size: 4096,
      num_hidden_layers: 43,
      num_attention_heads: 64,
      num_key_value_heads: 1,
      head_dim: 512,
      n_routed_experts: 256,
      num_experts_per_tok: 6,
      moe_intermediate_size: 2048,
      n_shared_experts: 1,
      index_n_heads: 64,
      index_head_dim: 128,
      compress_ratios: Array.from({ length: 43 }, (_, layer) => (layer < 2 ? 0 : layer % 2 === 0 ? 4 : 128)),
      vocab_size: 129280,
      sliding_window: 128,
      tie_word_embeddings: false,
    },
    expected: {
      total: 284_332_240_471,
      activeBillions: ["13.80", "13.27", "12.74"],
      family: "deepseek-v4",
      attention: "shared-KV MQA",
      kvBytesPerToken: 6_880,
      kvGrowing: 6_880,
      stateBytes: 43 * 131_072,
      layers: 43,
    },
  },
  {
    title: "Kimi-Linear-48B-A3B",
    tensors: KIMI_LINEAR,
    config: {
      model_type: "kimi_linear",
      hidden_size: 2304,
      num_hidden_layers: 27,
      num_attention_heads: 32,
      num_experts: 256,
      num_experts_per_token: 8,
      moe_intermediate_size: 1024,
      intermediate_size: 9216,
      first_k_dense_replace: 1,
      num_shared_experts: 1,
      q_lora_rank: null,
      kv_lora_rank: 512,
      qk_nope_head_dim: 128,
      qk_rope_head_dim: 64,
      v_head_dim: 128,
      linear_attn_config: {
        // Counted from 1.
        full_attn_layers: [4, 8, 12, 16, 20, 24, 27],
        num_heads: 32,
        head_dim: 128,
        short_conv_kernel_size: 4,
      },
      vocab_size: 163840,
      tie_word_embeddings: false,
    },
    // State: 20 layers × (32 × 128² + 3 × 4,096 × 3 earlier positions) × 2 bytes
    expected: {
      total: 49_122_681_728,
      activeBillions: ["3.48"],
      family: "kimi-linear",
      attention: "MLA",
      kvBytesPerToken: 8_064,
      kvGrowing: 8_064,
      stateBytes: 22_446_080,
      layers: 27,
    },
  },
];
