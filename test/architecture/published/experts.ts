import { type LlamaShape, llamaConfig, llamaTensors, type Published } from "./published.ts";

const bothOf = (name: string, out: number, input: number) =>
  `${name}.weight ${out},${input}\n${name}.bias ${out}`;

/** A gated block in Llama's names. */
const gated = (box: string, h: number, width: number) => `
  ${box}.{gate,up}_proj.weight ${width},${h}
  ${box}.down_proj.weight ${h},${width}`;

const PHI_MOE = `
  model.embed_tokens.weight 32064,4096
  ${bothOf("model.layers.{0-31}.self_attn.{q,o}_proj", 4096, 4096)}
  ${bothOf("model.layers.{0-31}.self_attn.{k,v}_proj", 1024, 4096)}
  model.layers.{0-31}.block_sparse_moe.gate.weight 16,4096
  model.layers.{0-31}.block_sparse_moe.experts.{0-15}.w{1,3}.weight 6400,4096
  model.layers.{0-31}.block_sparse_moe.experts.{0-15}.w2.weight 4096,6400
  model.layers.{0-31}.{input,post_attention}_layernorm.{weight,bias} 4096
  model.norm.{weight,bias} 4096
  ${bothOf("lm_head", 32064, 4096)}`;

const hunyuanA13b: LlamaShape = {
  h: 4096,
  layers: 32,
  heads: 32,
  kv: 8,
  d: 128,
  i: 3072,
  vocab: 128167,
  tied: true,
  mlp: false,
  more: `{layer}.self_attn.{query,key}_layernorm.weight 128
    {layer}.mlp.gate.wg.weight 64,4096 F32
    ${gated("{layer}.mlp.experts.{0-63}", 4096, 3072)}
    ${gated("{layer}.mlp.shared_mlp", 4096, 3072)}`,
};

const ernie: LlamaShape = {
  h: 2560,
  layers: 28,
  heads: 20,
  kv: 4,
  d: 128,
  i: 12288,
  vocab: 103424,
  tied: true,
  mlp: false,
};
const ERNIE = `
  ${llamaTensors(ernie)}
  ${gated("model.layers.0.mlp", 2560, 12288)}
  model.layers.{1-27}.mlp.gate.weight 64,2560 F32
  model.layers.{1-27}.mlp.moe_statics.e_score_correction_bias 1,64 F32
  ${gated("model.layers.{1-27}.mlp.experts.{0-63}", 2560, 1536)}
  ${gated("model.layers.{1-27}.mlp.shared_experts", 2560, 3072)}`;

const ernieMoe = {
  moe_num_experts: 64,
  moe_k: 6,
  moe_num_shared_experts: 2,
  moe_intermediate_size: 1536,
  moe_layer_start_index: 1,
  moe_layer_interval: 1,
};

const dots: LlamaShape = {
  h: 4096,
  layers: 62,
  heads: 32,
  kv: 32,
  d: 128,
  i: 10944,
  vocab: 152064,
  mlp: false,
  more: "{layer}.self_attn.{q,k}_norm.weight 128",
};
const DOTS = `
  ${llamaTensors(dots)}
  ${gated("model.layers.0.mlp", 4096, 10944)}
  model.layers.{1-61}.mlp.gate.weight 128,4096
  model.layers.{1-61}.mlp.gate.e_score_correction_bias 128 F32
  ${gated("model.layers.{1-61}.mlp.experts.{0-127}", 4096, 1408)}
  ${gated("model.layers.{1-61}.mlp.shared_experts", 4096, 2816)}`;

const LING_MINI = `
  model.word_embeddings.weight 157184,2048
  model.layers.{0-19}.attention.query_key_value.weight 3072,2048
  model.layers.{0-19}.attention.{query,key}_layernorm.weight 128
  model.layers.{0-19}.attention.dense.weight 2048,2048
  model.layers.{0-19}.{input,post_attention}_layernorm.weight 2048
  ${gated("model.layers.0.mlp", 2048, 5120)}
  model.layers.{1-19}.mlp.gate.weight 256,2048
  model.layers.{1-19}.mlp.gate.expert_bias 256 F32
  ${gated("model.layers.{1-19}.mlp.experts.{0-255}", 2048, 512)}
  ${gated("model.layers.{1-19}.mlp.shared_experts", 2048, 512)}
  model.norm.weight 2048
  lm_head.weight 157184,2048`;

const arctic: LlamaShape = {
  h: 7168,
  layers: 35,
  heads: 56,
  kv: 8,
  d: 128,
  i: 4864,
  vocab: 32000,
  mlp: false,
  norms: ["input_layernorm", "post_attention_layernorm", "residual_layernorm"],
  more: `{layer}.residual_mlp.w{1,3}.weight 7168,7168
    {layer}.residual_mlp.w2.weight 7168,7168
    {layer}.block_sparse_moe.gate.weight 128,7168
    {layer}.block_sparse_moe.experts.{0-127}.w{1,3}.weight 4864,7168
    {layer}.block_sparse_moe.experts.{0-127}.w2.weight 7168,4864`,
};

