/** What is done to the inputs of a weight before it is multiplied with them. */
export interface Activations {
  /** Kind and bits: `fp8`, `int8`, `fp4`. */
  readonly dtype: string;
  /** Scaled by what they hold when they come, or by values of the calibration; null where that is not said. */
  readonly isDynamic: boolean | null;
  readonly granularity: InputGranularity | null;
  /** Whether a scale of the inputs is stored with the weight: of static ones, and the one of all of NVFP4. */
  readonly hasScale: boolean;
}

export type InputGranularity = "tensor" | "token" | "channel" | "group";

/** As declared: "plain" is 16 bits, said outright or by a method that knows no other; null is not said. */
export type DeclaredActivations = Activations | "plain" | null;

/** Inputs that are scaled by what they hold. */
export function dynamicInputs(dtype: string, granularity: InputGranularity | null): Activations {
  return { dtype, isDynamic: true, granularity, hasScale: false };
}

/** Inputs that are scaled by a stored value. */
export function staticInputs(dtype: string, granularity: InputGranularity | null = "tensor"): Activations {
  return { dtype, isDynamic: false, granularity, hasScale: true };
}
