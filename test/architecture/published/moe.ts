import { type LlamaShape, llamaConfig, llamaTensors, type Published } from "./published.ts";

const mixtral: LlamaShape = {
  h: 4096,
  layers: 32,
  heads: 32,
  kv: 8,
  d: 128,
  i: 14336,
  vocab: 32000,
  mlp: false,
  more: `{layer}.block_sparse_moe.gate.weight 8,4096
    {layer}.block_sparse_moe.experts.{0-7}.w{1,3}.weight 14336,4096
    {layer}.block_sparse_moe.experts.{0-7}.w2.weight 4096,14336`,
};
const mixtral22: LlamaShape = {
  h: 6144,
  layers: 56,
  heads: 48,
  kv: 8,
  d: 128,
  i: 16384,
  vocab: 32000,
  mlp: false,
  more: `{layer}.block_sparse_moe.gate.weight 8,6144
    {layer}.block_sparse_moe.experts.{0-7}.w{1,3}.weight 16384,6144
    {layer}.block_sparse_moe.experts.{0-7}.w2.weight 6144,16384`,
};
const qwen15moe: LlamaShape = {
  h: 2048,
  layers: 24,
  heads: 16,
  kv: 16,
  d: 128,
  i: 5632,
  vocab: 151936,
  mlp: false,
  more: `{layer}.self_attn.{q,k,v}_proj.bias 2048
    {layer}.mlp.gate.weight 60,2048
    {layer}.mlp.experts.{0-59}.{gate,up}_proj.weight 1408,2048
    {layer}.mlp.experts.{0-59}.down_proj.weight 2048,1408
    {layer}.mlp.shared_expert.{gate,up}_proj.weight 5632,2048
    {layer}.mlp.shared_expert.down_proj.weight 2048,5632
    {layer}.mlp.shared_expert_gate.weight 1,2048`,
};
const qwen3moe = (h: number, layers: number, heads: number, i: number): LlamaShape => ({
  h,
  layers,
  heads,
  kv: 4,
  d: 128,
  i: 0,
  vocab: 151936,
  mlp: false,
  more: `{layer}.self_attn.{q,k}_norm.weight 128
    {layer}.mlp.gate.weight 128,${h}
    {layer}.mlp.experts.{0-127}.{gate,up}_proj.weight ${i},${h}
    {layer}.mlp.experts.{0-127}.down_proj.weight ${h},${i}`,
});
const a3b = qwen3moe(2048, 48, 32, 768);
const a22b = qwen3moe(4096, 94, 64, 1536);

/** Dense first layers, then experts with a corrected router; the last index is a multi-token-prediction layer. */
function glm45(
  h: number,
  layers: number,
  dense: number,
  i: number,
  experts: number,
  expertWidth: number,
  qkNorm: boolean,
): string {
  const all = `model.layers.{0-${layers}}`;
  const moe = `model.layers.{${dense}-${layers}}`;
  return `
    model.embed_tokens.weight 151552,${h}
    ${all}.self_attn.q_proj.weight 12288,${h}
    ${all}.self_attn.q_proj.bias 12288
    ${all}.self_attn.{k,v}_proj.weight 1024,${h}
    ${all}.self_attn.{k,v}_proj.bias 1024
    ${all}.self_attn.o_proj.weight ${h},12288
    ${qkNorm ? `${all}.self_attn.{q,k}_norm.weight 128` : ""}
    ${all}.{input,post_attention}_layernorm.weight ${h}
    model.layers.{0-${dense - 1}}.mlp.{gate,up}_proj.weight ${i},${h}
    model.layers.{0-${dense - 1}}.mlp.down_proj.weight ${h},${i}
    ${moe}.mlp.gate.weight ${experts},${h}
    ${moe}.mlp.gate.e_score_correction_bias ${experts} F32
    ${moe}.mlp.experts.{0-${experts - 1}}.{gate,up}_proj.weight ${expertWidth},${h}
    ${moe}.mlp.experts.{0-${experts - 1}}.down_proj.weight ${h},${expertWidth}
    ${moe}.mlp.shared_experts.{gate,up}_proj.weight ${expertWidth},${h}
    ${moe}.mlp.shared_experts.down_proj.weight ${h},${expertWidth}
    model.layers.${layers}.{enorm,hnorm}.weight ${h}
    model.layers.${layers}.eh_proj.weight ${h},${2 * h}
    model.layers.${layers}.embed_tokens.weight 151552,${h}
    model.layers.${layers}.shared_head.norm.weight ${h}
    model.layers.${layers}.shared_head.head.weight 151552,${h}
    model.norm.weight ${h}
    lm_head.weight 151552,${h}`;
}

