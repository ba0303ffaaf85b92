import { claimsOf } from "../checkpoint/claims.ts";
import { formatPattern, type PatternPart } from "../checkpoint/repeats.ts";
import { formatShape } from "../format/shape.ts";
import type { Weight } from "./module-weights.ts";
import type { Quantization } from "./quantization.ts";
import { FINDING_SEVERITY, type FindingCode, type Severity } from "./scheme.ts";
import { placeOf } from "./surroundings.ts";
import { isQuantized, type ModuleGroup, tensorPath, weightPath } from "./weight-groups.ts";

export type FindingState = "missing" | "orphan" | "mismatched" | "note";

/** One thing that is wrong or worth a word about the scales of modules that are alike. */
export interface ScaleFinding {
  readonly state: FindingState;
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly module: string;
  readonly count: number;
  readonly tensor: string;
  readonly expected: string;
  readonly found: string;
}

/** What pairing found, module by module, and what only modules together show. */
export function findScaleFaults(quantization: Quantization, modules: readonly ModuleGroup[]): ScaleFinding[] {
  return [
    ...modules.flatMap(ownFindings),
    ...findInputScaleGaps(quantization, modules),
    ...findPartialGroups(modules),
    ...findCacheScaleGaps(quantization, modules),
    ...findSuspectBiases(quantization, modules),
  ];
}

function stateOf(code: FindingCode): FindingState {
  if (code === "ORPHAN_SCALE") return "orphan";
  if (code.startsWith("MISSING_")) return "missing";
  if (code.endsWith("_MISMATCH") || code === "SCALE_DTYPE_UNEXPECTED") return "mismatched";
  return "note";
}

function ownFindings(group: ModuleGroup): ScaleFinding[] {
  const found: ScaleFinding[] = [];
  for (const weight of group.weights) {
    for (const { code, severity, suffix, expected, found: seen } of weight.findings) {
      const name =
        weight.parts.find((part) => part.suffix === suffix)?.tensor.name ?? missingName(weight, suffix);
      const module = weightPath(group.pattern, weight);
      const tensor = tensorPath(group.pattern, name);
      found.push({
        state: stateOf(code),
        code,
        severity,
        module,
        count: group.count,
        tensor,
        expected,
        found: seen,
      });
    }
  }
  for (const { code, severity, suffix, expected, found: seen } of group.findings) {
    const name = group.loose.find((part) => part.suffix === suffix)?.tensor.name ?? suffix;
    const tensor = tensorPath(group.pattern, name);
    found.push({
      state: stateOf(code),
      code,
      severity,
      module: group.pattern,
      count: group.count,
      tensor,
      expected,
      found: seen,
    });
  }
  return found;
}

/** How the file would spell a missing tensor: as a sibling of a parameter, or as the suffix itself. */
function missingName({ parameter }: Weight, suffix: string): string {
  if (parameter === "") return suffix;
  const plain = suffix.replace(/^weight(?=\.)/, "");
  return plain === suffix ? `${parameter}_${suffix.replace(/^weight_/, "")}` : `${parameter}${plain}`;
}

const INPUT_SCALE =
  /^(?:input_scale|input_global_scale|activation_scale|qscale_act|scale_input|act_scales|act_global_scale)$/;

