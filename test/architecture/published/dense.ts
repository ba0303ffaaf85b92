import { type LlamaShape, llamaConfig, llamaTensors, type Published } from "./published.ts";

const llama31: LlamaShape = { h: 4096, layers: 32, heads: 32, kv: 8, d: 128, i: 14336, vocab: 128256 };
const mistral: LlamaShape = { ...llama31, vocab: 32000 };
const llama2: LlamaShape = { ...mistral, kv: 32, i: 11008 };
const devstral: LlamaShape = { ...mistral, h: 5120, layers: 40, i: 32768, vocab: 131072 };
const qwen25: LlamaShape = {
  h: 3584,
  layers: 28,
  heads: 28,
  kv: 4,
  d: 128,
  i: 18944,
  vocab: 152064,
  more: "{layer}.self_attn.q_proj.bias 3584\n{layer}.self_attn.{k,v}_proj.bias 512",
};
const qwen3: LlamaShape = {
  h: 4096,
  layers: 36,
  heads: 32,
  kv: 8,
  d: 128,
  i: 12288,
  vocab: 151936,
  more: "{layer}.self_attn.{q,k}_norm.weight 128",
};
const olmo2: LlamaShape = {
  h: 4096,
  layers: 32,
  heads: 32,
  kv: 32,
  d: 128,
  i: 11008,
  vocab: 100352,
  norms: ["post_attention_layernorm", "post_feedforward_layernorm"],
  more: "{layer}.self_attn.{q,k}_norm.weight 4096",
};
const commandR: LlamaShape = {
  h: 8192,
  layers: 40,
  heads: 64,
  kv: 64,
  d: 128,
  i: 22528,
  vocab: 256000,
  tied: true,
  norms: ["input_layernorm"],
};
const commandRPlus: LlamaShape = {
  h: 12288,
  layers: 64,
  heads: 96,
  kv: 8,
  d: 128,
  i: 33792,
  vocab: 256000,
  tied: true,
  norms: ["input_layernorm"],
  more: "{layer}.self_attn.q_norm.weight 96,128\n{layer}.self_attn.k_norm.weight 8,128",
};
const commandR7b: LlamaShape = {
  h: 4096,
  layers: 32,
  heads: 32,
  kv: 8,
  d: 128,
  i: 14336,
  vocab: 256000,
  tied: true,
  norms: ["input_layernorm"],
};

