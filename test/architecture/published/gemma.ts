import { type LlamaShape, llamaConfig, llamaTensors, type Published } from "./published.ts";

const FOUR_NORMS = [
  "input_layernorm",
  "post_attention_layernorm",
  "pre_feedforward_layernorm",
  "post_feedforward_layernorm",
];
const gemma2: LlamaShape = {
  h: 3584,
  layers: 42,
  heads: 16,
  kv: 8,
  d: 256,
  i: 14336,
  vocab: 256000,
  tied: true,
  norms: FOUR_NORMS,
};
const gemma3: LlamaShape = {
  h: 2560,
  layers: 34,
  heads: 8,
  kv: 4,
  d: 256,
  i: 10240,
  vocab: 262208,
  tied: true,
  norms: FOUR_NORMS,
  prefix: "language_model.model",
  more: "{layer}.self_attn.{q,k}_norm.weight 256",
};
const SIGLIP = "vision_tower.vision_model";

const FULL_31B = "{5-59:6}";
const SLIDING_31B = "{0-59:6,1-59:6,2-59:6,3-59:6,4-59:6}";

const E4B = "model.language_model.layers";
const E4B_FULL = `${E4B}.{5-41:6}.self_attn`;
const E4B_SLIDING = `${E4B}.{0-41:6,1-41:6,2-41:6,3-41:6,4-41:6}.self_attn`;
const GEMMA4_E4B = `
  model.language_model.embed_tokens.weight 262144,2560
  model.language_model.embed_tokens_per_layer.weight 262144,10752
  model.language_model.per_layer_model_projection.weight 10752,2560
  model.language_model.per_layer_projection_norm.weight 256
  ${E4B_SLIDING}.q_proj.weight 2048,2560
  ${E4B_SLIDING}.{k,v}_proj.weight 512,2560
  ${E4B_SLIDING}.o_proj.weight 2560,2048
  ${E4B_SLIDING}.{q,k}_norm.weight 256
  ${E4B_FULL}.q_proj.weight 4096,2560
  ${E4B_FULL}.{k,v}_proj.weight 1024,2560
  ${E4B_FULL}.o_proj.weight 2560,4096
  ${E4B_FULL}.{q,k}_norm.weight 512
  ${E4B}.{0-41}.mlp.{gate,up}_proj.weight 10240,2560
  ${E4B}.{0-41}.mlp.down_proj.weight 2560,10240
  ${E4B}.{0-41}.{${FOUR_NORMS.join(",")}}.weight 2560
  ${E4B}.{0-41}.layer_scalar 1
  ${E4B}.{0-41}.per_layer_input_gate.weight 256,2560
  ${E4B}.{0-41}.per_layer_projection.weight 2560,256
  ${E4B}.{0-41}.post_per_layer_input_norm.weight 2560
  model.language_model.norm.weight 2560`;

