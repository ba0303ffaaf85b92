import { type LlamaShape, llamaConfig, llamaTensors, type Published } from "./published.ts";

const bothOf = (name: string, out: number, input: number) =>
  `${name}.weight ${out},${input}\n${name}.bias ${out}`;

const olmo1: LlamaShape = {
  h: 4096,
  layers: 32,
  heads: 32,
  kv: 32,
  d: 128,
  i: 11008,
  vocab: 50304,
  norms: [],
};
const olmo3: LlamaShape = {
  ...olmo1,
  vocab: 100278,
  norms: ["post_attention_layernorm", "post_feedforward_layernorm"],
  more: "{layer}.self_attn.{q,k}_norm.weight 4096",
};
const smollm3: LlamaShape = {
  h: 2048,
  layers: 36,
  heads: 16,
  kv: 4,
  d: 128,
  i: 11008,
  vocab: 128256,
  tied: true,
};
const seedOss: LlamaShape = {
  h: 5120,
  layers: 64,
  heads: 80,
  kv: 8,
  d: 128,
  i: 27648,
  vocab: 155136,
  more: "{layer}.self_attn.q_proj.bias 10240\n{layer}.self_attn.{k,v}_proj.bias 1024",
};
const ministral: LlamaShape = { h: 4096, layers: 36, heads: 32, kv: 8, d: 128, i: 12288, vocab: 131072 };
const internlm3: LlamaShape = { h: 4096, layers: 48, heads: 32, kv: 2, d: 128, i: 10240, vocab: 128512 };
const exaone4: LlamaShape = {
  h: 5120,
  layers: 64,
  heads: 40,
  kv: 8,
  d: 128,
  i: 27392,
  vocab: 102400,
  norms: ["post_attention_layernorm", "post_feedforward_layernorm"],
  more: "{layer}.self_attn.{q,k}_norm.weight 128",
};
const hunyuan7b: LlamaShape = {
  h: 4096,
  layers: 32,
  heads: 32,
  kv: 8,
  d: 128,
  i: 14336,
  vocab: 128167,
  tied: true,
  more: "{layer}.self_attn.{query,key}_layernorm.weight 128",
};
const apertus: LlamaShape = {
  h: 4096,
  layers: 32,
  heads: 32,
  kv: 8,
  d: 128,
  i: 21504,
  vocab: 131072,
  mlp: false,
  norms: ["attention_layernorm", "feedforward_layernorm"],
  more: `{layer}.self_attn.{q,k}_norm.weight 128
    {layer}.mlp.up_proj.weight 21504,4096
    {layer}.mlp.down_proj.weight 4096,21504
    {layer}.mlp.act_fn.{alpha_p,alpha_n} 1
    {layer}.mlp.act_fn.{beta,eps} -`,
};
const mimo: LlamaShape = {
  h: 4096,
  layers: 36,
  heads: 32,
  kv: 8,
  d: 128,
  i: 11008,
  vocab: 151680,
  more: "{layer}.self_attn.q_proj.bias 4096\n{layer}.self_attn.{k,v}_proj.bias 1024",
};
const glm4: LlamaShape = {
  h: 4096,
  layers: 40,
  heads: 32,
  kv: 2,
  d: 128,
  i: 13696,
  vocab: 151552,
  mlp: false,
  norms: ["input_layernorm", "post_attention_layernorm", "post_self_attn_layernorm", "post_mlp_layernorm"],
  more: `{layer}.self_attn.q_proj.bias 4096
    {layer}.self_attn.{k,v}_proj.bias 256
    {layer}.mlp.gate_up_proj.weight 27392,4096
    {layer}.mlp.down_proj.weight 4096,13696`,
};
const every4 = (layers: number) =>
  Array.from({ length: layers }, (_, layer) => (layer % 4 === 3 ? "full_attention" : "sliding_attention"));

