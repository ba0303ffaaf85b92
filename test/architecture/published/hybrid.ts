import type { Published } from "./published.ts";

/** A quarter of the layers attends, the others are gated DeltaNet; one more attention layer predicts ahead. */
const NEXT_MIXERS = `
  model.layers.{3-47:4}.self_attn.q_proj.weight 8192,2048
  model.layers.{3-47:4}.self_attn.{k,v}_proj.weight 512,2048
  model.layers.{3-47:4}.self_attn.o_proj.weight 2048,4096
  model.layers.{3-47:4}.self_attn.{q,k}_norm.weight 256
  model.layers.{0-47:4,1-47:4,2-47:4}.linear_attn.in_proj_qkvz.weight 12288,2048
  model.layers.{0-47:4,1-47:4,2-47:4}.linear_attn.in_proj_ba.weight 64,2048
  model.layers.{0-47:4,1-47:4,2-47:4}.linear_attn.conv1d.weight 8192,1,4
  model.layers.{0-47:4,1-47:4,2-47:4}.linear_attn.{dt_bias,A_log} 32
  model.layers.{0-47:4,1-47:4,2-47:4}.linear_attn.norm.weight 128
  model.layers.{0-47:4,1-47:4,2-47:4}.linear_attn.out_proj.weight 2048,4096`;

const nextMoe = (layer: string) => `
  ${layer}.{input,post_attention}_layernorm.weight 2048
  ${layer}.mlp.gate.weight 512,2048
  ${layer}.mlp.experts.{0-511}.{gate,up}_proj.weight 512,2048
  ${layer}.mlp.experts.{0-511}.down_proj.weight 2048,512
  ${layer}.mlp.shared_expert.{gate,up}_proj.weight 512,2048
  ${layer}.mlp.shared_expert.down_proj.weight 2048,512
  ${layer}.mlp.shared_expert_gate.weight 1,2048`;

const QWEN3_NEXT = `
  model.embed_tokens.weight 151936,2048
  lm_head.weight 151936,2048
  model.norm.weight 2048
  ${NEXT_MIXERS}
  ${nextMoe("model.layers.{0-47}")}
  mtp.fc.weight 2048,4096
  mtp.{pre_fc_norm_embedding,pre_fc_norm_hidden,norm}.weight 2048
  mtp.layers.0.self_attn.q_proj.weight 8192,2048
  mtp.layers.0.self_attn.{k,v}_proj.weight 512,2048
  mtp.layers.0.self_attn.o_proj.weight 2048,4096
  mtp.layers.0.self_attn.{q,k}_norm.weight 256
  ${nextMoe("mtp.layers.0")}`;

const mamba1 = (mixer: string, h: number, rank: number, inner: number) => `
  ${mixer}.in_proj.weight ${2 * inner},${h}
  ${mixer}.conv1d.weight ${inner},1,4
  ${mixer}.conv1d.bias ${inner}
  ${mixer}.x_proj.weight ${rank + 32},${inner}
  ${mixer}.dt_proj.weight ${inner},${rank}
  ${mixer}.dt_proj.bias ${inner}
  ${mixer}.A_log ${inner},16 F32
  ${mixer}.D ${inner} F32
  ${mixer}.out_proj.weight ${h},${inner}`;

interface Mamba2Shape {
  readonly h: number;
  readonly inner: number;
  readonly heads: number;
  readonly groups: number;
  readonly state: number;
  readonly norm?: boolean;
}

const mamba2 = (mixer: string, { h, inner, heads, groups, state, norm = true }: Mamba2Shape) => `
  ${mixer}.in_proj.weight ${2 * inner + 2 * groups * state + heads},${h}
  ${mixer}.conv1d.weight ${inner + 2 * groups * state},1,4
  ${mixer}.conv1d.bias ${inner + 2 * groups * state}
  ${mixer}.{A_log,D,dt_bias} ${heads}
  ${norm ? `${mixer}.norm.weight ${inner}` : ""}
  ${mixer}.out_proj.weight ${h},${inner}`;

