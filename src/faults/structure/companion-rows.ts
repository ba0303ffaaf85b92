/** Tensors and modules of one module that are worth nothing without each other. */
export interface CompanionRow {
  /** What is there; where it is not in the checkpoint at all, the row asks nothing. */
  readonly has: string;
  /** All that must be there too. A name with a dot is one level down. */
  readonly needs: readonly string[];
  /** What has to be there for the row to ask at all. */
  readonly beside?: readonly string[];
  /** What makes up for it. */
  readonly unless?: readonly string[];
}

const both = (one: string, other: string, more: Partial<CompanionRow> = {}): CompanionRow[] => [
  { has: one, needs: [other], ...more },
  { has: other, needs: [one], ...more },
];

/**
 * What comes together, whatever the model. Sources: `torch.nn.utils` (weight norm in both spellings; spectral norm keeps
 * a `weight_v` without a gain), batch norm, the attention and the autoencoders of diffusers, IP-Adapter.
 */
export const COMPANIONS: readonly CompanionRow[] = [
  { has: "weight_g", needs: ["weight_v"] },
  { has: "weight_v", needs: ["weight_g"], unless: ["weight_orig", "weight_u"] },
  ...both("original0", "original1"),
  ...both("running_mean", "running_var"),
  ...both("norm_q", "norm_k", { beside: ["to_q", "to_k"] }),
  ...both("q_norm", "k_norm", { beside: ["q_proj", "k_proj"] }),
  ...both("add_k_proj", "add_v_proj"),
  { has: "add_q_proj", needs: ["add_k_proj", "add_v_proj"] },
  { has: "norm_added_q", needs: ["norm_added_k"] },
  ...both("query_norm", "key_norm"),
  ...both("to_k_ip", "to_v_ip"),
  // A decoder of videos (SVD) is fed without one.
  { has: "post_quant_conv", needs: ["quant_conv"], beside: ["encoder", "decoder"] },
  { has: "controlnet_down_blocks", needs: ["controlnet_mid_block"] },
  { has: "controlnet_mid_block", needs: ["controlnet_down_blocks"], beside: ["down_blocks"] },
  {
    has: "temporal_transformer_blocks",
    needs: ["transformer_blocks", "time_mixer"],
    beside: ["time_pos_embed"],
  },
];

/** A list whose length follows from what stands beside it. */
export interface LengthRow {
  readonly list: string;
  /** What has to be there too. */
  readonly beside: readonly string[];
  /** Members of the other list, or what is counted below it. */
  readonly of: string;
  readonly length: (members: number, counted: (name: string) => number) => number;
}

/** Lengths of lists that follow from other lists. Sources: `UNet2DConditionModel`, `ControlNetModel`, and their originals. */
export const LENGTHS: readonly LengthRow[] = [
  {
    list: "up_blocks",
    beside: ["conv_in", "mid_block", "time_embedding"],
    of: "down_blocks",
    length: (members) => members,
  },
  {
    list: "down_blocks",
    beside: ["conv_in", "mid_block", "time_embedding"],
    of: "up_blocks",
    length: (members) => members,
  },
  {
    list: "output_blocks",
    beside: ["middle_block", "time_embed"],
    of: "input_blocks",
    length: (members) => members,
  },
  {
    list: "input_blocks",
    beside: ["middle_block", "time_embed"],
    of: "output_blocks",
    length: (members) => members,
  },
  // One for the first convolution, one for each block and each step down.
  {
    list: "controlnet_down_blocks",
    beside: ["controlnet_mid_block", "conv_in"],
    of: "down_blocks",
    length: (_, counted) => 1 + counted("resnets") + counted("downsamplers"),
  },
  { list: "zero_convs", beside: ["middle_block_out"], of: "input_blocks", length: (members) => members },
];

/** A convolution that carries what a residual block adds its result to, where its input has another width than its output. */
export interface ShortcutRow {
  /** The list that the blocks are members of. */
  readonly list: string;
  readonly convolution: string;
  readonly shortcut: string;
}

/** Residual blocks of convolutions: with as many channels out as in none has a shortcut, else each has. */
export const SHORTCUTS: readonly ShortcutRow[] = [
  { list: "resnets", convolution: "conv1", shortcut: "conv_shortcut" },
  { list: "block", convolution: "conv1", shortcut: "nin_shortcut" },
];
