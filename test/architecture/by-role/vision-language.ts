import { experts, latent, moonlight, moonlightConfig, moonlightExperts } from "./experts.ts";
import { configOf, decoder, type Sectioned, type Sides, withBias } from "./sections.ts";

/** Layers as CLIP and SigLIP have them: two norms, four projections and two linears, all with biases. */
function clipLayers(layer: string, h: number, i: number): string {
  return `
    ${withBias(`${layer}.self_attn.{q,k,v,out}_proj`, h, h)}
    ${layer}.layer_norm{1,2}.{weight,bias} ${h}
    ${withBias(`${layer}.mlp.fc1`, i, h)}
    ${withBias(`${layer}.mlp.fc2`, h, i)}`;
}

const nested = (modelType: string, text: Record<string, unknown>, more: object = {}) => ({
  model_type: modelType,
  text_config: text,
  vision_config: { hidden_size: 1024, num_hidden_layers: 24, num_attention_heads: 16 },
  ...more,
});

const vicuna: Sides = {
  h: 4096,
  layers: 32,
  heads: 32,
  kv: 32,
  d: 128,
  i: 11008,
  vocab: 32064,
  prefix: "language_model.model",
  head: "language_model.lm_head",
};
const nemo: Sides = {
  h: 5120,
  layers: 40,
  heads: 32,
  kv: 8,
  d: 128,
  i: 14336,
  vocab: 131072,
  prefix: "language_model.model",
  head: "language_model.lm_head",
};
const qwen25: Sides = {
  h: 3584,
  layers: 28,
  heads: 28,
  kv: 4,
  d: 128,
  i: 18944,
  vocab: 152064,
  head: "lm_head",
  qkvBias: true,
};
const qwen3vl: Sides = {
  h: 4096,
  layers: 36,
  heads: 32,
  kv: 8,
  d: 128,
  i: 12288,
  vocab: 151936,
  prefix: "model.language_model",
  head: "lm_head",
  qkNorm: [128, 128],
};
const qwen3vlMoe: Sides = {
  h: 2048,
  layers: 48,
  heads: 32,
  kv: 4,
  d: 128,
  vocab: 151936,
  prefix: "model.language_model",
  head: "lm_head",
  qkNorm: [128, 128],
};
const internvl: Sides = {
  h: 3584,
  layers: 28,
  heads: 28,
  kv: 4,
  d: 128,
  i: 18944,
  vocab: 151674,
  prefix: "language_model.model",
  head: "language_model.lm_head",
  qkvBias: true,
};
const gemma: Sides = {
  h: 2048,
  layers: 18,
  heads: 8,
  kv: 1,
  d: 256,
  i: 16384,
  vocab: 257216,
  prefix: "language_model.model",
};
const gemma27: Sides = {
  h: 5376,
  layers: 62,
  heads: 32,
  kv: 16,
  d: 128,
  i: 21504,
  vocab: 262208,
  prefix: "language_model.model",
  qkNorm: [128, 128],
  norms: [
    "input_layernorm",
    "post_attention_layernorm",
    "pre_feedforward_layernorm",
    "post_feedforward_layernorm",
  ],
};
const smol: Sides = {
  h: 2048,
  layers: 24,
  heads: 32,
  kv: 32,
  d: 64,
  i: 8192,
  vocab: 49155,
  prefix: "model.text_model",
  head: "lm_head",
};
const qwenAudio: Sides = {
  h: 4096,
  layers: 32,
  heads: 32,
  kv: 32,
  d: 128,
  i: 11008,
  vocab: 156032,
  prefix: "language_model.model",
  head: "language_model.lm_head",
  qkvBias: true,
};

const siglip = (root: string, layers: number, positions: number, h = 1152, i = 4304, patch = 14) => `
  @vision
  ${withBias(`${root}.embeddings.patch_embedding`, h, `3,${patch},${patch}`)}
  ${root}.embeddings.position_embedding.weight ${positions},${h}
  ${clipLayers(`${root}.encoder.layers.{0-${layers - 1}}`, h, i)}
  ${root}.post_layernorm.{weight,bias} ${h}`;

