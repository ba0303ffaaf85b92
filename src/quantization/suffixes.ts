/** What a tensor is to the weight it belongs to. Only payloads, biases and parameters count as parameters. */
export type TensorPart =
  | "payload"
  | "payload-part"
  | "bias"
  | "parameter"
  | "scale"
  | "global-scale"
  | "zero-point"
  | "index"
  | "metadata"
  | "codebook"
  | "rotation"
  | "column-scale"
  | "sparsity"
  | "activation"
  | "kv-cache"
  | "derived"
  | "low-rank"
  | "scratch"
  | "buffer";

/**
 * Suffixes of quantized weights by part, as their exporters write them. `sure` suffixes mean the same everywhere, so
 * one of them without a payload is an orphan; the others (`scale`, `meta`, `perm` …) are ordinary parameters too, and
 * count as bookkeeping only beside a quantized payload.
 */
const SUFFIXES = [
  {
    part: "payload",
    sure: true,
    names:
      "weight weight_packed qweight blocks W_q q_weight trellis codes indices Qidxs dense_weights B B_24 _weight_qdata weight._data weight._data._data embedding_quantized quantized_weight_values compressed weight.compressed dqweight",
  },
  { part: "payload-part", sure: false, names: "res_indices outlier_indices col_vals" },
  { part: "bias", sure: true, names: "bias" },
  {
    part: "scale",
    sure: true,
    names:
      "weight_scale weight_scale_inv weight_scales_inv embedding_scale weight_scales scale_weight qscale_weight SCB wscales wcscales wtscale s_channel s_group scale_packed _weight_scale weight._scale quantized_weight_scale_factors q_scale_max weight.absmax weight.nested_absmax",
  },
  { part: "scale", sure: false, names: "scales scale s q_scale meta.scale" },
  {
    part: "global-scale",
    sure: true,
    names: "weight_scale_2 weight_global_scale quantized_weight_amax _weight_per_tensor_scale",
  },
  {
    part: "zero-point",
    sure: true,
    names:
      "weight_zero_point qzeros wzeros qbiases weight._shift weight_offset weight_zp _weight_zero_point _weight_scale_and_zero",
  },
  { part: "zero-point", sure: false, names: "zero_point zero biases meta.zero" },
  { part: "index", sure: true, names: "g_idx weight_g_idx q_invperm q_perm q_groups q_group_map" },
  { part: "index", sure: false, names: "perm in_perm pairs" },
  {
    part: "metadata",
    sure: true,
    names:
      "weight_shape weight_format comfy_quant quantized_weight_metadata weight.shape weight.quant_state.bitsandbytes__nf4 weight.quant_state.bitsandbytes__fp4",
  },
  {
    part: "metadata",
    sure: false,
    names:
      "shape codebook_id mcg mul1 nbits group_size axis packing unpack_view_dtype view_as_float quant_scale quant_zero compute_dtype offload_meta encoded_state_dict stores_quant_config channel_wise optimize round_zero meta.nbits meta.group_size meta.shape meta.axis meta.packing",
  },
  { part: "codebook", sure: true, names: "weight.quant_map weight.nested_quant_map lookup_table" },
  {
    part: "codebook",
    sure: false,
    names: "codebooks centroids.weight res_centroids.weight outlier_centroids.weight tables tables2",
  },
  { part: "rotation", sure: true, names: "forward_hadamard_matrix backward_hadamard_matrix scaleWH" },
  {
    part: "rotation",
    sure: false,
    names: "suh svh su sv SU SV Wscale theta channel_scales left_trans right_trans clip_ratio",
  },
  { part: "column-scale", sure: true, names: "pre_quant_scale smooth_factor smooth_factor_orig" },
  { part: "column-scale", sure: false, names: "scale2 meta.scale2 weight_bias" },
  { part: "sparsity", sure: true, names: "B_meta weight.bitmask weight.row_offsets" },
  { part: "sparsity", sure: false, names: "bitmask row_offsets meta" },
  {
    part: "activation",
    sure: true,
    names:
      "input_scale input_global_scale input_zero_point input_offset input_scale_2 activation_scale qscale_act scale_input act_scale act_scales act_global_scale input_activation_scale output_activation_scale _weight_act_per_tensor_scale",
  },
  { part: "activation", sure: false, names: "output_scale" },
  {
    part: "kv-cache",
    sure: true,
    names:
      "k_scale v_scale prob_scale kv_scale prob_output_scale k_zero_point v_zero_point q_zero_point k_cache_scale v_cache_scale fa_q.scale fa_k.scale fa_v.scale fa_q.offset fa_k.offset fa_v.offset kv_fake_quantizer.qscale_act q_fake_quantizer.qscale_act k_fake_quantizer.qscale_act v_fake_quantizer.qscale_act q.scale k.scale v.scale k_cache.scale v_cache.scale q_cache.scale k_cache.offset v_cache.offset",
  },
  // Vision models have parameters of these names.
  { part: "kv-cache", sure: false, names: "k_bias v_bias" },
  { part: "derived", sure: true, names: "deq_scale quant_bias w_bf16_to_fp8_scale" },
  { part: "derived", sure: false, names: "scale_bias" },
  { part: "low-rank", sure: true, names: "svdquant_lora_a svdquant_lora_b svd_up svd_down" },
  { part: "low-rank", sure: false, names: "proj_down proj_up A" },
  { part: "scratch", sure: true, names: "scaled_fp8" },
  { part: "scratch", sure: false, names: "workspace" },
] as const satisfies readonly { part: TensorPart; sure: boolean; names: string }[];

