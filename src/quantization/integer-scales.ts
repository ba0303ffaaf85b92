import type { ModuleTensor } from "./module-tensors.ts";
import type { Observation } from "./observation.ts";
import type { TensorPart } from "./suffixes.ts";

/** Parts that values are multiplied with, in every scheme: floats, or bytes of a float or of an exponent. */
const MULTIPLIERS: ReadonlySet<TensorPart> = new Set(["scale", "global-scale", "column-scale", "activation"]);
const MULTIPLIER_NAME = /scale|absmax|SCB/;
/** EXL2 packs its scales into words. */
const PACKED: ReadonlySet<string> = new Set(["q_scale"]);
const SIGNED = /^(?:I\d+|BOOL)$/;

/** Scales that hold signed integers, which no scheme has; those that the scheme itself has told are left out. */
export function integerScales(
  tensors: readonly {
    readonly suffix: string;
    readonly part: TensorPart;
    readonly tensor: Pick<ModuleTensor, "dtype">;
  }[],
  told: readonly Observation[],
): readonly Observation[] {
  return tensors
    .filter(
      ({ suffix, part, tensor }) =>
        MULTIPLIERS.has(part) &&
        MULTIPLIER_NAME.test(suffix) &&
        !PACKED.has(suffix) &&
        SIGNED.test(tensor.dtype) &&
        !told.some((seen) => seen.code === "SCALE_DTYPE_UNEXPECTED" && seen.suffix === suffix),
    )
    .map(({ suffix, tensor }) => ({
      code: "SCALE_DTYPE_UNEXPECTED",
      suffix,
      wanted: { is: "dtype", anyOf: ["F32", "F16", "BF16"] },
      stored: { is: "dtype", dtype: tensor.dtype },
    }));
}
