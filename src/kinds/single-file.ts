import { Component } from "../checkpoint/checkpoint.ts";
import { keepTensors } from "../checkpoint/tensor-filter.ts";
import { NONE } from "../safetensors/tensor-names.ts";
import { adapterOf } from "./adapter/facts.ts";

/** Where a model of several begins in a file that holds them all, and whether its children are each a model. */
interface PartRow {
  readonly prefix: string;
  readonly isBox?: boolean;
  /** Only with this one: the name alone is that of any model. */
  readonly beside?: string;
}

/**
 * Beginnings of names in files of a whole pipeline. Sources: the files of Stability, of Black Forest Labs and Lightricks,
 * ComfyUI's all-in-one files, diffusers `single_file_utils.py`.
 */
const PARTS: readonly PartRow[] = [
  { prefix: "model.diffusion_model" },
  { prefix: "model_ema" },
  { prefix: "first_stage_model" },
  { prefix: "cond_stage_model" },
  { prefix: "conditioner.embedders", isBox: true },
  { prefix: "text_encoders", isBox: true },
  { prefix: "control_model" },
  { prefix: "vae" },
  { prefix: "audio_vae" },
  { prefix: "vocoder" },
  { prefix: "unet" },
  { prefix: "transformer" },
  { prefix: "text_encoder" },
  { prefix: "text_encoder_2" },
  { prefix: "text_encoder_3" },
  { prefix: "image_encoder" },
  // Stability's audio models: what paints, its autoencoder and what reads the numbers of the seconds.
  { prefix: "model.model", beside: "pretransform.model" },
  { prefix: "pretransform.model" },
  { prefix: "conditioner.conditioners", isBox: true },
];

/** Parts of one box at the most: no pipeline has more text encoders. */
const MAX_BOXED = 8;

/** What else such a file holds: schedules, counters. */
const REST = "other";

/**
 * The models that a file of a whole pipeline holds, each a component of its own under its full names; empty for any other
 * file. Costs a look-up a prefix where there is one model.
 */
export function partsOfFile(component: Component): readonly Component[] {
  return component.analyses.get(split);
}

function split(component: Component): readonly Component[] {
  // A configuration speaks of one model, whatever its parts are called.
  if (component.configs.has("config.json") || component.configs.has("adapter_config.json")) return [];
  // What is added to the parts of a pipeline is one thing, with modules in several of them.
  if (adapterOf(component) !== null) return [];
  const prefixes = PARTS.flatMap((row) => prefixesOf(component, row));
  if (prefixes.length < 2) return [];
  const isOf = (name: string, prefix: string) => name.startsWith(`${prefix}.`);
  const [first, ...others] = prefixes as [string, ...string[]];
  const main = partOf(component, first, (name) => isOf(name, first), null);
  const parts = others.map((prefix) => partOf(component, prefix, (name) => isOf(name, prefix), main));
  const rest = partOf(component, REST, (name) => !prefixes.some((prefix) => isOf(name, prefix)), main);
  return [main, ...parts, ...(rest.table.count === 0 ? [] : [rest])];
}

function prefixesOf(component: Component, { prefix, isBox, beside }: PartRow): string[] {
  const { kinds, table } = component;
  const node = table.names.find(prefix);
  if (node === NONE || kinds.kindOf(node) === NONE) return [];
  if (beside !== undefined && prefixesOf(component, { prefix: beside }).length === 0) return [];
  if (isBox !== true) return [prefix];
  const kind = kinds.kindOf(node);
  const boxed = Array.from({ length: Math.min(MAX_BOXED, kinds.childCount(kind)) }, (_, at) =>
    kinds.childName(kind, at),
  );
  return boxed.map((name) => `${prefix}.${name}`);
}

function partOf(
  whole: Component,
  name: string,
  isOwn: (name: string) => boolean,
  worksFor: Component | null,
): Component {
  const { folder, layout, shards, index, isDamaged, absence } = whole;
  return new Component({
    name,
    folder,
    layout,
    shards,
    index,
    configs: new Map(),
    table: keepTensors(whole.table, isOwn),
    isDamaged,
    worksFor,
    left: absence === "unread" ? null : absence,
  });
}
