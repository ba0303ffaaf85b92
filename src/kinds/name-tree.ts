import type { Component } from "../checkpoint/checkpoint.ts";
import { NONE } from "../safetensors/tensor-names.ts";

/** Prefixes that trainers, tools and single files put before a model's own names; several may be stacked. */
const PREFIXES = [
  "model.diffusion_model.",
  "diffusion_model.",
  "control_model.",
  "first_stage_model.",
  "cond_stage_model.transformer.",
  "cond_stage_model.model.",
  "cond_stage_model.",
  "transformer.",
  "unet.",
  "vae.",
  "net.",
  "module.",
  "params_ema.",
  "params.",
  "model.",
] as const;

/** Prefixes before prefixes: `net.` in a wrapper of a trainer, and no deeper. */
const MAX_STACKED = 3;

/** Asks of a component's names, whatever stands before all of them. Costs a few look-ups a question. */
export class NameTree {
  /** Prefixes under which names are looked for: none, and those that are there. */
  readonly prefixes: readonly string[];
  private readonly component: Component;

  constructor(component: Component) {
    this.component = component;
    this.prefixes = ["", ...this.below("", MAX_STACKED), ...this.numbered()];
  }

  /** Whether a module or tensor of this name is stored under the prefix; `x*`: one at the top whose name begins so. */
  has(prefix: string, path: string): boolean {
    const { kinds, table } = this.component;
    if (path.endsWith("*")) return prefix === "" && this.hasTop(path.slice(0, -1));
    const node = table.names.find(prefix + path);
    return node !== NONE && kinds.kindOf(node) !== NONE;
  }

  /** Shape of a tensor, undefined where it is not stored. */
  shape(prefix: string, path: string): readonly number[] | undefined {
    const { table } = this.component;
    const row = table.rowNamed(prefix + path);
    return row === undefined ? undefined : table.shape(row);
  }

  private hasTop(beginning: string): boolean {
    const { kinds } = this.component;
    const count = kinds.root < 0 ? 0 : kinds.childCount(kinds.root);
    for (let at = 0; at < count; at++) if (kinds.childName(kinds.root, at).startsWith(beginning)) return true;
    return false;
  }

  private below(prefix: string, depth: number): string[] {
    if (depth === 0) return [];
    return PREFIXES.filter((each) => this.has(prefix, each.slice(0, -1))).flatMap((each) => [
      prefix + each,
      ...this.below(prefix + each, depth - 1),
    ]);
  }

  /** `conditioner.embedders.1.model.`, `text_encoders.clip_l.transformer.`: a box of parts, each in a wrapper of its own. */
  private numbered(): string[] {
    const { kinds, table } = this.component;
    return BOXES.flatMap((box) => {
      const node = table.names.find(box);
      if (node === NONE || kinds.kindOf(node) === NONE) return [];
      const kind = kinds.kindOf(node);
      return Array.from({ length: kinds.childCount(kind) }, (_, at) => kinds.childName(kind, at)).flatMap(
        (name) => ["", "transformer.", "model."].map((inner) => `${box}.${name}.${inner}`),
      );
    }).slice(0, MAX_BOXED);
  }
}

const BOXES = ["conditioner.embedders", "text_encoders"] as const;

/** Prefixes of boxes at the most: no pipeline has more than four text encoders, in three spellings. */
const MAX_BOXED = 30;