/** Activation scales that some modules of a place have and others lack, or that were promised and are nowhere. */
function findInputScaleGaps(quantization: Quantization, modules: readonly ModuleGroup[]): ScaleFinding[] {
  const places = new Map<
    string,
    { having: number; suffix: string; lacking: { group: ModuleGroup; weight: Weight }[] }
  >();
  let anywhere = false;
  let quantized = 0;
  for (const group of modules) {
    for (const weight of group.weights) {
      if (!isQuantized(weight)) continue;
      quantized += group.count;
      const key = `${placeOf(group.example)} ${weight.parameter} ${weight.scheme}`;
      const place = places.get(key) ?? { having: 0, suffix: "input_scale", lacking: [] };
      const scale = weight.parts.find((part) => INPUT_SCALE.test(part.suffix));
      if (scale === undefined) place.lacking.push({ group, weight });
      else {
        anywhere = true;
        place.having += group.count;
        place.suffix = scale.suffix;
      }
      places.set(key, place);
    }
  }
  const gaps = [...places.values()].filter((place) => place.having > 0);
  const found = gaps.flatMap(({ having, suffix, lacking }) =>
    lacking.map(({ group, weight }): ScaleFinding => {
      const expected = `as ${having === 1 ? "1 module" : `${having} modules`} like it`;
      return missingInput(group, weight, suffix, "error", `${suffix}, ${expected} have it`);
    }),
  );
  const isStatic = quantization.declarations[0]?.declaration.isStatic === true;
  if (!isStatic || anywhere || quantized === 0) return found;
  const first = modules.find((group) => group.weights.some(isQuantized)) as ModuleGroup;
  const weight = first.weights.find(isQuantized) as Weight;
  const gap = missingInput(
    first,
    weight,
    "input_scale",
    "warning",
    "activation scales, as the configuration says static",
  );
  return [...found, { ...gap, count: quantized, found: "none in the whole checkpoint" }];
}

function missingInput(
  group: ModuleGroup,
  weight: Weight,
  suffix: string,
  severity: Severity,
  expected: string,
): ScaleFinding {
  return {
    state: "missing",
    code: "MISSING_INPUT_SCALE",
    severity,
    module: weightPath(group.pattern, weight),
    count: group.count,
    tensor: tensorPath(group.pattern, missingName(weight, suffix)),
    expected,
    found: "none",
  };
}

/** Projections that engines fuse into one: they must be stored alike. */
const FUSED_GROUPS = [
  ["q_proj", "k_proj", "v_proj"],
  ["gate_proj", "up_proj"],
  ["w1", "w3"],
  ["q", "k", "v"],
  ["query", "key", "value"],
] as const;

function findPartialGroups(modules: readonly ModuleGroup[]): ScaleFinding[] {
  const parents = new Map<string, Map<string, { group: ModuleGroup; weight: Weight }[]>>();
  for (const group of modules) {
    const weight = group.weights.find(
      ({ parameter, payloadTensor }) => parameter === "" && payloadTensor.shape.length >= 1,
    );
    const leaves = leavesOf(group).filter((leaf) =>
      FUSED_GROUPS.some((names) => (names as readonly string[]).includes(leaf)),
    );
    if (weight === undefined || leaves.length === 0) continue;
    const parent = placeOf(group.example.slice(0, Math.max(0, group.example.lastIndexOf("."))));
    const siblings = parents.get(parent) ?? new Map();
    for (const leaf of leaves) siblings.set(leaf, [...(siblings.get(leaf) ?? []), { group, weight }]);
    parents.set(parent, siblings);
  }
  const found: ScaleFinding[] = [];
  for (const siblings of parents.values())
    for (const names of FUSED_GROUPS) found.push(...judgeFused(names, siblings));
  return found;
}

/** Last names that a group stands for: `w{1,3}` is w1 and w3. */
function leavesOf({ parts }: ModuleGroup): string[] {
  const last = parts.at(-1);
  if (last === undefined) return [];
  return typeof last === "string" ? [last] : last.members.map((member) => `${last.stem}${member}`);
}

type Members = { readonly group: ModuleGroup; readonly weight: Weight };

