import { member } from "../../checkpoint/config.ts";
import type { DeclaredActivations } from "../activations.ts";
import { type DeclaredCache, NO_WEIGHT, type Override } from "../declaration.ts";
import type { DeclaredNumbers } from "../declared-numbers.ts";
import { MODELOPT_ALGORITHMS } from "../methods.ts";
import { makeRule } from "../name-rules.ts";
import type { DeclaredWeight } from "../scheme.ts";
import { cacheOf, inputsOf } from "./compressed-tensors.ts";
import { entries, type Parsed, strings, text } from "./fields.ts";

/**
 * An algorithm for all modules, or `MIXED_PRECISION` and one for each listed module. `config_groups` beside it (as
 * compressed-tensors has them) says more of the same: the group, and whether inputs are quantized at all.
 */
export function parseModelOpt(config: object, method: string, numbers: DeclaredNumbers): Parsed {
  const algorithm = text(config, "quant_algo")?.toUpperCase() ?? null;
  const isMixed = algorithm === "MIXED_PRECISION";
  const group = entries(member(config, "config_groups")).find(([, each]) => meansAll(each))?.[1];
  const size = numbers.group(config, "group_size") ?? numbers.group(member(group, "weights"), "group_size");
  // Written by hand where calibration left no scales: the algorithm's inputs are then read as they are.
  const inputs = member(config, "with_input_scale") === false ? "plain" : inputsOf(group, numbers);
  // Engines go by the algorithm; numbers beside it that say otherwise are a fault of one of the two.
  const bits = numbers.bits(member(group, "weights"), "num_bits");
  const overrides: Override[] = entries(member(config, "quantized_layers")).map(([name, value]) => ({
    rule: makeRule(name, "glob"),
    weight: algorithmWeight(
      method,
      text(value, "quant_algo")?.toUpperCase() ?? null,
      numbers.group(value, "group_size") ?? null,
    ),
  }));
  const ignored = ["exclude_modules", "ignore"].flatMap((key) =>
    strings(member(config, key)).map((name) => makeRule(name, "glob")),
  );
  return {
    weight: isMixed ? null : withBits(algorithmWeight(method, algorithm, size ?? null, inputs), bits),
    overrides,
    ignored,
    listing: isMixed && overrides.length > 0 ? "quantized_layers" : null,
    cache: modelOptCache(config, numbers),
  };
}

function meansAll(group: unknown): boolean {
  const targets = strings(member(group, "targets"));
  return targets.length === 0 || targets.includes("Linear");
}

function algorithmWeight(
  method: string,
  algorithm: string | null,
  group: number | null,
  inputs: DeclaredActivations = null,
): DeclaredWeight {
  const known =
    algorithm !== null && Object.hasOwn(MODELOPT_ALGORITHMS, algorithm)
      ? MODELOPT_ALGORITHMS[algorithm]
      : undefined;
  const takesGroup = known?.group !== null || algorithm?.includes("AWQ") === true;
  // The algorithm says how inputs are scaled, the group whether they are.
  const activations = inputs === "plain" ? inputs : (known?.activations ?? inputs);
  return {
    ...NO_WEIGHT,
    method,
    format: algorithm,
    type: known?.type ?? null,
    bits: known?.bits ?? null,
    group: takesGroup ? (group ?? known?.group ?? null) : null,
    strategy: known?.strategy ?? null,
    activations,
    parts: known?.parts ?? [],
  };
}

function withBits(weight: DeclaredWeight, bits: number | null | undefined): DeclaredWeight {
  return bits === null || bits === undefined ? weight : { ...weight, bits };
}

function modelOptCache(config: object, numbers: DeclaredNumbers): DeclaredCache | null {
  const algorithm = text(config, "kv_cache_quant_algo");
  if (algorithm !== null) return { dtype: algorithm.toLowerCase(), hasScales: true };
  return cacheOf(member(config, "kv_cache_scheme"), numbers);
}