const qwen3vlTower = (root: string, out: number) => `
  @vision
  ${withBias(`${root}.patch_embed.proj`, 1152, "3,2,16,16")}
  ${root}.pos_embed.weight 2304,1152
  ${root}.blocks.{0-26}.norm{1,2}.{weight,bias} 1152
  ${withBias(`${root}.blocks.{0-26}.attn.qkv`, 3456, 1152)}
  ${withBias(`${root}.blocks.{0-26}.attn.proj`, 1152, 1152)}
  ${withBias(`${root}.blocks.{0-26}.mlp.linear_fc1`, 4304, 1152)}
  ${withBias(`${root}.blocks.{0-26}.mlp.linear_fc2`, 1152, 4304)}
  @projector
  ${root}.merger.norm.{weight,bias} 1152
  ${root}.deepstack_merger_list.{0-2}.norm.{weight,bias} 4608
  ${withBias(`${root}.merger.linear_fc1`, 4608, 4608)}
  ${withBias(`${root}.merger.linear_fc2`, out, 4608)}
  ${withBias(`${root}.deepstack_merger_list.{0-2}.linear_fc1`, 4608, 4608)}
  ${withBias(`${root}.deepstack_merger_list.{0-2}.linear_fc2`, out, 4608)}`;

const crossLayers = "3,8,13,18,23,28,33,38";
const selfLayers = "0-2,4-7,9-12,14-17,19-22,24-27,29-32,34-37,39";

