import { configOf, decoder, type Sectioned, usual, withBias } from "./sections.ts";

const clipLayers = (layer: string, h: number, i: number) => `
    ${withBias(`${layer}.self_attn.{q,k,v,out}_proj`, h, h)}
    ${layer}.layer_norm{1,2}.{weight,bias} ${h}
    ${withBias(`${layer}.mlp.fc1`, i, h)}
    ${withBias(`${layer}.mlp.fc2`, h, i)}`;
const mimo = {
  h: 4096,
  layers: 36,
  heads: 32,
  kv: 8,
  d: 128,
  i: 11008,
  vocab: 151680,
  head: "lm_head",
  qkvBias: true,
};
const llama = { h: 4096, layers: 32, heads: 32, kv: 8, d: 128, i: 14336, vocab: 128256 };
/** Layouts beside the usual ones: original releases, towers in odd places, two blocks to a layer. */
export const LAYOUTS: readonly Sectioned[] = [
  usual({
    title: "Mistral-7B-v0.3 as Mistral stores it",
    published: 7_248_023_552,
    tensors: `
    @embedding:token
    tok_embeddings.weight 32768,4096
    @attention
    layers.{0-31}.attention.{wq,wo}.weight 4096,4096
    layers.{0-31}.attention.{wk,wv}.weight 1024,4096
    @mlp
    layers.{0-31}.feed_forward.{w1,w3}.weight 14336,4096
    layers.{0-31}.feed_forward.w2.weight 4096,14336
    @norms
    layers.{0-31}.{attention,ffn}_norm.weight 4096
    norm.weight 4096
    @head
    output.weight 32768,4096`,
    config: {
      dim: 4096,
      n_layers: 32,
      head_dim: 128,
      hidden_dim: 14336,
      n_heads: 32,
      n_kv_heads: 8,
      vocab_size: 32768,
      rope_theta: 1000000,
    },
    kv: 131072,
    layers: 32,
    family: "llama-original",
  }),
  usual({
    title: "Mixtral-8x22B-v0.3 as Mistral stores it",
    tensors: `
    @embedding:token
    tok_embeddings.weight 32768,6144
    @attention
    layers.{0-55}.attention.{wq,wo}.weight 6144,6144
    layers.{0-55}.attention.{wk,wv}.weight 1024,6144
    @router
    layers.{0-55}.feed_forward.gate.weight 8,6144
    @experts
    layers.{0-55}.feed_forward.experts.{0-7}.{w1,w3}.weight 16384,6144
    layers.{0-55}.feed_forward.experts.{0-7}.w2.weight 6144,16384
    @norms
    layers.{0-55}.{attention,ffn}_norm.weight 6144
    norm.weight 6144
    @head
    output.weight 32768,6144`,
    config: {
      dim: 6144,
      n_layers: 56,
      head_dim: 128,
      hidden_dim: 16384,
      n_heads: 48,
      n_kv_heads: 8,
      vocab_size: 32768,
      moe: { num_experts_per_tok: 2, num_experts: 8 },
    },
    routed: { experts: 8, used: 2 },
    kv: 56 * 4096,
    layers: 56,
    family: "llama-original",
  }),
  usual({
    title: "MiMo-7B",
    published: 7_833_409_536,
    tensors: `${decoder(mimo)}
    @mtp
    model.mtp_layers.0.self_attn.q_proj.weight 4096,4096
    model.mtp_layers.0.self_attn.q_proj.bias 4096
    model.mtp_layers.0.self_attn.{k,v}_proj.weight 1024,4096
    model.mtp_layers.0.self_attn.{k,v}_proj.bias 1024
    model.mtp_layers.0.self_attn.o_proj.weight 4096,4096
    model.mtp_layers.0.mlp.{gate,up}_proj.weight 11008,4096
    model.mtp_layers.0.mlp.down_proj.weight 4096,11008
    model.mtp_layers.0.{input_layernorm,post_attention_layernorm,token_layernorm,hidden_layernorm,final_layernorm}.weight 4096
    model.mtp_layers.0.input_proj.weight 4096,8192`,
    config: configOf("mimo", mimo, { num_nextn_predict_layers: 1, head_dim: undefined }),
    kv: 36 * 4096,
    layers: 36,
    family: "mimo",
  }),
  usual({
    title: "Ling-lite (bailing)",
    tensors: `
    @embedding:token
    model.word_embeddings.weight 126464,2048
    @attention
    model.layers.{0-27}.attention.query_key_value.weight 3072,2048
    model.layers.{0-27}.attention.dense.weight 2048,2048
    @router
    model.layers.{0-27}.mlp.gate.weight 64,2048
    @experts
    model.layers.{0-27}.mlp.experts.{0-63}.{gate,up}_proj.weight 1408,2048
    model.layers.{0-27}.mlp.experts.{0-63}.down_proj.weight 2048,1408
    @shared_experts
    model.layers.{0-27}.mlp.shared_experts.{gate,up}_proj.weight 2816,2048
    model.layers.{0-27}.mlp.shared_experts.down_proj.weight 2048,2816
    @norms
    model.layers.{0-27}.{input,post_attention}_layernorm.weight 2048
    model.norm.weight 2048
    @head
    lm_head.weight 126464,2048`,
    config: {
      model_type: "bailing_moe",
      hidden_size: 2048,
      num_hidden_layers: 28,
      num_attention_heads: 16,
      num_key_value_heads: 4,
      head_dim: 128,
      num_experts: 64,
      num_experts_per_tok: 6,
      num_shared_experts: 2,
      moe_intermediate_size: 1408,
      intermediate_size: 5632,
      first_k_dense_replace: 0,
      vocab_size: 126464,
      tie_word_embeddings: false,
    },
    routed: { experts: 64, used: 6 },
    kv: 28 * 2 * 512 * 2,
    layers: 28,
    family: "bailing-moe",
  }),
  usual({
    title: "Ling-2 / Ring-mini 2.0",
    tensors: `
    @embedding:token
    model.word_embeddings.weight 157184,2048
    @attention
    model.layers.{0-19}.attention.query_key_value.weight 3072,2048
    model.layers.{0-19}.attention.dense.weight 2048,2048
    model.layers.{0-19}.attention.{query,key}_layernorm.weight 128
    @mlp
    model.layers.0.mlp.{gate,up}_proj.weight 5120,2048
    model.layers.0.mlp.down_proj.weight 2048,5120
    @router
    model.layers.{1-19}.mlp.gate.weight 256,2048
    model.layers.{1-19}.mlp.gate.expert_bias 256
    @experts
    model.layers.{1-19}.mlp.experts.{0-255}.{gate,up}_proj.weight 512,2048
    model.layers.{1-19}.mlp.experts.{0-255}.down_proj.weight 2048,512
    @shared_experts
    model.layers.{1-19}.mlp.shared_experts.{gate,up}_proj.weight 512,2048
    model.layers.{1-19}.mlp.shared_experts.down_proj.weight 2048,512
    @norms
    model.layers.{0-19}.{input,post_attention}_layernorm.weight 2048
    model.norm.weight 2048
    @head
    lm_head.weight 157184,2048`,
    config: {
      model_type: "bailing_moe",
      hidden_size: 2048,
      num_hidden_layers: 20,
      num_attention_heads: 16,
      num_key_value_heads: 4,
      head_dim: 128,
      num_experts: 256,
      num_experts_per_tok: 8,
      num_shared_experts: 1,
      moe_intermediate_size: 512,
      intermediate_size: 5120,
      first_k_dense_replace: 1,
      vocab_size: 157184,
      tie_word_embeddings: false,
    },
    routed: { experts: 256, used: 8 },
    kv: 20 * 2 * 512 * 2,
    layers: 20,
    family: "bailing-moe",
  }),
  usual({
    title: "Phi-3.5-vision",
    published: 4_146_621_440,
    tensors: `
    @embedding:token
    model.embed_tokens.weight 32064,3072
    @attention
    model.layers.{0-31}.self_attn.qkv_proj.weight 9216,3072
    model.layers.{0-31}.self_attn.o_proj.weight 3072,3072
    @mlp
    model.layers.{0-31}.mlp.gate_up_proj.weight 16384,3072
    model.layers.{0-31}.mlp.down_proj.weight 3072,8192
    @norms
    model.layers.{0-31}.{input,post_attention}_layernorm.weight 3072
    model.norm.weight 3072
    @head
    lm_head.weight 32064,3072
    @vision
    model.vision_embed_tokens.glb_GN 1,1,4096
    model.vision_embed_tokens.sub_GN 1,1,1,4096
    model.vision_embed_tokens.img_processor.vision_model.embeddings.class_embedding 1024
    model.vision_embed_tokens.img_processor.vision_model.embeddings.patch_embedding.weight 1024,3,14,14
    model.vision_embed_tokens.img_processor.vision_model.embeddings.position_embedding.weight 577,1024
    model.vision_embed_tokens.img_processor.vision_model.{pre_layrnorm,post_layernorm}.{weight,bias} 1024
    ${clipLayers("model.vision_embed_tokens.img_processor.vision_model.encoder.layers.{0-23}", 1024, 4096)}
    @projector
    ${withBias("model.vision_embed_tokens.img_projection.0", 3072, 4096)}
    ${withBias("model.vision_embed_tokens.img_projection.2", 3072, 3072)}`,
    config: {
      model_type: "phi3_v",
      hidden_size: 3072,
      num_hidden_layers: 32,
      num_attention_heads: 32,
      num_key_value_heads: 32,
      intermediate_size: 8192,
      vocab_size: 32064,
      sliding_window: 262144,
      tie_word_embeddings: false,
    },
    attention: "MHA",
    kv: 32 * 4 * 3072,
    layers: 32,
    family: "phi",
  }),
  usual({
    title: "Phi-4-multimodal in part: adapters beside what they adapt",
    tensors: `
    @embedding:token
    model.embed_tokens.weight 200064,3072
    @attention
    model.layers.{0-31}.self_attn.qkv_proj.base_layer.weight 5120,3072
    model.layers.{0-31}.self_attn.o_proj.base_layer.weight 3072,3072
    @mlp
    model.layers.{0-31}.mlp.gate_up_proj.base_layer.weight 16384,3072
    model.layers.{0-31}.mlp.down_proj.base_layer.weight 3072,8192
    @adapters
    model.layers.{0-31}.self_attn.qkv_proj.lora_A.{speech,vision}.weight 256,3072
    model.layers.{0-31}.self_attn.qkv_proj.lora_B.{speech,vision}.weight 5120,256
    model.layers.{0-31}.mlp.down_proj.lora_A.{speech,vision}.weight 256,8192
    model.layers.{0-31}.mlp.down_proj.lora_B.{speech,vision}.weight 3072,256
    @norms
    model.layers.{0-31}.{input,post_attention}_layernorm.weight 3072
    model.norm.weight 3072
    @vision
    model.embed_tokens_extend.image_embed.{glb_GN,sub_GN} 1,1,1152
    ${withBias("model.embed_tokens_extend.image_embed.img_processor.embeddings.patch_embedding", 1152, "3,14,14")}
    model.embed_tokens_extend.image_embed.img_processor.embeddings.position_embedding.weight 1024,1152
    ${clipLayers("model.embed_tokens_extend.image_embed.img_processor.encoder.layers.{0-26}", 1152, 4304)}
    model.embed_tokens_extend.image_embed.img_processor.post_layernorm.{weight,bias} 1152
    @projector
    ${withBias("model.embed_tokens_extend.image_embed.img_projection.0", 3072, 1152)}
    ${withBias("model.embed_tokens_extend.image_embed.img_projection.2", 3072, 3072)}
    ${withBias("model.embed_tokens_extend.audio_embed.audio_projection.{speech,vision}.0", 3072, 1024)}
    @audio
    model.embed_tokens_extend.audio_embed.encoder.encoders.{0-23}.self_attn.linear_{q,k,v,out}.weight 1024,1024
    model.embed_tokens_extend.audio_embed.encoder.encoders.{0-23}.layer_norm.{weight,bias} 1024
    model.embed_tokens_extend.audio_embed.encoder.relative_attention_bias_layer.bias_values.weight 1000,16`,
    config: {
      model_type: "phi4mm",
      hidden_size: 3072,
      num_hidden_layers: 32,
      num_attention_heads: 24,
      num_key_value_heads: 8,
      intermediate_size: 8192,
      vocab_size: 200064,
      tie_word_embeddings: true,
    },
    attention: "GQA",
    kv: 131072,
    layers: 32,
    tied: true,
    family: "phi",
  }),
  usual({
    title: "DeepSeek-OCR's naming: towers called vision and language",
    tensors: `
    ${decoder({ h: 1280, layers: 12, heads: 10, kv: 10, d: 128, i: 6848, vocab: 129280, prefix: "language.model", head: "language.lm_head", dense: "0" })}
    @router
    language.model.layers.{1-11}.mlp.gate.weight 64,1280
    @experts
    language.model.layers.{1-11}.mlp.experts.{0-63}.{gate,up}_proj.weight 896,1280
    language.model.layers.{1-11}.mlp.experts.{0-63}.down_proj.weight 1280,896
    @shared_experts
    language.model.layers.{1-11}.mlp.shared_experts.{gate,up}_proj.weight 1792,1280
    language.model.layers.{1-11}.mlp.shared_experts.down_proj.weight 1280,1792
    @projector
    image_newline 1280
    view_seperator 1280
    ${withBias("projector.layers.0", 5120, 4608)}
    ${withBias("projector.layers.2", 1280, 5120)}
    @vision
    vision.pos_embed 1,729,1152
    ${withBias("vision.patch_embed.proj", 1152, "3,14,14")}
    ${withBias("vision.blocks.{0-26}.attn.qkv", 3456, 1152)}
    ${withBias("vision.blocks.{0-26}.attn.proj", 1152, 1152)}
    vision.blocks.{0-26}.norm{1,2}.{weight,bias} 1152
    ${withBias("vision.blocks.{0-26}.mlp.fc1", 4304, 1152)}
    ${withBias("vision.blocks.{0-26}.mlp.fc2", 1152, 4304)}
    vision.norm.{weight,bias} 1152
    vision.attn_pool.latent 1,1,1152`,
    config: {
      model_type: "deepseek_vl_v2",
      language_config: {
        model_type: "deepseek_v2",
        hidden_size: 1280,
        num_hidden_layers: 12,
        num_attention_heads: 10,
        num_key_value_heads: 10,
        use_mla: false,
        moe_intermediate_size: 896,
        n_routed_experts: 64,
        n_shared_experts: 2,
        num_experts_per_tok: 6,
        first_k_dense_replace: 1,
        intermediate_size: 6848,
        vocab_size: 129280,
        tie_word_embeddings: false,
      },
    },
    routed: { experts: 64, used: 6 },
    attention: "MHA",
    kv: 12 * 2 * 1280 * 2,
    layers: 12,
    family: "deepseek_vl_v2",
  }),
  usual({
    title: "LongCat-Flash: two attention blocks and two MLPs to a layer",
    tensors: `
    @embedding:token
    model.embed_tokens.weight 131072,6144
    @attention
    model.layers.{0-27}.self_attn.{0,1}.q_a_proj.weight 1536,6144
    model.layers.{0-27}.self_attn.{0,1}.q_a_layernorm.weight 1536
    model.layers.{0-27}.self_attn.{0,1}.q_b_proj.weight 12288,1536
    model.layers.{0-27}.self_attn.{0,1}.kv_a_proj_with_mqa.weight 576,6144
    model.layers.{0-27}.self_attn.{0,1}.kv_a_layernorm.weight 512
    model.layers.{0-27}.self_attn.{0,1}.kv_b_proj.weight 16384,512
    model.layers.{0-27}.self_attn.{0,1}.o_proj.weight 6144,8192
    @mlp
    model.layers.{0-27}.mlps.{0,1}.{gate,up}_proj.weight 12288,6144
    model.layers.{0-27}.mlps.{0,1}.down_proj.weight 6144,12288
    @router
    model.layers.{0-27}.mlp.router.classifier.weight 768,6144
    model.layers.{0-27}.mlp.router.e_score_correction_bias 768
    @experts
    model.layers.{0-27}.mlp.experts.{0-511}.{gate,up}_proj.weight 2048,6144
    model.layers.{0-27}.mlp.experts.{0-511}.down_proj.weight 6144,2048
    @norms
    model.layers.{0-27}.{input,post_attention}_layernorm.{0,1}.weight 6144
    model.norm.weight 6144
    @head
    lm_head.weight 131072,6144`,
    config: {
      model_type: "longcat_flash",
      hidden_size: 6144,
      num_layers: 28,
      num_attention_heads: 64,
      kv_lora_rank: 512,
      q_lora_rank: 1536,
      qk_nope_head_dim: 128,
      qk_rope_head_dim: 64,
      v_head_dim: 128,
      ffn_hidden_size: 12288,
      expert_ffn_hidden_size: 2048,
      n_routed_experts: 512,
      moe_topk: 12,
      zero_expert_num: 256,
      vocab_size: 131072,
    },
    routed: { experts: 512, used: 12 },
    attention: "MLA",
    kv: 28 * 2 * 576 * 2,
    layers: 28,
    family: "longcat",
  }),
  usual({
    title: "A sequence classifier on Qwen3",
    tensors: `${decoder({ ...llama, qkNorm: [128, 128] })}\n@head:other\nscore.weight 2,4096`,
    config: configOf("qwen3", { ...llama, qkNorm: [128, 128] }),
    attention: "GQA",
    kv: 131072,
    layers: 32,
    tied: null,
    family: "qwen3",
  }),
  usual({
    title: "Qwen3 as an embedding model: no prefix, no head",
    tensors: decoder({ ...llama, qkNorm: [128, 128] }).replaceAll("model.", ""),
    config: configOf("qwen3", { ...llama, qkNorm: [128, 128] }),
    attention: "GQA",
    kv: 131072,
    layers: 32,
    tied: true,
    family: "qwen3",
  }),
  usual({
    title: "Gemma-3n-E2B, of its towers a part",
    tensors: `
    @embedding:token
    model.language_model.embed_tokens.weight 262400,2048
    @embedding
    model.language_model.embed_tokens_per_layer.weight 262144,7680
    @ple
    model.language_model.per_layer_model_projection.weight 7680,2048
    model.language_model.per_layer_projection_norm.weight 256
    model.language_model.layers.{0-29}.per_layer_input_gate.weight 256,2048
    model.language_model.layers.{0-29}.per_layer_projection.weight 2048,256
    model.language_model.layers.{0-29}.post_per_layer_input_norm.weight 2048
    @residual_extras
    model.language_model.altup_projections.{0-2}.weight 2048,2048
    model.language_model.altup_unembed_projections.{0-2}.weight 2048,2048
    model.language_model.layers.{0-29}.altup.correct_output_scale 2048
    model.language_model.layers.{0-29}.altup.correction_coefs.weight 4,4
    model.language_model.layers.{0-29}.altup.prediction_coefs.weight 16,4
    model.language_model.layers.{0-29}.altup.modality_router.weight 4,2048
    model.language_model.layers.{0-29}.altup.router_norm.weight 2048
    model.language_model.layers.{0-29}.laurel.linear_left.weight 64,2048
    model.language_model.layers.{0-29}.laurel.linear_right.weight 2048,64
    model.language_model.layers.{0-29}.laurel.post_laurel_norm.weight 2048
    @attention
    model.language_model.layers.{0-29}.self_attn.q_proj.weight 2048,2048
    model.language_model.layers.{0-29}.self_attn.{k,v}_proj.weight 512,2048
    model.language_model.layers.{0-29}.self_attn.o_proj.weight 2048,2048
    model.language_model.layers.{0-29}.self_attn.{q,k}_norm.weight 256
    @mlp
    model.language_model.layers.{0-29}.mlp.{gate,up}_proj.weight 8192,2048
    model.language_model.layers.{0-29}.mlp.down_proj.weight 2048,8192
    @norms
    model.language_model.layers.{0-29}.{input_layernorm,post_attention_layernorm,pre_feedforward_layernorm,post_feedforward_layernorm}.weight 2048
    model.language_model.norm.weight 2048
    @vision
    model.vision_tower.timm_model.conv_stem.conv.weight 64,3,3,3
    model.vision_tower.timm_model.conv_stem.bn.weight 64
    model.vision_tower.timm_model.blocks.0.0.conv_exp.weight 128,64,3,3
    model.vision_tower.timm_model.blocks.2.1.attn.query.proj.weight 768,640,1,1
    model.vision_tower.timm_model.msfa.ffn.pw_exp.conv.weight 3840,1920,1,1
    @audio
    model.audio_tower.subsample_conv_projection.conv_0.conv.weight 128,1,3,3
    model.audio_tower.conformer.{0-11}.attention.attn.{q,k,v}_proj.weight 1536,1536
    model.audio_tower.conformer.{0-11}.attention.attn.per_dim_scale 192
    model.audio_tower.conformer.{0-11}.lconv1d.depthwise_conv1d.weight 1536,1,5
    model.audio_tower.conformer.{0-11}.ffw_layer_start.ffw_layer_1.weight 6144,1536
    @projector
    model.embed_vision.embedding.weight 128,2048
    model.embed_vision.{hard,soft}_embedding_norm.weight 2048
    model.embed_vision.embedding_projection.weight 2048,2048
    model.embed_audio.embedding.weight 128,1536
    model.embed_audio.{hard,soft}_embedding_norm.weight 1536
    model.embed_audio.embedding_projection.weight 2048,1536`,
    config: {
      model_type: "gemma3n",
      text_config: {
        model_type: "gemma3n_text",
        hidden_size: 2048,
        num_hidden_layers: 30,
        num_attention_heads: 8,
        num_key_value_heads: 2,
        head_dim: 256,
        intermediate_size: Array.from({ length: 30 }, () => 8192),
        num_kv_shared_layers: 10,
        sliding_window: 512,
        layer_types: Array.from({ length: 30 }, (_, l) =>
          l % 5 === 4 ? "full_attention" : "sliding_attention",
        ),
        vocab_size: 262400,
      },
    },
    kv: 20 * 2 * 512 * 2,
    kvGrowing: 4 * 2 * 512 * 2,
    layers: 30,
    tied: true,
    family: "gemma3n",
  }),
];