/** Compares each member with those of its own layers: deviants of one layer must not be held against another's. */
function judgeFused(
  names: readonly string[],
  siblings: ReadonlyMap<string, readonly Members[]>,
): ScaleFinding[] {
  // Mostly all are stored in one way, and no two need be compared.
  const ways = names.flatMap((name) => siblings.get(name) ?? []).map(({ weight }) => wayOf(weight));
  if (new Set(ways).size < 2) return [];
  const first = siblings.get(names[0] as string) ?? [];
  const found: ScaleFinding[] = [];
  for (const { group, weight } of first) {
    for (const name of names.slice(1)) {
      for (const other of siblings.get(name) ?? []) {
        if (!sharesMembers(group, other.group)) continue;
        const fault = compareFused(weight, other.weight);
        if (fault === undefined) continue;
        found.push({
          state: "note",
          code: "PARTIAL_FUSED_GROUP",
          severity: fault,
          module: other.group.pattern,
          count: Math.min(group.count, other.group.count),
          tensor: tensorPath(other.group.pattern, other.weight.payloadTensor.name),
          expected: `as ${group.pattern}: ${describeWeight(weight)}`,
          found: describeWeight(other.weight),
        });
      }
    }
  }
  return found;
}

/** What `compareFused` compares. */
function wayOf(weight: Weight): string {
  return isQuantized(weight) ? `${weight.scheme} ${weight.bits} ${weight.group}` : "";
}

function compareFused(a: Weight, b: Weight): Severity | undefined {
  if (isQuantized(a) !== isQuantized(b)) return "error";
  if (!isQuantized(a)) return undefined;
  return a.scheme === b.scheme && a.bits === b.bits && a.group === b.group ? undefined : "warning";
}

function describeWeight(weight: Weight): string {
  const bits = weight.bits === null ? "" : `, ${weight.bits} bits`;
  const group = weight.group === null ? "" : `, groups of ${weight.group}`;
  return weight.scheme === "none"
    ? `not quantized (${weight.payloadTensor.dtype})`
    : `${weight.scheme}${bits}${group}`;
}

/** Whether two patterns stand for siblings somewhere: all lists along their common path have a number in common. */
function sharesMembers(a: ModuleGroup, b: ModuleGroup): boolean {
  for (let k = 0; k < a.parts.length - 1; k++) {
    const one = numbersOf(a.parts[k]);
    const other = numbersOf(b.parts[k]);
    if (one !== undefined && other !== undefined && !one.some((number) => other.includes(number)))
      return false;
  }
  return true;
}

function numbersOf(part: ModuleGroup["parts"][number] | undefined): readonly number[] | undefined {
  if (part === undefined) return undefined;
  if (typeof part !== "string") return part.members;
  return /^\d+$/.test(part) ? [Number(part)] : undefined;
}

const K_SCALE = /^(?:k_scale|k_cache_scale|k_cache\.scale|fa_k\.scale|k_fake_quantizer\.qscale_act)$/;
const V_SCALE = /^(?:v_scale|v_cache_scale|v_cache\.scale|fa_v\.scale|v_fake_quantizer\.qscale_act)$/;

interface CacheScales {
  /** Layers that hold a projection of keys, a scale for keys, a scale for values; -1 where a path has no number. */
  readonly projections: Set<number>;
  readonly keys: Set<number>;
  readonly values: Set<number>;
  parts: readonly PatternPart[];
  tensor: string;
}

