/**
 * Which last names stand for which role: data, to be read and extended. A name matches as a whole segment only; order
 * does not matter here, as a box (attention, MLP …) has been recognised before its table is asked.
 */
import type { Role } from "./roles.ts";

type Table = ReadonlyMap<string, Role>;

/** `{ role: "names separated by spaces" }` → name by name. */
function table(rows: Partial<Record<Role, string>>): Table {
  return new Map(
    Object.entries(rows).flatMap(([role, names]) => names.split(" ").map((name) => [name, role as Role])),
  );
}

/** Buffers: recorded tables that training does not change. That a tensor is one is told by its packing. */
export const BUFFER_NAMES: Table = table({
  "buffer.rope": "inv_freq original_inv_freq cos_cached sin_cached rotary_emb freqs_cis",
  "buffer.mask": "masked_bias causal_mask final_logits_bias",
  "buffer.index": "position_ids tid2eid num_batches_tracked relative_position_index",
  act_clip: "input_min input_max output_min output_max",
});

/** Names of the one tensor or module that stands alone below a layer, or is a norm of it. */
export const LAYER_SINGLES: Table = table({
  "norm.input":
    "input_layernorm ln_1 ln1 attention_norm attn_norm layernorm_before layer_norm1 norm1 norm0 temporal_pre_norm self_attn_layer_norm ln_attn pre_ln pre_norm norm input_norm attention_layernorm sa_layer_norm operator_norm norm_1 ln0 pre_attn_norm",
  "norm.post_attn": "post_attention_layernorm post_attention_norm post_attn_norm post_self_attn_layernorm",
  "norm.pre_ffn":
    "ln_2 ln2 ffn_norm ff_norm pre_feedforward_layernorm pre_feedforward_layernorm_2 pre_ff_layernorm ln_mlp layernorm_after layer_norm2 norm2 norm3 channel_pre_norm final_layer_norm layer_norm pre_mlp_layernorm output_layer_norm feedforward_layernorm norm_2 pre_moe_norm residual_layernorm mlp_norm",
  "norm.post_ffn":
    "post_feedforward_layernorm post_feedforward_layernorm_1 post_feedforward_layernorm_2 post_mlp_layernorm post_ffn_norm post_ff_norm post_moe_norm full_layer_layer_norm",
  "norm.cross": "encoder_attn_layer_norm cross_attn_layer_norm cross_attention_layer_norm",
  "residual.scale":
    "layer_scalar ls1 ls2 gamma gamma_1 gamma_2 lambda1 lambda2 layer_scale_1 layer_scale_2 layer_scale cross_attn_attn_gate cross_attn_mlp_gate resid_lambda x0_lambda",
  ple: "per_layer_input_gate per_layer_projection post_per_layer_input_norm",
  // A norm for each projection instead of one for the layer (Inkling).
  "attn.latent_norm": "q_input_norm k_input_norm v_input_norm",
  "shared_block.link": "linear",
  "embed.token_type": "token_type_embeddings",
});

