import { member } from "../../checkpoint/config.ts";
import type { Pipeline } from "../../checkpoint/pipeline.ts";

/** A number of one part: the first of its keys that is stated, times a factor. */
export interface Width {
  readonly part: string;
  readonly keys: readonly string[];
  readonly times?: number;
}

/** Two sides that are equal where all their numbers are stated: a part's width, and the sum of others'. */
export interface WidthRow {
  readonly of: Width;
  readonly is: readonly Width[];
  /** Factors of the sum that will do as well, beside 1: masks and pictures beside the latents. */
  readonly also?: readonly ((sum: number) => number)[];
  /** Classes of the first part that it is true of. */
  readonly classes: RegExp;
  /** A part that must be there, or must not. */
  readonly with?: string;
  readonly without?: string;
}

const width = (part: string, keys: string, times = 1): Width => ({ part, keys: keys.split(" "), times });
/** Keys of the width of a text encoder. */
export const TEXT = "hidden_size d_model dim text_config.hidden_size";
const LATENTS = width("vae", "latent_channels z_dim");
const UNET = /^UNet2DConditionModel$/;

/** What parts of a pipeline agree on. Source: the pipelines of diffusers, and their published configurations. */
export const PIPELINE_WIDTHS: readonly WidthRow[] = [
  {
    of: width("unet", "cross_attention_dim"),
    is: [width("text_encoder", TEXT)],
    classes: UNET,
    without: "text_encoder_2",
  },
  {
    of: width("unet", "cross_attention_dim"),
    is: [width("text_encoder", TEXT), width("text_encoder_2", TEXT)],
    classes: UNET,
  },
  {
    of: width("unet", "projection_class_embeddings_input_dim"),
    is: [width("text_encoder_2", "projection_dim"), width("unet", "addition_time_embed_dim", 6)],
    classes: UNET,
    with: "text_encoder",
  },
  {
    of: width("unet", "in_channels"),
    is: [LATENTS],
    also: [(latent) => 2 * latent + 1, (latent) => 2 * latent, (latent) => latent + 3],
    classes: UNET,
  },
  { of: width("unet", "out_channels"), is: [LATENTS], classes: UNET },
  { of: width("transformer", "joint_attention_dim"), is: [width("text_encoder_3", TEXT)], classes: /^SD3/ },
  {
    of: width("transformer", "pooled_projection_dim"),
    is: [width("text_encoder", "projection_dim"), width("text_encoder_2", "projection_dim")],
    classes: /^SD3/,
  },
  { of: width("transformer", "in_channels"), is: [LATENTS], classes: /^SD3/ },
  {
    of: width("transformer", "joint_attention_dim"),
    is: [width("text_encoder_2", TEXT)],
    classes: /^FluxTransformer/,
  },
  {
    of: width("transformer", "pooled_projection_dim"),
    is: [width("text_encoder", TEXT)],
    classes: /^FluxTransformer/,
  },
  {
    of: width("transformer", "in_channels"),
    is: [{ ...LATENTS, times: 4 }],
    also: [(packed) => 2 * packed, (packed) => 6 * packed],
    classes: /^FluxTransformer/,
  },
  { of: width("transformer", "text_dim"), is: [width("text_encoder", TEXT)], classes: /^WanTransformer/ },
  { of: width("transformer", "out_channels"), is: [LATENTS], classes: /^WanTransformer/ },
  {
    of: width("transformer", "joint_attention_dim"),
    is: [width("text_encoder", TEXT)],
    classes: /^QwenImage/,
  },
  { of: width("transformer", "in_channels"), is: [{ ...LATENTS, times: 4 }], classes: /^QwenImage/ },
  {
    of: width("transformer", "cap_feat_dim"),
    is: [width("text_encoder", TEXT)],
    classes: /^(?:ZImage|Lumina2)/,
  },
  {
    of: width("transformer", "caption_channels"),
    is: [width("text_encoder", TEXT)],
    classes: /^(?:PixArt|LTXVideo|Sana|Allegro)Transformer/,
  },
  {
    of: width("transformer", "text_embed_dim"),
    is: [width("text_encoder", TEXT)],
    classes: /^HunyuanVideoTransformer/,
  },
  {
    of: width("transformer", "pooled_projection_dim"),
    is: [width("text_encoder_2", TEXT)],
    classes: /^HunyuanVideoTransformer/,
  },
];

/** Two parts that do not fit. */
export interface Misfit {
  readonly part: string;
  readonly key: string;
  readonly stated: number;
  readonly expected: number;
  /** Where the other number is from: `vae latent_channels`. */
  readonly from: string;
}

/** Widths of parts that contradict each other; nothing where a number is not stated. */
export function findMisfits({ parts }: Pick<Pipeline, "parts">): Misfit[] {
  const configOf = (name: string) => parts.find((part) => part.name === name)?.config;
  const read = ({ part, keys, times = 1 }: Width) => {
    const found = numberAt(configOf(part), keys);
    return found === undefined ? undefined : { key: found.key, value: found.value * times, times };
  };
  return PIPELINE_WIDTHS.flatMap((row): Misfit[] => {
    const className = member(configOf(row.of.part), "_class_name");
    if (typeof className !== "string" || !row.classes.test(className)) return [];
    if (row.without !== undefined && configOf(row.without) !== undefined) return [];
    if (row.with !== undefined && configOf(row.with) === undefined) return [];
    // A projection of its own stands between the two.
    if (member(configOf("unet"), "encoder_hid_dim") != null && row.of.keys[0] === "cross_attention_dim")
      return [];
    const own = read(row.of);
    const terms = row.is.map(read);
    if (own === undefined || terms.some((term) => term === undefined)) return [];
    const expected = terms.reduce((sum, term) => sum + (term?.value ?? 0), 0);
    if (own.value === expected || row.also?.some((other) => other(expected) === own.value)) return [];
    const from = row.is.map(({ part }, k) => `${part} ${terms[k]?.key}`).join(" + ");
    return [{ part: row.of.part, key: own.key, stated: own.value, expected, from }];
  });
}

/** The first of some keys that states a number, with dots where it lies deeper. */
export function numberAt(
  config: unknown,
  keys: readonly string[],
): { readonly key: string; readonly value: number } | undefined {
  for (const key of keys) {
    const value = key.split(".").reduce<unknown>((at, name) => member(at, name), config);
    if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return { key, value };
  }
  return undefined;
}
