import { configOf, decoder, type Sectioned, type Sides, withBias } from "./sections.ts";

const head = "lm_head";

interface Routed {
  readonly experts: number;
  readonly used: number;
  readonly width: number;
  /** Width of the shared expert, none where not given. */
  readonly shared?: number;
  readonly layers: string;
  readonly bias?: boolean;
}

/** Router, numbered experts and a shared expert below `mlp`, as DeepSeek and Qwen name them. */
function experts(prefix: string, h: number, { experts: count, width, shared, layers, bias }: Routed): string {
  const mlp = `${prefix}.layers.{${layers}}.mlp`;
  return `
    @router
    ${mlp}.gate.weight ${count},${h}
    ${bias ? `${mlp}.gate.e_score_correction_bias ${count} F32` : ""}
    @experts
    ${mlp}.experts.{0-${count - 1}}.{gate,up}_proj.weight ${width},${h}
    ${mlp}.experts.{0-${count - 1}}.down_proj.weight ${h},${width}
    ${shared === undefined ? "" : `@shared_experts\n${mlp}.shared_experts.{gate,up}_proj.weight ${shared},${h}\n${mlp}.shared_experts.down_proj.weight ${h},${shared}`}`;
}

interface Latent {
  readonly h: number;
  readonly layers: number;
  readonly heads: number;
  readonly queryRank?: number;
  readonly rank: number;
  readonly nope: number;
  readonly rope: number;
  readonly v: number;
  readonly i: number;
  readonly dense: string;
  readonly vocab: number;
  readonly prefix?: string;
  readonly head?: string;
}

/** A decoder with multi-head latent attention. */
function latent(sides: Latent): string {
  const { h, layers, heads, queryRank, rank, nope, rope, v, i, vocab } = sides;
  const prefix = sides.prefix ?? "model";
  const attention = `${prefix}.layers.{0-${layers - 1}}.self_attn`;
  const query =
    queryRank === undefined
      ? `${attention}.q_proj.weight ${heads * (nope + rope)},${h}`
      : `${attention}.q_a_proj.weight ${queryRank},${h}
         ${attention}.q_a_layernorm.weight ${queryRank}
         ${attention}.q_b_proj.weight ${heads * (nope + rope)},${queryRank}`;
  return `
    @embedding:token
    ${prefix}.embed_tokens.weight ${vocab},${h}
    @attention
    ${query}
    ${attention}.kv_a_proj_with_mqa.weight ${rank + rope},${h}
    ${attention}.kv_a_layernorm.weight ${rank}
    ${attention}.kv_b_proj.weight ${heads * (nope + v)},${rank}
    ${attention}.o_proj.weight ${h},${heads * v}
    @mlp
    ${prefix}.layers.{${sides.dense}}.mlp.{gate,up}_proj.weight ${i},${h}
    ${prefix}.layers.{${sides.dense}}.mlp.down_proj.weight ${h},${i}
    @norms
    ${prefix}.layers.{0-${layers - 1}}.{input,post_attention}_layernorm.weight ${h}
    ${prefix}.norm.weight ${h}
    @head
    ${sides.head ?? head}.weight ${vocab},${h}`;
}

const moonlight: Latent = {
  h: 2048,
  layers: 27,
  heads: 16,
  rank: 512,
  nope: 128,
  rope: 64,
  v: 128,
  i: 11264,
  dense: "0",
  vocab: 163840,
};
const moonlightExperts: Routed = {
  experts: 64,
  used: 6,
  width: 1408,
  shared: 2816,
  layers: "1-26",
  bias: true,
};
const moonlightConfig = {
  model_type: "deepseek_v3",
  hidden_size: 2048,
  num_hidden_layers: 27,
  num_attention_heads: 16,
  num_key_value_heads: 16,
  kv_lora_rank: 512,
  q_lora_rank: null,
  qk_nope_head_dim: 128,
  qk_rope_head_dim: 64,
  v_head_dim: 128,
  intermediate_size: 11264,
  moe_intermediate_size: 1408,
  n_routed_experts: 64,
  n_shared_experts: 2,
  num_experts_per_tok: 6,
  first_k_dense_replace: 1,
  moe_layer_freq: 1,
  vocab_size: 163840,
  tie_word_embeddings: false,
};

