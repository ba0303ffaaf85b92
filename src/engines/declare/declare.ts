import type { Component } from "../../checkpoint/checkpoint.ts";
import { member } from "../../checkpoint/config.ts";
import { UnfoldError } from "../../errors.ts";
import { isQuantized } from "../../quantization/folded-weights.ts";
import type { Weight } from "../../quantization/module-weights.ts";
import { quantizationOf } from "../../quantization/quantization.ts";
import { type Linear, linearsOf } from "../linears.ts";
import type { EngineName } from "../names.ts";
import { compressed, GROUPS } from "./compressed.ts";
import { BUILDERS, mlx, modelopt } from "./dialects.ts";
import { type Declared, MAX_SKIPPED, type Stored, settingsOf } from "./stored.ts";

/**
 * The `quantization_config` that describes what is stored, in the dialect of the packing and with a skip list in the
 * engine's own way to match; null where nothing is quantized. What headers cannot tell (symmetry and order of GPTQ) is
 * kept as it is declared now, else as most exports have it. Throws `USAGE` where no dialect describes it.
 */
export function describeQuantization(component: Component, engine: EngineName): Declared | null {
  const packed = linearsOf(component).filter(({ weight }) => isQuantized(weight));
  const usual = usualOf(packed);
  if (usual === undefined) {
    const elsewhere = packedElsewhere(component);
    if (elsewhere === undefined) return null;
    throw new UnfoldError("USAGE", {
      message: `no configuration of ${elsewhere} is known for this kind of model`,
    });
  }
  const schemes = [...new Set(packed.map(({ weight }) => weight.scheme))];
  const stored = { component, engine, packed, first: usual };
  const kept = standing(component, schemes);
  if (kept !== undefined) return kept;
  if (schemes.length > 1) return describeMixed(stored, schemes);
  const build = BUILDERS[usual.scheme];
  if (build === undefined)
    throw new UnfoldError("USAGE", { message: `no configuration of ${usual.scheme} is known to unfold` });
  return build(stored);
}

/** A scheme of modules that are no projections of a text model: parts of pipelines, towers. */
function packedElsewhere(component: Component): string | undefined {
  const quantization = quantizationOf(component);
  for (let kind = 0; kind < quantization.counts.length; kind++) {
    if (quantization.counts[kind] === 0) continue;
    const scheme = quantization.scheme(kind);
    if (scheme !== null && scheme !== "none" && scheme !== "unknown") return scheme;
  }
  return undefined;
}

/**
 * The declaration as it stands, where its method keeps in it what no header holds (Quark's observers, torchao's
 * configurations): nothing could be said better.
 */
function standing(component: Component, schemes: readonly string[]): Declared | undefined {
  const value = member(component.configs.get("config.json"), "quantization_config");
  const method = member(value, "quant_method");
  if (typeof value !== "object" || value === null || typeof method !== "string" || method === "")
    return undefined;
  const isOwn = schemes.every((scheme) => scheme.startsWith(method) && !Object.hasOwn(BUILDERS, scheme));
  return method === "quark" || isOwn ? { ...value } : undefined;
}

/** The weight whose settings most modules have: the others are exceptions. */
function usualOf(packed: readonly Linear[]): Weight | undefined {
  const counts = new Map<string, { weight: Weight; modules: number }>();
  for (const { weight, at } of packed) {
    const key = settingsOf(weight);
    const known = counts.get(key);
    counts.set(key, { weight: known?.weight ?? weight, modules: (known?.modules ?? 0) + at.count });
  }
  return [...counts.values()].sort((a, b) => b.modules - a.modules)[0]?.weight;
}

/** Several schemes: MLX and compressed-tensors have groups for them, ModelOpt a list of all modules. */
function describeMixed(stored: Stored, schemes: readonly string[]): Declared {
  if (schemes.every((scheme) => scheme.startsWith("mlx-"))) return mlx(stored);
  const isModelOpt = schemes.every((scheme) => Object.hasOwn(MIXED, scheme));
  if (!isModelOpt && schemes.every((scheme) => Object.hasOwn(GROUPS, scheme))) return compressed(stored);
  if (!isModelOpt)
    throw new UnfoldError("USAGE", {
      message: `${schemes.join(" and ")} are stored side by side, and no dialect that unfold writes describes both`,
    });
  const layers = stored.packed.flatMap(({ at, weight }) =>
    at.names(MAX_SKIPPED).map((name) => [name, MIXED[weight.scheme]] as const),
  );
  return { ...modelopt("MIXED_PRECISION")(stored), quantized_layers: Object.fromEntries(layers) };
}

/** What ModelOpt calls the schemes that it mixes. */
const MIXED: Readonly<Record<string, Declared>> = {
  nvfp4: { quant_algo: "NVFP4", group_size: 16 },
  "fp8-tensor": { quant_algo: "FP8" },
};

/** The index of a component: which shard holds each tensor, and the bytes of all. */
export function describeIndex(component: Component): Declared {
  const { table, shards } = component;
  const map: Record<string, string> = {};
  let total = 0;
  const names = Array.from({ length: table.count }, (_, row) => ({ row, name: table.name(row) }));
  for (const { row, name } of names.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = shards[table.shards.data[row] as number]?.path ?? "";
    map[name] = path.slice(path.lastIndexOf("/") + 1);
    total += table.bytes(row);
  }
  return { metadata: { total_size: total }, weight_map: map };
}