function gptOss(layers: number, experts: number, packed: boolean): string {
  const mlp = `model.layers.{0-${layers - 1}}.mlp`;
  const weights = packed
    ? `${mlp}.experts.gate_up_proj_blocks ${experts},5760,90,16 U8
       ${mlp}.experts.gate_up_proj_scales ${experts},5760,90 U8
       ${mlp}.experts.down_proj_blocks ${experts},2880,90,16 U8
       ${mlp}.experts.down_proj_scales ${experts},2880,90 U8`
    : `${mlp}.experts.gate_up_proj ${experts},2880,5760
       ${mlp}.experts.down_proj ${experts},2880,2880`;
  return `
    ${llamaTensors({ h: 2880, layers, heads: 64, kv: 8, d: 64, i: 0, vocab: 201088, mlp: false })}
    model.layers.{0-${layers - 1}}.self_attn.q_proj.bias 4096
    model.layers.{0-${layers - 1}}.self_attn.{k,v}_proj.bias 512
    model.layers.{0-${layers - 1}}.self_attn.o_proj.bias 2880
    model.layers.{0-${layers - 1}}.self_attn.sinks 64
    ${mlp}.router.weight ${experts},2880
    ${mlp}.router.bias ${experts}
    ${mlp}.experts.gate_up_proj_bias ${experts},5760
    ${mlp}.experts.down_proj_bias ${experts},2880
    ${weights}`;
}

const gptOssConfig = {
  model_type: "gpt_oss",
  num_hidden_layers: 36,
  hidden_size: 2880,
  num_attention_heads: 64,
  num_key_value_heads: 8,
  head_dim: 64,
  num_local_experts: 128,
  num_experts_per_tok: 4,
  sliding_window: 128,
  intermediate_size: 2880,
  layer_types: Array.from({ length: 36 }, (_, layer) =>
    layer % 2 === 0 ? "sliding_attention" : "full_attention",
  ),
};

const GRANITE_LAYERS = Array.from({ length: 40 }, (_, layer) => (layer % 10 === 5 ? "attention" : "mamba"));