const qwen2moe: Sides = { h: 3584, layers: 28, heads: 28, kv: 4, d: 128, vocab: 151936, head, qkvBias: true };
const coder: Sides = {
  h: 6144,
  layers: 62,
  heads: 96,
  kv: 8,
  d: 128,
  vocab: 151936,
  head,
  qkNorm: [128, 128],
};
const dots: Sides = {
  h: 4096,
  layers: 62,
  heads: 32,
  kv: 32,
  d: 128,
  i: 10944,
  vocab: 152064,
  head,
  qkNorm: [128, 128],
  dense: "0",
};
const ernie: Sides = { h: 2560, layers: 28, heads: 20, kv: 4, d: 128, i: 12288, vocab: 103424, dense: "0" };
const hunyuan: Sides = { h: 4096, layers: 32, heads: 32, kv: 8, d: 128, vocab: 128167 };
const deepseekMoe: Sides = {
  h: 2048,
  layers: 28,
  heads: 16,
  kv: 16,
  d: 128,
  i: 10944,
  vocab: 102400,
  head,
  dense: "0",
};
const glm46: Sides = {
  h: 5120,
  layers: "0-92",
  heads: 96,
  kv: 8,
  d: 128,
  i: 12288,
  vocab: 151552,
  head,
  qkvBias: true,
  qkNorm: [128, 128],
  dense: "0-2",
};
const maverick = "language_model.model";

