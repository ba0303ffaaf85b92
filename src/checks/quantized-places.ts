import type { TensorRole } from "../architecture/tensor-roles.ts";
import { PlaceSet } from "../checkpoint/place-set.ts";
import type { Seen } from "./check.ts";
import type { Subject } from "./subject.ts";

export interface QuantizedPlace extends Seen {
  readonly bits: number | null;
}

/** Weights that are meant and stored quantized. MLX quantizes all of them, and reads them so. */
export function quantizedPlaces(
  { model, quantization }: Subject,
  isMeant: (tensorRole: TensorRole) => boolean,
): QuantizedPlace[] {
  const { kinds } = quantization;
  return model.tensorRoles.flatMap((tensorRole) => {
    if (!isMeant(tensorRole) || (tensorRole.part !== "weight" && tensorRole.part !== "packed")) return [];
    const { owner, parameter } = model.weights.tensor(tensorRole.node);
    const weight = quantization
      .module(kinds.kindOf(owner))
      .weights.find((each) => each.parameter === parameter);
    if (weight === undefined || weight.scheme === "none" || weight.scheme.startsWith("mlx-")) return [];
    return [
      {
        at: PlaceSet.tensorPaths([tensorRole.segments], tensorRole.count),
        found: weight.scheme,
        expected: "none",
        bits: weight.bits,
      },
    ];
  });
}
