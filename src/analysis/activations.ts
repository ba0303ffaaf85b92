import { cacheScalesOf } from "../faults/packing/cache-scales.ts";
import type { Scene } from "../faults/scene.ts";
import type { DeclaredActivations, InputGranularity } from "../quantization/activations.ts";
import type { DeclarationLookup } from "../quantization/declared.ts";
import { type FoldedWeights, isQuantized, weightPath } from "../quantization/folded-weights.ts";
import type { Weight } from "../quantization/module-weights.ts";

/** Whether a fact is said by a configuration, shown by stored tensors, or both. */
export type Basis = "declared" | "stored" | "both";

/** What is done to the inputs of quantized weights. */
export interface ActivationFacts {
  readonly dtype: string;
  /** Scaled by what they hold when they come, or by stored values; null where nothing says. */
  readonly dynamic: boolean | null;
  readonly granularity: InputGranularity | null;
  readonly modules: number;
  readonly basis: Basis;
}

export interface CacheFacts {
  /** Null where scales are stored and nothing says of what. */
  readonly dtype: string | null;
  readonly scales: number;
  readonly layers: number;
  readonly basis: Basis;
}

/** The ways in which inputs are quantized, the most frequent first; empty where they stay in 16 bits. */
export function describeActivations({ quantization, modules }: Scene): ActivationFacts[] {
  const [lookup] = quantization.declarations;
  const found = new Map<string, ActivationFacts>();
  for (const group of modules) {
    for (const weight of group.weights) {
      if (!isQuantized(weight)) continue;
      const own = inputsOf(lookup, group, weight);
      if (own === undefined) continue;
      const { basis: _, ...rest } = own;
      const key = JSON.stringify(rest);
      const known = found.get(key);
      const basis = known === undefined || known.basis === own.basis ? own.basis : "both";
      found.set(key, { ...rest, modules: (known?.modules ?? 0) + group.count, basis });
    }
  }
  return [...found.values()].sort((a, b) => b.modules - a.modules);
}

const INPUT_SCALE =
  /^(?:input_scale|input_global_scale|activation_scale|qscale_act|scale_input|act_scales?|act_global_scale|input_activation_scale)$/;

function inputsOf(
  lookup: DeclarationLookup | undefined,
  group: FoldedWeights,
  weight: Weight,
): Omit<ActivationFacts, "modules"> | undefined {
  const says = lookup?.lookup(weightPath(group.example, weight));
  const declared: DeclaredActivations = says?.state === "quantized" ? says.weight.activations : null;
  if (declared === "plain") return undefined;
  const isStored = weight.tensors.some(({ suffix }) => INPUT_SCALE.test(suffix));
  if (declared !== null) {
    const { dtype, isDynamic, granularity } = declared;
    return {
      dtype,
      dynamic: isDynamic ?? (isStored ? false : null),
      granularity,
      basis: isStored ? "both" : "declared",
    };
  }
  const dtype = isStored ? dtypeOf(weight) : null;
  return dtype === null ? undefined : { dtype, dynamic: false, granularity: null, basis: "stored" };
}

/** Inputs are quantized as the weights are, where only a stored scale shows that they are. */
function dtypeOf({ scheme, bits }: Weight): string | null {
  if (bits === null) return null;
  if (scheme.includes("fp8")) return "fp8";
  if (scheme.includes("fp4")) return "fp4";
  return scheme.includes("int") || scheme === "ascend-modelslim" ? `int${bits}` : null;
}

/** How the cache of keys and values is quantized; null where nothing says that it is. */
export function describeCache(scene: Scene): CacheFacts | null {
  const declared = scene.quantization.declarations.map(({ declaration }) => declaration.cache);
  const said = declared.find((cache) => cache !== null);
  const { scales, layers } = cacheScalesOf(scene);
  if (said === undefined && scales === 0) return null;
  const basis = said === undefined ? "stored" : scales === 0 ? "declared" : "both";
  return { dtype: said?.dtype ?? null, scales, layers, basis };
}