/** Attention leaves. Cross-attention uses the same names in a box of its own. */
export const ATTENTION_LEAVES: Table = table({
  "attn.q": "q_proj wq Wq query q to_q project_q add_q_proj q_lin query_proj linear_q query_net wq_du",
  "attn.k": "k_proj wk Wk key k to_k project_k add_k_proj k_lin key_proj linear_k key_net wk_dv",
  "attn.v": "v_proj wv Wv value v to_v project_v add_v_proj v_lin value_proj linear_v value_net wv_dv",
  "attn.o":
    "o_proj out_proj wo Wo o dense proj c_proj to_out to_add_out attn_out out_lin output_proj linear_out attn_output attention_out out_projection wo_ud",
  "attn.qkv": "qkv_proj query_key_value qkv c_attn Wqkv wqkv in_proj att_proj qkv_linear W_pack",
  "attn.gate": "g_proj gate_proj attn_gate gate",
  "attn.qk_norm":
    "q_norm k_norm norm_q norm_k norm_added_q norm_added_k query_layernorm key_layernorm q_layernorm k_layernorm q_ln k_ln qk_norm query_norm key_norm per_dim_scale sub_norm attn_sub_norm norm",
  "attn.sink": "sinks attn_sink attention_sink_bias sink",
  "attn.rel_bias":
    "relative_attention_bias rel_pos_h rel_pos_w relative_position_bias_table rel_pos_bias rel_attn_bias relative_k_proj linear_pos pos_bias_u pos_bias_v distance_embedding",
  // Halves of the values, the second of which is that of the position before (Zaya); gate, queries, keys and values in one (HRM).
  "attn.other": "v_proj_current v_proj_delayed gqkv_proj",
  "attn.q_a": "q_a_proj wq_a",
  "attn.q_b": "q_b_proj wq_b",
  "attn.kv_a": "kv_a_proj_with_mqa kv_a_proj wkv_a_with_mqa wkv_a",
  "attn.kv_b": "kv_b_proj wkv_b embed_q unembed_out",
  "attn.kv": "wkv kv_proj to_kv",
  "attn.o_a": "wo_a o_a_proj",
  "attn.o_b": "wo_b o_b_proj",
  "attn.latent_norm": "q_a_layernorm kv_a_layernorm kv_norm q_a_norm kv_a_norm inter_norm",
});

/** Gated DeltaNet, KDA, lightning attention. */
export const LINEAR_ATTENTION_LEAVES: Table = table({
  "lin.in":
    "in_proj in_proj_qkvz in_proj_ba in_proj_qkv in_proj_b q_proj k_proj v_proj qkv_proj query_key_value b_proj in_proj_qk in_proj_v",
  "lin.gate": "in_proj_z g_a_proj g_b_proj output_gate g_proj",
  "lin.decay": "in_proj_a f_a_proj f_b_proj A_log dt_bias a_proj slope_rate",
  "lin.conv": "conv1d q_conv1d k_conv1d v_conv1d",
  "lin.norm": "norm o_norm g_norm q_norm k_norm query_layernorm key_layernorm",
  "lin.out": "out_proj o_proj dense",
});

/** Mamba and Mamba-2. */
export const SSM_LEAVES: Table = table({
  "ssm.in": "in_proj",
  "ssm.conv": "conv1d",
  "ssm.x": "x_proj x_proj_weight bcdt_proj",
  "ssm.dt": "dt_proj dt_proj_weight dt_proj_bias dt_bias",
  "ssm.a": "A_log A",
  "ssm.d": "D",
  "ssm.norm": "norm dt_layernorm b_layernorm c_layernorm dt_norm B_norm C_norm dt_norm_layer",
  "ssm.out": "out_proj",
});

/** RG-LRU blocks of RecurrentGemma. */
export const RECURRENT_LEAVES: Table = table({
  "rec.in": "linear_x linear_y",
  "rec.conv": "conv_1d conv1d",
  "rec.gate":
    "recurrent_param input_gate_weight input_gate_bias recurrent_gate_weight recurrent_gate_bias input_gate recurrent_gate",
  "rec.out": "linear_out",
});

/** Gated short convolutions of LFM2: recurrent blocks that remember a few positions only. */
export const SHORT_CONVOLUTION_LEAVES: Table = table({
  "rec.in": "in_proj",
  "rec.conv": "conv",
  "rec.out": "out_proj",
});

/** Feed-forward leaves; experts and shared experts use them with their own prefix. */
export const MLP_LEAVES: Table = table({
  "mlp.gate": "gate_proj w1 wi_0 linear_v gate_linear w_gate c_fc_0",
  "mlp.up":
    "up_proj w3 fc1 fc0 linear_fc1 lin1 c_fc dense_h_to_4h wi wi_1 linear1 linear_1 linear_in fc_in dense_in up_linear key_proj intermediate c_fc_1 v1 Wi proj_1 ffn weights_in",
  "mlp.down":
    "down_proj w2 fc2 linear_fc2 lin2 c_proj dense_4h_to_h wo linear2 linear_2 output_linear linear_out fc_out dense_out ff_out out_proj down_linear output Wo proj_2 ffn_output weights_out",
  "mlp.gate_up": "gate_up_proj input_linear ff_proj w12 w13 gate_up_linear",
});

