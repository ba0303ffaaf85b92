import { type LlamaShape, llamaConfig, llamaTensors, type Published } from "./published.ts";

const bothOf = (name: string, out: number, input: number) =>
  `${name}.weight ${out},${input}\n${name}.bias ${out}`;

const minitron: LlamaShape = {
  h: 3072,
  layers: 32,
  heads: 24,
  kv: 8,
  d: 128,
  i: 9216,
  vocab: 256000,
  mlp: false,
  more: `{layer}.mlp.up_proj.weight 9216,3072
    {layer}.mlp.down_proj.weight 3072,9216
    {layer}.{input,post_attention}_layernorm.bias 3072`,
};
const graniteMicro: LlamaShape = {
  h: 2560,
  layers: 40,
  heads: 40,
  kv: 8,
  d: 64,
  i: 8192,
  vocab: 100352,
  tied: true,
  mlp: false,
  more: `{layer}.shared_mlp.input_linear.weight 16384,2560
    {layer}.shared_mlp.output_linear.weight 2560,8192`,
};

/** Decoders in GPT's line of names, and three of later lines whose twist is small. */
export const GPTS: readonly Published[] = [
  {
    title: "GPT-J-6B",
    tensors: `
      transformer.wte.weight 50400,4096
      transformer.h.{0-27}.ln_1.{weight,bias} 4096
      transformer.h.{0-27}.attn.{q,k,v,out}_proj.weight 4096,4096
      ${bothOf("transformer.h.{0-27}.mlp.fc_in", 16384, 4096)}
      ${bothOf("transformer.h.{0-27}.mlp.fc_out", 4096, 16384)}
      transformer.ln_f.{weight,bias} 4096
      ${bothOf("lm_head", 50400, 4096)}`,
    config: { model_type: "gptj", n_embd: 4096, n_layer: 28, n_head: 16, vocab_size: 50400 },
    expected: {
      total: 6_050_882_784,
      family: "gpt-j",
      attention: "MHA",
      kvBytesPerToken: 458_752,
      tied: false,
      layers: 28,
    },
  },
  {
    title: "GPT-Neo-1.3B with causal masks",
    tensors: `
      transformer.wte.weight 50257,2048
      transformer.wpe.weight 2048,2048
      transformer.h.{0-23}.{ln_1,ln_2}.{weight,bias} 2048
      transformer.h.{0-23}.attn.attention.{q,k,v,out}_proj.weight 2048,2048
      transformer.h.{0-23}.attn.attention.out_proj.bias 2048
      transformer.h.{0-23}.attn.attention.bias 1,1,2048,2048 U8
      transformer.h.{0-23}.attn.attention.masked_bias - F32
      ${bothOf("transformer.h.{0-23}.mlp.c_fc", 8192, 2048)}
      ${bothOf("transformer.h.{0-23}.mlp.c_proj", 2048, 8192)}
      transformer.ln_f.{weight,bias} 2048`,
    config: { model_type: "gpt_neo", hidden_size: 2048, num_layers: 24, num_heads: 16, vocab_size: 50257 },
    expected: {
      total: 1_315_575_808,
      family: "gpt-neo",
      attention: "MHA",
      kvBytesPerToken: 196_608,
      tied: true,
      layers: 24,
    },
  },
  {
    title: "CodeGen-350M",
    tensors: `
      transformer.wte.weight 51200,1024
      transformer.h.{0-19}.ln_1.{weight,bias} 1024
      transformer.h.{0-19}.attn.qkv_proj.weight 3072,1024
      transformer.h.{0-19}.attn.out_proj.weight 1024,1024
      transformer.h.{0-19}.attn.causal_mask 1,1,2048,2048 U8
      ${bothOf("transformer.h.{0-19}.mlp.fc_in", 4096, 1024)}
      ${bothOf("transformer.h.{0-19}.mlp.fc_out", 1024, 4096)}
      transformer.ln_f.{weight,bias} 1024
      ${bothOf("lm_head", 51200, 1024)}`,
    config: { model_type: "codegen", n_embd: 1024, n_layer: 20, n_head: 16, vocab_size: 51200 },
    expected: {
      total: 356_712_448,
      family: "gpt-j",
      attention: "MHA",
      kvBytesPerToken: 81_920,
      tied: false,
      layers: 20,
    },
  },
  {
    title: "InternLM2-7B",
    tensors: `
      model.tok_embeddings.weight 92544,4096
      model.layers.{0-31}.attention.wqkv.weight 6144,4096
      model.layers.{0-31}.attention.wo.weight 4096,4096
      model.layers.{0-31}.feed_forward.w{1,3}.weight 14336,4096
      model.layers.{0-31}.feed_forward.w2.weight 4096,14336
      model.layers.{0-31}.{attention,ffn}_norm.weight 4096
      model.norm.weight 4096
      output.weight 92544,4096`,
    config: {
      model_type: "internlm2",
      hidden_size: 4096,
      num_hidden_layers: 32,
      num_attention_heads: 32,
      num_key_value_heads: 8,
      intermediate_size: 14336,
      vocab_size: 92544,
      tie_word_embeddings: false,
    },
    expected: {
      total: 7_737_708_544,
      family: "internlm2",
      attention: "GQA",
      kvBytesPerToken: 131_072,
      tied: false,
      layers: 32,
    },
  },
  {
    title: "Minitron-4B, not gated, LayerNorm",
    tensors: `${llamaTensors(minitron)}\nmodel.norm.bias 3072`,
    config: llamaConfig("nemotron", minitron),
    expected: {
      total: 4_190_509_056,
      family: "nemotron",
      attention: "GQA",
      kvBytesPerToken: 131_072,
      tied: false,
      layers: 32,
    },
  },
  {
    title: "Granite-4.0-Micro, hybrid in name alone",
    tensors: llamaTensors(graniteMicro),
    config: llamaConfig("granitemoehybrid", graniteMicro, {
      num_local_experts: 0,
      num_experts_per_tok: 0,
      shared_intermediate_size: 8192,
    }),
    expected: {
      total: 3_402_836_480,
      active: 3_402_836_480,
      family: "granite-hybrid",
      attention: "GQA",
      kvBytesPerToken: 81_920,
      tied: true,
      layers: 40,
    },
  },
  {
    title: "MiniCPM3-4B, latent attention without experts",
    tensors: `
      model.embed_tokens.weight 73448,2560
      model.layers.{0-61}.self_attn.q_a_proj.weight 768,2560
      model.layers.{0-61}.self_attn.q_a_layernorm.weight 768
      model.layers.{0-61}.self_attn.q_b_proj.weight 3840,768
      model.layers.{0-61}.self_attn.kv_a_proj_with_mqa.weight 288,2560
      model.layers.{0-61}.self_attn.kv_a_layernorm.weight 256
      model.layers.{0-61}.self_attn.kv_b_proj.weight 5120,256
      model.layers.{0-61}.self_attn.o_proj.weight 2560,2560
      model.layers.{0-61}.mlp.{gate,up}_proj.weight 6400,2560
      model.layers.{0-61}.mlp.down_proj.weight 2560,6400
      model.layers.{0-61}.{input,post_attention}_layernorm.weight 2560
      model.norm.weight 2560`,
    config: {
      model_type: "minicpm3",
      hidden_size: 2560,
      num_hidden_layers: 62,
      num_attention_heads: 40,
      num_key_value_heads: 40,
      intermediate_size: 6400,
      vocab_size: 73448,
      tie_word_embeddings: true,
    },
    // 62 layers × (256 + 32) × 2 bytes
    expected: {
      total: 4_073_875_968,
      family: "minicpm3",
      attention: "MLA",
      kvBytesPerToken: 35_712,
      tied: true,
      layers: 62,
    },
  },
];
