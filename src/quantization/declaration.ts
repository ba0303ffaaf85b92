import type { UnusableValue } from "./declared-numbers.ts";
import type { NameRule } from "./name-rules.ts";
import type { DeclaredWeight } from "./scheme.ts";

/** What one module's entry changes: settings of its own, or no quantization at all. */
export interface Override {
  readonly rule: NameRule;
  readonly weight: DeclaredWeight | "plain";
}

/** What is said of the cache of keys and values. */
export interface DeclaredCache {
  /** `fp8`, `int8`, `nvfp4`; null where it is not said. */
  readonly dtype: string | null;
  /** Whether its scales are stored. */
  readonly hasScales: boolean;
}

/** What one place of the configuration says about the quantization of the weights. */
export interface Declaration {
  readonly file: string;
  /** Where in the file: `quantization_config`, `text_config.quantization_config` … */
  readonly configPath: string;
  readonly method: string;
  /** What holds for every module without an entry of its own; null where only listed modules are quantized. */
  readonly weight: DeclaredWeight | null;
  /** The skip list, as written and as rules. */
  readonly ignored: readonly NameRule[];
  readonly overrides: readonly Override[];
  /** Which modules are meant; null for all linear layers. */
  readonly targets: readonly NameRule[] | null;
  /** The key of a list of all modules that are quantized: loaders build every other one plain. Null without one. */
  readonly listing: string | null;
  readonly cache: DeclaredCache | null;
  /** Names of the rotations that are stored beside weights: `v_input` (see `transform_config`). */
  readonly rotations: readonly string[];
  /** The export says of itself that it holds plain values, rounded as quantized ones would be. */
  readonly isFake: boolean;
  /** Headers say it of single tensors; loaders learn from a configuration alone that anything is quantized. */
  readonly isOfFiles: boolean;
  /** Numbers that are not used, as no packing can have them. */
  readonly unusable: readonly UnusableValue[];
}

/** Entries read of a list or a map from outside: the largest real skip lists have some ten thousand. */
export const MAX_DECLARED_ENTRIES = 200_000;

/** An entry that says nothing. */
export const NO_WEIGHT: DeclaredWeight = {
  method: null,
  format: null,
  type: null,
  bits: null,
  group: null,
  block: null,
  strategy: null,
  symmetric: null,
  indexed: null,
  shape: null,
  activations: null,
  parts: [],
};

/** A declaration of which all but this is left unsaid. */
export function makeDeclaration(
  said: Pick<Declaration, "file" | "configPath" | "method" | "weight"> & Partial<Declaration>,
): Declaration {
  return {
    ignored: [],
    overrides: [],
    targets: null,
    listing: null,
    cache: null,
    rotations: [],
    isFake: false,
    isOfFiles: false,
    unusable: [],
    ...said,
  };
}

/** Whether a declaration is about weights at all: ModelOpt writes `quant_algo: null` where it found nothing to quantize. */
export function declaresWeights({ method, weight, overrides, cache }: Declaration): boolean {
  if (overrides.length > 0) return true;
  if (method === "modelopt" && weight !== null) return weight.format !== null;
  return weight !== null || cache === null;
}
