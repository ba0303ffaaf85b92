import type { Published } from "./published.ts";
import { mamba1, mamba2 } from "./state-space.ts";

const JAMBA_MAMBA = "model.layers.{0-3,5-11,13-19,21-27,29-31}.mamba";
const JAMBA_ATTENTION = "model.layers.{4-28:8}.self_attn";
const JAMBA_MLP = (box: string) => `
  ${box}.{gate,up}_proj.weight 14336,4096
  ${box}.down_proj.weight 4096,14336`;
const JAMBA = `
  model.embed_tokens.weight 65536,4096
  model.layers.{0-31}.{input,pre_ff}_layernorm.weight 4096
  ${mamba1(JAMBA_MAMBA, 4096, 256, 8192)}
  ${JAMBA_MAMBA}.dt_layernorm.weight 256
  ${JAMBA_MAMBA}.{b,c}_layernorm.weight 16
  ${JAMBA_ATTENTION}.{q,o}_proj.weight 4096,4096
  ${JAMBA_ATTENTION}.{k,v}_proj.weight 1024,4096
  ${JAMBA_MLP("model.layers.{0-30:2}.feed_forward")}
  model.layers.{1-31:2}.feed_forward.router.weight 16,4096
  ${JAMBA_MLP("model.layers.{1-31:2}.feed_forward.experts.{0-15}")}
  model.final_layernorm.weight 4096
  lm_head.weight 65536,4096`;

/** Short convolutions in most layers, attention in `attending`; LFM2 puts a norm it calls embedding_norm at the end. */
const lfm2 = (layers: number, attending: readonly number[], feedForward: string) => {
  const others = Array.from({ length: layers }, (_, layer) => layer).filter(
    (layer) => !attending.includes(layer),
  );
  const attention = `model.layers.{${attending}}.self_attn`;
  const conv = `model.layers.{${others}}.conv`;
  return `
    model.embed_tokens.weight 65536,2048
    model.layers.{0-${layers - 1}}.{operator_norm,ffn_norm}.weight 2048
    ${conv}.in_proj.weight 6144,2048
    ${conv}.conv.weight 2048,1,3
    ${conv}.out_proj.weight 2048,2048
    ${attention}.{q,out}_proj.weight 2048,2048
    ${attention}.{k,v}_proj.weight 512,2048
    ${attention}.{q,k}_layernorm.weight 64
    ${feedForward}
    model.embedding_norm.weight 2048`;
};
const lfm2Mlp = (box: string, width: number) => `
  ${box}.w{1,3}.weight ${width},2048
  ${box}.w2.weight 2048,${width}`;