/** Mixtures of experts with ordinary attention. */
export const MOE: readonly Published[] = [
  {
    title: "Mixtral-8x7B",
    tensors: llamaTensors(mixtral),
    config: llamaConfig("mixtral", mixtral, {
      num_local_experts: 8,
      num_experts_per_tok: 2,
      sliding_window: null,
    }),
    expected: {
      total: 46_702_792_704,
      tensors: 995,
      activeBillions: ["12.88", "12.75", "12.62"],
      family: "mixtral",
      attention: "GQA",
      kvBytesPerToken: 131_072,
      kvGrowing: 131_072,
      layers: 32,
    },
  },
  {
    title: "Mixtral-8x22B",
    tensors: llamaTensors(mixtral22),
    config: llamaConfig("mixtral", mixtral22, { num_local_experts: 8, num_experts_per_tok: 2 }),
    expected: {
      total: 140_620_634_112,
      tensors: 1_739,
      bytes: 281_241_268_224,
      activeBillions: ["39.15", "38.96", "38.76"],
      family: "mixtral",
      attention: "GQA",
      kvBytesPerToken: 229_376,
      kvGrowing: 229_376,
      layers: 56,
    },
  },
  {
    title: "Qwen1.5-MoE-A2.7B",
    tensors: llamaTensors(qwen15moe),
    config: llamaConfig("qwen2_moe", qwen15moe, {
      num_experts: 60,
      num_experts_per_tok: 4,
      moe_intermediate_size: 1408,
      shared_expert_intermediate_size: 5632,
      decoder_sparse_step: 1,
    }),
    expected: {
      total: 14_315_784_192,
      active: 2_689_173_504,
      family: "qwen-moe",
      attention: "MHA",
      layers: 24,
    },
  },
  {
    title: "Qwen3-30B-A3B",
    tensors: llamaTensors(a3b),
    config: llamaConfig("qwen3_moe", a3b, {
      intermediate_size: 6144,
      num_experts: 128,
      num_experts_per_tok: 8,
      moe_intermediate_size: 768,
    }),
    expected: {
      total: 30_532_122_624,
      tensors: 18_867,
      activeBillions: ["3.35", "3.04", "2.73"],
      family: "qwen-moe",
      attention: "GQA",
      layers: 48,
    },
  },
  {
    title: "Qwen3-235B-A22B",
    tensors: llamaTensors(a22b),
    config: llamaConfig("qwen3_moe", a22b, {
      intermediate_size: 12288,
      num_experts: 128,
      num_experts_per_tok: 8,
      moe_intermediate_size: 1536,
    }),
    expected: {
      total: 235_093_634_560,
      tensors: 36_945,
      active: 22_190_763_520,
      family: "qwen-moe",
      attention: "GQA",
      kvBytesPerToken: 192_512,
      activeBillions: ["22.19", "21.57", "20.95"],
      kvGrowing: 192_512,
      layers: 94,
    },
  },
  {
    title: "GLM-4.5",
    tensors: glm45(5120, 92, 3, 12288, 160, 1536, true),
    config: {
      model_type: "glm4_moe",
      hidden_size: 5120,
      num_hidden_layers: 92,
      num_attention_heads: 96,
      num_key_value_heads: 8,
      head_dim: 128,
      intermediate_size: 12288,
      n_routed_experts: 160,
      num_experts_per_tok: 8,
      moe_intermediate_size: 1536,
      first_k_dense_replace: 3,
      use_qk_norm: true,
      num_nextn_predict_layers: 1,
      n_shared_experts: 1,
    },
    expected: {
      total: 352_797_829_024 + 5_539_962_272,
      backbone: 352_797_829_024,
      mtp: 5_539_962_272,
      activeBillions: ["33.63", "32.86", "32.08"],
      family: "glm4-moe",
      attention: "GQA",
      layers: 92,
    },
  },
  {
    title: "GLM-4.5-Air",
    tensors: glm45(4096, 46, 1, 10944, 128, 1408, false),
    config: {
      model_type: "glm4_moe",
      hidden_size: 4096,
      num_hidden_layers: 46,
      num_attention_heads: 96,
      num_key_value_heads: 8,
      head_dim: 128,
      intermediate_size: 10944,
      n_routed_experts: 128,
      num_experts_per_tok: 8,
      moe_intermediate_size: 1408,
      first_k_dense_replace: 1,
      use_qk_norm: false,
      num_nextn_predict_layers: 1,
      n_shared_experts: 1,
    },
    expected: {
      total: 106_852_251_264 + 3_616_573_568,
      backbone: 106_852_251_264,
      mtp: 3_616_573_568,
      activeBillions: ["13.42", "12.80", "12.18"],
      family: "glm4-moe",
      attention: "GQA",
      layers: 46,
    },
  },
  {
    title: "gpt-oss-120b, BF16",
    tensors: gptOss(36, 128, false),
    config: gptOssConfig,
    expected: {
      total: 116_829_156_672,
      tensors: 615,
      activeB: 5_132_849_472,
      family: "gpt-oss",
      attention: "GQA",
      kvBytesPerToken: 73_728,
      kvGrowing: 36_864,
      activeBillions: ["5.71", "5.13", "4.55"],
      layers: 36,
    },
  },
  {
    title: "gpt-oss-120b, MXFP4",
    tensors: gptOss(36, 128, true),
    config: gptOssConfig,
    expected: {
      total: 116_829_156_672,
      tensors: 687,
      // 36 layers × 128 experts × (5,760 + 2,880) rows × 90 groups of 32
      auxiliary: 3_583_180_800,
      activeB: 5_132_849_472,
      family: "gpt-oss",
      attention: "GQA",
      kvBytesPerToken: 73_728,
      kvGrowing: 36_864,
      activeBillions: ["5.71", "5.13", "4.55"],
      layers: 36,
    },
  },
  {
    title: "Llama-4-Scout, text and vision",
    tensors: `
      ${llamaTensors({ h: 5120, layers: 48, heads: 40, kv: 8, d: 128, i: 0, vocab: 202048, mlp: false, prefix: "language_model.model" })}
      language_model.model.layers.{0-47}.feed_forward.router.weight 16,5120
      language_model.model.layers.{0-47}.feed_forward.experts.gate_up_proj 16,5120,16384
      language_model.model.layers.{0-47}.feed_forward.experts.down_proj 16,8192,5120
      language_model.model.layers.{0-47}.feed_forward.shared_expert.{gate,up}_proj.weight 8192,5120
      language_model.model.layers.{0-47}.feed_forward.shared_expert.down_proj.weight 5120,8192
      vision_model.class_embedding 1408
      vision_model.positional_embedding_vlm 577,1408
      vision_model.patch_embedding.linear.weight 1408,588
      vision_model.{layernorm_pre,layernorm_post}.{weight,bias} 1408
      vision_model.model.layers.{0-33}.self_attn.{q,k,v,o}_proj.weight 1408,1408
      vision_model.model.layers.{0-33}.self_attn.{q,k,v,o}_proj.bias 1408
      vision_model.model.layers.{0-33}.{input,post_attention}_layernorm.{weight,bias} 1408
      vision_model.model.layers.{0-33}.mlp.fc1.weight 5632,1408
      vision_model.model.layers.{0-33}.mlp.fc1.bias 5632
      vision_model.model.layers.{0-33}.mlp.fc2.weight 1408,5632
      vision_model.model.layers.{0-33}.mlp.fc2.bias 1408
      vision_model.vision_adapter.mlp.fc1.weight 4096,5632
      vision_model.vision_adapter.mlp.fc2.weight 4096,4096
      multi_modal_projector.linear_1.weight 5120,4096`,
    config: {
      model_type: "llama4",
      text_config: {
        model_type: "llama4_text",
        hidden_size: 5120,
        num_hidden_layers: 48,
        num_attention_heads: 40,
        num_key_value_heads: 8,
        head_dim: 128,
        num_local_experts: 16,
        num_experts_per_tok: 1,
        intermediate_size: 8192,
        intermediate_size_mlp: 16384,
        attention_chunk_size: 8192,
        no_rope_layer_interval: 4,
        interleave_moe_layer_step: 1,
        // Of norms without weights.
        use_qk_norm: true,
      },
      vision_config: { hidden_size: 1408, num_hidden_layers: 34, patch_size: 14 },
    },
    expected: {
      total: 108_641_793_536,
      tensors: 1_133,
      backbone: 107_769_861_120,
      active: 17_172_894_720,
      family: "llama4",
      attention: "GQA",
      activeBillions: ["17.17", "16.14", "15.10"],
      layers: 48,
    },
  },
  {
    title: "Granite-4 H-Small, Mamba-2 with experts",
    tensors: graniteHybrid({
      h: 4096,
      experts: 72,
      expertWidth: 768,
      shared: 1536,
      ssmHeads: 128,
      layers: 40,
      kv: 8,
    }),
    config: {
      model_type: "granitemoehybrid",
      hidden_size: 4096,
      num_hidden_layers: 40,
      num_attention_heads: 32,
      num_key_value_heads: 8,
      num_local_experts: 72,
      num_experts_per_tok: 10,
      intermediate_size: 768,
      shared_intermediate_size: 1536,
      layer_types: GRANITE_LAYERS,
      mamba_n_heads: 128,
      mamba_d_head: 64,
      mamba_n_groups: 1,
      mamba_expand: 2,
      mamba_d_conv: 4,
      mamba_d_state: 128,
      tie_word_embeddings: true,
    },
    // State: 36 layers × (8,192 × 128 + 8,448 × 3) × 2 bytes; 4 layers × 2 × 1,024 × 2 bytes a token
    expected: {
      total: 32_207_337_984,
      activeBillions: ["8.803"],
      family: "granite-hybrid",
      attention: "GQA",
      kvBytesPerToken: 16_384,
      stateBytes: 77_322_240,
      tied: true,
      layers: 40,
    },
  },
  {
    title: "Granite-4 H-Tiny",
    tensors: graniteHybrid({
      h: 1536,
      experts: 64,
      expertWidth: 512,
      shared: 1024,
      ssmHeads: 48,
      layers: 40,
      kv: 4,
    }),
    config: {
      model_type: "granitemoehybrid",
      hidden_size: 1536,
      num_hidden_layers: 40,
      num_attention_heads: 12,
      num_key_value_heads: 4,
      num_local_experts: 64,
      num_experts_per_tok: 6,
      intermediate_size: 512,
      shared_intermediate_size: 1024,
      layer_types: GRANITE_LAYERS,
      mamba_n_heads: 48,
      mamba_d_head: 64,
      mamba_n_groups: 1,
      mamba_expand: 2,
      mamba_d_conv: 4,
      mamba_d_state: 128,
      tie_word_embeddings: true,
    },
    expected: {
      total: 6_939_037_248,
      activeBillions: ["1.465"],
      family: "granite-hybrid",
      attention: "GQA",
      kvBytesPerToken: 8_192,
      tied: true,
      layers: 40,
    },
  },
];

