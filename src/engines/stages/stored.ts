import type { PlaceSet } from "../../checkpoint/place-set.ts";
import { isQuantized } from "../../quantization/folded-weights.ts";
import type { Ask } from "../ask.ts";
import type { Linear } from "../linears.ts";

/** Projections that the model computes with, the vocabulary apart. */
export function projections(ask: Ask): readonly Linear[] {
  return ask.linears.filter(({ cut, role }) => cut !== "vocabulary" && role !== "moe.router");
}

export function quantizedOnes(ask: Ask): readonly Linear[] {
  return projections(ask).filter(({ weight }) => isQuantized(weight));
}

/** Whether a weight's values are packed into other numbers of another shape, so that no engine reads it as a plain one. */
export function isPackedInShape({ weight }: Linear): boolean {
  const { logicalShape, payloadTensor } = weight;
  return logicalShape === null || logicalShape.join() !== payloadTensor.shape.join();
}

/** Schemes of one value a number, an FP8 one. */
export const FP8_SCHEMES: ReadonlySet<string> = new Set([
  "fp8-block",
  "fp8-pb-wo",
  "fp8-tensor",
  "fp8-channel",
  "fp8-unscaled",
  "comfy-fp8",
  "mistral-fp8",
  "mxfp8",
]);

export function hasExperts(ask: Ask): boolean {
  return (
    ask.linears.some(({ isExpert }) => isExpert) || ask.model.layers.some((layer) => layer.feedForward.moe)
  );
}

export function hasQuantizedExperts(ask: Ask): boolean {
  return ask.linears.some(({ isExpert, weight }) => isExpert && isQuantized(weight));
}

/** How many modules linears stand for, and where the first of them are. */
export function countOf(linears: readonly Linear[]): number {
  return linears.reduce((sum, { at }) => sum + at.count, 0);
}

export function placeOfFirst(linears: readonly Linear[]): PlaceSet | null {
  return linears[0]?.at ?? null;
}