/** Dense decoders in Llama's naming, or close to it. */
export const DENSE: readonly Published[] = [
  {
    title: "Llama-3.1-8B",
    tensors: llamaTensors(llama31),
    config: llamaConfig("llama", llama31),
    expected: {
      total: 8_030_261_248,
      family: "llama",
      attention: "GQA",
      kvBytesPerToken: 131_072,
      kvGrowing: 131_072,
      tied: false,
      layers: 32,
    },
  },
  {
    title: "Llama-2-7B with recorded rotary tables",
    tensors: `${llamaTensors(llama2)}\nmodel.layers.{0-31}.self_attn.rotary_emb.inv_freq 64 F32`,
    config: llamaConfig("llama", llama2),
    expected: {
      total: 6_738_415_616,
      family: "llama",
      attention: "MHA",
      kvBytesPerToken: 524_288,
      layers: 32,
    },
  },
  {
    title: "Mistral-7B-v0.1",
    tensors: llamaTensors(mistral),
    config: llamaConfig("mistral", mistral, { sliding_window: 4096 }),
    expected: {
      total: 7_241_732_096,
      family: "llama",
      attention: "GQA",
      kvBytesPerToken: 131_072,
      kvGrowing: 0,
      layers: 32,
    },
  },
  {
    title: "Devstral-Small-2507, heads narrower than hidden size ÷ heads",
    tensors: llamaTensors(devstral),
    config: llamaConfig("mistral", devstral, { sliding_window: null }),
    expected: {
      total: 23_572_403_200,
      tensors: 363,
      bytes: 47_144_806_400,
      family: "llama",
      attention: "GQA",
      kvBytesPerToken: 163_840,
      kvGrowing: 163_840,
      tied: false,
      layers: 40,
    },
  },
  {
    title: "Qwen2.5-7B",
    tensors: llamaTensors(qwen25),
    config: llamaConfig("qwen2", qwen25, {
      use_sliding_window: false,
      sliding_window: 131072,
      max_window_layers: 28,
    }),
    expected: {
      total: 7_615_616_512,
      family: "qwen2",
      attention: "GQA",
      kvBytesPerToken: 57_344,
      layers: 28,
    },
  },
  {
    title: "Qwen3-8B",
    tensors: llamaTensors(qwen3),
    config: llamaConfig("qwen3", qwen3),
    expected: {
      total: 8_190_735_360,
      tensors: 399,
      family: "qwen3",
      attention: "GQA",
      kvBytesPerToken: 147_456,
      layers: 36,
    },
  },
  {
    title: "OLMo-2-7B",
    tensors: llamaTensors(olmo2),
    config: llamaConfig("olmo2", olmo2),
    expected: { total: 7_298_617_344, family: "olmo2", attention: "MHA", layers: 32 },
  },
  {
    title: "Command-R",
    tensors: llamaTensors(commandR),
    config: llamaConfig("cohere", commandR),
    expected: { total: 34_980_831_232, family: "cohere", attention: "MHA", tied: true, layers: 40 },
  },
  {
    title: "Command-R+",
    tensors: llamaTensors(commandRPlus),
    config: llamaConfig("cohere", commandRPlus),
    expected: { total: 103_810_674_688, family: "cohere", attention: "GQA", tied: true, layers: 64 },
  },
  {
    title: "Command-R7B",
    tensors: llamaTensors(commandR7b),
    config: llamaConfig("cohere2", commandR7b, { sliding_window: 4096, sliding_window_pattern: 4 }),
    expected: {
      total: 8_028_033_024,
      family: "cohere",
      attention: "GQA",
      tied: true,
      layers: 32,
      kvBytesPerToken: 131_072,
      kvGrowing: 32_768,
    },
  },
  {
    title: "Phi-3-mini",
    tensors: `
      model.embed_tokens.weight 32064,3072
      model.layers.{0-31}.self_attn.qkv_proj.weight 9216,3072
      model.layers.{0-31}.self_attn.o_proj.weight 3072,3072
      model.layers.{0-31}.mlp.gate_up_proj.weight 16384,3072
      model.layers.{0-31}.mlp.down_proj.weight 3072,8192
      model.layers.{0-31}.{input,post_attention}_layernorm.weight 3072
      model.norm.weight 3072
      lm_head.weight 32064,3072`,
    config: {
      model_type: "phi3",
      hidden_size: 3072,
      num_hidden_layers: 32,
      num_attention_heads: 32,
      num_key_value_heads: 32,
      intermediate_size: 8192,
      vocab_size: 32064,
      sliding_window: 2047,
    },
    expected: {
      total: 3_821_079_552,
      family: "phi",
      attention: "MHA",
      kvBytesPerToken: 393_216,
      kvGrowing: 0,
      tied: false,
      layers: 32,
    },
  },
  {
    title: "Phi-4",
    tensors: `
      model.embed_tokens.weight 100352,5120
      model.layers.{0-39}.self_attn.qkv_proj.weight 7680,5120
      model.layers.{0-39}.self_attn.o_proj.weight 5120,5120
      model.layers.{0-39}.mlp.gate_up_proj.weight 35840,5120
      model.layers.{0-39}.mlp.down_proj.weight 5120,17920
      model.layers.{0-39}.{input,post_attention}_layernorm.weight 5120
      model.norm.weight 5120
      lm_head.weight 100352,5120`,
    config: {
      model_type: "phi3",
      hidden_size: 5120,
      num_hidden_layers: 40,
      num_attention_heads: 40,
      num_key_value_heads: 10,
    },
    expected: {
      total: 14_659_507_200,
      family: "phi",
      attention: "GQA",
      kvBytesPerToken: 204_800,
      layers: 40,
    },
  },
  {
    title: "Falcon-7B, head stored although tied",
    tensors: `
      transformer.word_embeddings.weight 65024,4544
      transformer.h.{0-31}.input_layernorm.{weight,bias} 4544
      transformer.h.{0-31}.self_attention.query_key_value.weight 4672,4544
      transformer.h.{0-31}.self_attention.dense.weight 4544,4544
      transformer.h.{0-31}.mlp.dense_h_to_4h.weight 18176,4544
      transformer.h.{0-31}.mlp.dense_4h_to_h.weight 4544,18176
      transformer.ln_f.{weight,bias} 4544
      lm_head.weight 65024,4544`,
    config: {
      model_type: "falcon",
      num_attention_heads: 71,
      num_hidden_layers: 32,
      hidden_size: 4544,
      multi_query: true,
      new_decoder_architecture: false,
    },
    expected: {
      total: 7_217_189_760,
      family: "falcon",
      attention: "MQA",
      kvBytesPerToken: 8_192,
      kvGrowing: 8_192,
      tied: false,
      layers: 32,
    },
  },
  {
    title: "Falcon-40B",
    tensors: `
      transformer.word_embeddings.weight 65024,8192
      transformer.h.{0-59}.{ln_attn,ln_mlp}.{weight,bias} 8192
      transformer.h.{0-59}.self_attention.query_key_value.weight 9216,8192
      transformer.h.{0-59}.self_attention.dense.weight 8192,8192
      transformer.h.{0-59}.mlp.dense_h_to_4h.weight 32768,8192
      transformer.h.{0-59}.mlp.dense_4h_to_h.weight 8192,32768
      transformer.ln_f.{weight,bias} 8192
      lm_head.weight 65024,8192`,
    config: {
      model_type: "falcon",
      num_attention_heads: 128,
      num_kv_heads: 8,
      num_hidden_layers: 60,
      hidden_size: 8192,
      multi_query: true,
      new_decoder_architecture: true,
    },
    expected: { total: 41_835_970_560, family: "falcon", attention: "GQA", layers: 60 },
  },
  {
    title: "GPT-NeoX-20B with causal masks",
    tensors: `
      gpt_neox.embed_in.weight 50432,6144
      gpt_neox.layers.{0-43}.{input_layernorm,post_attention_layernorm}.{weight,bias} 6144
      gpt_neox.layers.{0-43}.attention.query_key_value.weight 18432,6144
      gpt_neox.layers.{0-43}.attention.query_key_value.bias 18432
      gpt_neox.layers.{0-43}.attention.dense.weight 6144,6144
      gpt_neox.layers.{0-43}.attention.dense.bias 6144
      gpt_neox.layers.{0-43}.attention.bias 1,1,2048,2048 F32
      gpt_neox.layers.{0-43}.attention.masked_bias - F32
      gpt_neox.layers.{0-43}.attention.rotary_emb.inv_freq 12 F32
      gpt_neox.layers.{0-43}.mlp.dense_h_to_4h.weight 24576,6144
      gpt_neox.layers.{0-43}.mlp.dense_h_to_4h.bias 24576
      gpt_neox.layers.{0-43}.mlp.dense_4h_to_h.weight 6144,24576
      gpt_neox.layers.{0-43}.mlp.dense_4h_to_h.bias 6144
      gpt_neox.final_layer_norm.{weight,bias} 6144
      embed_out.weight 50432,6144`,
    config: { model_type: "gpt_neox", num_attention_heads: 64, num_hidden_layers: 44, hidden_size: 6144 },
    expected: { total: 20_554_567_680, family: "gpt-neox", attention: "MHA", tied: false, layers: 44 },
  },
  {
    title: "GPT-2 small, transposed linears and a tied head",
    tensors: `
      wte.weight 50257,768
      wpe.weight 1024,768
      h.{0-11}.{ln_1,ln_2}.{weight,bias} 768
      h.{0-11}.attn.bias 1,1,1024,1024 F32
      h.{0-11}.attn.c_attn.weight 768,2304
      h.{0-11}.attn.c_attn.bias 2304
      h.{0-11}.attn.c_proj.weight 768,768
      h.{0-11}.attn.c_proj.bias 768
      h.{0-11}.mlp.c_fc.weight 768,3072
      h.{0-11}.mlp.c_fc.bias 3072
      h.{0-11}.mlp.c_proj.weight 3072,768
      h.{0-11}.mlp.c_proj.bias 768
      ln_f.{weight,bias} 768`,
    config: { model_type: "gpt2", n_head: 12, n_layer: 12, n_embd: 768, n_positions: 1024 },
    // 50257·768 + 1024·768 + 12·(4·768 + 768·2304 + 2304 + 768² + 768 + 2·768·3072 + 3072 + 768) + 2·768
    expected: {
      total: 124_439_808,
      family: "gpt2",
      attention: "MHA",
      kvBytesPerToken: 36_864,
      tied: true,
      layers: 12,
    },
  },
];
