/** What a key of `config.json` may hold; anything else under it is as good as absent. */
export type ValueKind = "integer" | "number" | "flag" | "word" | "integers" | "strings" | "part";

/** One thing that a configuration states: the kind of value, and its spellings in the order to try. */
export interface ConfigKey {
  readonly kind: ValueKind;
  readonly keys: readonly string[];
}

/** A row of the table: the spellings are given as one text, the fact's own name where there is but one. */
const row = <Kind extends ValueKind>(kind: Kind, spellings: string) => ({ kind, keys: spellings.split(" ") });

const WIDTH_OF_A_BLOCK = "intermediate_size ffn_hidden_size";
const POSITIONS = "max_position_embeddings n_positions n_ctx";
/** Plain `num_heads` and `head_dim` are those of the state only where nothing attends: they stand in rows of their own. */
const STATE_HEADS = "mamba_num_heads mamba_n_heads n_mamba_heads";
const STATE_HEAD_WIDTH = "mamba_head_dim mamba_d_head mamba_headdim";

/**
 * Every key of `config.json` that unfold reads, once: a new key or spelling is a row or a word here. A fact of one spelling
 * is called by it. Spellings are those that transformers, diffusers and publishers' own code read.
 */
export const CONFIG_KEYS = {
  // The model
  architectures: row("strings", "architectures"),
  className: row("word", "_class_name"),
  modelType: row("word", "model_type"),
  dtype: row("word", "dtype torch_dtype"),
  tie_word_embeddings: row("flag", "tie_word_embeddings"),
  vocabulary: row("integer", "vocab_size padded_vocab_size"),
  draft_vocab_size: row("integer", "draft_vocab_size"),
  hidden: row("integer", "hidden_size n_embd n_embed d_model dim model_dim"),
  /** Of a table that is narrower than the stream it feeds. */
  embeddingWidth: row(
    "integer",
    "word_embed_proj_dim input_embedding_size embedding_size embedding_rank embed_dim emb_dim",
  ),
  vocab_size_per_layer_input: row("integer", "vocab_size_per_layer_input"),
  hidden_size_per_layer_input: row("integer", "hidden_size_per_layer_input"),
  // Its layers
  layers: row(
    "integer",
    "num_hidden_layers n_layer num_layers n_layers decoder_layers decoder_num_hidden_layers num_decoder_layers encoder_layers",
  ),
  /** The same where a decoder is meant. */
  decoderLayers: row(
    "integer",
    "num_hidden_layers n_layer num_layers n_layers decoder_layers decoder_num_hidden_layers num_decoder_layers",
  ),
  mtp: row("integer", "num_nextn_predict_layers num_mtp_layers num_mtp_modules mtp_num_hidden_layers"),
  layer_types: row("strings", "layer_types"),
  layers_block_type: row("strings", "layers_block_type"),
  hybrid_override_pattern: row("word", "hybrid_override_pattern"),
  blockTypes: row("strings", "block_types _block_types"),
  attn_type_list: row("integers", "attn_type_list"),
  full_attn_layers: row("integers", "full_attn_layers"),
  attn_layer_period: row("integer", "attn_layer_period"),
  attn_layer_offset: row("integer", "attn_layer_offset"),
  full_attention_interval: row("integer", "full_attention_interval"),
  num_kv_shared_layers: row("integer", "num_kv_shared_layers"),
  block_configs: row("part", "block_configs"),
  // Attention
  heads: row(
    "integer",
    "num_attention_heads n_head num_heads n_heads decoder_attention_heads decoder_num_attention_heads num_decoder_attention_heads attention_heads encoder_attention_heads",
  ),
  kvHeads: row(
    "integer",
    "num_key_value_heads num_kv_heads multi_query_group_num num_attention_groups n_kv_heads kv_n_heads decoder_num_key_value_heads",
  ),
  num_key_value_heads: row("integer", "num_key_value_heads"),
  headDim: row("integer", "head_dim attention_head_dim kv_channels d_kv"),
  v_head_dim: row("integer", "v_head_dim"),
  // Layers of a second kind (sliding, or full) may have other heads, under keys of their own.
  swa_num_attention_heads: row("integer", "swa_num_attention_heads"),
  swa_num_key_value_heads: row("integer", "swa_num_key_value_heads"),
  num_global_key_value_heads: row("integer", "num_global_key_value_heads"),
  swa_head_dim: row("integer", "swa_head_dim"),
  global_head_dim: row("integer", "global_head_dim"),
  multi_query: row("flag", "multi_query"),
  new_decoder_architecture: row("flag", "new_decoder_architecture"),
  attentionBias: row("flag", "attention_bias qkv_bias use_qkv_bias"),
  attention_bias: row("flag", "attention_bias"),
  qk_norm_type: row("word", "qk_norm_type"),
  use_qk_norm: row("flag", "use_qk_norm"),
  parallelBlocks: row("flag", "parallel_attn use_parallel_residual"),
  context: row(
    "integer",
    "max_position_embeddings n_positions max_sequence_length max_seq_len seq_length n_ctx max_target_positions",
  ),
  window: row("integer", "sliding_window sliding_window_size attention_window_size attention_chunk_size"),
  sliding_window_pattern: row("integer", "sliding_window_pattern"),
  no_rope_layers: row("integers", "no_rope_layers"),
  no_rope_layer_interval: row("integer", "no_rope_layer_interval"),
  use_sliding_window: row("flag", "use_sliding_window"),
  max_window_layers: row("integer", "max_window_layers"),
  // Latent attention
  q_lora_rank: row("integer", "q_lora_rank"),
  kv_lora_rank: row("integer", "kv_lora_rank"),
  qk_nope_head_dim: row("integer", "qk_nope_head_dim"),
  qk_rope_head_dim: row("integer", "qk_rope_head_dim"),
  // The attention that picks positions
  index_n_heads: row("integer", "index_n_heads"),
  index_head_dim: row("integer", "index_head_dim"),
  sparse_num_index_heads: row("integer", "sparse_num_index_heads"),
  sparse_index_dim: row("integer", "sparse_index_dim"),
  sparse_attention_freq: row("integers", "sparse_attention_freq"),
  indexer_types: row("strings", "indexer_types"),
  index_source_layer_ids: row("part", "index_source_layer_ids"),
  compress_ratios: row("integers", "compress_ratios"),
  index_topk_freq: row("integer", "index_topk_freq"),
  index_skip_topk_offset: row("integer", "index_skip_topk_offset"),
  // Positions
  positions: row("integer", POSITIONS),
  sourcePositions: row("integer", `max_source_positions ${POSITIONS}`),
  targetPositions: row("integer", `max_target_positions ${POSITIONS}`),
  ropeTheta: row("number", "rope_theta rotary_emb_base rope_base"),
  ropeType: row("word", "rope_type type"),
  ropeFactor: row("number", "factor"),
  rotaryDim: row("integer", "rotary_dim qk_rope_head_dim"),
  partialRotary: row("number", "partial_rotary_factor rotary_pct"),
  rope_parameters: row("part", "rope_parameters"),
  rope_scaling: row("part", "rope_scaling"),
  // Feed-forward blocks and experts
  activation: row(
    "word",
    "hidden_act hidden_activation activation_function mlp_hidden_act feed_forward_proj",
  ),
  denseWidth: row(
    "integer",
    `intermediate_size_mlp dense_intermediate_size ${WIDTH_OF_A_BLOCK} n_inner d_ff ffn_dim decoder_ffn_dim hidden_dim`,
  ),
  intermediate_size: row("integer", "intermediate_size"),
  /** Any width of a layer, each spelling for itself. */
  anyWidth: row(
    "integer",
    "hidden_size n_embd d_model dim intermediate_size moe_intermediate_size shared_expert_intermediate_size ffn_hidden_size q_lora_rank kv_lora_rank",
  ),
  mlp_bias: row("flag", "mlp_bias"),
  use_double_wide_mlp: row("flag", "use_double_wide_mlp"),
  block_auto_adjust_ff_dim: row("flag", "block_auto_adjust_ff_dim"),
  experts: row("integer", "num_local_experts n_routed_experts num_experts moe_num_experts"),
  topK: row(
    "integer",
    "num_experts_per_tok num_experts_per_token top_k_experts experts_per_token moe_top_k moe_topk num_selected_experts moe_k",
  ),
  expertWidth: row(
    "integer",
    `moe_intermediate_size expert_intermediate_size expert_ffn_hidden_size ${WIDTH_OF_A_BLOCK}`,
  ),
  moe_intermediate_size: row("integer", "moe_intermediate_size"),
  zero_expert_num: row("integer", "zero_expert_num"),
  expertGroups: row("integer", "n_group"),
  indexTopK: row("integer", "index_topk"),
  scoring: row("word", "scoring_func moe_router_score_function router_scoring_func"),
  mlp_layer_types: row("strings", "mlp_layer_types"),
  moe_layers: row("integers", "moe_layers"),
  moeLayerList: row("integers", "moe_layer_freq"),
  moeLayerStep: row("integer", "moe_layer_freq"),
  first_k_dense_replace: row("integer", "first_k_dense_replace"),
  expert_layer_period: row("integer", "expert_layer_period"),
  expert_layer_offset: row("integer", "expert_layer_offset"),
  interleave_moe_layer_step: row("integer", "interleave_moe_layer_step"),
  decoder_sparse_step: row("integer", "decoder_sparse_step"),
  mlp_only_layers: row("integers", "mlp_only_layers"),
  sharedExperts: row("integer", "n_shared_experts num_shared_experts num_shared_expert"),
  shared_expert_intermediate_size: row("integer", "shared_expert_intermediate_size"),
  shared_intermediate_size: row("integer", "shared_intermediate_size"),
  moe_shared_expert_intermediate_size: row("integer", "moe_shared_expert_intermediate_size"),
  share_expert_dim: row("integer", "share_expert_dim"),
  // Norms
  normEpsilon: row("number", "rms_norm_eps layer_norm_eps layer_norm_epsilon norm_eps norm_epsilon"),
  rms_norm_eps: row("number", "rms_norm_eps"),
  layer_norm_eps: row("number", "layer_norm_eps"),
  // Mixers that keep a state
  ssmState: row("integer", "mamba_d_state ssm_state_size state_size d_state"),
  ssmExpand: row("integer", "mamba_expand expand"),
  ssmHeads: row("integer", STATE_HEADS),
  ssmHeadsAlone: row("integer", `${STATE_HEADS} num_heads`),
  ssmHeadWidth: row("integer", STATE_HEAD_WIDTH),
  ssmHeadWidthAlone: row("integer", `${STATE_HEAD_WIDTH} head_dim`),
  ssmGroups: row("integer", "mamba_n_groups mamba_ngroups n_groups"),
  ssmKernel: row("integer", "mamba_d_conv conv_kernel"),
  ssmStepRank: row("integer", "mamba_dt_rank time_step_rank"),
  mamba_d_ssm: row("integer", "mamba_d_ssm"),
  rwkvHeadWidth: row("integer", "head_size head_dim"),
  linearKeyWidth: row("integer", "linear_key_head_dim head_k_dim"),
  linear_num_value_heads: row("integer", "linear_num_value_heads"),
  linear_value_head_dim: row("integer", "linear_value_head_dim"),
  linear_num_key_heads: row("integer", "linear_num_key_heads"),
  linear_key_head_dim: row("integer", "linear_key_head_dim"),
  linear_conv_kernel_dim: row("integer", "linear_conv_kernel_dim"),
  short_conv_kernel_size: row("integer", "short_conv_kernel_size"),
  lru_width: row("integer", "lru_width"),
  conv1d_width: row("integer", "conv1d_width"),
  // Towers
  patch: row("integer", "patch_size spatial_patch_size"),
  channels: row("integer", "in_channels in_chans num_channels"),
  // A tower states its width under any of these, some of them with another meaning.
  embed_dim: row("integer", "embed_dim"),
  hidden_size: row("integer", "hidden_size"),
  width: row("integer", "width"),
  d_model: row("integer", "d_model"),
  // Parts with facts of their own
  attention_other_setting: row("part", "attention_other_setting"),
  linear_attn_config: row("part", "linear_attn_config"),
  sparse_attention_config: row("part", "sparse_attention_config"),
  vision_config: row("part", "vision_config"),
  // How weights are packed
  quantization: row("part", "quantization_config compression_config quantization"),
} as const satisfies Record<string, ConfigKey>;

/** A fact that a configuration may state. */
export type Fact = keyof typeof CONFIG_KEYS;

/** The facts of one kind of value. */
export type FactOf<Kind extends ValueKind> = {
  [F in Fact]: (typeof CONFIG_KEYS)[F]["kind"] extends Kind ? F : never;
}[Fact];

/** Members that describe the language model of a composite one, in the order to try; a dot leads into a member's member. */
export const TEXT_PARTS = [
  "text_config",
  "llm_config",
  "language_config",
  "language_model_config",
  "thinker_config.text_config",
  "vlm_config.text_config",
  "vlm_config",
] as const;

/** The same where it is a model with a type of its own: others call the settings of a few layers so. */
export const DECODER_PARTS = ["decoder", "decoder_config"] as const;

/** Members that describe other parts of a composite model. */
export const SIDE_PARTS = ["vision_config", "audio_config", "vlm_config.vision_config"] as const;

/** Parts of the language model that a configuration may describe apart (DBRX, Mistral's params.json). */
export const BLOCK_PARTS = ["ffn_config", "attn_config", "moe"] as const;
