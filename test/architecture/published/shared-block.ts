import type { Published } from "./published.ts";
import { mamba2 } from "./state-space.ts";

const CALLS = "6,11,17,23,29,35,41,47,53,59,65,71,77";
const BETWEEN = "0-5,7-10,12-16,18-22,24-28,30-34,36-40,42-46,48-52,54-58,60-64,66-70,72-76,78-80";
const zamba2Mixer = (layer: string) => `
  ${layer}.input_layernorm.weight 3584
  ${mamba2(`${layer}.mamba`, { h: 3584, inner: 7168, heads: 112, groups: 2, state: 64 })}`;

/** Which of the thirteen calls have their adapters in this block: every other one. */
const zamba2Block = (block: string, calls: string) => `
  ${block}.self_attn.{q,k,v}_proj.weight 7168,7168
  ${block}.self_attn.o_proj.weight 3584,7168
  ${block}.feed_forward.gate_up_proj.weight 28672,3584
  ${block}.feed_forward.down_proj.weight 3584,14336
  ${block}.feed_forward.gate_up_proj_adapter_list.{${calls}}.0.weight 128,3584
  ${block}.feed_forward.gate_up_proj_adapter_list.{${calls}}.1.weight 28672,128
  ${block}.input_layernorm.weight 7168
  ${block}.pre_ff_layernorm.weight 3584`;

const ZAMBA2_7B = `
  model.embed_tokens.weight 32000,3584
  ${zamba2Mixer(`model.layers.{${BETWEEN}}`)}
  ${zamba2Mixer(`model.layers.{${CALLS}}.mamba_decoder`)}
  model.layers.{${CALLS}}.linear.weight 3584,3584
  ${zamba2Block("model.layers.6.shared_transformer", "0-12:2")}
  ${zamba2Block("model.layers.11.shared_transformer", "1-11:2")}
  model.final_layernorm.weight 3584`;

/** Zamba: attention blocks that are stored once and called by many layers. */
export const SHARED_BLOCK: readonly Published[] = [
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
    // 13 layers × 2 × 7,424 × 2 bytes. The block is 3 × 7,424² + 3,712 × 7,424 of attention, 3 × 14,848 × 3,712 of
    // MLP and norms of 7,424 and 3,712, and is called twelve times more than it is stored.
    expected: {
      total: 7_232_490_496,
      active: 7_232_490_496,
      activeCountingCalls: 11_531_654_656,
      family: "zamba",
      attention: "MHA",
      kvBytesPerToken: 386_048,
      stateBytes: 21_440_512,
      tied: true,
      layers: 76,
    },
  },

  {
    title: "Zamba2-7B, two blocks called in turn, each call with an adapter of its own",
    tensors: ZAMBA2_7B,
    config: {
      model_type: "zamba2",
      hidden_size: 3584,
      num_hidden_layers: 81,
      num_attention_heads: 32,
      num_key_value_heads: 32,
      attention_head_dim: 224,
      intermediate_size: 14336,
      mamba_d_state: 64,
      mamba_ngroups: 2,
      n_mamba_heads: 112,
      num_mem_blocks: 2,
      hybrid_layer_ids: [6, 11, 17, 23, 29, 35, 41, 47, 53, 59, 65, 71, 77],
      vocab_size: 32000,
    },
    // 13 layers × 2 × 7,168 × 2 bytes. A block without its adapters is 3 × 7,168² + 3,584 × 7,168 of attention,
    // 3 × 14,336 × 3,584 of MLP and norms of 7,168 and 3,584: 333,982,208, called eleven times more than stored.
    expected: {
      total: 7_356_749_648,
      active: 7_356_749_648,
      activeCountingCalls: 11_030_553_936,
      family: "zamba2",
      attention: "MHA",
      kvBytesPerToken: 372_736,
      kvGrowing: 372_736,
      stateBytes: 77_925_888,
      tied: true,
      layers: 81,
    },
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