/** Modules at the root of a model, and of its towers: tokens, positions, heads, final norms. */
export const ROOT_NAMES: Table = table({
  "embed.token":
    "embed_tokens wte word_embeddings embed_in embeddings tok_embeddings embed token_embedding token_embeddings shared embedding word_embedding embed_token input_embedding tokens_embed w emb",
  "embed.position":
    "wpe position_embeddings embed_positions position_embedding pos_embed positional_embedding positional_embedding_vlm position_embedding_table embeddings_position pos_emb position_embed positions_embed gated_positional_embedding pre_tile_positional_embedding post_tile_positional_embedding rel_embeddings pos_frequencies",
  "embed.token_type": "token_type_embeddings token_type_embedding",
  "embed.norm": "emb_ln word_embeddings_layernorm embed_norm emb_norm layernorm_embedding",
  "embed.patch": "patch_embed patch_embedding patch_embeddings patch_conv patch_embedder pre_encode",
  "embed.other":
    "class_embedding cls_token probe image_newline logit_scale logit_bias mask_token register_tokens distillation_token pad_embed storage_tokens project_in project_out embedding_hidden_mapping_in input_linear",
  "embed.per_layer": "embed_tokens_per_layer",
  ple: "per_layer_model_projection per_layer_projection_norm ple",
  altup: "altup_projections altup_unembed_projections",
  "head.lm":
    "lm_head lm_heads pred_layer audio_lm_head lm_loss output_projection embed_out unembed output_layer head output proj_out ff_out log_softmax",
  "head.classifier":
    "score classifier qa_outputs cls vocab_projector vocab_transform vocab_layer_norm classification_head out_proj pre_classifier reward_head value_head v_head regression_head lm_head_dense generator_predictions lm_predictions mask_predictions out_mid",
  "head.pooler": "pooler attn_pool attention_pool",
  // LFM2 calls the norm after its last layer embedding_norm.
  "norm.final":
    "norm final_layernorm final_norm ln_f norm_f final_layer_norm layer_norm ln_out layernorm post_layernorm pre_layrnorm pre_layernorm ln_pre ln_post pre_ln layernorm_pre layernorm_post norm_out ln_final embedding_norm",
});

/** Modules that join a multi-token-prediction block to the main model. */
export const MTP_NAMES: Table = table({
  "mtp.proj": "eh_proj e_proj h_proj fc input_proj mtp_linear_proj",
  "mtp.norm":
    "enorm hnorm pre_fc_norm_embedding pre_fc_norm_hidden hidden_layernorm token_layernorm final_layernorm norm mtp_emb_norm mtp_hidden_norm",
});

/** Of these a layer of the main stack holds one only where it is a multi-token-prediction block. */
export const MTP_MARKS = ["eh_proj", "enorm", "hnorm", "shared_head", "e_proj"] as const;

const words = (text: string): ReadonlySet<string> => new Set(text.split(" "));