/** Models that see or hear, and write. */
export const VISION_LANGUAGE: readonly Sectioned[] = [
  {
    title: "Llama-3.2-11B-Vision: cross-attention layers between the others",
    published: 10_670_220_835,
    tensors: `
      @embedding:token
      language_model.model.embed_tokens.weight 128264,4096
      @attention
      language_model.model.layers.{${selfLayers}}.self_attn.{q,o}_proj.weight 4096,4096
      language_model.model.layers.{${selfLayers}}.self_attn.{k,v}_proj.weight 1024,4096
      @cross_attention
      language_model.model.layers.{${crossLayers}}.cross_attn.{q,o}_proj.weight 4096,4096
      language_model.model.layers.{${crossLayers}}.cross_attn.{k,v}_proj.weight 1024,4096
      language_model.model.layers.{${crossLayers}}.cross_attn.{q,k}_norm.weight 128
      @residual_extras
      language_model.model.layers.{${crossLayers}}.cross_attn_{attn,mlp}_gate 1
      @mlp
      language_model.model.layers.{0-39}.mlp.{gate,up}_proj.weight 14336,4096
      language_model.model.layers.{0-39}.mlp.down_proj.weight 4096,14336
      @norms
      language_model.model.layers.{0-39}.{input,post_attention}_layernorm.weight 4096
      language_model.model.norm.weight 4096
      @head
      language_model.lm_head.weight 128256,4096
      @projector
      ${withBias("multi_modal_projector", 4096, 7680)}
      @vision
      vision_model.class_embedding 1280
      vision_model.patch_embedding.weight 1280,3,14,14
      vision_model.gated_positional_embedding.embedding 1601,1280
      vision_model.gated_positional_embedding.gate 1
      vision_model.gated_positional_embedding.tile_embedding.weight 9,8197120
      vision_model.{pre,post}_tile_positional_embedding.embedding.weight 9,5120
      vision_model.{pre,post}_tile_positional_embedding.gate 1
      vision_model.layernorm_{pre,post}.{weight,bias} 1280
      vision_model.transformer.layers.{0-31}.self_attn.{q,k,v,o}_proj.weight 1280,1280
      ${withBias("vision_model.transformer.layers.{0-31}.mlp.fc1", 5120, 1280)}
      ${withBias("vision_model.transformer.layers.{0-31}.mlp.fc2", 1280, 5120)}
      vision_model.transformer.layers.{0-31}.{input,post_attention}_layernorm.{weight,bias} 1280
      vision_model.global_transformer.layers.{0-7}.gate_{attn,ffn} 1
      vision_model.global_transformer.layers.{0-7}.self_attn.{q,k,v,o}_proj.weight 1280,1280
      ${withBias("vision_model.global_transformer.layers.{0-7}.mlp.fc1", 5120, 1280)}
      ${withBias("vision_model.global_transformer.layers.{0-7}.mlp.fc2", 1280, 5120)}
      vision_model.global_transformer.layers.{0-7}.{input,post_attention}_layernorm.{weight,bias} 1280`,
    config: nested("mllama", {
      model_type: "mllama_text_model",
      hidden_size: 4096,
      num_hidden_layers: 40,
      num_attention_heads: 32,
      num_key_value_heads: 8,
      intermediate_size: 14336,
      vocab_size: 128256,
      cross_attention_layers: [3, 8, 13, 18, 23, 28, 33, 38],
      tie_word_embeddings: false,
    }),
    attention: "GQA",
    kv: 32 * 2 * 1024 * 2,
    tied: false,
    layers: 40,
    family: "mllama",
  },
  {
    title: "LLaVA-1.5-7B",
    published: 7_063_427_072,
    tensors: `${decoder(vicuna)}
      @projector
      ${withBias("multi_modal_projector.linear_1", 4096, 1024)}
      ${withBias("multi_modal_projector.linear_2", 4096, 4096)}
      @vision
      vision_tower.vision_model.embeddings.class_embedding 1024
      vision_tower.vision_model.embeddings.patch_embedding.weight 1024,3,14,14
      vision_tower.vision_model.embeddings.position_embedding.weight 577,1024
      vision_tower.vision_model.pre_layrnorm.{weight,bias} 1024
      ${clipLayers("vision_tower.vision_model.encoder.layers.{0-23}", 1024, 4096)}
      vision_tower.vision_model.post_layernorm.{weight,bias} 1024`,
    config: nested("llava", configOf("llama", vicuna)),
    attention: "MHA",
    kv: 32 * 2 * 4096 * 2,
    tied: false,
    layers: 32,
    family: "llava",
  },
  {
    title: "Pixtral-12B",
    tensors: `${decoder(nemo)}
      @projector
      ${withBias("multi_modal_projector.linear_1", 5120, 1024)}
      ${withBias("multi_modal_projector.linear_2", 5120, 5120)}
      @vision
      vision_tower.patch_conv.weight 1024,3,16,16
      vision_tower.ln_pre.weight 1024
      vision_tower.transformer.layers.{0-23}.attention.{q,k,v,o}_proj.weight 1024,1024
      vision_tower.transformer.layers.{0-23}.{attention,ffn}_norm.weight 1024
      vision_tower.transformer.layers.{0-23}.feed_forward.{gate,up}_proj.weight 4096,1024
      vision_tower.transformer.layers.{0-23}.feed_forward.down_proj.weight 1024,4096`,
    config: nested("llava", configOf("mistral", nemo)),
    attention: "GQA",
    kv: 40 * 2 * 1024 * 2,
    tied: false,
    layers: 40,
    family: "llava",
  },
  {
    title: "Qwen2.5-VL-7B",
    published: 8_292_166_656,
    tensors: `${decoder(qwen25)}
      @vision
      visual.patch_embed.proj.weight 1280,3,2,14,14
      visual.blocks.{0-31}.norm{1,2}.weight 1280
      ${withBias("visual.blocks.{0-31}.attn.qkv", 3840, 1280)}
      ${withBias("visual.blocks.{0-31}.attn.proj", 1280, 1280)}
      ${withBias("visual.blocks.{0-31}.mlp.{gate,up}_proj", 3420, 1280)}
      ${withBias("visual.blocks.{0-31}.mlp.down_proj", 1280, 3420)}
      @projector
      visual.merger.ln_q.weight 1280
      ${withBias("visual.merger.mlp.0", 5120, 5120)}
      ${withBias("visual.merger.mlp.2", 3584, 5120)}`,
    config: configOf("qwen2_5_vl", qwen25, {
      head_dim: undefined,
      use_sliding_window: false,
      sliding_window: 32768,
      max_window_layers: 28,
      vision_config: { depth: 32, hidden_size: 1280 },
    }),
    attention: "GQA",
    kv: 57_344,
    tied: false,
    layers: 28,
    family: "qwen2",
  },
  {
    title: "Qwen2-Audio-7B",
    published: 8_397_094_912,
    tensors: `${decoder(qwenAudio)}
      @projector
      ${withBias("multi_modal_projector.linear", 4096, 1280)}
      @audio
      ${withBias("audio_tower.conv1", 1280, "128,3")}
      ${withBias("audio_tower.conv2", 1280, "1280,3")}
      audio_tower.embed_positions.weight 1500,1280
      audio_tower.layers.{0-31}.self_attn.{q,k,v,out}_proj.weight 1280,1280
      audio_tower.layers.{0-31}.self_attn.{q,v,out}_proj.bias 1280
      audio_tower.layers.{0-31}.{self_attn,final}_layer_norm.{weight,bias} 1280
      ${withBias("audio_tower.layers.{0-31}.fc1", 5120, 1280)}
      ${withBias("audio_tower.layers.{0-31}.fc2", 1280, 5120)}
      audio_tower.layer_norm.{weight,bias} 1280`,
    config: {
      model_type: "qwen2_audio",
      text_config: configOf("qwen2", qwenAudio, { use_sliding_window: false, head_dim: undefined }),
      audio_config: { d_model: 1280, encoder_layers: 32, encoder_attention_heads: 20 },
    },
    attention: "MHA",
    kv: 32 * 2 * 4096 * 2,
    tied: false,
    layers: 32,
    family: "qwen2_audio",
  },
  {
    title: "Qwen3-VL-8B",
    published: 8_767_123_696,
    tensors: decoder(qwen3vl) + qwen3vlTower("model.visual", 4096),
    config: nested("qwen3_vl", configOf("qwen3_vl_text", qwen3vl)),
    attention: "GQA",
    kv: 36 * 2 * 1024 * 2,
    tied: false,
    layers: 36,
    family: "qwen3",
  },
  {
    title: "Qwen3-VL-30B-A3B: stacked experts, input rows first",
    published: 31_070_754_032,
    tensors: `${decoder(qwen3vlMoe)}
      @router
      model.language_model.layers.{0-47}.mlp.gate.weight 128,2048
      @experts
      model.language_model.layers.{0-47}.mlp.experts.gate_up_proj 128,2048,1536
      model.language_model.layers.{0-47}.mlp.experts.down_proj 128,768,2048
      ${qwen3vlTower("model.visual", 2048)}`,
    config: nested(
      "qwen3_vl_moe",
      configOf("qwen3_vl_moe_text", qwen3vlMoe, {
        intermediate_size: 6144,
        moe_intermediate_size: 768,
        num_experts: 128,
        num_experts_per_tok: 8,
      }),
    ),
    routed: { experts: 128, used: 8 },
    attention: "GQA",
    kv: 48 * 2 * 512 * 2,
    tied: false,
    layers: 48,
    family: "qwen-moe",
  },
  {
    title: "InternVL3-8B",
    published: 7_944_373_760,
    tensors: `${decoder(internvl)}
      @projector
      mlp1.0.{weight,bias} 4096
      ${withBias("mlp1.1", 3584, 4096)}
      ${withBias("mlp1.3", 3584, 3584)}
      @vision
      vision_model.embeddings.class_embedding 1,1,1024
      ${withBias("vision_model.embeddings.patch_embedding", 1024, "3,14,14")}
      vision_model.embeddings.position_embedding 1,1025,1024
      vision_model.encoder.layers.{0-23}.{ls1,ls2} 1024
      vision_model.encoder.layers.{0-23}.norm{1,2}.{weight,bias} 1024
      ${withBias("vision_model.encoder.layers.{0-23}.attn.qkv", 3072, 1024)}
      ${withBias("vision_model.encoder.layers.{0-23}.attn.proj", 1024, 1024)}
      ${withBias("vision_model.encoder.layers.{0-23}.mlp.fc1", 4096, 1024)}
      ${withBias("vision_model.encoder.layers.{0-23}.mlp.fc2", 1024, 4096)}`,
    config: { model_type: "internvl_chat", llm_config: configOf("qwen2", internvl, { head_dim: undefined }) },
    attention: "GQA",
    kv: 57_344,
    tied: false,
    layers: 28,
    family: "internvl_chat",
  },
  {
    title: "PaliGemma-3B",
    published: 2_923_466_480,
    tensors: `${decoder(gemma)}
      ${siglip("vision_tower.vision_model", 27, 256)}
      @projector
      ${withBias("multi_modal_projector.linear", 2048, 1152)}`,
    config: {
      model_type: "paligemma",
      hidden_size: 2048,
      text_config: {
        model_type: "gemma",
        hidden_size: 2048,
        num_hidden_layers: 18,
        num_attention_heads: 8,
        num_key_value_heads: 1,
        intermediate_size: 16384,
        vocab_size: 257216,
      },
      vision_config: { hidden_size: 1152, num_hidden_layers: 27, num_attention_heads: 16 },
    },
    attention: "MQA",
    kv: 18 * 2 * 256 * 2,
    tied: true,
    layers: 18,
    family: "paligemma",
  },
  {
    title: "Gemma-3-27B",
    published: 27_432_406_640,
    tensors: `${decoder(gemma27)}
      ${siglip("vision_tower.vision_model", 27, 4096)}
      @projector
      multi_modal_projector.mm_input_projection_weight 1152,5376
      multi_modal_projector.mm_soft_emb_norm.weight 1152`,
    config: nested("gemma3", {
      model_type: "gemma3_text",
      hidden_size: 5376,
      num_hidden_layers: 62,
      num_attention_heads: 32,
      num_key_value_heads: 16,
      head_dim: 128,
      intermediate_size: 21504,
      sliding_window: 1024,
    }),
    attention: "GQA",
    kv: 62 * 2 * 2048 * 2,
    kvGrowing: 10 * 2 * 2048 * 2,
    tied: true,
    layers: 62,
    family: "gemma",
  },
  {
    title: "SmolVLM-Instruct (Idefics 3)",
    published: 2_246_272_880,
    tensors: `${decoder(smol)}
      ${siglip("model.vision_model", 27, 729)}
      @projector
      model.connector.modality_projection.proj.weight 2048,10368`,
    config: {
      model_type: "idefics3",
      text_config: configOf("llama", smol, { head_dim: undefined }),
      vision_config: { hidden_size: 1152, num_attention_heads: 16 },
    },
    attention: "MHA",
    kv: 24 * 2 * 2048 * 2,
    tied: false,
    layers: 24,
    family: "idefics3",
  },
  {
    title: "Kimi-VL-A3B",
    tensors: `${latent({ ...moonlight, prefix: "language_model.model", head: "language_model.lm_head" })}
      ${experts("language_model.model", 2048, moonlightExperts)}
      @projector
      multi_modal_projector.pre_norm.{weight,bias} 1152
      ${withBias("multi_modal_projector.linear_1", 4608, 4608)}
      ${withBias("multi_modal_projector.linear_2", 2048, 4608)}
      @vision
      ${withBias("vision_tower.patch_embed.proj", 1152, "3,14,14")}
      vision_tower.patch_embed.pos_emb.weight 64,64,1152
      vision_tower.encoder.blocks.{0-26}.norm{0,1}.{weight,bias} 1152
      ${withBias("vision_tower.encoder.blocks.{0-26}.wqkv", 3456, 1152)}
      ${withBias("vision_tower.encoder.blocks.{0-26}.wo", 1152, 1152)}
      ${withBias("vision_tower.encoder.blocks.{0-26}.mlp.fc0", 4304, 1152)}
      ${withBias("vision_tower.encoder.blocks.{0-26}.mlp.fc1", 1152, 4304)}
      vision_tower.encoder.final_layernorm.{weight,bias} 1152`,
    config: { model_type: "kimi_vl", text_config: moonlightConfig, vision_config: { model_type: "moonvit" } },
    routed: moonlightExperts,
    attention: "MLA",
    kv: 27 * 576 * 2,
    tied: false,
    layers: 27,
    family: "kimi_vl",
  },
];
