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

const GATED = (layer: string, h: number, heads: number, kv: number) => `
  ${layer}.self_attn.q_proj.weight ${2 * heads * 256},${h}
  ${layer}.self_attn.{k,v}_proj.weight ${kv * 256},${h}
  ${layer}.self_attn.o_proj.weight ${h},${heads * 256}
  ${layer}.self_attn.{q,k}_norm.weight 256`;

/** Qwen3.5 and later split the projections that Qwen3-Next keeps in one; 16 key heads of 128. */
const DELTA = (layer: string, h: number, valueHeads: number) => `
  ${layer}.linear_attn.in_proj_qkv.weight ${4096 + valueHeads * 128},${h}
  ${layer}.linear_attn.in_proj_z.weight ${valueHeads * 128},${h}
  ${layer}.linear_attn.in_proj_{a,b}.weight ${valueHeads},${h}
  ${layer}.linear_attn.conv1d.weight ${4096 + valueHeads * 128},1,4
  ${layer}.linear_attn.{dt_bias,A_log} ${valueHeads}
  ${layer}.linear_attn.norm.weight 128
  ${layer}.linear_attn.out_proj.weight ${h},${valueHeads * 128}`;

const denseMlp = (layer: string) => `
  ${layer}.{input,post_attention}_layernorm.weight 5120
  ${layer}.mlp.{gate,up}_proj.weight 17408,5120
  ${layer}.mlp.down_proj.weight 5120,17408`;

const VISUAL = "model.visual";
const QWEN35_27B = `
  model.language_model.embed_tokens.weight 248320,5120
  ${GATED("model.language_model.layers.{3-63:4}", 5120, 24, 4)}
  ${DELTA("model.language_model.layers.{0-63:4,1-63:4,2-63:4}", 5120, 48)}
  ${denseMlp("model.language_model.layers.{0-63}")}
  model.language_model.norm.weight 5120
  lm_head.weight 248320,5120
  mtp.fc.weight 5120,10240
  mtp.{pre_fc_norm_embedding,pre_fc_norm_hidden,norm}.weight 5120
  ${GATED("mtp.layers.0", 5120, 24, 4)}
  ${denseMlp("mtp.layers.0")}
  ${VISUAL}.patch_embed.proj.weight 1152,3,2,16,16
  ${VISUAL}.patch_embed.proj.bias 1152
  ${VISUAL}.pos_embed.weight 2304,1152
  ${VISUAL}.blocks.{0-26}.norm{1,2}.{weight,bias} 1152
  ${VISUAL}.blocks.{0-26}.attn.qkv.weight 3456,1152
  ${VISUAL}.blocks.{0-26}.attn.qkv.bias 3456
  ${VISUAL}.blocks.{0-26}.attn.proj.weight 1152,1152
  ${VISUAL}.blocks.{0-26}.attn.proj.bias 1152
  ${VISUAL}.blocks.{0-26}.mlp.linear_fc1.weight 4304,1152
  ${VISUAL}.blocks.{0-26}.mlp.linear_fc1.bias 4304
  ${VISUAL}.blocks.{0-26}.mlp.linear_fc2.weight 1152,4304
  ${VISUAL}.blocks.{0-26}.mlp.linear_fc2.bias 1152
  ${VISUAL}.merger.norm.{weight,bias} 1152
  ${VISUAL}.merger.linear_fc1.weight 4608,4608
  ${VISUAL}.merger.linear_fc1.bias 4608
  ${VISUAL}.merger.linear_fc2.weight 5120,4608
  ${VISUAL}.merger.linear_fc2.bias 5120`;

const LAYERS_35B = "model.language_model.layers.{0-39}";
const qwen35Moe = (experts: string) => `
  model.language_model.embed_tokens.weight 248320,2048
  ${GATED("model.language_model.layers.{3-39:4}", 2048, 16, 2)}
  ${DELTA("model.language_model.layers.{0-39:4,1-39:4,2-39:4}", 2048, 32)}
  ${LAYERS_35B}.{input,post_attention}_layernorm.weight 2048
  ${experts}
  ${LAYERS_35B}.mlp.shared_expert.{gate,up}_proj.weight 512,2048
  ${LAYERS_35B}.mlp.shared_expert.down_proj.weight 2048,512
  ${LAYERS_35B}.mlp.shared_expert_gate.weight 1,2048
  model.language_model.norm.weight 2048
  lm_head.weight 248320,2048`;

