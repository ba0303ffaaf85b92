/** A side of a tensor that follows from a field of `adapter_config.json`. */
export interface DeclaredSize {
  /** `peft_type`. */
  readonly type: string;
  readonly key: string;
  /** How the tensor's name ends. */
  readonly leaf: string;
  readonly axis: number;
  /** The side, from the field (a list's length), and from other fields; null where nothing follows. */
  readonly size: (value: unknown, other: (key: string) => unknown) => number | null;
  /** Fields that change the rule where they are set. */
  readonly unless?: readonly string[];
}

const count = (value: unknown): number | null =>
  typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : null;

const times = (value: unknown, by: (size: number) => number): number | null => {
  const size = count(value);
  return size === null ? null : by(size);
};

const same = (type: string, key: string, leaf: string, axis: number, unless: readonly string[] = []) => ({
  type,
  key,
  leaf,
  axis,
  unless,
  size: count,
});

/** Encoders and decoders each have virtual tokens of their own. */
const tokens = (type: string): DeclaredSize => ({
  type,
  key: "num_virtual_tokens",
  leaf: "prompt_embeddings",
  axis: 0,
  size: (value, other) => times(value, (size) => size * (count(other("num_transformer_submodules")) ?? 1)),
});

/** Sizes that PEFT makes of its configurations. Source: `update_layer` of the layers in `peft/tuners`. */
export const DECLARED_SIZES: readonly DeclaredSize[] = [
  {
    type: "OFT",
    key: "oft_block_size",
    leaf: "oft_R.weight",
    axis: 1,
    size: (value) => times(value, (block) => (block * (block - 1)) / 2),
  },
  same("OFT", "r", "oft_R.weight", 0, ["block_share"]),
  // Not the butterfly factors: without a compiler for its kernel PEFT makes one, whatever the file says.
  same("BOFT", "boft_block_size", "boft_R", 3),
  same("FOURIERFT", "n_frequency", "fourierft_spectrum", 0, ["n_frequency_pattern"]),
  same("WAVEFT", "n_frequency", "waveft_spectrum", 0, ["n_frequency_pattern", "proportional_parameters"]),
  same("C3A", "block_size", "c3a_kernel", 2, ["block_size_pattern"]),
  same("VBLORA", "num_vectors", "vblora_vector_bank", 0),
  same("VBLORA", "vector_length", "vblora_vector_bank", 1),
  tokens("PROMPT_TUNING"),
  tokens("P_TUNING"),
  tokens("MULTITASK_PROMPT_TUNING"),
  same("PREFIX_TUNING", "num_virtual_tokens", "prompt_embeddings", 0),
  same("PROMPT_TUNING", "token_dim", "prompt_embeddings", 1),
  same("P_TUNING", "token_dim", "prompt_embeddings", 1),
  same("MULTITASK_PROMPT_TUNING", "token_dim", "prompt_embeddings", 1),
  same("ADAPTION_PROMPT", "adapter_len", "adaption_prompt", 1),
  same("TRAINABLE_TOKENS", "token_indices", "trainable_tokens_delta", 0),
  {
    type: "LORA",
    key: "trainable_token_indices",
    leaf: "trainable_tokens_delta",
    axis: 0,
    size: (value) => (typeof value === "number" ? count(value) : null),
  },
];