type Words<Text extends string> = Text extends `${infer First} ${infer Rest}` ? First | Words<Rest> : Text;

/** Suffixes that a scheme may have its values under: a new one is a word of the table first. */
export type PayloadSuffix =
  | Words<Extract<(typeof SUFFIXES)[number], { part: "payload" }>["names"]>
  | `Qidxs_${number}`;

export interface Suffix {
  readonly part: TensorPart;
  readonly sure: boolean;
}

const BY_NAME: ReadonlyMap<string, Suffix> = new Map(
  SUFFIXES.flatMap(({ part, sure, names }) =>
    names.split(" ").map((name) => [name, { part, sure }] as const),
  ),
);

/** What a suffix means, undefined for a name that no quantizer uses. */
export function suffixOf(name: string): Suffix | undefined {
  return BY_NAME.get(name) ?? (/^Qidxs_[0-9]{1,2}$/.test(name) ? { part: "payload", sure: true } : undefined);
}

/**
 * What follows a parameter's own name and `_`, where it carries its tensors as siblings (fused experts, Gemma embeddings,
 * gpt-oss), and the suffix of the table that it stands for. Longer ones before those that they end in.
 */
export const SIBLING_SUFFIXES: readonly (readonly [written: string, suffix: string])[] = [
  ...(
    "weight_scale_inv weight_scale_2 weight_global_scale weight_packed weight_shape weight_zero_point weight_scale input_global_scale input_scale activation_scale blocks scales bias".split(
      " ",
    ) as string[]
  ).map((suffix) => [suffix, suffix] as const),
  ["weight_absmax", "weight.absmax"],
  ["weight_quant_map", "weight.quant_map"],
  ["global_scale", "weight_global_scale"],
  ["scales_inv", "weight_scales_inv"],
  ["scale_inv", "weight_scale_inv"],
  ["scale_2", "weight_scale_2"],
  ["zero_point", "weight_zero_point"],
  ["packed", "weight_packed"],
  ["shape", "weight_shape"],
  ["scale", "weight_scale"],
];

/** Tensors that are no parameters of any model, by what they keep. */
const BUFFERS = [
  // Positions, masks, routes.
  "(?:original_)?inv_freq|(?:cos|sin)_cached|freqs_cis|masked_bias|causal_mask|final_logits_bias",
  "position_ids|tid2eid|relative_position_index|(?:input|output)_(?:min|max)",
  // Windows of Swin and what was made of it (DAT, DRCT), points of SAM, the fixed noise of StyleGAN.
  "attn_mask(?:_\\d)?|rpe_biases|relative_coords_table|positional_encoding_gaussian_matrix|noise\\d+",
  // What a batch norm has seen.
  "running_(?:mean|var)|num_batches_tracked",
  // How lightning attention forgets, by head and position (MiniMax).
  "slope_rate|n(?:um)?_points_scale|(?:query|key|diagonal)_decay",
  // What a codebook was averaged from (EnCodec, Mimi, XCodec).
  "cluster_size|cluster_usage|embed_avg|embed_sum|inited|initialized",
  // Noise schedules of original Stable Diffusion files.
  "betas|alphas_cumprod(?:_prev)?|sqrt_(?:one_minus_|recip_|recipm1_)?alphas_cumprod|log_one_minus_alphas_cumprod",
  "posterior_(?:variance|log_variance_clipped|mean_coef[12])|edm_(?:mean|std)|sigmas|num_updates",
] as const;

const BUFFER_NAME = new RegExp(`^(?:${BUFFERS.join("|")})$`);

/** Buffers by name, by an integer dtype, or by the shape of an attention mask (`attention.bias` [1, 1, n, n]). */
export function isBuffer(name: string, dtype: string, shape: readonly number[]): boolean {
  if (BUFFER_NAME.test(name) || /^(?:BOOL|[IU](?:8|16|32|64))$/.test(dtype)) return true;
  // How slowly the averages of original Stable Diffusion files followed (`model_ema.decay`).
  if (name === "decay" && shape.length === 0) return true;
  return name === "bias" && shape.length === 4 && shape[0] === 1 && shape[1] === 1 && shape[2] === shape[3];
}