const DBRX_BLOCK = "transformer.blocks.{0-39}";
const DBRX = `
  transformer.wte.weight 100352,6144
  ${DBRX_BLOCK}.norm_attn_norm.norm_{1,2}.weight 6144
  ${DBRX_BLOCK}.norm_attn_norm.attn.Wqkv.weight 8192,6144
  ${DBRX_BLOCK}.norm_attn_norm.attn.out_proj.weight 6144,6144
  ${DBRX_BLOCK}.ffn.router.layer.weight 16,6144
  ${DBRX_BLOCK}.ffn.experts.mlp.{w1,v1,w2} 172032,6144
  transformer.norm_f.weight 6144
  lm_head.weight 100352,6144`;

const GROK_1 = `
  model.embed_tokens.weight 131072,6144
  model.layers.{0-63}.attn.{q,o}_proj.weight 6144,6144
  model.layers.{0-63}.attn.{k,v}_proj.weight 1024,6144
  model.layers.{0-63}.moe_block.gate.weight 8,6144
  model.layers.{0-63}.moe_block.experts.{0-7}.{linear,linear_v}.weight 32768,6144
  model.layers.{0-63}.moe_block.experts.{0-7}.linear_1.weight 6144,32768
  model.layers.{0-63}.{pre_attn,post_attn,pre_moe,post_moe}_norm.scale 6144
  model.norm.scale 6144`;

const STEP_3_LAYER = "model.layers.{0-60}";
const STEP_3 = `
  model.embed_tokens.weight 128815,7168
  ${STEP_3_LAYER}.self_attn.q_proj.weight 2048,7168
  ${STEP_3_LAYER}.self_attn.inter_norm.weight 2048
  ${STEP_3_LAYER}.self_attn.wq.weight 16384,2048
  ${STEP_3_LAYER}.self_attn.{k,v}_proj.weight 256,7168
  ${STEP_3_LAYER}.self_attn.o_proj.weight 7168,16384
  ${STEP_3_LAYER}.{input,post_attention}_layernorm.weight 7168
  ${gated("model.layers.{0-3,60}.mlp", 7168, 18432)}
  model.layers.{4-59}.moe.gate.weight 48,7168
  model.layers.{4-59}.moe.{gate,up}_proj.weight 48,5120,7168
  model.layers.{4-59}.moe.down_proj.weight 48,7168,5120
  ${gated("model.layers.{4-59}.share_expert", 7168, 5120)}
  model.norm.weight 7168
  lm_head.weight 128815,7168`;