export const PROJECTOR_ROOTS = words(
  "qformer query_tokens multi_modal_projector mm_projector projector connector patch_merge_mlp merger merger_list deepstack_merger_list resampler resampler_model vit_merger semantic_connector acoustic_connector embed_vision embed_audio visual_projection vision_projection vision_projector language_projection image_to_text_projection modality_projection text_projection vision_adapter aligner mlp1 image_projector image_pooling_2d vit_large_projector image_newline view_seperator img_projection audio_projection vision_language_adapter patch_merger pre_mm_projector_norm latent_bias_factor latent_scaling_factor layerwise_projectors generation_aligner",
);
export const VISION_ROOTS = words(
  "visual vqmodel vq_model image_tower video_tower vision_tower vision_towers vision_model vision_encoder vision_backbone image_encoder image_vit vpm sam_model vision_embedder vision vision_embed_tokens image_embed qwen2_model",
);
export const AUDIO_ROOTS = words(
  "audio_tower audio_encoder audio_model speech_encoder sound_encoder apm audio_embed talker code2wav token2wav perception ctc_timestamp semantic_tokenizer_encoder acoustic_tokenizer semantic_tokenizer",
);
export const MTP_ROOTS = words("mtp mtp_layers mtp_block nextn");
/** Parts that a part of this name stands beside: what is below it is the language model, and what else is there is not. */
export const LANGUAGE_ROOTS = words("language_model language_backbone llm");
/** The two halves of a model that reads with the one and writes with the other. */
export const ENCODER_NAMES = words("encoder text_encoder");
export const DECODER_NAMES = words("decoder text_decoder transf_decoder _decoder");
/** Followed by a number, one of these is a list of layers. */
export const STACK_NAMES = words(
  [
    "layers layer h blocks block resblocks transformer_blocks single_transformer_blocks stages encoders albert_layer_groups albert_layers",
    // Of what paints, in the names of its makers and of diffusers (FLUX, SD3, AuraFlow, HiDream, Lumina 2).
    "double_blocks single_blocks joint_blocks double_layers single_layers joint_transformer_blocks double_stream_blocks single_stream_blocks",
    "noise_refiner context_refiner refiner_blocks temporal_transformer_blocks",
  ].join(" "),
);
/** Boxes below a layer. */
export const ATTENTION_BOXES = words(
  "self_attn self_attention multi_head_attention attn attention attn1 SelfAttention self attention_module att first_sub_layer rel_attn",
);
export const CROSS_BOXES = words(
  "encoder_attn EncDecAttention cross_attn crossattention cross_attention attn2 cross_attn_layer second_sub_layer",
);
export const MLP_BOXES = words(
  "mlp feed_forward ffn mlp_block ff DenseReluDense feedforward ff_context dense_mlp linear_mlp residual_mlp img_mlp txt_mlp mlps second_sub_layer third_sub_layer",
);
/** What a learned activation consists of (xIELU of Apertus). */
export const ACTIVATION_PARAMETERS = words("alpha_p alpha_n beta eps");
export const SHARED_EXPERT_BOXES = words("shared_experts shared_expert share_expert");
export const EXPERT_BOXES = words("experts local_experts switch_mlp");
export const ROUTER_BIASES = words("e_score_correction_bias expert_bias router_bias moe_statics");
/** Where a last name `gate` is a router: `gate_proj` never is. */
export const ROUTER_PARENTS = words("mlp block_sparse_moe feed_forward ffn mixer moe moe_block");
/** Wrappers between a layer and what it holds. */
export const LAYER_WRAPPERS = words(
  "mamba_decoder shared_transf shared_transformer transformer_layer mtp_block transformer norm_attn_norm",
);
/** Those of them around a block that is stored in one layer and called by others (Zamba, Zamba2). */
export const SHARED_BLOCK_WRAPPERS = words("shared_transf shared_transformer");
/** Where linear attention may stand; in all but the first it has to be told by its leaves. */
export const LINEAR_BOXES = words("linear_attn self_attn attn attention");
/** Last names that mark a `self_attn` as linear attention; a box of what is forgotten is transformers' Kimi-Linear. */
export const LINEAR_MARKS = ["A_log", "q_conv1d", "output_gate", "f_a_proj", "forget_gate"] as const;
/** Last names of RWKV's mixing vectors. */
export const RWKV_MARKS = [
  "time_decay",
  "time_mix_key",
  "time_mix_k",
  "time_maa_k",
  "time_maa_x",
  "r_k",
  "x_r",
  "x_k",
] as const;
