import { configOf, decoder, type Sectioned, type Sides, withBias } from "./sections.ts";

/** A decoder in Llama's naming, as sides and what its card says. */
function plain(
  title: string,
  modelType: string,
  sides: Sides & { readonly layers: number },
  more: Partial<Sectioned> & { readonly claims?: object } = {},
): Sectioned {
  const { claims, ...rest } = more;
  return {
    title,
    tensors: decoder(sides),
    config: configOf(modelType, sides, claims),
    attention: sides.kv === sides.heads ? "MHA" : sides.kv === 1 ? "MQA" : "GQA",
    kv: sides.layers * 2 * sides.kv * sides.d * 2,
    tied: sides.head === undefined,
    layers: sides.layers,
    family: "llama",
    ...rest,
  };
}

const head = "lm_head";
const sandwich = [
  "input_layernorm",
  "post_attention_layernorm",
  "pre_feedforward_layernorm",
  "post_feedforward_layernorm",
];

/** Dense decoders. */
export const DECODERS: readonly Sectioned[] = [
  plain(
    "Llama-3.2-1B",
    "llama",
    { h: 2048, layers: 16, heads: 32, kv: 8, d: 64, i: 8192, vocab: 128256 },
    {
      published: 1_235_814_400,
    },
  ),
  plain(
    "Llama-3.2-3B",
    "llama",
    { h: 3072, layers: 28, heads: 24, kv: 8, d: 128, i: 8192, vocab: 128256 },
    {
      published: 3_212_749_824,
    },
  ),
  plain(
    "Llama-3.1-70B",
    "llama",
    { h: 8192, layers: 80, heads: 64, kv: 8, d: 128, i: 28672, vocab: 128256, head },
    {
      published: 70_553_706_496,
    },
  ),
  plain(
    "Llama-3.1-405B",
    "llama",
    { h: 16384, layers: 126, heads: 128, kv: 8, d: 128, i: 53248, vocab: 128256, head },
    {
      published: 405_853_388_800,
    },
  ),
  plain(
    "Mistral-Nemo",
    "mistral",
    { h: 5120, layers: 40, heads: 32, kv: 8, d: 128, i: 14336, vocab: 131072, head },
    {
      published: 12_247_782_400,
    },
  ),
  plain(
    "Mistral-Large-2407",
    "mistral",
    { h: 12288, layers: 88, heads: 96, kv: 8, d: 128, i: 28672, vocab: 32768, head },
    {
      published: 122_610_069_504,
    },
  ),
  plain(
    "Ministral-8B",
    "mistral",
    { h: 4096, layers: 36, heads: 32, kv: 8, d: 128, i: 12288, vocab: 131072, head },
    {
      published: 8_019_808_256,
      claims: { sliding_window: 32768 },
      kvGrowing: 0,
    },
  ),
  plain(
    "Falcon3-7B",
    "llama",
    { h: 3072, layers: 28, heads: 12, kv: 4, d: 256, i: 23040, vocab: 131072, head },
    {
      published: 7_455_550_464,
    },
  ),
  plain(
    "SmolLM3-3B",
    "smollm3",
    { h: 2048, layers: 36, heads: 16, kv: 4, d: 128, i: 11008, vocab: 128256 },
    {
      published: 3_075_098_624,
      family: "smollm3",
    },
  ),
  plain(
    "Granite-3.1-8B",
    "granite",
    { h: 4096, layers: 40, heads: 32, kv: 8, d: 128, i: 12800, vocab: 49155 },
    {
      published: 8_170_848_256,
      family: "granite",
    },
  ),
  plain(
    "Seed-OSS-36B",
    "seed_oss",
    { h: 5120, layers: 64, heads: 80, kv: 8, d: 128, i: 27648, vocab: 155136, head, qkvBias: true },
    {
      published: 36_151_104_512,
      family: "seed-oss",
    },
  ),
  plain(
    "Qwen2.5-0.5B",
    "qwen2",
    { h: 896, layers: 24, heads: 14, kv: 2, d: 64, i: 4864, vocab: 151936, qkvBias: true },
    {
      published: 494_032_768,
      family: "qwen2",
      claims: {
        use_sliding_window: false,
        sliding_window: 32768,
        max_window_layers: 21,
        head_dim: undefined,
      },
    },
  ),
  plain(
    "Qwen2.5-72B",
    "qwen2",
    { h: 8192, layers: 80, heads: 64, kv: 8, d: 128, i: 29568, vocab: 152064, head, qkvBias: true },
    {
      published: 72_706_203_648,
      family: "qwen2",
      claims: {
        use_sliding_window: false,
        sliding_window: 131072,
        max_window_layers: 80,
        head_dim: undefined,
      },
    },
  ),
  plain(
    "Qwen3-0.6B",
    "qwen3",
    { h: 1024, layers: 28, heads: 16, kv: 8, d: 128, i: 3072, vocab: 151936, qkNorm: [128, 128] },
    {
      published: 596_049_920,
      family: "qwen3",
    },
  ),
  plain(
    "Qwen3-4B",
    "qwen3",
    { h: 2560, layers: 36, heads: 32, kv: 8, d: 128, i: 9728, vocab: 151936, qkNorm: [128, 128] },
    {
      published: 4_022_468_096,
      family: "qwen3",
    },
  ),
  plain(
    "Qwen3-32B",
    "qwen3",
    { h: 5120, layers: 64, heads: 64, kv: 8, d: 128, i: 25600, vocab: 151936, head, qkNorm: [128, 128] },
    {
      published: 32_762_123_264,
      family: "qwen3",
    },
  ),
  plain(
    "OLMo-2-13B",
    "olmo2",
    {
      h: 5120,
      layers: 40,
      heads: 40,
      kv: 40,
      d: 128,
      i: 13824,
      vocab: 100352,
      head,
      qkNorm: [5120, 5120],
      norms: ["post_attention_layernorm", "post_feedforward_layernorm"],
    },
    { published: 13_716_198_400, family: "olmo2", claims: { head_dim: undefined } },
  ),
  plain(
    "OLMo-2-32B",
    "olmo2",
    {
      h: 5120,
      layers: 64,
      heads: 40,
      kv: 8,
      d: 128,
      i: 27648,
      vocab: 100352,
      head,
      qkNorm: [5120, 1024],
      norms: ["post_attention_layernorm", "post_feedforward_layernorm"],
    },
    { published: 32_234_279_936, family: "olmo2", claims: { head_dim: undefined } },
  ),
  plain(
    "OLMo-3-7B",
    "olmo3",
    {
      h: 4096,
      layers: 32,
      heads: 32,
      kv: 32,
      d: 128,
      i: 11008,
      vocab: 100278,
      head,
      qkNorm: [4096, 4096],
      norms: ["post_attention_layernorm", "post_feedforward_layernorm"],
    },
    {
      family: "olmo2",
      kvGrowing: 8 * 2 * 4096 * 2,
      claims: {
        sliding_window: 4096,
        layer_types: Array.from({ length: 32 }, (_, layer) =>
          layer % 4 === 3 ? "full_attention" : "sliding_attention",
        ),
      },
    },
  ),
  plain(
    "Gemma-2B, one key/value head",
    "gemma",
    { h: 2048, layers: 18, heads: 8, kv: 1, d: 256, i: 16384, vocab: 256000 },
    {
      published: 2_506_172_416,
      family: "gemma1",
    },
  ),
  plain(
    "Gemma-7B, wider heads than its stream",
    "gemma",
    { h: 3072, layers: 28, heads: 16, kv: 16, d: 256, i: 24576, vocab: 256000 },
    {
      published: 8_537_680_896,
      family: "gemma1",
    },
  ),
  plain(
    "Gemma-2-2B",
    "gemma2",
    { h: 2304, layers: 26, heads: 8, kv: 4, d: 256, i: 9216, vocab: 256000, norms: sandwich },
    {
      published: 2_614_341_888,
      family: "gemma",
      claims: { sliding_window: 4096 },
      kvGrowing: 13 * 2 * 1024 * 2,
    },
  ),
  plain(
    "Gemma-2-27B",
    "gemma2",
    { h: 4608, layers: 46, heads: 32, kv: 16, d: 128, i: 36864, vocab: 256000, norms: sandwich },
    {
      published: 27_227_128_320,
      family: "gemma",
      claims: { sliding_window: 4096 },
      kvGrowing: 23 * 2 * 2048 * 2,
    },
  ),
  plain(
    "Gemma-3-1B",
    "gemma3_text",
    {
      h: 1152,
      layers: 26,
      heads: 4,
      kv: 1,
      d: 256,
      i: 6912,
      vocab: 262144,
      norms: sandwich,
      qkNorm: [256, 256],
    },
    {
      published: 999_885_952,
      family: "gemma",
      claims: { sliding_window: 512, sliding_window_pattern: 6 },
      kvGrowing: 4 * 2 * 256 * 2,
    },
  ),
  plain(
    "Gemma-3-270M",
    "gemma3_text",
    {
      h: 640,
      layers: 18,
      heads: 4,
      kv: 1,
      d: 256,
      i: 2048,
      vocab: 262144,
      norms: sandwich,
      qkNorm: [256, 256],
    },
    {
      published: 268_098_176,
      family: "gemma",
      claims: { sliding_window: 512, _sliding_window_pattern: 6 },
      kvGrowing: 3 * 2 * 256 * 2,
    },
  ),
  plain(
    "Aya-23-8B",
    "cohere",
    { h: 4096, layers: 32, heads: 32, kv: 8, d: 128, i: 14336, vocab: 256000, norms: ["input_layernorm"] },
    {
      published: 8_028_033_024,
      family: "cohere",
      claims: { head_dim: undefined },
    },
  ),
  plain(
    "Command-A",
    "cohere2",
    { h: 12288, layers: 64, heads: 96, kv: 8, d: 128, i: 36864, vocab: 256000, norms: ["input_layernorm"] },
    {
      published: 111_057_580_032,
      family: "cohere",
      claims: { sliding_window: 4096, sliding_window_pattern: 4 },
      kvGrowing: 16 * 2 * 1024 * 2,
    },
  ),
  {
    title: "Phi-4-mini: fused projections, tied, a part of each head rotated",
    published: 3_836_021_760,
    tensors: `
      @embedding:token
      model.embed_tokens.weight 200064,3072
      @attention
      model.layers.{0-31}.self_attn.qkv_proj.weight 5120,3072
      model.layers.{0-31}.self_attn.o_proj.weight 3072,3072
      @mlp
      model.layers.{0-31}.mlp.gate_up_proj.weight 16384,3072
      model.layers.{0-31}.mlp.down_proj.weight 3072,8192
      @norms
      model.layers.{0-31}.{input,post_attention}_layernorm.weight 3072
      model.norm.weight 3072`,
    config: {
      model_type: "phi3",
      hidden_size: 3072,
      num_hidden_layers: 32,
      num_attention_heads: 24,
      num_key_value_heads: 8,
      intermediate_size: 8192,
      vocab_size: 200064,
      tie_word_embeddings: true,
      partial_rotary_factor: 0.75,
      sliding_window: 262144,
      max_position_embeddings: 131072,
    },
    attention: "GQA",
    kv: 32 * 2 * 1024 * 2,
    tied: true,
    layers: 32,
    family: "phi",
  },
  {
    title: "Phi-2",
    published: 2_779_683_840,
    tensors: `
      @embedding:token
      model.embed_tokens.weight 51200,2560
      @attention
      ${withBias("model.layers.{0-31}.self_attn.{q,k,v}_proj", 2560, 2560)}
      ${withBias("model.layers.{0-31}.self_attn.dense", 2560, 2560)}
      @mlp
      ${withBias("model.layers.{0-31}.mlp.fc1", 10240, 2560)}
      ${withBias("model.layers.{0-31}.mlp.fc2", 2560, 10240)}
      @norms
      model.layers.{0-31}.input_layernorm.{weight,bias} 2560
      model.final_layernorm.{weight,bias} 2560
      @head
      ${withBias("lm_head", 51200, 2560)}`,
    config: {
      model_type: "phi",
      hidden_size: 2560,
      num_hidden_layers: 32,
      num_attention_heads: 32,
      intermediate_size: 10240,
      vocab_size: 51200,
      tie_word_embeddings: false,
      partial_rotary_factor: 0.4,
    },
    attention: "MHA",
    kv: 32 * 2 * 2560 * 2,
    tied: false,
    layers: 32,
    family: "phi1",
  },
  {
    title: "GLM-4-9B-0414: two more norms, fused gate",
    published: 9_400_279_040,
    tensors: `
      @embedding:token
      model.embed_tokens.weight 151552,4096
      @attention
      ${withBias("model.layers.{0-39}.self_attn.q_proj", 4096, 4096)}
      ${withBias("model.layers.{0-39}.self_attn.{k,v}_proj", 256, 4096)}
      model.layers.{0-39}.self_attn.o_proj.weight 4096,4096
      @mlp
      model.layers.{0-39}.mlp.gate_up_proj.weight 27392,4096
      model.layers.{0-39}.mlp.down_proj.weight 4096,13696
      @norms
      model.layers.{0-39}.{input,post_attention,post_self_attn,post_mlp}_layernorm.weight 4096
      model.norm.weight 4096
      @head
      lm_head.weight 151552,4096`,
    config: {
      model_type: "glm4",
      hidden_size: 4096,
      num_hidden_layers: 40,
      num_attention_heads: 32,
      num_key_value_heads: 2,
      head_dim: 128,
      intermediate_size: 13696,
      vocab_size: 151552,
      tie_word_embeddings: false,
      partial_rotary_factor: 0.5,
    },
    attention: "GQA",
    kv: 40 * 2 * 256 * 2,
    tied: false,
    layers: 40,
    family: "glm4",
  },
  {
    title: "glm-4-9b-chat, named as ChatGLM",
    published: 9_399_951_360,
    tensors: `
      @embedding:token
      transformer.embedding.word_embeddings.weight 151552,4096
      @attention
      ${withBias("transformer.encoder.layers.{0-39}.self_attention.query_key_value", 4608, 4096)}
      transformer.encoder.layers.{0-39}.self_attention.dense.weight 4096,4096
      @mlp
      transformer.encoder.layers.{0-39}.mlp.dense_h_to_4h.weight 27392,4096
      transformer.encoder.layers.{0-39}.mlp.dense_4h_to_h.weight 4096,13696
      @norms
      transformer.encoder.layers.{0-39}.{input,post_attention}_layernorm.weight 4096
      transformer.encoder.final_layernorm.weight 4096
      @buffers
      transformer.rotary_pos_emb.inv_freq 32
      @head
      transformer.output_layer.weight 151552,4096`,
    config: {
      model_type: "chatglm",
      hidden_size: 4096,
      num_layers: 40,
      num_attention_heads: 32,
      multi_query_attention: true,
      multi_query_group_num: 2,
      kv_channels: 128,
      ffn_hidden_size: 13696,
      padded_vocab_size: 151552,
      vocab_size: 151552,
      tie_word_embeddings: false,
    },
    attention: "GQA",
    kv: 40 * 2 * 256 * 2,
    tied: false,
    layers: 40,
    family: "chatglm",
  },
  {
    title: "Falcon-180B",
    tensors: `
      @embedding:token
      transformer.word_embeddings.weight 65024,14848
      @attention
      transformer.h.{0-79}.self_attention.query_key_value.weight 15872,14848
      transformer.h.{0-79}.self_attention.dense.weight 14848,14848
      @mlp
      transformer.h.{0-79}.mlp.dense_h_to_4h.weight 59392,14848
      transformer.h.{0-79}.mlp.dense_4h_to_h.weight 14848,59392
      @norms
      transformer.h.{0-79}.{ln_attn,ln_mlp}.{weight,bias} 14848
      transformer.ln_f.{weight,bias} 14848
      @head
      lm_head.weight 65024,14848`,
    config: {
      model_type: "falcon",
      hidden_size: 14848,
      num_hidden_layers: 80,
      num_attention_heads: 232,
      num_kv_heads: 8,
      multi_query: true,
      new_decoder_architecture: true,
      vocab_size: 65024,
    },
    attention: "GQA",
    kv: 80 * 2 * 512 * 2,
    tied: false,
    layers: 80,
    family: "falcon",
  },
  {
    title: "Minitron-4B: a feed-forward block without a gate",
    tensors: `
      @embedding:token
      model.embed_tokens.weight 256000,3072
      @attention
      model.layers.{0-31}.self_attn.{q,o}_proj.weight 3072,3072
      model.layers.{0-31}.self_attn.{k,v}_proj.weight 1024,3072
      @mlp
      model.layers.{0-31}.mlp.up_proj.weight 9216,3072
      model.layers.{0-31}.mlp.down_proj.weight 3072,9216
      @norms
      model.layers.{0-31}.{input,post_attention}_layernorm.{weight,bias} 3072
      model.norm.{weight,bias} 3072
      @head
      lm_head.weight 256000,3072`,
    config: {
      model_type: "nemotron",
      hidden_size: 3072,
      num_hidden_layers: 32,
      num_attention_heads: 24,
      num_key_value_heads: 8,
      head_dim: 128,
      intermediate_size: 9216,
      vocab_size: 256000,
      hidden_act: "relu2",
      tie_word_embeddings: false,
    },
    attention: "GQA",
    kv: 32 * 2 * 1024 * 2,
    tied: false,
    layers: 32,
    family: "nemotron",
  },
  {
    title: "OLMo-7B: norms without weights",
    published: 6_888_095_744,
    tensors: decoder({
      h: 4096,
      layers: 32,
      heads: 32,
      kv: 32,
      d: 128,
      i: 11008,
      vocab: 50304,
      head,
      norms: [],
    }).replace(/@norms\s+model.norm.weight 4096/, ""),
    config: {
      model_type: "olmo",
      hidden_size: 4096,
      num_hidden_layers: 32,
      num_attention_heads: 32,
      num_key_value_heads: 32,
      intermediate_size: 11008,
      vocab_size: 50304,
      tie_word_embeddings: false,
    },
    attention: "MHA",
    kv: 32 * 2 * 4096 * 2,
    tied: false,
    layers: 32,
    family: "olmo",
  },
  {
    title: "Apertus-8B: xIELU with stored slopes, q/k norm, other norm names",
    tensors: `
      @embedding:token
      model.embed_tokens.weight 131072,4096
      @attention
      model.layers.{0-31}.self_attn.{q,o}_proj.weight 4096,4096
      model.layers.{0-31}.self_attn.{k,v}_proj.weight 1024,4096
      model.layers.{0-31}.self_attn.{q,k}_norm.weight 128
      @mlp
      model.layers.{0-31}.mlp.up_proj.weight 21504,4096
      model.layers.{0-31}.mlp.down_proj.weight 4096,21504
      model.layers.{0-31}.mlp.act_fn.{alpha_n,alpha_p} 1
      model.layers.{0-31}.mlp.act_fn.{beta,eps} -
      @norms
      model.layers.{0-31}.{attention,feedforward}_layernorm.weight 4096
      model.norm.weight 4096
      @head
      lm_head.weight 131072,4096`,
    config: {
      model_type: "apertus",
      hidden_size: 4096,
      num_hidden_layers: 32,
      num_attention_heads: 32,
      num_key_value_heads: 8,
      intermediate_size: 21504,
      vocab_size: 131072,
      hidden_act: "xielu",
      tie_word_embeddings: false,
    },
    attention: "GQA",
    kv: 32 * 2 * 1024 * 2,
    tied: false,
    layers: 32,
    family: "apertus",
  },
  {
    title: "EXAONE-3.5-7.8B",
    published: 7_818_448_896,
    tensors: `
      @embedding:token
      transformer.wte.weight 102400,4096
      @attention
      transformer.h.{0-31}.attn.attention.{q,out}_proj.weight 4096,4096
      transformer.h.{0-31}.attn.attention.{k,v}_proj.weight 1024,4096
      @mlp
      transformer.h.{0-31}.mlp.c_fc_{0,1}.weight 14336,4096
      transformer.h.{0-31}.mlp.c_proj.weight 4096,14336
      @norms
      transformer.h.{0-31}.ln_{1,2}.weight 4096
      transformer.ln_f.weight 4096
      @head
      lm_head.weight 102400,4096
      @buffers
      transformer.rotary.inv_freq 64 F32`,
    config: {
      model_type: "exaone",
      hidden_size: 4096,
      num_layers: 32,
      num_attention_heads: 32,
      num_key_value_heads: 8,
      intermediate_size: 14336,
      vocab_size: 102400,
      tie_word_embeddings: false,
    },
    attention: "GQA",
    kv: 32 * 2 * 1024 * 2,
    tied: false,
    layers: 32,
    family: "exaone",
  },
];
