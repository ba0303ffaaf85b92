import { modelOf } from "../../architecture/model.ts";
import type { Component } from "../../checkpoint/checkpoint.ts";
import { ROOT } from "../../safetensors/tensor-names.ts";
import type { AdapterModule } from "./modules.ts";

/** A module of a base that an adapter may be made for: the shape of its weight once unpacked, null where headers do not hold it. */
export interface BaseModule {
  readonly name: string;
  readonly shape: readonly number[] | null;
}

/** What one module of an adapter meets in a base. */
export type Meeting =
  | { readonly status: "fits" | "absent" }
  | { readonly status: "unlike"; readonly base: BaseModule };

/** Beginnings of paths that say whose module it is or which tool wrote it, in any order and number. */
const WRAPPINGS =
  /^(?:base_model_model_|model_diffusion_model_|diffusion_model_|lora_unet_|lora_te\d?_|lora_prior_unet_|lora_transformer_|lycoris_|unet_|prior_|text_encoder_(?:[23]_)?|cond_stage_model_|conditioner_embedders_\d_|text_encoders_[a-z0-9]+_|transformer_(?!blocks_)|text_model_|language_model_|model_)/;

/** Modules of a base by what they are called in every layout; several parts of a pipeline may hold one name. */
export class BaseModules {
  private readonly byName = new Map<string, BaseModule[]>();

  /** Steps: one a tensor of the base. Nothing is walked unless an adapter is held against it. */
  constructor(parts: readonly Component[]) {
    for (const component of parts) this.index(component);
  }

  /** Whether a module is there, and takes and gives as many as the adapter's factors do. */
  meet({ path, in: inputs, out: outputs }: AdapterModule): Meeting {
    const found = this.byName.get(plainName(path));
    if (found === undefined) return { status: "absent" };
    const [first] = found;
    if (first === undefined || found.some((base) => isFitting(base, inputs, outputs)))
      return { status: "fits" };
    return { status: "unlike", base: first };
  }

  private index(component: Component): void {
    const { table } = component;
    const { names } = table;
    const { weights } = modelOf(component);
    for (let row = 0; row < table.count; row++) {
      const node = table.nodes.data[row] as number;
      if (node === ROOT) continue;
      const leaf = names.segments.text(names.segment(node));
      // Packed payloads stand for their module's weight; experts in one tensor are a module themselves.
      const module = leaf === "weight" || leaf === "qweight" ? names.parent(node) : node;
      const key = plainName(names.name(module));
      const base = { name: names.name(module), shape: weights.tensor(node).shape };
      const known = this.byName.get(key);
      if (known === undefined) this.byName.set(key, [base]);
      else known.push(base);
    }
  }
}

/** A path without its wrappings, its segments joined by underscores: kohya's names and dotted ones meet there. */
export function plainName(path: string): string {
  let name = path.replaceAll(".", "_");
  for (let rest = name.replace(WRAPPINGS, ""); rest !== name; rest = name.replace(WRAPPINGS, "")) name = rest;
  return name;
}

/** `[out, in]`, a convolution `[out, in, …]`, or the other way round as GPT-2 keeps them; unknown sides fit. */
function isFitting({ shape }: BaseModule, inputs: number | null, outputs: number | null): boolean {
  const [one, other] = shape ?? [];
  if (one === undefined || other === undefined) return true;
  const fits = (out: number, own: number) => (inputs ?? own) === own && (outputs ?? out) === out;
  return fits(one, other) || fits(other, one);
}
