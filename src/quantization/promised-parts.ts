import { missing, type Observation, type ObservationCode } from "./observation.ts";
import type { DeclaredWeight } from "./scheme.ts";
import { suffixOf, type TensorPart } from "./suffixes.ts";
import type { WeightTensors } from "./weight-tensors.ts";

const CODE_OF: Readonly<Partial<Record<TensorPart, ObservationCode>>> = {
  scale: "MISSING_SCALE",
  "global-scale": "MISSING_GLOBAL_SCALE",
  "zero-point": "MISSING_ZERO_POINT",
};

/**
 * Tensors that a weight has by what is declared of it, and that are not there: the layout alone would do without them. Those that
 * reading the weight has told are left out.
 */
export function lostParts(
  tensors: WeightTensors,
  declared: DeclaredWeight | undefined,
  told: readonly Observation[],
): readonly Observation[] {
  return (declared?.parts ?? [])
    .filter((suffix) => !tensors.has(suffix) && !told.some((seen) => seen.suffix === suffix))
    .map((suffix) => {
      const code = CODE_OF[suffixOf(suffix)?.part ?? "metadata"] ?? "MISSING_AUXILIARY";
      return missing(code, suffix, { is: "beside", suffix });
    });
}