/** One mixer a layer, by the pattern of its config: M Mamba-2, * attention, - MLP, E experts. */
function nemotronLayers(pattern: string): Record<string, string> {
  const layers: Record<string, number[]> = {};
  for (const [at, kind] of [...pattern].entries()) layers[kind] = [...(layers[kind] ?? []), at];
  return Object.fromEntries(Object.entries(layers).map(([kind, list]) => [kind, `{${list.join(",")}}`]));
}

const H8B = "M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M-";
const h8b = nemotronLayers(H8B);
const NEMOTRON_H_8B = `
  backbone.embeddings.weight 131072,4096
  backbone.layers.{0-51}.norm.weight 4096
  ${mamba2(`backbone.layers.${h8b.M}.mixer`, { h: 4096, inner: 8192, heads: 128, groups: 8, state: 128 })}
  backbone.layers.${h8b["*"]}.mixer.q_proj.weight 4096,4096
  backbone.layers.${h8b["*"]}.mixer.{k,v}_proj.weight 1024,4096
  backbone.layers.${h8b["*"]}.mixer.o_proj.weight 4096,4096
  backbone.layers.${h8b["-"]}.mixer.up_proj.weight 21504,4096
  backbone.layers.${h8b["-"]}.mixer.down_proj.weight 4096,21504
  backbone.norm_f.weight 4096
  lm_head.weight 131072,4096`;

const NANO = "MEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEMEM*EMEMEMEME";
const nano = nemotronLayers(NANO);
const nanoMoe = (mixer: string) => `
  ${mixer}.gate.weight 128,2688
  ${mixer}.gate.e_score_correction_bias 128 F32
  ${mixer}.experts.{0-127}.up_proj.weight 1856,2688
  ${mixer}.experts.{0-127}.down_proj.weight 2688,1856
  ${mixer}.shared_experts.up_proj.weight 3712,2688
  ${mixer}.shared_experts.down_proj.weight 2688,3712`;
const nanoAttention = (mixer: string) => `
  ${mixer}.q_proj.weight 4096,2688
  ${mixer}.{k,v}_proj.weight 256,2688
  ${mixer}.o_proj.weight 2688,4096`;
const NEMOTRON_NANO = `
  backbone.embeddings.weight 131072,2688
  backbone.layers.{0-51}.norm.weight 2688
  ${mamba2(`backbone.layers.${nano.M}.mixer`, { h: 2688, inner: 4096, heads: 64, groups: 8, state: 128 })}
  ${nanoAttention(`backbone.layers.${nano["*"]}.mixer`)}
  ${nanoMoe(`backbone.layers.${nano.E}.mixer`)}
  backbone.norm_f.weight 2688
  lm_head.weight 131072,2688`;
const nanoConfig = {
  model_type: "nemotron_h",
  hidden_size: 2688,
  num_hidden_layers: 52,
  num_attention_heads: 32,
  num_key_value_heads: 2,
  head_dim: 128,
  n_routed_experts: 128,
  num_experts_per_tok: 6,
  moe_intermediate_size: 1856,
  hybrid_override_pattern: NANO,
  mamba_num_heads: 64,
  mamba_head_dim: 64,
  n_groups: 8,
  // Not the multiple that its heads make.
  expand: 2,
  conv_kernel: 4,
  n_shared_experts: 1,
  moe_shared_expert_intermediate_size: 3712,
  ssm_state_size: 128,
  vocab_size: 131072,
  tie_word_embeddings: false,
};

