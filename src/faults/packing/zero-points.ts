import { PlaceSet } from "../../checkpoint/place-set.ts";
import { type Fault, fault } from "../fault.ts";
import type { Scene } from "../scene.ts";
import { weightsAt } from "./places.ts";

/** Schemes that store a zero point only where the configuration says that weights are not symmetric, and have one then. */
const WITH_ZERO_POINT: ReadonlySet<string> = new Set(["ct-pack-int", "int8", "quark-awq"]);

/** Weights that are not symmetric by the configuration, and have no zero point. */
export function findLostZeroPoints({ quantization, modules }: Scene): Fault[] {
  const [lookup] = quantization.declarations;
  if (lookup === undefined) return [];
  return modules.flatMap((group) => {
    const weight = group.weights.find(({ scheme }) => WITH_ZERO_POINT.has(scheme));
    if (weight === undefined || weight.tensors.some(({ part }) => part === "zero-point")) return [];
    const says = lookup.lookup(group.example);
    if (says.state !== "quantized" || says.weight.symmetric !== false) return [];
    const at = PlaceSet.tensors(group.segments, "weight_zero_point", group.count);
    return [fault("zero-point.promised", at, { of: weightsAt(group, weight) })];
  });
}
