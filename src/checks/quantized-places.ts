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
  isMeant: (place: TensorRole) => boolean,
): QuantizedPlace[] {
  const { kinds } = quantization;
  return model.tensorRoles.flatMap((place) => {
    if (!isMeant(place) || (place.part !== "weight" && place.part !== "packed")) return [];
    const { owner, parameter } = model.weights.tensor(place.node);
    const weight = quantization
      .module(kinds.kindOf(owner))
      .weights.find((each) => each.parameter === parameter);
    if (weight === undefined || weight.scheme === "none" || weight.scheme.startsWith("mlx-")) return [];
    return [
      {
        at: PlaceSet.tensorPaths([place.segments], place.count),
        found: weight.scheme,
        expected: "none",
        bits: weight.bits,
      },
    ];
  });
}
