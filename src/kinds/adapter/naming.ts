import type { Component } from "../../checkpoint/checkpoint.ts";
import type { DeclaredAdapter } from "./declared.ts";
import type { AdapterModule } from "./modules.ts";

/** What PEFT puts before the name of every module that it adapts, and looks for when it loads. */
export const PEFT_PREFIX = "base_model.model.";

/** Whose names an adapter's modules have, first match wins. */
const NAMINGS: readonly { readonly naming: string; readonly pattern: RegExp }[] = [
  { naming: "peft", pattern: /^base_model\./ },
  { naming: "kohya", pattern: /^lora_(?:unet|te\d?|prior_unet|transformer)_/ },
  { naming: "lycoris", pattern: /^lycoris_/ },
  { naming: "xlabs", pattern: /^(?:double|single)_blocks\.\d+\.processor(?:\.|$)/ },
  { naming: "comfyui", pattern: /^diffusion_model\./ },
  { naming: "bfl", pattern: /^(?:double_blocks|single_blocks)\.\d+\./ },
  { naming: "ip-adapter", pattern: /^ip_adapter\./ },
  { naming: "diffusers", pattern: /^(?:unet|transformer|transformer_2|text_encoder(?:_[23])?|prior)\./ },
];

/** Whose conventions the names follow: `other` where none is known. */
export function namingOf(
  { table }: Component,
  modules: readonly AdapterModule[],
  { scale, type, from }: DeclaredAdapter,
): string {
  const [first] = modules;
  if (first === undefined) {
    if (from === "adapter_config.json" && type !== null) return "peft";
    return table.rowNamed("emb_params") === undefined ? "diffusers" : "a1111";
  }
  if (first.parts.get("a")?.leaf.rank === -1 || scale !== null) return "mlx";
  if (table.rowNamed("lora_controlnet") !== undefined) return "stability";
  return NAMINGS.find(({ pattern }) => pattern.test(first.name))?.naming ?? "other";
}

/** Prefixes that tell parts of a pipeline, each of which has one of its own. */
export function prefixOf(name: string): string {
  const found = NAMINGS.find(({ pattern }) => pattern.test(name));
  return found === undefined ? "" : found.naming;
}