/** Key/value-cache scales: one of a pair, not on all layers, or promised and absent. */
function findCacheScaleGaps(quantization: Quantization, modules: readonly ModuleGroup[]): ScaleFinding[] {
  const attention = new Map<string, CacheScales>();
  for (const group of modules) {
    const place = placeOf(group.example).replace(PROJECTION, "");
    const scales = [...group.loose, ...group.weights.flatMap((weight) => weight.parts)];
    const isProjection = /\.(?:k|qkv)_proj$/.test(group.pattern);
    const key = scales.find(({ suffix }) => K_SCALE.test(suffix));
    const value = scales.find(({ suffix }) => V_SCALE.test(suffix));
    if (!isProjection && key === undefined && value === undefined) continue;
    const entry = attention.get(place) ?? {
      projections: new Set(),
      keys: new Set(),
      values: new Set(),
      parts: [],
      tensor: "",
    };
    attention.set(place, entry);
    for (const layer of layersOf(group.parts)) {
      if (isProjection) entry.projections.add(layer);
      if (key !== undefined) entry.keys.add(layer);
      if (value !== undefined) entry.values.add(layer);
    }
    const scale = value ?? key;
    if (scale !== undefined) {
      entry.parts = group.parts;
      entry.tensor = scale.tensor.name;
    }
  }
  const entries = [...attention.values()].filter(({ keys, values }) => keys.size + values.size > 0);
  const found = entries.flatMap(judgeCacheScales);
  const promises = quantization.declarations.some(({ declaration }) => declaration.hasCacheScales);
  if (promises && entries.length === 0)
    found.push({
      state: "note",
      code: "KV_SCALE_MISSING",
      severity: FINDING_SEVERITY.KV_SCALE_MISSING,
      module: "",
      count: 1,
      tensor: "k_scale",
      expected: "k and v scales, as the configuration promises",
      found: "none; engines take 1.0",
    });
  return found;
}

const PROJECTION = /\.(?:[qkv]|qkv)_proj$/;

/** The layers that lack one of the two, or both. */
function judgeCacheScales({ projections, keys, values, parts, tensor }: CacheScales): ScaleFinding[] {
  const all = [...new Set([...projections, ...keys, ...values])].sort((a, b) => a - b);
  const lacking = all.filter((layer) => !keys.has(layer) || !values.has(layer));
  if (lacking.length === 0) return [];
  const pattern = formatPattern(withLayers(parts, lacking));
  return [
    {
      state: "missing",
      code: "KV_SCALE_MISSING",
      severity: "error",
      module: pattern.replace(PROJECTION, ""),
      count: lacking.length,
      tensor: tensorPath(pattern, tensor),
      expected: `${all.length} k and ${all.length} v scales`,
      found: `${keys.size} k and ${values.size} v scales`,
    },
  ];
}

/** Numbers of the first list in a path. */
function layersOf(parts: readonly PatternPart[]): readonly number[] {
  return parts.map(numbersOf).find((numbers) => numbers !== undefined) ?? [-1];
}

/** The same path with other numbers in its first list. */
function withLayers(parts: readonly PatternPart[], layers: readonly number[]): PatternPart[] {
  const at = parts.findIndex((part) => numbersOf(part) !== undefined);
  return parts.map((part, k) => {
    if (k !== at) return part;
    const stem = typeof part === "string" ? "" : part.stem;
    return layers.length === 1 ? `${stem}${layers[0]}` : { stem, members: layers };
  });
}

/** Families whose linear layers have no bias unless their configuration says so. */
const WITHOUT_BIAS = new Set(["llama", "mistral", "mixtral"]);

/** GPTQ writers add biases of zeros; they count as parameters and are none of the model's. */
function findSuspectBiases(quantization: Quantization, modules: readonly ModuleGroup[]): ScaleFinding[] {
  const claims = claimsOf(quantization.component);
  const type = claims.modelType;
  if (type === undefined || !WITHOUT_BIAS.has(type)) return [];
  if (claims.flag("attention_bias")?.value === true || claims.flag("mlp_bias")?.value === true) return [];
  return modules.flatMap((group) =>
    group.weights.flatMap((weight): ScaleFinding[] => {
      const bias = weight.scheme === "gptq" ? weight.parts.find((part) => part.part === "bias") : undefined;
      if (bias === undefined) return [];
      return [
        {
          state: "note",
          code: "ZERO_BIAS_SUSPECT",
          severity: FINDING_SEVERITY.ZERO_BIAS_SUSPECT,
          module: weightPath(group.pattern, weight),
          count: group.count,
          tensor: tensorPath(group.pattern, bias.tensor.name),
          expected: `no bias: ${type} has none`,
          found: formatShape(bias.tensor.shape),
        },
      ];
    }),
  );
}
