import { member } from "../../checkpoint/config.ts";
import type { DeclaredActivations, InputGranularity } from "../activations.ts";
import { type DeclaredCache, NO_WEIGHT, type Override } from "../declaration.ts";
import type { DeclaredNumbers } from "../declared-numbers.ts";
import { makeRule } from "../name-rules.ts";
import type { DeclaredWeight } from "../scheme.ts";
import { boolean, entries, type Parsed, strings, text } from "./fields.ts";

/** Specifications of weights and inputs for all modules, and for those that a pattern names. */
export function parseQuark(config: object, method: string, numbers: DeclaredNumbers): Parsed {
  const usual = member(config, "global_quant_config");
  const overrides = entries(member(config, "layer_quant_config")).map(
    ([pattern, value]): Override => ({
      rule: makeRule(pattern, "quark-override"),
      weight: member(value, "weight") == null ? "plain" : quarkWeight(method, value, numbers),
    }),
  );
  const ignored = strings(member(config, "exclude")).map((name) => makeRule(name, "quark"));
  return {
    weight: quarkWeight(method, usual, numbers),
    overrides,
    ignored,
    cache: quarkCache(config),
    isFake: text(member(config, "export"), "weight_format") === "fake_quantized",
  };
}

function quarkWeight(method: string, scheme: unknown, numbers: DeclaredNumbers): DeclaredWeight {
  const spec = lastOf(member(scheme, "weight"));
  const dtype = text(spec, "dtype");
  const qscheme = text(spec, "qscheme");
  return {
    ...NO_WEIGHT,
    method,
    format: dtype,
    type: dtype === null ? null : dtype.includes("int") ? "int" : "float",
    bits: numbers.bitsOfName(dtype, "dtype"),
    group: numbers.group(spec, "group_size") ?? null,
    strategy: qscheme === "per_tensor" ? "tensor" : qscheme === "per_channel" ? "channel" : null,
    symmetric: boolean(spec, "symmetric"),
    activations: quarkInputs(scheme, numbers),
  };
}

/** Of weights that are quantized twice (INT4 over FP8) the last specification is what is stored. */
function lastOf(spec: unknown): unknown {
  return Array.isArray(spec) ? spec.at(-1) : spec;
}

const GRANULARITIES: Readonly<Record<string, InputGranularity>> = {
  per_tensor: "tensor",
  per_token: "token",
  per_channel: "token",
  per_group: "group",
};

function quarkInputs(scheme: unknown, numbers: DeclaredNumbers): DeclaredActivations {
  const inputs = member(scheme, "input_tensors");
  if (inputs === undefined) return null;
  if (inputs === null) return "plain";
  const spec = lastOf(inputs);
  const name = text(spec, "dtype");
  const bits = numbers.bitsOfName(name, "dtype");
  if (name === null || bits === null) return null;
  const qscheme = text(spec, "qscheme") ?? "";
  const isDynamic = boolean(spec, "is_dynamic");
  return {
    dtype: `${name.includes("int") ? "int" : "fp"}${bits}`,
    isDynamic,
    granularity: Object.hasOwn(GRANULARITIES, qscheme) ? (GRANULARITIES[qscheme] ?? null) : null,
    hasScale: isDynamic === false,
  };
}

/** Keys and values are quantized where they leave their projections: `k_proj.output_scale`. */
function quarkCache(config: object): DeclaredCache | null {
  const [first] = entries(member(config, "kv_cache_quant_config"));
  if (first === undefined) return null;
  const spec = lastOf(member(first[1], "output_tensors"));
  const dtype = text(spec, "dtype");
  return { dtype: dtype?.split("_")[0] ?? null, hasScales: boolean(spec, "is_dynamic") === false };
}