interface GraniteShape {
  readonly h: number;
  readonly experts: number;
  readonly expertWidth: number;
  readonly shared: number;
  readonly ssmHeads: number;
  readonly layers: number;
  readonly kv: number;
}

/** Four attention layers (5, 15, 25, 35), Mamba-2 elsewhere; experts and a shared MLP everywhere. */
function graniteHybrid({ h, experts, expertWidth, shared, ssmHeads, kv }: GraniteShape): string {
  const ssm = "model.layers.{0-4,6-14,16-24,26-34,36-39}.mamba";
  const attention = "model.layers.{5,15,25,35}.self_attn";
  const all = "model.layers.{0-39}";
  const inner = 2 * h;
  return `
    model.embed_tokens.weight 100352,${h}
    ${ssm}.in_proj.weight ${2 * inner + 256 + ssmHeads},${h}
    ${ssm}.conv1d.weight ${inner + 256},1,4
    ${ssm}.conv1d.bias ${inner + 256}
    ${ssm}.{A_log,D,dt_bias} ${ssmHeads}
    ${ssm}.norm.weight ${inner}
    ${ssm}.out_proj.weight ${h},${inner}
    ${attention}.{q,o}_proj.weight ${h},${h}
    ${attention}.{k,v}_proj.weight ${kv * 128},${h}
    ${all}.block_sparse_moe.input_linear.weight ${experts},${2 * expertWidth},${h}
    ${all}.block_sparse_moe.output_linear.weight ${experts},${h},${expertWidth}
    ${all}.block_sparse_moe.router.layer.weight ${experts},${h}
    ${all}.shared_mlp.input_linear.weight ${2 * shared},${h}
    ${all}.shared_mlp.output_linear.weight ${h},${shared}
    ${all}.{input,post_attention}_layernorm.weight ${h}
    model.norm.weight ${h}`;
}
