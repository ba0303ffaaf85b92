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

/** Qwen3-Next and its successors: gated DeltaNet in three layers of four, gated attention in the fourth. */
export const DELTA_NET: readonly Published[] = [
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
      linear_key_head_dim: 128,
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
];
