import { member } from "../../checkpoint/config.ts";
import type { Activations, DeclaredActivations, InputGranularity } from "../activations.ts";
import { type DeclaredCache, NO_WEIGHT, type Override } from "../declaration.ts";
import type { DeclaredNumbers } from "../declared-numbers.ts";
import { isClassName, makeRule, type NameRule } from "../name-rules.ts";
import type { DeclaredWeight } from "../scheme.ts";
import { boolean, entries, type Parsed, strings, text } from "./fields.ts";

/** Groups of targets, each with its weights, its inputs and its format. The first group that matches counts. */
export function parseCompressedTensors(config: object, method: string, numbers: DeclaredNumbers): Parsed {
  const format = text(config, "format");
  const overrides: Override[] = [];
  const targets: NameRule[] = [];
  let usual: DeclaredWeight | null = null;
  for (const [, group] of entries(member(config, "config_groups"))) {
    const weight = weightOfGroup(method, group, text(group, "format") ?? format, numbers);
    const names = strings(member(group, "targets"));
    for (const target of names) {
      const rule = makeRule(target, "compressed-tensors");
      targets.push(rule);
      if (rule.exact === "Linear") usual ??= weight;
      else overrides.push({ rule, weight });
    }
    if (names.length === 0) usual ??= weight;
  }
  const ignored = strings(member(config, "ignore")).map((name) => makeRule(name, "compressed-tensors"));
  return {
    weight: usual,
    overrides,
    ignored,
    targets: targets.length > 0 ? targets : null,
    listing:
      targets.length === 0 || targets.some(({ pattern }) => isClassName(pattern))
        ? null
        : "the targets of config_groups",
    cache: cacheOf(member(config, "kv_cache_scheme"), numbers),
    rotations: rotationsOf(member(config, "transform_config")),
    isFake: format === "fakequant",
  };
}

/** Activation orders whose groups are told by `weight_g_idx`; "weight" and "static" keep groups in order. */
const INDEXED_ORDERS: ReadonlySet<unknown> = new Set(["group", "dynamic", true]);

function weightOfGroup(
  method: string,
  scheme: unknown,
  format: string | null,
  numbers: DeclaredNumbers,
): DeclaredWeight {
  const weights = member(scheme, "weights");
  const group = numbers.group(weights, "group_size") ?? null;
  const strategy = text(weights, "strategy");
  const isGrouped = group !== null && strategy !== "channel" && strategy !== "tensor";
  return {
    ...NO_WEIGHT,
    method,
    format,
    type: typeOf(weights),
    bits: numbers.bits(weights, "num_bits"),
    group: isGrouped ? group : null,
    block: numbers.block(weights, "block_structure"),
    strategy: strategy === "tensor" || strategy === "channel" ? strategy : null,
    symmetric: boolean(weights, "symmetric"),
    indexed: INDEXED_ORDERS.has(member(weights, "actorder")),
    activations: inputsOf(scheme, numbers),
  };
}

function typeOf(spec: unknown): "int" | "float" | null {
  const type = text(spec, "type");
  return type === "int" || type === "float" ? type : null;
}

const GRANULARITIES: Readonly<Record<string, InputGranularity>> = {
  tensor: "tensor",
  token: "token",
  channel: "channel",
  group: "group",
  tensor_group: "group",
};

/** `input_activations`: null where inputs stay as they are, a `dynamic` of "local" where one scale of all is stored. */
export function inputsOf(scheme: unknown, numbers: DeclaredNumbers): DeclaredActivations {
  const spec = member(scheme, "input_activations");
  if (spec === undefined) return null;
  if (spec === null) return "plain";
  const dtype = dtypeOf(spec, numbers);
  if (dtype === null) return null;
  const dynamic = member(spec, "dynamic");
  const strategy = text(spec, "strategy") ?? "";
  const granularity = Object.hasOwn(GRANULARITIES, strategy) ? (GRANULARITIES[strategy] ?? null) : null;
  const inputs: Activations = {
    dtype,
    isDynamic: dynamic === true || dynamic === "local" ? true : dynamic === false ? false : null,
    granularity,
    hasScale: dynamic === false || dynamic === "local",
  };
  return inputs;
}

function dtypeOf(spec: unknown, numbers: DeclaredNumbers): string | null {
  const bits = numbers.bits(spec, "num_bits");
  return bits === null ? null : `${typeOf(spec) === "float" ? "fp" : "int"}${bits}`;
}

/** `kv_cache_scheme`: an object like those of weights, or (ModelOpt) the name of an algorithm. */
export function cacheOf(scheme: unknown, numbers: DeclaredNumbers): DeclaredCache | null {
  if (scheme === null || scheme === undefined) return null;
  if (typeof scheme === "string") return { dtype: scheme.toLowerCase(), hasScales: true };
  return { dtype: dtypeOf(scheme, numbers), hasScales: member(scheme, "dynamic") !== true };
}

/** A rotation is stored as `<module>.<name>_<location>`, at the first module of each size that uses it. */
function rotationsOf(config: unknown): string[] {
  const names = new Set<string>();
  for (const [name, scheme] of entries(member(config, "config_groups"))) {
    const uses = member(scheme, "apply");
    if (!Array.isArray(uses)) continue;
    for (const use of uses) {
      const location = text(use, "location");
      if (location !== null) names.add(`${name}_${location}`);
    }
  }
  return [...names];
}