/** Gemma 2 to 4: four norms a layer, tied heads, windows in most layers. */
export const GEMMAS: readonly Published[] = [
  {
    title: "Gemma-2-9B",
    tensors: llamaTensors(gemma2),
    config: llamaConfig("gemma2", gemma2, { sliding_window: 4096 }),
    expected: {
      total: 9_241_705_984,
      family: "gemma",
      attention: "GQA",
      tied: true,
      layers: 42,
      kvBytesPerToken: 344_064,
      kvGrowing: 172_032,
    },
  },
  {
    title: "Gemma-3-4B with its SigLIP tower",
    tensors: `
      ${llamaTensors(gemma3)}
      ${SIGLIP}.embeddings.patch_embedding.weight 1152,3,14,14
      ${SIGLIP}.embeddings.patch_embedding.bias 1152
      ${SIGLIP}.embeddings.position_embedding.weight 4096,1152
      ${SIGLIP}.encoder.layers.{0-26}.self_attn.{q,k,v,out}_proj.weight 1152,1152
      ${SIGLIP}.encoder.layers.{0-26}.self_attn.{q,k,v,out}_proj.bias 1152
      ${SIGLIP}.encoder.layers.{0-26}.layer_norm{1,2}.{weight,bias} 1152
      ${SIGLIP}.encoder.layers.{0-26}.mlp.fc1.weight 4304,1152
      ${SIGLIP}.encoder.layers.{0-26}.mlp.fc1.bias 4304
      ${SIGLIP}.encoder.layers.{0-26}.mlp.fc2.weight 1152,4304
      ${SIGLIP}.encoder.layers.{0-26}.mlp.fc2.bias 1152
      ${SIGLIP}.post_layernorm.{weight,bias} 1152
      multi_modal_projector.mm_input_projection_weight 1152,2560
      multi_modal_projector.mm_soft_emb_norm.weight 1152`,
    config: {
      model_type: "gemma3",
      text_config: llamaConfig("gemma3_text", gemma3, { sliding_window: 1024 }),
      vision_config: { hidden_size: 1152, num_hidden_layers: 27, patch_size: 14 },
    },
    expected: {
      total: 4_300_079_472,
      tensors: 883,
      backbone: 3_880_263_168,
      vision: 416_866_032,
      projector: 2_950_272,
      family: "gemma",
      attention: "GQA",
      tied: true,
      layers: 34,
      kvBytesPerToken: 139_264,
      kvGrowing: 20_480,
    },
  },
  {
    title: "Gemma-4-31B text: wider heads and no v_proj in full layers",
    tensors: `
      model.language_model.embed_tokens.weight 262144,5376
      model.language_model.layers.${SLIDING_31B}.self_attn.q_proj.weight 8192,5376
      model.language_model.layers.${SLIDING_31B}.self_attn.{k,v}_proj.weight 4096,5376
      model.language_model.layers.${SLIDING_31B}.self_attn.o_proj.weight 5376,8192
      model.language_model.layers.${SLIDING_31B}.self_attn.{q,k}_norm.weight 256
      model.language_model.layers.${FULL_31B}.self_attn.q_proj.weight 16384,5376
      model.language_model.layers.${FULL_31B}.self_attn.k_proj.weight 2048,5376
      model.language_model.layers.${FULL_31B}.self_attn.o_proj.weight 5376,16384
      model.language_model.layers.${FULL_31B}.self_attn.{q,k}_norm.weight 512
      model.language_model.layers.{0-59}.mlp.{gate,up}_proj.weight 21504,5376
      model.language_model.layers.{0-59}.mlp.down_proj.weight 5376,21504
      model.language_model.layers.{0-59}.{${FOUR_NORMS.join(",")}}.weight 5376
      model.language_model.layers.{0-59}.layer_scalar 1
      model.language_model.norm.weight 5376`,
    config: {
      model_type: "gemma4",
      text_config: {
        model_type: "gemma4_text",
        hidden_size: 5376,
        num_hidden_layers: 60,
        num_attention_heads: 32,
        num_key_value_heads: 16,
        num_global_key_value_heads: 4,
        head_dim: 256,
        global_head_dim: 512,
        intermediate_size: 21504,
        vocab_size: 262144,
        sliding_window: 1024,
        layer_types: Array.from({ length: 60 }, (_, layer) =>
          layer % 6 === 5 ? "full_attention" : "sliding_attention",
        ),
      },
    },
    // 50 layers × 2 × 4,096 and 10 layers × 2 × 2,048, two bytes each
    expected: {
      total: 30_697_345_340,
      family: "gemma4",
      attention: "GQA",
      tied: true,
      layers: 60,
      kvBytesPerToken: 901_120,
      kvGrowing: 81_920,
    },
  },
  {
    title: "Gemma-4-26B-A4B text: experts beside a dense MLP",
    tensors: `
      model.language_model.embed_tokens.weight 262144,2816
      model.language_model.layers.{0-29:6,1-29:6,2-29:6,3-29:6,4-29:6}.self_attn.q_proj.weight 4096,2816
      model.language_model.layers.{0-29:6,1-29:6,2-29:6,3-29:6,4-29:6}.self_attn.{k,v}_proj.weight 2048,2816
      model.language_model.layers.{0-29:6,1-29:6,2-29:6,3-29:6,4-29:6}.self_attn.o_proj.weight 2816,4096
      model.language_model.layers.{0-29:6,1-29:6,2-29:6,3-29:6,4-29:6}.self_attn.{q,k}_norm.weight 256
      model.language_model.layers.{5-29:6}.self_attn.q_proj.weight 8192,2816
      model.language_model.layers.{5-29:6}.self_attn.k_proj.weight 1024,2816
      model.language_model.layers.{5-29:6}.self_attn.o_proj.weight 2816,8192
      model.language_model.layers.{5-29:6}.self_attn.{q,k}_norm.weight 512
      model.language_model.layers.{0-29}.mlp.{gate,up}_proj.weight 2112,2816
      model.language_model.layers.{0-29}.mlp.down_proj.weight 2816,2112
      model.language_model.layers.{0-29}.{${FOUR_NORMS.join(",")},pre_feedforward_layernorm_2,post_feedforward_layernorm_1,post_feedforward_layernorm_2}.weight 2816
      model.language_model.layers.{0-29}.layer_scalar 1
      model.language_model.layers.{0-29}.router.proj.weight 128,2816
      model.language_model.layers.{0-29}.router.scale 2816
      model.language_model.layers.{0-29}.router.per_expert_scale 128
      model.language_model.layers.{0-29}.experts.gate_up_proj 128,1408,2816
      model.language_model.layers.{0-29}.experts.down_proj 128,2816,704
      model.language_model.norm.weight 2816`,
    config: {
      model_type: "gemma4",
      text_config: {
        model_type: "gemma4_text",
        hidden_size: 2816,
        num_hidden_layers: 30,
        num_attention_heads: 16,
        num_key_value_heads: 8,
        num_global_key_value_heads: 2,
        head_dim: 256,
        global_head_dim: 512,
        intermediate_size: 2112,
        vocab_size: 262144,
        num_experts: 128,
        top_k_experts: 8,
        moe_intermediate_size: 704,
        sliding_window: 1024,
      },
    },
    expected: {
      total: 25_233_141_790,
      active: 3_822_530_590,
      family: "gemma4",
      attention: "GQA",
      tied: true,
      layers: 30,
    },
  },
  {
    title: "Gemma-3n-E4B text: per-layer embeddings, AltUp, LAuReL",
    tensors: `
      model.language_model.embed_tokens.weight 262400,2048
      model.language_model.embed_tokens_per_layer.weight 262144,8960
      model.language_model.per_layer_model_projection.weight 8960,2048
      model.language_model.per_layer_projection_norm.weight 256
      model.language_model.altup_projections.{0-2}.weight 2048,2048
      model.language_model.altup_unembed_projections.{0-2}.weight 2048,2048
      model.language_model.layers.{0-34}.self_attn.q_proj.weight 2048,2048
      model.language_model.layers.{0-34}.self_attn.{k,v}_proj.weight 512,2048
      model.language_model.layers.{0-34}.self_attn.o_proj.weight 2048,2048
      model.language_model.layers.{0-34}.self_attn.{q,k}_norm.weight 256
      model.language_model.layers.{0-34}.mlp.{gate,up}_proj.weight 16384,2048
      model.language_model.layers.{0-34}.mlp.down_proj.weight 2048,16384
      model.language_model.layers.{0-34}.{${FOUR_NORMS.join(",")}}.weight 2048
      model.language_model.layers.{0-34}.per_layer_input_gate.weight 256,2048
      model.language_model.layers.{0-34}.per_layer_projection.weight 2048,256
      model.language_model.layers.{0-34}.post_per_layer_input_norm.weight 2048
      model.language_model.layers.{0-34}.altup.correction_coefs.weight 4,4
      model.language_model.layers.{0-34}.altup.prediction_coefs.weight 16,4
      model.language_model.layers.{0-34}.altup.modality_router.weight 4,2048
      model.language_model.layers.{0-34}.altup.router_norm.weight 2048
      model.language_model.layers.{0-34}.altup.correct_output_scale 2048
      model.language_model.layers.{0-34}.laurel.linear_left.weight 64,2048
      model.language_model.layers.{0-34}.laurel.linear_right.weight 2048,64
      model.language_model.layers.{0-34}.laurel.post_laurel_norm.weight 2048
      model.language_model.norm.weight 2048`,
    config: {
      model_type: "gemma3n",
      text_config: {
        model_type: "gemma3n_text",
        hidden_size: 2048,
        num_hidden_layers: 35,
        num_attention_heads: 8,
        num_key_value_heads: 2,
        head_dim: 256,
        num_kv_shared_layers: 15,
        hidden_size_per_layer_input: 256,
        vocab_size_per_layer_input: 262144,
        vocab_size: 262400,
        intermediate_size: Array.from({ length: 35 }, () => 16384),
        sliding_window: 512,
      },
    },
    // 20 layers cache 2 × 512 values of two bytes, 15 reuse theirs
    expected: {
      total: 6_866_696_688,
      family: "gemma3n",
      attention: "GQA",
      tied: true,
      layers: 35,
      kvBytesPerToken: 40_960,
    },
  },

  {
    title: "Gemma-4-E4B text: per-layer embeddings, and keys that 18 layers reuse",
    tensors: GEMMA4_E4B,
    config: {
      model_type: "gemma4",
      text_config: {
        model_type: "gemma4_text",
        hidden_size: 2560,
        hidden_size_per_layer_input: 256,
        num_hidden_layers: 42,
        num_attention_heads: 8,
        num_key_value_heads: 2,
        head_dim: 256,
        global_head_dim: 512,
        num_kv_shared_layers: 18,
        intermediate_size: 10240,
        vocab_size: 262144,
        vocab_size_per_layer_input: 262144,
        sliding_window: 512,
        layer_types: Array.from({ length: 42 }, (_, layer) =>
          layer % 6 === 5 ? "full_attention" : "sliding_attention",
        ),
      },
    },
    // Both tables: 262,144 × (2,560 + 42 × 256). KV: 20 layers × 2 × 512 and 4 × 2 × 1,024, two bytes each.
    expected: {
      total: 7_518_069_034,
      buckets: { embedding: 671_088_640 + 2_818_572_288 },
      family: "gemma4",
      attention: "GQA",
      tied: true,
      layers: 42,
      kvBytesPerToken: 57_344,
      kvGrowing: 16_384,
    },
  },
];
