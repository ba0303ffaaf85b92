import { SIBLING_SUFFIXES, type TensorPart as SuffixPart, suffixOf } from "../quantization/suffixes.ts";
import type { Neighbours, Segment } from "./name-path.ts";
import type { ModulePart } from "./roles.ts";

/** A name without what it says about packing: the module, and what the tensor is in it. */
export interface PeeledName {
  readonly module: readonly Segment[];
  readonly part: ModulePart;
}

/** What a quantizer's tensor is among the parts of a module; undefined where it has a name and a role of its own. */
const PART_OF = {
  payload: "packed",
  bias: "bias",
  scale: "scale",
  "global-scale": "scale",
  "zero-point": "zero_point",
  index: "group_index",
  metadata: "shape",
  codebook: "quant_map",
  activation: "act_scale",
  "kv-cache": "act_scale",
  "payload-part": undefined,
  parameter: undefined,
  rotation: undefined,
  "column-scale": undefined,
  sparsity: undefined,
  derived: undefined,
  "low-rank": undefined,
  scratch: undefined,
  buffer: undefined,
} as const satisfies Record<SuffixPart, ModulePart | undefined>;

/** Suffixes that are not sure to be a quantizer's, and still no module of a model is called so. */
const NO_MODULES: ReadonlySet<string> = new Set(["scales", "output_scale"]);

/** Suffixes that mean the same everywhere end a module's name; others are the names of ordinary parameters too. */
function partOfSuffix(name: string): ModulePart | undefined {
  if (name === "weight") return "weight";
  const suffix = suffixOf(name);
  return suffix !== undefined && (suffix.sure || NO_MODULES.has(name)) ? PART_OF[suffix.part] : undefined;
}

/** What follows a stem where its values are. */
const PAYLOADS = ["", "_blocks", "_packed", "_weight_packed"] as const;

/** What follows a stem whose values are packed: packed values never come without one of these. */
const SCALES_OF_PACKED = ["_scales", "_scale", "_weight_scale"] as const;

/** Underscore biases and weights that are known by name; a general rule would cut `e_score_correction_bias`. */
const WHOLE_NAMES: ReadonlyMap<string, readonly [string, ModulePart]> = new Map([
  // Experts under the names of an engine's inside (Inkling publishes them so).
  ["w13_weight", ["w13", "weight"]],
  ["w2_weight", ["w2", "weight"]],
  ["w13_bias", ["w13", "bias"]],
  ["w2_bias", ["w2", "bias"]],
  ["shared_w13_weight", ["w13", "weight"]],
  ["shared_w2_weight", ["w2", "weight"]],
  ["gate_up_proj_bias", ["gate_up_proj", "bias"]],
  ["down_proj_bias", ["down_proj", "bias"]],
  ["up_proj_bias", ["up_proj", "bias"]],
  ["gate_proj_bias", ["gate_proj", "bias"]],
  ["in_proj_bias", ["in_proj", "bias"]],
  ["in_proj_weight", ["in_proj", "weight"]],
  ["mm_input_projection_weight", ["mm_input_projection", "weight"]],
]);

const ACTIVATION_CLIPS = new Set(["input_min", "input_max", "output_min", "output_max"]);

/** Splits a name into module and part, longest form first. */
export function peelPart(segments: readonly Segment[], neighbours: Neighbours): PeeledName {
  const weight = segments.findLastIndex((segment) => segment.name === "weight");
  if (weight >= 0 && weight < segments.length - 1) {
    const state = segments.slice(weight).map(({ name }) => name);
    const part = partOfSuffix(state.join(".")) ?? partOfSuffix(state.slice(0, 2).join("."));
    if (part !== undefined) return { module: segments.slice(0, weight), part };
  }
  const last = segments[segments.length - 1];
  if (last === undefined) return { module: segments, part: "weight" };
  const module = segments.slice(0, -1);
  const known = partOfSuffix(last.name) ?? partByNeighbours(last, neighbours);
  if (known !== undefined && module.length > 0) return { module, part: known };
  if (ACTIVATION_CLIPS.has(last.name)) return { module, part: "clip" };
  const whole = WHOLE_NAMES.get(last.name) ?? bySuffix(last, neighbours);
  if (whole !== undefined) return { module: [...module, { ...last, name: whole[0] }], part: whole[1] };
  return { module: segments, part: "weight" };
}

/** Names that mean different things in different company. */
function partByNeighbours(last: Segment, neighbours: Neighbours): ModulePart | undefined {
  if (last.name === "scale" && neighbours.beside(last.node).has("weight")) return "scale";
  // Alone in its module it is the weight of a norm, as Flax names it (Grok-1).
  if (last.name === "scale" && neighbours.beside(last.node).size === 1) return "weight";
  if (last.name === "biases" && neighbours.beside(last.node).has("scales")) return "zero_point";
  // LayerNorm of older BERT files.
  if (last.name === "gamma" && neighbours.beside(last.node).has("beta")) return "weight";
  if (last.name === "beta" && neighbours.beside(last.node).has("gamma")) return "bias";
  return undefined;
}

function bySuffix(last: Segment, neighbours: Neighbours): readonly [string, ModulePart] | undefined {
  for (const [written, suffix] of SIBLING_SUFFIXES) {
    const part = suffix === "bias" ? undefined : partOfSuffix(suffix);
    if (part === undefined || !last.name.endsWith(`_${written}`)) continue;
    const stem = last.name.slice(0, -written.length - 1);
    if (stem === "") continue;
    // `hc_attn_scale` and `per_expert_scale` have no such sibling.
    const beside = neighbours.beside(last.node);
    const needed = part === "packed" ? SCALES_OF_PACKED : PAYLOADS;
    if (needed.some((other) => beside.has(stem + other))) return [stem, part];
    if (written.includes("weight") && beside.has(`${stem}_weight`)) return [stem, part];
  }
  return undefined;
}