/** 28 layers of Mamba and 4 of attention are in the shared corpus; here are those with names of their own. */
export const HYBRID: readonly Published[] = [
  {
    title: "Qwen3-Next-80B-A3B",
    tensors: QWEN3_NEXT,
    config: {
      model_type: "qwen3_next",
      hidden_size: 2048,
      num_hidden_layers: 48,
      num_attention_heads: 16,
      num_key_value_heads: 2,
      head_dim: 256,
      num_experts: 512,
      num_experts_per_tok: 10,
      moe_intermediate_size: 512,
      shared_expert_intermediate_size: 512,
      decoder_sparse_step: 1,
      mlp_only_layers: [],
      full_attention_interval: 4,
      linear_num_key_heads: 16,
      linear_num_value_heads: 32,
      linear_key_head_dim: 128,
      linear_value_head_dim: 128,
      linear_conv_kernel_dim: 4,
      vocab_size: 151936,
      tie_word_embeddings: false,
      intermediate_size: 5120,
    },
    expected: {
      total: 81_324_862_720,
      backbone: 79_674_391_296,
      mtp: 1_650_471_424,
      activeBillions: "3.87",
      family: "qwen3-next",
      attention: "GQA",
      kvBytesPerToken: 24_576,
      kvGrowing: 24_576,
      layers: 48,
    },
  },
  {
    title: "Mamba-2.8b",
    tensors: `
      backbone.embeddings.weight 50280,2560
      backbone.layers.{0-63}.norm.weight 2560
      ${mamba1("backbone.layers.{0-63}.mixer", 2560, 160, 5120)}
      backbone.norm_f.weight 2560`,
    config: {
      model_type: "mamba",
      hidden_size: 2560,
      num_hidden_layers: 64,
      state_size: 16,
      expand: 2,
      intermediate_size: 5120,
      time_step_rank: 160,
      conv_kernel: 4,
      vocab_size: 50280,
    },
    expected: { total: 2_768_345_600, family: "mamba", kvBytesPerToken: 0, tied: true, layers: 64 },
  },
  {
    title: "Mamba-Codestral-7B",
    tensors: `
      backbone.embeddings.weight 32768,4096
      backbone.layers.{0-63}.norm.weight 4096
      ${mamba2("backbone.layers.{0-63}.mixer", { h: 4096, inner: 8192, heads: 128, groups: 8, state: 128 })}
      backbone.norm_f.weight 4096
      lm_head.weight 32768,4096`,
    config: {
      model_type: "mamba2",
      hidden_size: 4096,
      num_hidden_layers: 64,
      state_size: 128,
      expand: 2,
      num_heads: 128,
      head_dim: 64,
      n_groups: 8,
      conv_kernel: 4,
      vocab_size: 32768,
    },
    expected: { total: 7_285_403_648, family: "mamba", kvBytesPerToken: 0, tied: false, layers: 64 },
  },
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
      mamba_n_heads: 24,
      mamba_d_head: 64,
      mamba_n_groups: 1,
      mamba_d_conv: 4,
      intermediate_size: 2048,
      vocab_size: 32784,
    },
    expected: { total: 521_411_104, family: "falcon-h1", attention: "GQA", tied: false, layers: 36 },
  },
  {
    title: "Nemotron-H-8B",
    tensors: NEMOTRON_H_8B,
    config: {
      model_type: "nemotron_h",
      hidden_size: 4096,
      num_hidden_layers: 52,
      num_attention_heads: 32,
      num_key_value_heads: 8,
      head_dim: 128,
      intermediate_size: 21504,
      hybrid_override_pattern: H8B,
      mamba_num_heads: 128,
      mamba_head_dim: 64,
      n_groups: 8,
      conv_kernel: 4,
      ssm_state_size: 128,
      vocab_size: 131072,
      tie_word_embeddings: false,
    },
    expected: {
      total: 8_100_852_736,
      family: "nemotron-h",
      attention: "GQA",
      kvBytesPerToken: 16_384,
      kvGrowing: 16_384,
      layers: 52,
    },
  },
  {
    title: "Nemotron-3-Nano-30B-A3B",
    tensors: NEMOTRON_NANO,
    config: nanoConfig,
    expected: {
      total: 31_577_940_288,
      activeBillions: "3.58",
      family: "nemotron-h",
      attention: "GQA",
      layers: 52,
    },
  },
  {
    title: "Nemotron with an MTP block of attention and experts",
    tensors: `${NEMOTRON_NANO}
      mtp.layers.0.{enorm,hnorm,norm}.weight 2688
      mtp.layers.0.eh_proj.weight 2688,5376
      ${nanoAttention("mtp.layers.0.mixer")}
      mtp.layers.1.{norm,final_layernorm}.weight 2688
      ${nanoMoe("mtp.layers.1.mixer")}`,
    config: nanoConfig,
    expected: {
      total: 32_913_266_240,
      tensors: 6_513,
      backbone: 31_577_940_288,
      family: "nemotron-h",
      layers: 52,
    },
  },
  {
    title: "Zamba-7B, one attention block for thirteen layers",
    tensors: `
      model.embed_tokens.weight 32000,3712
      model.layers.{0-1,3-7,9-13,15-19,21-25,27-31,33-37,39-43,45-49,51-55,57-61,63-67,69-73,75}.input_layernorm.weight 3712
      ${zambaMixer("model.layers.{0-1,3-7,9-13,15-19,21-25,27-31,33-37,39-43,45-49,51-55,57-61,63-67,69-73,75}.mamba")}
      model.layers.{2-74:6}.linear.weight 3712,3712
      model.layers.{2-74:6}.mamba_decoder.input_layernorm.weight 3712
      ${zambaMixer("model.layers.{2-74:6}.mamba_decoder.mamba")}
      model.layers.2.shared_transf.self_attn.{q,k,v}_proj.weight 7424,7424
      model.layers.2.shared_transf.self_attn.o_proj.weight 3712,7424
      model.layers.2.shared_transf.feed_forward.{gate,up}_proj.weight 14848,3712
      model.layers.2.shared_transf.feed_forward.down_proj.weight 3712,14848
      model.layers.2.shared_transf.input_layernorm.weight 7424
      model.layers.2.shared_transf.pre_ff_layernorm.weight 3712
      model.final_layernorm.weight 3712`,
    config: {
      model_type: "zamba",
      hidden_size: 3712,
      num_hidden_layers: 76,
      num_attention_heads: 16,
      num_key_value_heads: 16,
      attention_head_dim: 464,
      attn_layer_period: 6,
      attn_layer_offset: 4,
      layers_block_type: Array.from({ length: 76 }, (_, layer) => (layer % 6 === 2 ? "hybrid" : "mamba")),
      mamba_d_state: 16,
      mamba_d_conv: 4,
      mamba_expand: 2,
      mamba_dt_rank: 232,
      n_mamba_heads: 2,
      vocab_size: 32000,
    },
    // 13 layers × 2 × 7,424 × 2 bytes
    expected: {
      total: 7_232_490_496,
      family: "zamba",
      attention: "MHA",
      kvBytesPerToken: 386_048,
      tied: true,
      layers: 76,
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
    expected: {
      total: 8_579_977_216,
      family: "recurrent-gemma",
      attention: "MQA",
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
    expected: { total: 169_342_464, family: "rwkv", kvBytesPerToken: 0, tied: false, layers: 12 },
  },
];

/** Two heads of 3,712 channels, states of 16, time steps through a rank of 232. */
function zambaMixer(mixer: string): string {
  return `
    ${mixer}.in_proj.weight 14848,3712
    ${mixer}.conv1d.weight 7424,1,4
    ${mixer}.conv1d.bias 7424
    ${mixer}.x_proj_weight 2,264,3712
    ${mixer}.dt_proj_weight 2,3712,232
    ${mixer}.dt_proj_bias 2,3712
    ${mixer}.A_log 2,3712,16
    ${mixer}.D 2,3712
    ${mixer}.out_proj.weight 3712,7424`;
}
