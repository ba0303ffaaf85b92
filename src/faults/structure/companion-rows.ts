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
  // Squeeze and excite of timm.
  ...both("conv_reduce", "conv_expand"),
  ...both("to_k_ip", "to_v_ip"),
  // A decoder of videos (SVD) is fed without one.
  { has: "post_quant_conv", needs: ["quant_conv"], beside: ["encoder", "decoder"] },
  { has: "post_quant_conv", needs: ["decoder"] },
  { has: "quant_conv", needs: ["encoder"] },
  // Halves of autoencoders, and attention of theirs, in the names of latent-diffusion.
  ...["down", "up"].map((list) => ({
    has: "conv_in",
    needs: ["mid", "norm_out", "conv_out", list],
    beside: ["mid", "norm_out"],
    unless: list === "up" ? ["down"] : ["up"],
  })),
  ...both("block_1", "block_2", { beside: ["attn_1"] }),
  { has: "proj_out", needs: ["q", "k", "v", "norm"], beside: ["q"] },
  { has: "proj_out", needs: ["q", "k", "v", "norm"], beside: ["k"] },
  // Denoisers in their makers' names: what every one of them has before and after its blocks. Distilled ones (KOALA, SSD-1B)
  // have no middle, or one of one block.
  { has: "output_blocks", needs: ["input_blocks", "time_embed", "out"], beside: ["input_blocks", "out"] },
  { has: "output_blocks", needs: ["input_blocks", "time_embed", "out"], beside: ["time_embed"] },
  { has: "double_blocks", needs: ["img_in", "txt_in", "final_layer"], beside: ["single_blocks", "img_in"] },
  {
    has: "double_blocks",
    needs: ["img_in", "txt_in"],
    beside: ["single_blocks", "final_layer"],
    // Shapes (Hunyuan3D) have one table for both.
    unless: ["img_in", "latent_in"],
  },
  { has: "vector_in", needs: ["time_in"], beside: ["double_blocks"] },
  ...["time_in", "vector_in", "guidance_in"].map((has) => ({
    has,
    needs: [`${has}.out_layer`],
    beside: ["double_blocks", `${has}.in_layer`],
  })),
  ...["text_embedding", "time_projection"].map((has) => ({
    has,
    needs: ["patch_embedding", "text_embedding", "time_embedding", "time_projection", "head"],
    beside: ["blocks", "time_embedding"],
  })),
  // Towers of CLIP in the names of OpenAI and OpenCLIP; those of CLIPA begin without a norm.
  {
    has: "class_embedding",
    needs: ["proj", "conv1", "ln_post"],
    beside: ["positional_embedding", "transformer", "ln_post"],
  },
  {
    has: "token_embedding",
    needs: ["positional_embedding", "ln_final"],
    beside: ["transformer", "text_projection"],
  },
  {
    has: "token_embedding",
    needs: ["text_projection", "ln_final"],
    beside: ["transformer", "positional_embedding", "logit_scale"],
  },
  { has: "encoder", needs: ["final_layer_norm"], beside: ["embeddings.token_embedding"] },
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

/**
 * Levels of an autoencoder in the names of latent-diffusion: a step between each two. Some take steps at the outer levels alone
 * (Cosmos' tokenizers, MMAudio): what lies between levels that have one has one too.
 */
export const STEPS: readonly {
  readonly list: string;
  readonly step: string;
}[] = [
  { list: "down", step: "downsample" },
  { list: "up", step: "upsample" },
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