/** Decoders with routed experts. */
export const EXPERTS: readonly Sectioned[] = [
  {
    title: "Moonlight-16B-A3B: latent attention without a query rank",
    tensors: latent(moonlight) + experts("model", 2048, moonlightExperts),
    config: moonlightConfig,
    routed: moonlightExperts,
    attention: "MLA",
    kv: 27 * 576 * 2,
    tied: false,
    layers: 27,
    family: "deepseek-v3",
  },
  {
    title: "Qwen2-57B-A14B",
    tensors: `${decoder(qwen2moe)}
      ${experts("model", 3584, { experts: 64, used: 8, width: 2560, layers: "0-27" })}
      @shared_experts
      model.layers.{0-27}.mlp.shared_expert.{gate,up}_proj.weight 20480,3584
      model.layers.{0-27}.mlp.shared_expert.down_proj.weight 3584,20480
      model.layers.{0-27}.mlp.shared_expert_gate.weight 1,3584`,
    config: configOf("qwen2_moe", qwen2moe, {
      head_dim: undefined,
      intermediate_size: 18944,
      moe_intermediate_size: 2560,
      shared_expert_intermediate_size: 20480,
      num_experts: 64,
      num_experts_per_tok: 8,
      decoder_sparse_step: 1,
      use_sliding_window: false,
      sliding_window: 65536,
      max_window_layers: 28,
    }),
    routed: { experts: 64, used: 8 },
    attention: "GQA",
    kv: 28 * 2 * 512 * 2,
    tied: false,
    layers: 28,
    family: "qwen-moe",
  },
  {
    title: "Qwen3-Coder-480B-A35B",
    published: 480_154_875_392,
    tensors: `${decoder(coder)}
      ${experts("model", 6144, { experts: 160, used: 8, width: 2560, layers: "0-61" })}`,
    config: configOf("qwen3_moe", coder, {
      intermediate_size: 8192,
      moe_intermediate_size: 2560,
      num_experts: 160,
      num_experts_per_tok: 8,
      mlp_only_layers: [],
      decoder_sparse_step: 1,
      use_sliding_window: false,
    }),
    routed: { experts: 160, used: 8 },
    attention: "GQA",
    kv: 62 * 2 * 1024 * 2,
    tied: false,
    layers: 62,
    family: "qwen-moe",
  },
  {
    title: "dots.llm1",
    published: 142_774_381_696,
    tensors: `${decoder(dots)}
      ${experts("model", 4096, { experts: 128, used: 6, width: 1408, shared: 2816, layers: "1-61", bias: true })}`,
    config: configOf("dots1", dots, {
      moe_intermediate_size: 1408,
      n_routed_experts: 128,
      n_shared_experts: 2,
      num_experts_per_tok: 6,
      first_k_dense_replace: 1,
    }),
    routed: { experts: 128, used: 6 },
    attention: "MHA",
    kv: 62 * 2 * 4096 * 2,
    tied: false,
    layers: 62,
    family: "dots1",
  },
  {
    title: "DeepSeek-MoE-16B: shared experts, ordinary attention",
    published: 16_375_728_128,
    tensors: `${decoder(deepseekMoe)}
      ${experts("model", 2048, { experts: 64, used: 6, width: 1408, shared: 2816, layers: "1-27" })}`,
    config: configOf("deepseek", deepseekMoe, {
      head_dim: undefined,
      moe_intermediate_size: 1408,
      n_routed_experts: 64,
      n_shared_experts: 2,
      num_experts_per_tok: 6,
      first_k_dense_replace: 1,
      moe_layer_freq: 1,
    }),
    routed: { experts: 64, used: 6 },
    attention: "MHA",
    kv: 28 * 2 * 2048 * 2,
    tied: false,
    layers: 28,
    family: "deepseek-moe",
  },
  {
    title: "GLM-4.6 with its prediction layer",
    published: 356_785_898_816,
    tensors: `${decoder(glm46).replaceAll("{0-92}", "{0-91}")}
      ${experts("model", 5120, { experts: 160, used: 8, width: 1536, shared: 1536, layers: "3-91", bias: true })}
      @mtp
      model.layers.92.{enorm,hnorm,input_layernorm,post_attention_layernorm,shared_head.norm}.weight 5120
      model.layers.92.eh_proj.weight 5120,10240
      ${withBias("model.layers.92.self_attn.q_proj", 12288, 5120)}
      ${withBias("model.layers.92.self_attn.{k,v}_proj", 1024, 5120)}
      model.layers.92.self_attn.o_proj.weight 5120,12288
      model.layers.92.self_attn.{q,k}_norm.weight 128
      model.layers.92.mlp.gate.weight 160,5120
      model.layers.92.mlp.gate.e_score_correction_bias 160 F32
      model.layers.92.mlp.{experts.{0-159},shared_experts}.{gate,up}_proj.weight 1536,5120
      model.layers.92.mlp.{experts.{0-159},shared_experts}.down_proj.weight 5120,1536`.replaceAll(
      /^(.*)\{experts\.\{0-159\},shared_experts\}(.*)$/gm,
      "$1experts.{0-159}$2\n$1shared_experts$2",
    ),
    config: configOf("glm4_moe", glm46, {
      num_hidden_layers: 92,
      moe_intermediate_size: 1536,
      n_routed_experts: 160,
      n_shared_experts: 1,
      num_experts_per_tok: 8,
      first_k_dense_replace: 3,
      num_nextn_predict_layers: 1,
      use_qk_norm: true,
      partial_rotary_factor: 0.5,
    }),
    routed: { experts: 160, used: 8 },
    attention: "GQA",
    kv: 92 * 2 * 1024 * 2,
    tied: false,
    layers: 92,
    family: "glm4-moe",
  },
  {
    title: "ERNIE-4.5-21B-A3B",
    published: 21_825_437_888,
    tensors: `${decoder(ernie)}
      @router
      model.layers.{1-27}.mlp.gate.weight 64,2560 F32
      model.layers.{1-27}.mlp.moe_statics.e_score_correction_bias 1,64 F32
      @experts
      model.layers.{1-27}.mlp.experts.{0-63}.{gate,up}_proj.weight 1536,2560
      model.layers.{1-27}.mlp.experts.{0-63}.down_proj.weight 2560,1536
      @shared_experts
      model.layers.{1-27}.mlp.shared_experts.{gate,up}_proj.weight 3072,2560
      model.layers.{1-27}.mlp.shared_experts.down_proj.weight 2560,3072`,
    config: configOf("ernie4_5_moe", ernie, {
      head_dim: undefined,
      moe_intermediate_size: 1536,
      moe_num_experts: 64,
      moe_num_shared_experts: 2,
      moe_k: 6,
      moe_layer_start_index: 1,
      moe_layer_interval: 1,
    }),
    routed: { experts: 64, used: 6 },
    attention: "GQA",
    kv: 28 * 2 * 512 * 2,
    tied: true,
    layers: 28,
    family: "ernie4.5",
  },
  {
    title: "Hunyuan-A13B: a router below gate.wg, one shared MLP",
    published: 80_393_183_232,
    tensors: `${decoder(hunyuan)}
      @attention
      model.layers.{0-31}.self_attn.{query,key}_layernorm.weight 128
      @router
      model.layers.{0-31}.mlp.gate.wg.weight 64,4096 F32
      @experts
      model.layers.{0-31}.mlp.experts.{0-63}.{gate,up}_proj.weight 3072,4096
      model.layers.{0-31}.mlp.experts.{0-63}.down_proj.weight 4096,3072
      @shared_experts
      model.layers.{0-31}.mlp.shared_mlp.{gate,up}_proj.weight 3072,4096
      model.layers.{0-31}.mlp.shared_mlp.down_proj.weight 4096,3072`,
    config: configOf("hunyuan_v1_moe", hunyuan, {
      attention_head_dim: 128,
      intermediate_size: 3072,
      moe_intermediate_size: Array.from({ length: 32 }, () => 3072),
      num_experts: 64,
      num_shared_expert: Array.from({ length: 32 }, () => 1),
      moe_topk: Array.from({ length: 32 }, () => 8),
      use_qk_norm: true,
    }),
    routed: { experts: 64, used: 8 },
    attention: "GQA",
    kv: 32 * 2 * 1024 * 2,
    tied: true,
    layers: 32,
    family: "hunyuan",
  },
  {
    title: "Phi-3.5-MoE",
    published: 41_873_153_344,
    tensors: `
      @embedding:token
      model.embed_tokens.weight 32064,4096
      @attention
      ${withBias("model.layers.{0-31}.self_attn.{q,o}_proj", 4096, 4096)}
      ${withBias("model.layers.{0-31}.self_attn.{k,v}_proj", 1024, 4096)}
      @router
      model.layers.{0-31}.block_sparse_moe.gate.weight 16,4096
      @experts
      model.layers.{0-31}.block_sparse_moe.experts.{0-15}.w{1,3}.weight 6400,4096
      model.layers.{0-31}.block_sparse_moe.experts.{0-15}.w2.weight 4096,6400
      @norms
      model.layers.{0-31}.{input,post_attention}_layernorm.{weight,bias} 4096
      model.norm.{weight,bias} 4096
      @head
      ${withBias("lm_head", 32064, 4096)}`,
    config: {
      model_type: "phimoe",
      hidden_size: 4096,
      num_hidden_layers: 32,
      num_attention_heads: 32,
      num_key_value_heads: 8,
      intermediate_size: 6400,
      num_local_experts: 16,
      num_experts_per_tok: 2,
      vocab_size: 32064,
      sliding_window: 131072,
      tie_word_embeddings: false,
    },
    routed: { experts: 16, used: 2 },
    attention: "GQA",
    kv: 32 * 2 * 1024 * 2,
    tied: false,
    layers: 32,
    family: "phi-moe",
  },
  {
    title: "DBRX: all experts of a layer in one matrix",
    published: 131_596_523_520,
    tensors: `
      @embedding:token
      transformer.wte.weight 100352,6144
      @attention
      transformer.blocks.{0-39}.norm_attn_norm.attn.Wqkv.weight 8192,6144
      transformer.blocks.{0-39}.norm_attn_norm.attn.out_proj.weight 6144,6144
      @router
      transformer.blocks.{0-39}.ffn.router.layer.weight 16,6144
      @experts
      transformer.blocks.{0-39}.ffn.experts.mlp.{w1,v1,w2} 172032,6144
      @norms
      transformer.blocks.{0-39}.norm_attn_norm.norm_{1,2}.weight 6144
      transformer.norm_f.weight 6144
      @head
      lm_head.weight 100352,6144`,
    config: {
      model_type: "dbrx",
      d_model: 6144,
      n_layers: 40,
      n_heads: 48,
      attn_config: { kv_n_heads: 8, clip_qkv: 8, rope_theta: 500000 },
      ffn_config: { ffn_hidden_size: 10752, moe_num_experts: 16, moe_top_k: 4 },
      max_seq_len: 32768,
      vocab_size: 100352,
      tie_word_embeddings: false,
    },
    routed: { experts: 16, used: 4 },
    attention: "GQA",
    kv: 40 * 2 * 1024 * 2,
    tied: false,
    layers: 40,
    family: "dbrx",
  },
  {
    title: "Llama-4-Maverick: experts in every second layer",
    published: 401_583_781_376,
    tensors: `${decoder({
      h: 5120,
      layers: 48,
      heads: 40,
      kv: 8,
      d: 128,
      vocab: 202048,
      prefix: maverick,
      head: "language_model.lm_head",
    })}
      @mlp
      ${maverick}.layers.{0-46:2}.feed_forward.{gate,up}_proj.weight 16384,5120
      ${maverick}.layers.{0-46:2}.feed_forward.down_proj.weight 5120,16384
      @router
      ${maverick}.layers.{1-47:2}.feed_forward.router.weight 128,5120
      @experts
      ${maverick}.layers.{1-47:2}.feed_forward.experts.gate_up_proj 128,5120,16384
      ${maverick}.layers.{1-47:2}.feed_forward.experts.down_proj 128,8192,5120
      @shared_experts
      ${maverick}.layers.{1-47:2}.feed_forward.shared_expert.{gate,up}_proj.weight 8192,5120
      ${maverick}.layers.{1-47:2}.feed_forward.shared_expert.down_proj.weight 5120,8192
      @projector
      multi_modal_projector.linear_1.weight 5120,4096
      vision_model.vision_adapter.mlp.fc1.weight 4096,5632
      vision_model.vision_adapter.mlp.fc2.weight 4096,4096
      @vision
      vision_model.class_embedding 1408
      vision_model.positional_embedding_vlm 577,1408
      vision_model.patch_embedding.linear.weight 1408,588
      vision_model.layernorm_{pre,post}.{weight,bias} 1408
      ${withBias("vision_model.model.layers.{0-33}.self_attn.{q,k,v,o}_proj", 1408, 1408)}
      ${withBias("vision_model.model.layers.{0-33}.mlp.fc1", 5632, 1408)}
      ${withBias("vision_model.model.layers.{0-33}.mlp.fc2", 1408, 5632)}
      vision_model.model.layers.{0-33}.{input,post_attention}_layernorm.{weight,bias} 1408`,
    config: {
      model_type: "llama4",
      text_config: {
        model_type: "llama4_text",
        hidden_size: 5120,
        num_hidden_layers: 48,
        num_attention_heads: 40,
        num_key_value_heads: 8,
        head_dim: 128,
        intermediate_size: 8192,
        intermediate_size_mlp: 16384,
        num_local_experts: 128,
        num_experts_per_tok: 1,
        interleave_moe_layer_step: 2,
        attention_chunk_size: 8192,
        vocab_size: 202048,
        tie_word_embeddings: false,
      },
      vision_config: { hidden_size: 1408 },
    },
    routed: { experts: 128, used: 1 },
    attention: "GQA",
    kv: 48 * 2 * 1024 * 2,
    kvGrowing: 12 * 2 * 1024 * 2,
    tied: false,
    layers: 48,
    family: "llama4",
  },
];

export { experts, latent, moonlight, moonlightConfig, moonlightExperts };
