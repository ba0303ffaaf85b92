import { isFaulty } from "./faulty.ts";
import type { Weight } from "./module-weights.ts";
import type { Quantization } from "./quantization.ts";

/** No scheme names the packing; several readings fit, or one by the company it keeps; what it is read by is lost or cut. */
export type PackingDoubt = "unnamed" | "open" | "damaged";

/** Why bits, shape and count of a weight's values are not certain; null where they are. */
export function packingDoubt(weight: Weight): PackingDoubt | null {
  const { scheme, logicalShape, payloadTensor, confidence } = weight;
  if (scheme === "none") return null;
  if (scheme === "unknown") return "unnamed";
  // One value an element: whatever becomes of its scales, the shape is the tensor's own.
  if (logicalShape !== null && logicalShape.join() === payloadTensor.shape.join()) return null;
  if (isFaulty(weight)) return "damaged";
  return confidence === undefined || confidence === "certain" ? null : "open";
}

/** Logical parameters that are counted by packings in doubt: as many as the likeliest reading has. */
export function countDoubtful(quantization: Quantization): number {
  let total = 0;
  for (let kind = 0; kind < quantization.kinds.count; kind++) {
    const count = quantization.counts[kind] as number;
    if (count === 0) continue;
    for (const weight of quantization.module(kind).weights)
      if (packingDoubt(weight) !== null) total += count * weight.parameters;
  }
  return total;
}
