import { ATTENTION_LEAVES, LAYER_SINGLES } from "./leaf-tables.ts";
import type { Segment } from "./name-path.ts";
import type { Role } from "./roles.ts";

const IO_NAMES = new Set([
  "conv_in",
  "conv_out",
  "conv_norm_out",
  "x_embedder",
  "context_embedder",
  "pos_embed",
  "patch_embed",
  "patch_embedding",
  "proj_out",
  "proj_in",
  "norm_out",
  "quant_conv",
  "post_quant_conv",
  "img_in",
  "txt_in",
  "txt_norm",
]);

/** The role of a module of a diffusers image or video model; undefined leaves it to the rules for layers. */
export function classifyDiffusion(segments: readonly Segment[], inLayer: boolean): Role | undefined {
  const names = segments.map((segment) => segment.name);
  const has = (name: string) => names.includes(name);
  if (has("time_emb_proj") || has("resnets")) return "diff.resnet";
  if (has("downsamplers") || has("upsamplers")) return "diff.resample";
  const modulation = names.findIndex((name) => /^(norm|norm1|norm2|norm1_context|norm_out)$/.test(name));
  if (modulation >= 0 && /^linear(_1)?$/.test(names[modulation + 1] ?? "")) return "diff.mod";
  if (names.some((name) => /^(img|txt)_mod$/.test(name))) return "diff.mod";
  if (has("scale_shift_table") || has("adaLN_modulation") || has("adaln_single")) return "diff.mod";
  if (!inLayer) return rootRole(names);
  // The norm before a spatial transformer and its two projections belong to the UNet, not to a block.
  const last = names[names.length - 1] as string;
  // Flux's single blocks project attention and MLP back in one matrix; most of its columns are the MLP's.
  if (last === "proj_out") return "mlp.down";
  return LAYER_SINGLES.get(last) ?? (last === "norm" ? "norm.input" : undefined);
}

const ROOT_BOXES: ReadonlySet<string> = new Set(["encoder", "decoder", "condition_embedder"]);

function rootRole(path: readonly string[]): Role | undefined {
  // Halves of an autoencoder, and a box around all that a picture is made from (Wan).
  const names = path.length > 1 && ROOT_BOXES.has(path[0] as string) ? path.slice(1) : path;
  const [first] = names as [string];
  if (/^(time|timestep)_?(embed|embedding|embedder|proj)/.test(first)) return "diff.time_embed";
  if (first === "time_text_embed") {
    return names[1] === "text_embedder" ? "diff.cond_embed" : "diff.time_embed";
  }
  if (
    /^(add|class|caption|text|image|encoder_hid|label)_?(embed|embedding|embedder|proj|projection)/.test(
      first,
    )
  )
    return "diff.cond_embed";
  if (names.includes("attentions")) {
    const last = names[names.length - 1] as string;
    if (last === "proj_in" || last === "proj_out" || last === "norm") return "diff.io";
    if (last === "group_norm") return "norm.input";
    // `to_out.0` ends in its place in a sequence.
    return ATTENTION_LEAVES.get(last === "#" ? (names[names.length - 2] as string) : last);
  }
  return IO_NAMES.has(first) ? "diff.io" : undefined;
}
