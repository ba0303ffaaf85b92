import type { Neighbours, Segment } from "./name-path.ts";
import type { Part } from "./roles.ts";

/** A name without what it says about packing: the module, and what the tensor is in it. */
export interface PeeledName {
  readonly module: readonly Segment[];
  readonly part: Part;
}

/** Below a `weight`: what bitsandbytes keeps of it. */
const WEIGHT_STATE: ReadonlyMap<string, Part> = new Map([
  ["absmax", "scale"],
  ["nested_absmax", "scale"],
  ["quant_map", "quant_map"],
  ["nested_quant_map", "quant_map"],
  ["quant_state", "quant_map"],
]);

const LAST_SEGMENTS: ReadonlyMap<string, Part> = new Map([
  ["weight", "weight"],
  ["bias", "bias"],
  ["weight_packed", "packed"],
  ["qweight", "packed"],
  ["weight_scale_inv", "scale"],
  ["weight_scale", "scale"],
  ["weight_scale_2", "scale"],
  ["weight_global_scale", "scale"],
  ["scales", "scale"],
  ["SCB", "scale"],
  ["qzeros", "zero_point"],
  ["weight_zero_point", "zero_point"],
  ["g_idx", "group_index"],
  ["weight_g_idx", "group_index"],
  ["weight_shape", "shape"],
  ["weight_format", "shape"],
  ["input_scale", "act_scale"],
  ["output_scale", "act_scale"],
  ["k_scale", "act_scale"],
  ["v_scale", "act_scale"],
  ["input_global_scale", "act_scale"],
  ["activation_scale", "act_scale"],
]);

/** `gate_up_proj_blocks`: the underscore form, where stacked experts are parameters and no modules. Longest first. */
const SUFFIXES: readonly (readonly [string, Part])[] = [
  ["_input_global_scale", "act_scale"],
  ["_weight_global_scale", "scale"],
  ["_weight_scale_inv", "scale"],
  ["_weight_zero_point", "zero_point"],
  ["_activation_scale", "act_scale"],
  ["_weight_scale_2", "scale"],
  ["_weight_packed", "packed"],
  ["_weight_scale", "scale"],
  ["_weight_shape", "shape"],
  ["_global_scale", "scale"],
  ["_input_scale", "act_scale"],
  ["_zero_point", "zero_point"],
  ["_scale_inv", "scale"],
  ["_scale_2", "scale"],
  ["_blocks", "packed"],
  ["_packed", "packed"],
  ["_scales", "scale"],
  ["_scale", "scale"],
  ["_shape", "shape"],
];

/** What follows a stem where its values are. */
const PAYLOADS = ["", "_blocks", "_packed", "_weight_packed"] as const;

/** What follows a stem whose values are packed: packed values never come without one of these. */
const SCALES_OF_PACKED = ["_scales", "_scale", "_weight_scale"] as const;

/** Underscore biases and weights that are known by name; a general rule would cut `e_score_correction_bias`. */
const WHOLE_NAMES: ReadonlyMap<string, readonly [string, Part]> = new Map([
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
  const state = weight < 0 ? undefined : segments[weight + 1];
  if (state !== undefined) {
    const part = WEIGHT_STATE.get(state.name);
    if (part !== undefined) return { module: segments.slice(0, weight), part };
  }
  const last = segments[segments.length - 1];
  if (last === undefined) return { module: segments, part: "weight" };
  const module = segments.slice(0, -1);
  const known = LAST_SEGMENTS.get(last.name) ?? partByNeighbours(last, neighbours);
  if (known !== undefined && module.length > 0) return { module, part: known };
  if (ACTIVATION_CLIPS.has(last.name)) return { module, part: "clip" };
  const whole = WHOLE_NAMES.get(last.name) ?? bySuffix(last, neighbours);
  if (whole !== undefined) return { module: [...module, { ...last, name: whole[0] }], part: whole[1] };
  return { module: segments, part: "weight" };
}

/** Names that mean different things in different company. */
function partByNeighbours(last: Segment, neighbours: Neighbours): Part | undefined {
  if (last.name === "scale" && neighbours.beside(last.node).has("weight")) return "scale";
  // Alone in its module it is the weight of a norm, as Flax names it (Grok-1).
  if (last.name === "scale" && neighbours.beside(last.node).size === 1) return "weight";
  if (last.name === "biases" && neighbours.beside(last.node).has("scales")) return "zero_point";
  // LayerNorm of older BERT files.
  if (last.name === "gamma" && neighbours.beside(last.node).has("beta")) return "weight";
  if (last.name === "beta" && neighbours.beside(last.node).has("gamma")) return "bias";
  return undefined;
}

function bySuffix(last: Segment, neighbours: Neighbours): readonly [string, Part] | undefined {
  for (const [suffix, part] of SUFFIXES) {
    if (!last.name.endsWith(suffix) || last.name.length === suffix.length) continue;
    const stem = last.name.slice(0, -suffix.length);
    // `hc_attn_scale` and `per_expert_scale` have no such sibling.
    const beside = neighbours.beside(last.node);
    const needed = part === "packed" ? SCALES_OF_PACKED : PAYLOADS;
    if (needed.some((other) => beside.has(stem + other))) return [stem, part];
    if (suffix.includes("weight") && beside.has(`${stem}_weight`)) return [stem, part];
  }
  return undefined;
}