/** Recurrence beside attention, and recurrence alone, in names of their own. */
export const HYBRID: readonly Published[] = [
  {
    title: "Falcon-H1-0.5B, attention and Mamba-2 side by side",
    tensors: `
      model.embed_tokens.weight 32784,1024
      model.layers.{0-35}.{input,pre_ff}_layernorm.weight 1024
      model.layers.{0-35}.self_attn.q_proj.weight 512,1024
      model.layers.{0-35}.self_attn.{k,v}_proj.weight 128,1024
      model.layers.{0-35}.self_attn.o_proj.weight 1024,512
      ${mamba2("model.layers.{0-35}.mamba", { h: 1024, inner: 1536, heads: 24, groups: 1, state: 128, norm: false })}
      model.layers.{0-35}.feed_forward.{gate,up}_proj.weight 2048,1024
      model.layers.{0-35}.feed_forward.down_proj.weight 1024,2048
      model.final_layernorm.weight 1024
      lm_head.weight 32784,1024`,
    config: {
      model_type: "falcon_h1",
      hidden_size: 1024,
      num_hidden_layers: 36,
      num_attention_heads: 8,
      num_key_value_heads: 2,
      head_dim: 64,
      mamba_d_state: 128,
      mamba_d_ssm: 1536,
      mamba_d_head: 64,
      mamba_n_heads: 24,
      mamba_n_groups: 1,
      mamba_rms_norm: false,
      intermediate_size: 2048,
      vocab_size: 32784,
    },
    expected: {
      total: 521_411_104,
      family: "falcon-h1",
      attention: "GQA",
      kvBytesPerToken: 18_432,
      stateBytes: 14_542_848,
      tied: false,
      layers: 36,
    },
  },
  {
    title: "RecurrentGemma-9B",
    tensors: `
      model.embed_tokens.weight 256000,4096
      model.layers.{0-37}.{temporal_pre_norm,channel_pre_norm}.weight 4096
      model.layers.{0-37}.mlp_block.{gate,up}_proj.weight 12288,4096
      model.layers.{0-37}.mlp_block.{gate,up}_proj.bias 12288
      model.layers.{0-37}.mlp_block.down_proj.weight 4096,12288
      model.layers.{0-37}.mlp_block.down_proj.bias 4096
      model.layers.{2-37:3}.temporal_block.q_proj.weight 4096,4096
      model.layers.{2-37:3}.temporal_block.{k,v}_proj.weight 256,4096
      model.layers.{2-37:3}.temporal_block.o_proj.weight 4096,4096
      model.layers.{2-37:3}.temporal_block.o_proj.bias 4096
      model.layers.{0-37:3,1-37:3}.temporal_block.linear_{x,y,out}.weight 4096,4096
      model.layers.{0-37:3,1-37:3}.temporal_block.linear_{x,y,out}.bias 4096
      model.layers.{0-37:3,1-37:3}.temporal_block.conv_1d.weight 4096,1,4
      model.layers.{0-37:3,1-37:3}.temporal_block.conv_1d.bias 4096
      model.layers.{0-37:3,1-37:3}.temporal_block.rg_lru.recurrent_param 4096
      model.layers.{0-37:3,1-37:3}.temporal_block.rg_lru.{input,recurrent}_gate_weight 16,256,256
      model.layers.{0-37:3,1-37:3}.temporal_block.rg_lru.{input,recurrent}_gate_bias 16,256
      model.final_norm.weight 4096`,
    config: {
      model_type: "recurrent_gemma",
      hidden_size: 4096,
      num_hidden_layers: 38,
      num_attention_heads: 16,
      num_key_value_heads: 1,
      head_dim: 256,
      intermediate_size: 24576,
      attention_window_size: 2048,
      lru_width: 4096,
      conv1d_width: 4,
      _block_types: ["recurrent", "recurrent", "attention"],
      vocab_size: 256000,
    },
    // State: 26 layers × 4,096 × (1 + 3 earlier positions) × 2 bytes; windows keep 12 layers × 2 × 256 × 2 bytes a token
    expected: {
      total: 8_579_977_216,
      family: "recurrent-gemma",
      attention: "MQA",
      stateBytes: 851_968,
      tied: true,
      layers: 38,
      kvGrowing: 0,
    },
  },
  {
    title: "RWKV-4-169m",
    tensors: `
      rwkv.embeddings.weight 50277,768
      rwkv.blocks.0.pre_ln.{weight,bias} 768
      rwkv.blocks.{0-11}.ln{1,2}.{weight,bias} 768
      rwkv.blocks.{0-11}.attention.time_{decay,first} 768
      rwkv.blocks.{0-11}.attention.time_mix_{key,value,receptance} 1,1,768
      rwkv.blocks.{0-11}.attention.{key,value,receptance,output}.weight 768,768
      rwkv.blocks.{0-11}.feed_forward.time_mix_{key,receptance} 1,1,768
      rwkv.blocks.{0-11}.feed_forward.key.weight 3072,768
      rwkv.blocks.{0-11}.feed_forward.receptance.weight 768,768
      rwkv.blocks.{0-11}.feed_forward.value.weight 768,3072
      rwkv.ln_out.{weight,bias} 768
      head.weight 50277,768`,
    config: { model_type: "rwkv", hidden_size: 768, num_hidden_layers: 12, vocab_size: 50277 },
    // State: 12 layers × 5 × 768 × 2 bytes
    expected: {
      total: 169_342_464,
      family: "rwkv",
      kvBytesPerToken: 0,
      stateBytes: 92_160,
      tied: false,
      layers: 12,
    },
  },

  {
    title: "Falcon-H1-7B",
    tensors: `
      model.embed_tokens.weight 130048,3072
      model.layers.{0-43}.{input,pre_ff}_layernorm.weight 3072
      model.layers.{0-43}.self_attn.q_proj.weight 1536,3072
      model.layers.{0-43}.self_attn.{k,v}_proj.weight 256,3072
      model.layers.{0-43}.self_attn.o_proj.weight 3072,1536
      ${mamba2("model.layers.{0-43}.mamba", { h: 3072, inner: 3072, heads: 24, groups: 1, state: 256, norm: false })}
      model.layers.{0-43}.feed_forward.{gate,up}_proj.weight 12288,3072
      model.layers.{0-43}.feed_forward.down_proj.weight 3072,12288
      model.final_layernorm.weight 3072
      lm_head.weight 130048,3072`,
    config: {
      model_type: "falcon_h1",
      hidden_size: 3072,
      num_hidden_layers: 44,
      num_attention_heads: 12,
      num_key_value_heads: 2,
      head_dim: 128,
      mamba_d_ssm: 3072,
      mamba_d_state: 256,
      mamba_n_heads: 24,
      mamba_n_groups: 1,
      intermediate_size: 12288,
      vocab_size: 130048,
    },
    // 44 layers × 2 × 256 × 2 bytes; 44 layers × (3,072 × 256 + 3,584 × 3) × 2 bytes
    expected: {
      total: 7_585_513_568,
      family: "falcon-h1",
      attention: "GQA",
      kvBytesPerToken: 45_056,
      kvGrowing: 45_056,
      stateBytes: 70_152_192,
      tied: false,
      layers: 44,
    },
  },
  {
    title: "Jamba-v0.1",
    tensors: JAMBA,
    config: {
      model_type: "jamba",
      hidden_size: 4096,
      num_hidden_layers: 32,
      num_attention_heads: 32,
      num_key_value_heads: 8,
      intermediate_size: 14336,
      num_experts: 16,
      num_experts_per_tok: 2,
      expert_layer_period: 2,
      expert_layer_offset: 1,
      attn_layer_period: 8,
      attn_layer_offset: 4,
      mamba_d_state: 16,
      vocab_size: 65536,
      tie_word_embeddings: false,
    },
    // State: 28 layers × 8,192 channels × (16 + 3) × 2 bytes
    expected: {
      total: 51_570_323_328,
      tensors: 1_251,
      active: 12_110_311_296,
      activeBillions: ["12.11", "11.84", "11.57"],
      family: "jamba",
      attention: "GQA",
      kvBytesPerToken: 16_384,
      kvGrowing: 16_384,
      stateBytes: 8_716_288,
      tied: false,
      layers: 32,
    },
  },
  {
    title: "LFM2-1.2B, short convolutions between attention",
    tensors: lfm2(16, [2, 5, 8, 10, 12, 14], lfm2Mlp("model.layers.{0-15}.feed_forward", 8192)),
    config: {
      model_type: "lfm2",
      hidden_size: 2048,
      num_hidden_layers: 16,
      num_attention_heads: 32,
      num_key_value_heads: 8,
      conv_L_cache: 3,
      block_ff_dim: 12288,
      block_auto_adjust_ff_dim: true,
      full_attn_idxs: [2, 5, 8, 10, 12, 14],
      vocab_size: 65536,
    },
    // 6 layers × 2 × 512 × 2 bytes; 10 layers × 2,048 channels × 2 earlier positions × 2 bytes
    expected: {
      total: 1_170_340_608,
      buckets: { recurrent: 167_833_600, attention: 62_915_328, norms: 67_584 },
      family: "lfm2",
      attention: "GQA",
      kvBytesPerToken: 12_288,
      kvGrowing: 12_288,
      stateBytes: 81_920,
      tied: true,
      layers: 16,
    },
  },
  {
    title: "LFM2-8B-A1B, short convolutions and experts",
    tensors: lfm2(
      24,
      [2, 6, 10, 14, 18, 21],
      `${lfm2Mlp("model.layers.{0-1}.feed_forward", 7168)}
       ${lfm2Mlp("model.layers.{2-23}.feed_forward.experts.{0-31}", 1792)}
       model.layers.{2-23}.feed_forward.gate.weight 32,2048
       model.layers.{2-23}.feed_forward.expert_bias 32 F32`,
    ),
    config: {
      model_type: "lfm2_moe",
      hidden_size: 2048,
      num_hidden_layers: 24,
      num_attention_heads: 32,
      num_key_value_heads: 8,
      conv_L_cache: 3,
      intermediate_size: 7168,
      moe_intermediate_size: 1792,
      num_dense_layers: 2,
      num_experts: 32,
      num_experts_per_tok: 4,
      vocab_size: 65536,
    },
    // The published 8,339,929,856 and 22 × 32 of the routers' biases, which are buffers to the library
    expected: {
      total: 8_339_930_560,
      active: 1_557_740_992,
      family: "lfm2",
      attention: "GQA",
      kvBytesPerToken: 12_288,
      kvGrowing: 12_288,
      stateBytes: 147_456,
      tied: true,
      layers: 24,
    },
  },
  {
    title: "Bamba-9B, three layers of attention",
    tensors: `
      model.embed_tokens.weight 128256,4096
      ${mamba2("model.layers.{0-8,10-17,19-26,28-31}.mamba", { h: 4096, inner: 8192, heads: 128, groups: 1, state: 128 })}
      model.layers.{9,18,27}.self_attn.{q,o}_proj.weight 4096,4096
      model.layers.{9,18,27}.self_attn.{k,v}_proj.weight 1024,4096
      model.layers.{0-31}.feed_forward.{gate,up}_proj.weight 14336,4096
      model.layers.{0-31}.feed_forward.down_proj.weight 4096,14336
      model.layers.{0-31}.{input,pre_ff}_layernorm.weight 4096
      model.final_layernorm.weight 4096
      lm_head.weight 128256,4096`,
    config: {
      model_type: "bamba",
      hidden_size: 4096,
      num_hidden_layers: 32,
      num_attention_heads: 32,
      num_key_value_heads: 8,
      intermediate_size: 14336,
      mamba_d_state: 128,
      vocab_size: 128256,
      tie_word_embeddings: false,
    },
    // 3 layers × 2 × 1,024 × 2 bytes; 29 layers × (8,192 × 128 + 8,448 × 3) × 2 bytes
    expected: {
      total: 9_780_235_392,
      family: "bamba",
      attention: "GQA",
      kvBytesPerToken: 12_288,
      kvGrowing: 12_288,
      stateBytes: 62_287_360,
      tied: false,
      layers: 32,
    },
  },
];
