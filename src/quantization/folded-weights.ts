import type { Component } from "../checkpoint/checkpoint.ts";
import { formatPattern, gatherModules, type PatternSegment } from "../checkpoint/repeats.ts";
import { ROOT } from "../safetensors/tensor-names.ts";
import type { Weight, WeightTensor } from "./module-weights.ts";
import type { Observation } from "./observation.ts";
import { type Quantization, quantizationOf } from "./quantization.ts";

/** Equal modules at one place of the architecture: their weights, and what lies loose beside them. */
export interface FoldedWeights {
  readonly kind: number;
  readonly segments: readonly PatternSegment[];
  /** `model.layers.{0-61}.self_attn.q_proj`; empty for the root. */
  readonly pattern: string;
  readonly count: number;
  /** Path of one of them, with plain numbers. */
  readonly example: string;
  readonly weights: readonly Weight[];
  readonly loose: readonly WeightTensor[];
  readonly findings: readonly Observation[];
}

/** Every module of a component with tensors of its own, folded; made once and kept as long as the component. */
export function weightModulesOf(component: Component): readonly FoldedWeights[] {
  return component.analyses.get(gatherOnce);
}

function gatherOnce(component: Component): readonly FoldedWeights[] {
  return gatherWeightModules(quantizationOf(component));
}

/** Every module with tensors of its own, folded; a container of modules only is none. */
export function gatherWeightModules(quantization: Quantization): FoldedWeights[] {
  const { kinds } = quantization;
  const { names } = kinds.table;
  const found: FoldedWeights[] = [];
  const add = (kind: number, node: number, segments: readonly PatternSegment[]): void => {
    const { weights, loose, findings } = quantization.module(kind);
    if (weights.length === 0 && loose.length === 0) return;
    const count = segments.reduce(
      (all, part) => all * (typeof part === "string" ? 1 : part.members.length),
      1,
    );
    const pattern = formatPattern(segments);
    const example = segments.length === 0 ? names.name(node) : exampleOf(segments);
    found.push({ kind, segments, pattern, count, example, weights, loose, findings });
  };
  if (kinds.root < 0) return found;
  add(kinds.root, ROOT, []);
  const isModule = (parentKind: number, position: number) => !quantization.isPart(parentKind, position);
  const groups = gatherModules(
    kinds,
    (group) => isModule(group.parentKind, group.position),
    (group) => isModule(group.parentKind, group.position),
  );
  for (const group of groups) for (const segments of group.patterns) add(group.kind, group.node, segments);
  return found;
}

/** The first path that a pattern stands for. */
function exampleOf(segments: readonly PatternSegment[]): string {
  return segments
    .map((part) => (typeof part === "string" ? part : `${part.prefix}${part.members[0]}`))
    .join(".");
}

/** The layers that a group has modules in: the first number of their path, also where it stands between underscores. */
export function layersOf({ segments, pattern }: FoldedWeights): readonly number[] {
  const part = segments[layerAt(segments)];
  if (part !== undefined) return typeof part === "string" ? [Number(part)] : part.members;
  const [, number] = UNDERSCORED_NUMBER.exec(pattern) ?? [];
  return number === undefined ? [] : [Number(number)];
}

/** The first number of a path as kohya's trainers write it: `lora_te1_text_model_encoder_layers_3_mlp_fc1`. */
const UNDERSCORED_NUMBER = /_(0|[1-9]\d{0,8})(?=[_.]|$)/;

function layerAt(segments: readonly PatternSegment[]): number {
  return segments.findIndex((part) => typeof part !== "string" || /^\d+$/.test(part));
}

/** The modules of a group that are in this layer; undefined where none is. */
export function narrowToLayer(group: FoldedWeights, layer: number): FoldedWeights | undefined {
  if (!layersOf(group).includes(layer)) return undefined;
  const at = layerAt(group.segments);
  const part = group.segments[at];
  if (part === undefined || typeof part === "string") return group;
  const segments = group.segments.with(at, `${part.prefix}${layer}`);
  return {
    ...group,
    segments,
    pattern: formatPattern(segments),
    example: exampleOf(segments),
    count: group.count / part.members.length,
  };
}

/** Path of a weight: its module's, or the parameter's where the module holds several. */
export function weightPath(modulePath: string, weight: Pick<Weight, "parameter">): string {
  if (weight.parameter === "") return modulePath;
  return modulePath === "" ? weight.parameter : `${modulePath}.${weight.parameter}`;
}

/** Name of a tensor of a weight as its file spells it. */
export function tensorPath(modulePath: string, name: string): string {
  return modulePath === "" ? name : `${modulePath}.${name}`;
}

export function isQuantized(weight: Weight): boolean {
  return weight.scheme !== "none" && weight.scheme !== "unknown";
}

/** Bits of all tensors needed to rebuild a weight over its parameters, to 6 decimals; null without parameters. */
export function bitsPerWeight(storedBits: number, parameters: number): number | null {
  return parameters > 0 ? Math.round((storedBits / parameters) * 1e6) / 1e6 : null;
}