/** Dense decoders with names of their own, or with Llama's and a twist. */
export const DECODERS: readonly Published[] = [
  {
    title: "OLMo-7B, norms without weights",
    tensors: llamaTensors(olmo1).replace("model.norm.weight 4096", ""),
    config: llamaConfig("olmo", olmo1),
    expected: {
      total: 6_888_095_744,
      family: "olmo",
      attention: "MHA",
      kvBytesPerToken: 524_288,
      layers: 32,
    },
  },
  {
    title: "OLMo-3-7B",
    tensors: llamaTensors(olmo3),
    config: llamaConfig("olmo3", olmo3, { sliding_window: 4096, layer_types: every4(32) }),
    expected: {
      total: 7_298_011_136,
      family: "olmo2",
      attention: "MHA",
      kvBytesPerToken: 524_288,
      kvGrowing: 131_072,
      layers: 32,
    },
  },
  {
    title: "SmolLM3-3B",
    tensors: llamaTensors(smollm3),
    config: llamaConfig("smollm3", smollm3, {
      no_rope_layer_interval: 4,
      use_sliding_window: false,
      sliding_window: null,
    }),
    expected: {
      total: 3_075_098_624,
      family: "smollm3",
      attention: "GQA",
      kvBytesPerToken: 73_728,
      kvGrowing: 73_728,
      tied: true,
      layers: 36,
    },
  },
  {
    title: "Seed-OSS-36B",
    tensors: llamaTensors(seedOss),
    config: llamaConfig("seed_oss", seedOss, { attention_bias: true, attention_out_bias: false }),
    expected: {
      total: 36_151_104_512,
      family: "seed-oss",
      attention: "GQA",
      kvBytesPerToken: 262_144,
      layers: 64,
    },
  },
  {
    title: "Ministral-8B",
    tensors: llamaTensors(ministral),
    config: llamaConfig("mistral", ministral, { sliding_window: 32768 }),
    expected: {
      total: 8_019_808_256,
      family: "llama",
      attention: "GQA",
      kvBytesPerToken: 147_456,
      layers: 36,
    },
  },
  {
    title: "InternLM3-8B",
    tensors: llamaTensors(internlm3),
    config: llamaConfig("internlm3", internlm3),
    expected: {
      total: 8_804_241_408,
      family: "internlm3",
      attention: "GQA",
      kvBytesPerToken: 49_152,
      layers: 48,
    },
  },
  {
    title: "EXAONE-4.0-32B",
    tensors: llamaTensors(exaone4),
    config: llamaConfig("exaone4", exaone4, { sliding_window: 4096, layer_types: every4(64) }),
    expected: {
      total: 32_003_216_384,
      family: "exaone4",
      attention: "GQA",
      kvBytesPerToken: 262_144,
      kvGrowing: 65_536,
      layers: 64,
    },
  },
  {
    title: "Hunyuan-7B",
    tensors: llamaTensors(hunyuan7b),
    config: llamaConfig("hunyuan_v1_dense", hunyuan7b),
    expected: { total: 7_504_568_320, family: "hunyuan", attention: "GQA", tied: true, layers: 32 },
  },
  {
    title: "Apertus-8B, an activation with weights",
    tensors: llamaTensors(apertus),
    config: llamaConfig("apertus", apertus),
    expected: {
      total: 8_053_338_240,
      family: "apertus",
      attention: "GQA",
      kvBytesPerToken: 131_072,
      layers: 32,
    },
  },
  {
    title: "MiMo-7B with its MTP layer",
    tensors: `
      ${llamaTensors(mimo)}
      model.mtp_layers.0.{input_layernorm,post_attention_layernorm,token_layernorm,hidden_layernorm,final_layernorm}.weight 4096
      model.mtp_layers.0.input_proj.weight 4096,8192
      model.mtp_layers.0.self_attn.{q,o}_proj.weight 4096,4096
      model.mtp_layers.0.self_attn.q_proj.bias 4096
      model.mtp_layers.0.self_attn.{k,v}_proj.weight 1024,4096
      model.mtp_layers.0.self_attn.{k,v}_proj.bias 1024
      model.mtp_layers.0.mlp.{gate,up}_proj.weight 11008,4096
      model.mtp_layers.0.mlp.down_proj.weight 4096,11008`,
    config: llamaConfig("mimo", mimo, { num_nextn_predict_layers: 1 }),
    expected: {
      total: 7_833_409_536,
      family: "mimo",
      attention: "GQA",
      kvBytesPerToken: 147_456,
      layers: 36,
    },
  },
  {
    title: "GLM-4-9B-0414",
    tensors: llamaTensors(glm4),
    config: llamaConfig("glm4", glm4),
    expected: { total: 9_400_279_040, family: "glm4", attention: "GQA", kvBytesPerToken: 40_960, layers: 40 },
  },
  {
    title: "GLM-4-9B in ChatGLM's names",
    tensors: `
      transformer.embedding.word_embeddings.weight 151552,4096
      transformer.rotary_pos_emb.inv_freq 32
      transformer.encoder.layers.{0-39}.{input,post_attention}_layernorm.weight 4096
      ${bothOf("transformer.encoder.layers.{0-39}.self_attention.query_key_value", 4608, 4096)}
      transformer.encoder.layers.{0-39}.self_attention.dense.weight 4096,4096
      transformer.encoder.layers.{0-39}.mlp.dense_h_to_4h.weight 27392,4096
      transformer.encoder.layers.{0-39}.mlp.dense_4h_to_h.weight 4096,13696
      transformer.encoder.final_layernorm.weight 4096
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
      tie_word_embeddings: false,
    },
    expected: {
      total: 9_399_951_360,
      family: "chatglm",
      attention: "GQA",
      kvBytesPerToken: 40_960,
      tied: false,
      layers: 40,
    },
  },
  {
    title: "Baichuan2-7B",
    tensors: `
      model.embed_tokens.weight 125696,4096
      model.layers.{0-31}.self_attn.W_pack.weight 12288,4096
      model.layers.{0-31}.self_attn.o_proj.weight 4096,4096
      model.layers.{0-31}.mlp.{gate,up}_proj.weight 11008,4096
      model.layers.{0-31}.mlp.down_proj.weight 4096,11008
      model.layers.{0-31}.{input,post_attention}_layernorm.weight 4096
      model.norm.weight 4096
      lm_head.weight 125696,4096`,
    config: {
      model_type: "baichuan",
      hidden_size: 4096,
      num_hidden_layers: 32,
      num_attention_heads: 32,
      intermediate_size: 11008,
      vocab_size: 125696,
    },
    expected: {
      total: 7_505_973_248,
      family: "baichuan",
      attention: "MHA",
      kvBytesPerToken: 524_288,
      layers: 32,
    },
  },
  {
    title: "OPT-1.3B",
    tensors: `
      model.decoder.embed_tokens.weight 50272,2048
      model.decoder.embed_positions.weight 2050,2048
      ${bothOf("model.decoder.layers.{0-23}.self_attn.{q,k,v,out}_proj", 2048, 2048)}
      model.decoder.layers.{0-23}.{self_attn_layer_norm,final_layer_norm}.{weight,bias} 2048
      ${bothOf("model.decoder.layers.{0-23}.fc1", 8192, 2048)}
      ${bothOf("model.decoder.layers.{0-23}.fc2", 2048, 8192)}
      model.decoder.final_layer_norm.{weight,bias} 2048`,
    config: {
      model_type: "opt",
      hidden_size: 2048,
      num_hidden_layers: 24,
      num_attention_heads: 32,
      ffn_dim: 8192,
      vocab_size: 50272,
    },
    expected: {
      total: 1_315_758_080,
      family: "opt",
      attention: "MHA",
      kvBytesPerToken: 196_608,
      tied: true,
      layers: 24,
    },
  },
  {
    title: "OPT-350m, an embedding narrower than the stream",
    tensors: `
      model.decoder.embed_tokens.weight 50272,512
      model.decoder.embed_positions.weight 2050,1024
      model.decoder.project_in.weight 1024,512
      model.decoder.project_out.weight 512,1024
      ${bothOf("model.decoder.layers.{0-23}.self_attn.{q,k,v,out}_proj", 1024, 1024)}
      model.decoder.layers.{0-23}.{self_attn_layer_norm,final_layer_norm}.{weight,bias} 1024
      ${bothOf("model.decoder.layers.{0-23}.fc1", 4096, 1024)}
      ${bothOf("model.decoder.layers.{0-23}.fc2", 1024, 4096)}`,
    config: {
      model_type: "opt",
      hidden_size: 1024,
      word_embed_proj_dim: 512,
      num_hidden_layers: 24,
      num_attention_heads: 16,
      ffn_dim: 4096,
      vocab_size: 50272,
    },
    expected: {
      total: 331_196_416,
      family: "opt",
      attention: "MHA",
      kvBytesPerToken: 98_304,
      tied: true,
      layers: 24,
    },
  },
  {
    title: "MPT-7B",
    tensors: `
      transformer.wte.weight 50432,4096
      transformer.blocks.{0-31}.{norm_1,norm_2}.weight 4096
      transformer.blocks.{0-31}.attn.Wqkv.weight 12288,4096
      transformer.blocks.{0-31}.attn.out_proj.weight 4096,4096
      transformer.blocks.{0-31}.ffn.up_proj.weight 16384,4096
      transformer.blocks.{0-31}.ffn.down_proj.weight 4096,16384
      transformer.norm_f.weight 4096`,
    config: {
      model_type: "mpt",
      d_model: 4096,
      n_layers: 32,
      n_heads: 32,
      expansion_ratio: 4,
      vocab_size: 50432,
    },
    expected: {
      total: 6_649_286_656,
      family: "mpt",
      attention: "MHA",
      kvBytesPerToken: 524_288,
      tied: true,
      layers: 32,
    },
  },
  {
    title: "StarCoder2-7B",
    tensors: `
      model.embed_tokens.weight 49152,4608
      ${bothOf("model.layers.{0-31}.self_attn.{q,o}_proj", 4608, 4608)}
      ${bothOf("model.layers.{0-31}.self_attn.{k,v}_proj", 512, 4608)}
      ${bothOf("model.layers.{0-31}.mlp.c_fc", 18432, 4608)}
      ${bothOf("model.layers.{0-31}.mlp.c_proj", 4608, 18432)}
      model.layers.{0-31}.{input,post_attention}_layernorm.{weight,bias} 4608
      model.norm.{weight,bias} 4608`,
    config: {
      model_type: "starcoder2",
      hidden_size: 4608,
      num_hidden_layers: 32,
      num_attention_heads: 36,
      num_key_value_heads: 4,
      intermediate_size: 18432,
      sliding_window: 4096,
      vocab_size: 49152,
    },
    expected: {
      total: 7_173_923_840,
      family: "starcoder2",
      attention: "GQA",
      kvBytesPerToken: 65_536,
      kvGrowing: 0,
      layers: 32,
    },
  },
  {
    title: "StarCoder, one head of keys",
    tensors: `
      transformer.wte.weight 49152,6144
      transformer.wpe.weight 8192,6144
      transformer.h.{0-39}.{ln_1,ln_2}.{weight,bias} 6144
      ${bothOf("transformer.h.{0-39}.attn.c_attn", 6400, 6144)}
      ${bothOf("transformer.h.{0-39}.attn.c_proj", 6144, 6144)}
      ${bothOf("transformer.h.{0-39}.mlp.c_fc", 24576, 6144)}
      ${bothOf("transformer.h.{0-39}.mlp.c_proj", 6144, 24576)}
      transformer.ln_f.{weight,bias} 6144`,
    config: {
      model_type: "gpt_bigcode",
      n_embd: 6144,
      n_layer: 40,
      n_head: 48,
      n_inner: 24576,
      multi_query: true,
      vocab_size: 49152,
    },
    expected: {
      total: 15_517_456_384,
      family: "gpt_bigcode",
      attention: "MQA",
      kvBytesPerToken: 20_480,
      tied: true,
      layers: 40,
    },
  },
  {
    title: "StableLM-2-12B, a norm for each head, one norm a layer",
    tensors: `
      model.embed_tokens.weight 100352,5120
      model.layers.{0-39}.self_attn.{q,o}_proj.weight 5120,5120
      model.layers.{0-39}.self_attn.{k,v}_proj.weight 1280,5120
      model.layers.{0-39}.self_attn.q_layernorm.norms.{0-31}.weight 160
      model.layers.{0-39}.self_attn.k_layernorm.norms.{0-7}.weight 160
      model.layers.{0-39}.mlp.{gate,up}_proj.weight 13824,5120
      model.layers.{0-39}.mlp.down_proj.weight 5120,13824
      model.layers.{0-39}.input_layernorm.{weight,bias} 5120
      model.norm.{weight,bias} 5120
      lm_head.weight 100352,5120`,
    config: {
      model_type: "stablelm",
      hidden_size: 5120,
      num_hidden_layers: 40,
      num_attention_heads: 32,
      num_key_value_heads: 8,
      intermediate_size: 13824,
      vocab_size: 100352,
      tie_word_embeddings: false,
    },
    expected: {
      total: 12_143_185_920,
      family: "stablelm",
      attention: "GQA",
      kvBytesPerToken: 204_800,
      layers: 40,
    },
  },
  {
    title: "Phi-2",
    tensors: `
      model.embed_tokens.weight 51200,2560
      ${bothOf("model.layers.{0-31}.self_attn.{q,k,v}_proj", 2560, 2560)}
      ${bothOf("model.layers.{0-31}.self_attn.dense", 2560, 2560)}
      ${bothOf("model.layers.{0-31}.mlp.fc1", 10240, 2560)}
      ${bothOf("model.layers.{0-31}.mlp.fc2", 2560, 10240)}
      model.layers.{0-31}.input_layernorm.{weight,bias} 2560
      model.final_layernorm.{weight,bias} 2560
      ${bothOf("lm_head", 51200, 2560)}`,
    config: {
      model_type: "phi",
      hidden_size: 2560,
      num_hidden_layers: 32,
      num_attention_heads: 32,
      intermediate_size: 10240,
      vocab_size: 51200,
      tie_word_embeddings: false,
    },
    expected: {
      total: 2_779_683_840,
      family: "phi1",
      attention: "MHA",
      kvBytesPerToken: 327_680,
      layers: 32,
    },
  },
  {
    title: "EXAONE-3.5-7.8B",
    tensors: `
      transformer.wte.weight 102400,4096
      transformer.h.{0-31}.{ln_1,ln_2}.weight 4096
      transformer.h.{0-31}.attn.attention.{q,out}_proj.weight 4096,4096
      transformer.h.{0-31}.attn.attention.{k,v}_proj.weight 1024,4096
      transformer.h.{0-31}.mlp.{c_fc_0,c_fc_1}.weight 14336,4096
      transformer.h.{0-31}.mlp.c_proj.weight 4096,14336
      transformer.ln_f.weight 4096
      lm_head.weight 102400,4096`,
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
    expected: {
      total: 7_818_448_896,
      family: "exaone",
      attention: "GQA",
      kvBytesPerToken: 131_072,
      layers: 32,
    },
  },
  {
    title: "Pythia-6.9B",
    tensors: `
      gpt_neox.embed_in.weight 50432,4096
      gpt_neox.layers.{0-31}.{input_layernorm,post_attention_layernorm}.{weight,bias} 4096
      ${bothOf("gpt_neox.layers.{0-31}.attention.query_key_value", 12288, 4096)}
      ${bothOf("gpt_neox.layers.{0-31}.attention.dense", 4096, 4096)}
      ${bothOf("gpt_neox.layers.{0-31}.mlp.dense_h_to_4h", 16384, 4096)}
      ${bothOf("gpt_neox.layers.{0-31}.mlp.dense_4h_to_h", 4096, 16384)}
      gpt_neox.final_layer_norm.{weight,bias} 4096
      embed_out.weight 50432,4096`,
    config: {
      model_type: "gpt_neox",
      hidden_size: 4096,
      num_hidden_layers: 32,
      num_attention_heads: 32,
      intermediate_size: 16384,
      vocab_size: 50432,
      tie_word_embeddings: false,
    },
    expected: {
      total: 6_857_302_016,
      family: "gpt-neox",
      attention: "MHA",
      kvBytesPerToken: 524_288,
      layers: 32,
    },
  },
  {
    title: "BLOOM-560m",
    tensors: `
      word_embeddings.weight 250880,1024
      word_embeddings_layernorm.{weight,bias} 1024
      h.{0-23}.{input,post_attention}_layernorm.{weight,bias} 1024
      ${bothOf("h.{0-23}.self_attention.query_key_value", 3072, 1024)}
      ${bothOf("h.{0-23}.self_attention.dense", 1024, 1024)}
      ${bothOf("h.{0-23}.mlp.dense_h_to_4h", 4096, 1024)}
      ${bothOf("h.{0-23}.mlp.dense_4h_to_h", 1024, 4096)}
      ln_f.{weight,bias} 1024`,
    config: { model_type: "bloom", n_embed: 1024, n_layer: 24, num_attention_heads: 16, vocab_size: 250880 },
    expected: {
      total: 559_214_592,
      family: "bloom",
      attention: "MHA",
      kvBytesPerToken: 98_304,
      tied: true,
      layers: 24,
    },
  },
];
