/** What a tensor is within what adapts one module. */
export type AdapterPart =
  | "a"
  | "b"
  | "b-bias"
  | "mid"
  | "magnitude"
  | "spectrum"
  | "alpha"
  | "mark"
  | "base"
  | "w1"
  | "w1a"
  | "w1b"
  | "w2"
  | "w2a"
  | "w2b"
  | "t1"
  | "t2"
  | "whole"
  | "more"
  | "diff"
  | "diff-bias"
  | "tokens"
  | "shared";

/** A name that only adapters store: the method, and the part. */
export interface LeafRow {
  /** Empty for what several methods have. */
  readonly kind: string;
  readonly part: AdapterPart;
  /** Axis of the tensor that is the rank, where it is one. */
  readonly rank?: number;
  /** Entries of that axis for each of the rank, where it has more than one. */
  readonly perRank?: number;
  /** Only beside another part of an adapter: the name alone says nothing. */
  readonly isCompanion?: boolean;
}

const rows = (kind: string, parts: Readonly<Record<string, Omit<LeafRow, "kind">>>) =>
  Object.entries(parts).map(([name, row]): [string, LeafRow] => [name, { kind, ...row }]);

/** A method whose tensors all belong to one module, with the axis of the rank where one of them has it. */
const method = (kind: string, names: string, rank: Readonly<Record<string, number>> = {}) =>
  names
    .split(" ")
    .map((name): [string, LeafRow] => [
      name,
      { kind, part: "more", ...(rank[name] === undefined ? {} : { rank: rank[name] }) },
    ]);

/**
 * Names of tensors (and of modules that hold one `weight`) by which adapters are known. Sources: the layers of
 * peft's tuners, LyCORIS `modules/*`, mlx-lm `tuner/*`, sd-scripts `networks/lora.py`, diffusers
 * `lora_conversion_utils.py`.
 */