/** Mixtures of experts beyond those of the large families. */
export const EXPERTS: readonly Published[] = [
  {
    title: "Phi-3.5-MoE",
    tensors: PHI_MOE,
    config: {
      model_type: "phimoe",
      hidden_size: 4096,
      num_hidden_layers: 32,
      num_attention_heads: 32,
      num_key_value_heads: 8,
      intermediate_size: 6400,
      num_local_experts: 16,
      num_experts_per_tok: 2,
      sliding_window: 131072,
      vocab_size: 32064,
      tie_word_embeddings: false,
    },
    expected: {
      total: 41_873_153_344,
      activeBillions: ["6.64"],
      family: "phi-moe",
      attention: "GQA",
      kvBytesPerToken: 131_072,
      tied: false,
      layers: 32,
    },
  },
  {
    title: "Hunyuan-A13B",
    tensors: llamaTensors(hunyuanA13b),
    config: llamaConfig("hunyuan_v1_moe", hunyuanA13b, {
      num_experts: 64,
      moe_topk: Array.from({ length: 32 }, () => 8),
      num_shared_expert: Array.from({ length: 32 }, () => 1),
      moe_intermediate_size: Array.from({ length: 32 }, () => 3072),
    }),
    expected: {
      total: 80_393_183_232,
      // Of 64 experts of 3 × 3,072 × 4,096 in each of 32 layers, 56 are not used
      active: 12_747_448_320,
      family: "hunyuan",
      attention: "GQA",
      kvBytesPerToken: 131_072,
      tied: true,
      layers: 32,
    },
  },
  {
    title: "ERNIE-4.5-21B-A3B",
    tensors: ERNIE,
    config: llamaConfig("ernie4_5_moe", ernie, ernieMoe),
    expected: {
      total: 21_825_437_888,
      family: "ernie4.5",
      attention: "GQA",
      kvBytesPerToken: 57_344,
      tied: true,
      layers: 28,
    },
  },
  {
    title: "ERNIE-4.5 with its MTP block",
    tensors: `${ERNIE}
      model.mtp_block.0.self_attn.{q,o}_proj.weight 2560,2560
      model.mtp_block.0.self_attn.{k,v}_proj.weight 512,2560
      ${gated("model.mtp_block.0.mlp", 2560, 12288)}
      model.mtp_block.0.{input,post_attention}_layernorm.weight 2560
      model.{mtp_emb_norm,mtp_hidden_norm}.0.weight 2560
      model.mtp_linear_proj.0.weight 2560,5120`,
    config: llamaConfig("ernie4_5_moe", ernie, { ...ernieMoe, num_nextn_predict_layers: 1 }),
    // 2 × 2,560² + 2 × 512 × 2,560 + 3 × 12,288 × 2,560 + 4 × 2,560 + 2 × 2,560²
    expected: {
      total: 21_825_437_888 + 123_217_920,
      backbone: 21_825_437_888,
      mtp: 123_217_920,
      family: "ernie4.5",
      attention: "GQA",
      kvBytesPerToken: 57_344,
      layers: 28,
    },
  },
  {
    title: "dots.llm1",
    tensors: DOTS,
    config: llamaConfig("dots1", dots, {
      n_routed_experts: 128,
      num_experts_per_tok: 6,
      moe_intermediate_size: 1408,
      first_k_dense_replace: 1,
      n_shared_experts: 2,
    }),
    expected: {
      total: 142_774_381_696,
      family: "dots1",
      attention: "MHA",
      kvBytesPerToken: 1_015_808,
      layers: 62,
    },
  },
  {
    title: "Ling-mini-2.0",
    tensors: LING_MINI,
    config: {
      model_type: "bailing_moe",
      hidden_size: 2048,
      num_hidden_layers: 20,
      num_attention_heads: 16,
      num_key_value_heads: 4,
      head_dim: 128,
      intermediate_size: 5120,
      moe_intermediate_size: 512,
      num_experts: 256,
      num_experts_per_tok: 8,
      num_shared_experts: 1,
      first_k_dense_replace: 1,
      vocab_size: 157184,
      tie_word_embeddings: false,
    },
    expected: {
      total: 16_255_643_392,
      family: "bailing-moe",
      attention: "GQA",
      kvBytesPerToken: 40_960,
      layers: 20,
    },
  },
  {
    title: "Arctic, experts beside a dense MLP",
    tensors: llamaTensors(arctic),
    config: llamaConfig("arctic", arctic, { num_local_experts: 128, num_experts_per_tok: 2 }),
    // Published as 480B, of which 17B are active
    expected: {
      total: 478_584_608_768,
      activeBillions: ["17.32"],
      family: "arctic",
      attention: "GQA",
      kvBytesPerToken: 143_360,
      layers: 35,
    },
  },
  {
    title: "DBRX, experts stacked in two dimensions",
    tensors: DBRX,
    config: {
      model_type: "dbrx",
      d_model: 6144,
      n_layers: 40,
      n_heads: 48,
      attn_config: { kv_n_heads: 8, rope_theta: 500000 },
      ffn_config: { ffn_hidden_size: 10752, moe_num_experts: 16, moe_top_k: 4 },
      vocab_size: 100352,
      tie_word_embeddings: false,
    },
    expected: {
      total: 131_596_523_520,
      activeBillions: ["36.47"],
      family: "dbrx",
      attention: "GQA",
      kvBytesPerToken: 163_840,
      layers: 40,
    },
  },
  {
    title: "Grok-1",
    tensors: GROK_1,
    config: {
      model_type: "grok-1",
      hidden_size: 6144,
      num_hidden_layers: 64,
      num_attention_heads: 48,
      num_key_value_heads: 8,
      intermediate_size: 32768,
      num_experts: 8,
      num_experts_per_tok: 2,
      vocab_size: 131072,
    },
    // 64 layers of 8 experts of 3 × 6,144 × 32,768, attention of 2 × 6,144² + 2 × 1,024 × 6,144, a router of
    // 8 × 6,144 and 4 norms, 131,072 × 6,144 of embedding and a last norm
    expected: {
      total: 315_684_820_992,
      family: "grok-1",
      attention: "GQA",
      kvBytesPerToken: 262_144,
      tied: true,
      layers: 64,
    },
  },
  {
    title: "Step-3 text, queries through a rank",
    tensors: STEP_3,
    config: {
      model_type: "step3_text",
      hidden_size: 7168,
      num_hidden_layers: 61,
      num_attention_heads: 64,
      num_attention_groups: 1,
      head_dim: 256,
      share_q_dim: 2048,
      intermediate_size: 18432,
      moe_intermediate_size: 5120,
      moe_num_experts: 48,
      moe_top_k: 3,
      share_expert_dim: 5120,
      vocab_size: 128815,
    },
    // Published as 316B, of which 38B are active
    expected: {
      total: 316_294_538_240,
      activeBillions: ["38.84"],
      family: "step3",
      attention: "MQA",
      kvBytesPerToken: 62_464,
      layers: 61,
    },
  },
];
