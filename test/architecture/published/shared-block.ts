import type { Published } from "./published.ts";

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