export const LEAVES: ReadonlyMap<string, LeafRow> = new Map<string, LeafRow>([
  ...rows("lora", {
    lora_A: { part: "a", rank: 0 },
    lora_B: { part: "b", rank: 1 },
    lora_embedding_A: { part: "a", rank: 0 },
    lora_embedding_B: { part: "b", rank: 1 },
    lora_down: { part: "a", rank: 0 },
    lora_up: { part: "b", rank: 1 },
    lora_mid: { part: "mid", rank: 0 },
    // mlx-lm turns its factors: [in, r] and [r, out], experts in front.
    lora_a: { part: "a", rank: -1 },
    lora_b: { part: "b", rank: -2 },
  }),
  ...rows("adalora", { lora_E: { part: "spectrum", rank: 0 } }),
  ...rows("dora", {
    lora_magnitude_vector: { part: "magnitude" },
    dora_scale: { part: "magnitude" },
    m: { part: "magnitude", isCompanion: true },
  }),
  ...rows("loha", {
    hada_w1_a: { part: "w1a", rank: 1 },
    hada_w1_b: { part: "w1b", rank: 0 },
    hada_w2_a: { part: "w2a", rank: 1 },
    hada_w2_b: { part: "w2b", rank: 0 },
    hada_t1: { part: "t1" },
    hada_t2: { part: "t2" },
  }),
  ...rows("lokr", {
    lokr_w1: { part: "w1" },
    lokr_w1_a: { part: "w1a", rank: 1 },
    lokr_w1_b: { part: "w1b", rank: 0 },
    lokr_w2: { part: "w2" },
    lokr_w2_a: { part: "w2a", rank: 1 },
    lokr_w2_b: { part: "w2b", rank: 0 },
    lokr_t2: { part: "t2" },
  }),
  ...rows("full", { diff: { part: "diff" }, diff_b: { part: "diff-bias" } }),
  ...rows("", {
    alpha: { part: "alpha", isCompanion: true },
    scalar: { part: "alpha", isCompanion: true },
    base_layer: { part: "base", isCompanion: true },
    on_input: { part: "mark" },
  }),
  ...method("oft", "oft_R oft_blocks oft_diag"),
  ...method("boft", "boft_R boft_s"),
  ...method("ia3", "ia3_l"),
  ...method("vera", "vera_lambda_b vera_lambda_d", { vera_lambda_d: 0 }),
  ...rows("vera", { vera_A: { part: "shared" }, vera_B: { part: "shared" } }),
  ...method("fourierft", "fourierft_spectrum"),
  ...method("waveft", "waveft_spectrum"),
  ...method("c3a", "c3a_kernel"),
  ...method("shira", "shira_weight shira_indices"),
  ...method("hra", "hra_u", { hra_u: 1 }),
  ...method("miss", "miss_block", { miss_block: 0 }),
  ...method("bone", "bone_block", { bone_block: 0 }),
  ...method("road", "road_theta road_alpha"),
  ...method("hira", "hira_A hira_B", { hira_A: 0, hira_B: 1 }),
  ...method("delora", "delora_A delora_B delora_lambda delora_w_norm", { delora_A: 0, delora_B: 1 }),
  ...method("gralora", "gralora_A gralora_B gralora_A_general gralora_B_general", {
    gralora_A: 2,
    gralora_B: 1,
  }),
  ...method("randlora", "randlora_lambda randlora_gamma", { randlora_lambda: 0 }),
  ...rows("randlora", { randlora_A: { part: "shared" }, randlora_B: { part: "shared" } }),
  ...method("vblora", "vblora_logits_A vblora_logits_B", { vblora_logits_A: 0, vblora_logits_B: 1 }),
  ...method("vblora", "vblora_logits_A_topk_weights vblora_logits_B_topk_weights", {
    vblora_logits_A_topk_weights: 0,
  }),
  ...method("vblora", "vblora_logits_A_topk_indices vblora_logits_B_topk_indices"),
  ...rows("vblora", { vblora_vector_bank: { part: "shared" } }),
  ...method("osf", "osf_svd_params"),
  ...method("poly", "poly_lora_A poly_lora_B poly_router", { poly_lora_A: 3, poly_lora_B: 2 }),
  ...method("lily", "lily_A lily_B lily_router", { lily_A: 0 }),
  ...method("peanut", "peanut_A peanut_B", { peanut_A: 0, peanut_B: 1 }),
  ...method("deft", "deft_P deft_R", { deft_P: 1, deft_R: 0 }),
  ...method("shadow", "shadow_down shadow_up", { shadow_down: 0, shadow_up: 1 }),
  ...method("beft", "beft_bias"),
  ...method("frod", "frod_lambda_l frod_lambda_s_values frod_V frod_s_indices frod_s_size"),
  ...method("psoft", "psoft_R psoft_R.vector_a", { "psoft_R.vector_a": 0 }),
  ...method("pvera", "pvera_lambda_b"),
  // A mean and a variance for each.
  ...rows("pvera", { pvera_lambda_d: { part: "more", rank: 0, perRank: 2 } }),
  ...rows("pvera", { pvera_A: { part: "shared" }, pvera_B: { part: "shared" } }),
  ...method("supertuning", "supertuning_values supertuning_indices"),
  ...method("tinylora", "tinylora_A tinylora_B tinylora_P tinylora_v", { tinylora_A: 0, tinylora_B: 1 }),
  ...method("glora", "glora_A glora_B glora_C glora_D glora_E"),
  ...method("glora", "glora_A.Xd glora_A.Xu glora_B.Xd glora_B.Xu", {
    "glora_A.Xd": 1,
    "glora_A.Xu": 0,
    "glora_B.Xd": 1,
    "glora_B.Xu": 0,
  }),
  ...method("ln-tuning", "ln_tuning_layers"),
  ...rows("trainable-tokens", {
    trainable_tokens_delta: { part: "tokens" },
    trainable_tokens_original: { part: "tokens" },
  }),
  ...rows("prompt-tuning", { prompt_embeddings: { part: "shared" } }),
  ...method("adaption-prompt", "adaption_prompt adaption_gate"),
  ...rows("xlora", { xlora_classifier: { part: "shared" } }),
  ...rows("ip-adapter", {
    to_k_ip: { part: "more" },
    to_v_ip: { part: "more" },
    ip_adapter_double_stream_k_proj: { part: "more" },
    ip_adapter_double_stream_v_proj: { part: "more" },
  }),
]);

/** Factors that are called by a direction: `q_lora.down`, `lora.up`, `processor.qkv_lora1.down`. */
export const DIRECTIONS: ReadonlyMap<string, LeafRow> = new Map([
  ["down", { kind: "lora", part: "a", rank: 0 }],
  ["up", { kind: "lora", part: "b", rank: 1 }],
]);

/** What stands between a module and such a factor: `to_q_lora`, `lora`, `qkv_lora2`, `to_q.lora_layer`. */
export const DIRECTION_BOX = /^(?:(.*)_)?lora(?:_(?:linear_)?layer)?(\d?)$/;

/** GLoRA's letters, together. */
export const GLORA = ["a1", "a2", "b1", "b2"] as const;