const qwen35MoeConfig = (experts: number) => ({
  model_type: "qwen3_5_moe_text",
  hidden_size: 2048,
  num_hidden_layers: 40,
  num_attention_heads: 16,
  num_key_value_heads: 2,
  head_dim: 256,
  num_experts: experts,
  num_experts_per_tok: 8,
  moe_intermediate_size: 512,
  shared_expert_intermediate_size: 512,
  linear_key_head_dim: 128,
  full_attention_interval: 4,
  vocab_size: 248320,
  tie_word_embeddings: false,
});

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
    // State: 36 layers × (32 × 128² + 8,192 × 3) × 2 bytes
    expected: {
      total: 81_324_862_720,
      backbone: 79_674_391_296,
      mtp: 1_650_471_424,
      activeBillions: ["3.87"],
      family: "qwen3-next",
      attention: "GQA",
      kvBytesPerToken: 24_576,
      kvGrowing: 24_576,
      stateBytes: 39_518_208,
      layers: 48,
    },
  },

  {
    title: "Qwen3.8-27B with its vision tower and MTP block",
    tensors: QWEN35_27B,
    config: {
      model_type: "qwen3_5",
      text_config: {
        model_type: "qwen3_5_text",
        hidden_size: 5120,
        num_hidden_layers: 64,
        num_attention_heads: 24,
        num_key_value_heads: 4,
        head_dim: 256,
        intermediate_size: 17408,
        linear_key_head_dim: 128,
        linear_num_key_heads: 16,
        linear_num_value_heads: 48,
        full_attention_interval: 4,
        mtp_num_hidden_layers: 1,
        vocab_size: 248320,
        tie_word_embeddings: false,
      },
      vision_config: { depth: 27, hidden_size: 1152, intermediate_size: 4304 },
    },
    // MTP: 5,120 × 10,240 + 3 × 5,120 + 104,858,112 of attention + 267,397,120 of MLP and norms.
    // KV: 16 layers × 2 × 1,024 × 2 bytes. State: 48 layers × (48 × 128 × 128 + 10,240 × 3) × 2 bytes.
    expected: {
      total: 27_781_427_952,
      tensors: 1_199,
      mtp: 424_699_392,
      vision: 415_891_440,
      projector: 44_838_656,
      active: 26_895_998_464,
      family: "qwen3-next",
      attention: "GQA",
      kvBytesPerToken: 65_536,
      kvGrowing: 65_536,
      stateBytes: 78_446_592,
      tied: false,
      layers: 64,
    },
  },
  {
    title: "A Qwen3.5-35B-A3B pruned to 180 experts a layer",
    tensors: qwen35Moe(`
      ${LAYERS_35B}.mlp.gate.weight 180,2048
      ${LAYERS_35B}.mlp.experts.{0-179}.{gate,up}_proj.weight 512,2048
      ${LAYERS_35B}.mlp.experts.{0-179}.down_proj.weight 2048,512`),
    config: qwen35MoeConfig(180),
    // 25,091,371,648 − 40 layers × 172 unused experts × 3 × 512 × 2,048
    expected: {
      total: 25_091_371_648,
      tensors: 22_213,
      active: 3_448_763_008,
      family: "qwen3-next",
      attention: "GQA",
      kvBytesPerToken: 20_480,
      kvGrowing: 20_480,
      tied: false,
      layers: 40,
    },
  },
  {
    title: "Qwen3.5-35B-A3B text, experts stacked",
    tensors: qwen35Moe(`
      ${LAYERS_35B}.mlp.gate.weight 256,2048
      ${LAYERS_35B}.mlp.experts.gate_up_proj 256,1024,2048
      ${LAYERS_35B}.mlp.experts.down_proj 256,2048,512`),
    config: qwen35MoeConfig(256),
    // The pruned one and 40 × 76 experts of 3 × 512 × 2,048, each with its row of 2,048 in the router
    expected: {
      total: 34_660_610_688,
      active: 3_448_763_008 + 40 * 76 * 2048,
      family: "qwen3-next",
      attention: "GQA",
      kvBytesPerToken: 20_480,
      kvGrowing: 20_480,
      tied: false,
      layers: 40,
    },
  },
];
