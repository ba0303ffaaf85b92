import type { Component } from "../checkpoint/checkpoint.ts";
import type { PatternSegment } from "../checkpoint/repeats.ts";
import { isFaulty } from "../quantization/faulty.ts";
import { type FoldedWeights, isQuantized, weightModulesOf } from "../quantization/folded-weights.ts";
import { MLX_SCHEMES } from "../quantization/methods.ts";
import type { Weight, WeightTensor } from "../quantization/module-weights.ts";

/** Tensors of a checkpoint whose names differ in numbers only, as a model sees them: unpacked, with their logical names. */
export interface StoredTensors {
  /** The name that the model has for it: of a packed weight the weight's, not that of its payload. */
  readonly segments: readonly PatternSegment[];
  /** The names in the files. */
  readonly stored: readonly PatternSegment[];
  readonly count: number;
  /** Logical; null where headers do not tell it for certain. */
  readonly shape: readonly number[] | null;
  /** Values of one of them where these are told although the shape is not. */
  readonly elements: number | null;
  /** Whether its sides may lie otherwise than the model has them: packed, or of a tool that turns them. */
  readonly mayBeTurned: boolean;
  /** A quantizer's own, or a buffer: a class that does not have it does not miss it. */
  readonly isBeside: boolean;
}

/** Everything that a component stores, folded. Made once. */
export function storedTensorsOf(component: Component): readonly StoredTensors[] {
  return component.analyses.get(gatherStored);
}

function gatherStored(component: Component): readonly StoredTensors[] {
  const turns = isOfMlx(component);
  return weightModulesOf(component).flatMap((module) => [
    ...module.weights.flatMap((weight) =>
      weight.tensors.flatMap((part) => ofWeight(module, weight, part, turns)),
    ),
    ...module.loose.map((part) => ofTensor(module, part, turns, part.part !== "parameter")),
  ]);
}

/**
 * MLX has convolutions channels last, and its own names and order of stacked experts. Its files say so in their headers; where
 * that was lost, what is packed as MLX packs still does.
 */
export function isOfMlx(component: Component): boolean {
  return component.analyses.get(readsAsMlx);
}

/** Whether a header says that MLX wrote it. */
export function saysMlx({ shards }: Component): boolean {
  return shards.some((shard) => shard.status === "read" && shard.metadata?.get("format") === "mlx");
}

function readsAsMlx(component: Component): boolean {
  if (saysMlx(component)) return true;
  return weightModulesOf(component).some(({ weights }) => weights.some(({ scheme }) => MLX_ALL.has(scheme)));
}

const MLX_ALL: ReadonlySet<string> = new Set(MLX_SCHEMES);

function ofWeight(
  module: FoldedWeights,
  weight: Weight,
  part: WeightTensor,
  turns: boolean,
): StoredTensors[] {
  if (part.tensor !== weight.payloadTensor)
    return [ofTensor(module, part, turns, weight.scheme !== "none" && part.part !== "bias")];
  if (weight.scheme === "none") return [ofTensor(module, part, turns, false)];
  const stored = [...module.segments, ...part.tensor.name.split(".")];
  const name = weight.parameter === "" ? "weight" : weight.parameter;
  const isCertain =
    isQuantized(weight) && !isFaulty(weight) && (weight.confidence ?? "certain") === "certain";
  return [
    {
      segments: [...module.segments, ...name.split(".")],
      stored,
      count: module.count,
      shape: isCertain ? weight.logicalShape : null,
      elements: isCertain ? weight.parameters : null,
      mayBeTurned: true,
      isBeside: false,
    },
  ];
}

function ofTensor(
  module: FoldedWeights,
  { tensor }: WeightTensor,
  mayBeTurned: boolean,
  isBeside: boolean,
): StoredTensors {
  const segments = [...module.segments, ...tensor.name.split(".")];
  const { shape, elements } = tensor;
  return { segments, stored: segments, count: module.count, shape, elements, mayBeTurned, isBeside };
}
