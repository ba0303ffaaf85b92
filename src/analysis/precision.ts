import { type PlaceRow, placeRows } from "../architecture/place-rows.ts";
import type { Component } from "../checkpoint/checkpoint.ts";
import { countByDtype } from "../checkpoint/dtype-census.ts";
import { PlaceSet } from "../checkpoint/place-set.ts";
import type { Fault } from "../faults/fault.ts";
import { packingFaultsOf } from "../faults/faults-of.ts";
import { type Scene, sceneOf } from "../faults/scene.ts";
import { formatShape } from "../format/shape.ts";
import { compileGlob } from "../patterns/glob.ts";
import type { DeclaredActivations } from "../quantization/activations.ts";
import {
  bitsPerWeight,
  type FoldedWeights,
  isQuantized,
  narrowToLayer,
  tensorPath,
  weightPath,
} from "../quantization/folded-weights.ts";
import type { Weight, WeightTensor } from "../quantization/module-weights.ts";
import type { Candidate } from "../quantization/observation.ts";
import type { Quantization } from "../quantization/quantization.ts";
import { schemeById } from "../quantization/registry.ts";
import type { Confidence, Granularity } from "../quantization/scheme.ts";
import type { ZeroPointConvention } from "../quantization/zero-point-convention.ts";
import { type ActivationFacts, type CacheFacts, describeActivations, describeCache } from "./activations.ts";
import { foldUnderscores } from "./fold-underscores.ts";
import { type DisagreementRow, disagreementRows, type ScaleRow, scaleRows } from "./precision-faults.ts";
import { WeightRoles } from "./weight-roles.ts";

/** How the weights are stored: dtypes, schemes, scales, roles, the configuration's claims, modules. */
export interface PrecisionResult {
  readonly dtypes: readonly PrecisionDtype[];
  readonly schemes: readonly SchemeRow[];
  readonly scales: ScaleFacts;
  readonly byRole: readonly RoleRow[];
  readonly quantizedRoles: readonly string[];
  readonly unquantizedRoles: readonly string[];
  /** Null where no configuration says anything about quantization. */
  readonly declared: DeclaredFacts | null;
  /** The most frequent way in which inputs are quantized; null where they stay in 16 bits or nothing says. */
  readonly activations: (ActivationFacts & { readonly variants?: readonly ActivationFacts[] }) | null;
  /** Null where nothing says that keys and values are cached in fewer bits. */
  readonly kvCache: CacheFacts | null;
  /** Null where no matrix is stored that turns inputs or weights. */
  readonly rotations: RotationFacts | null;
  readonly modules: readonly ModuleRow[];
}

/** Matrices that turn inputs or weights (QuIP, SpinQuant): stored once a size, and no parameters. */
export interface RotationFacts {
  readonly matrices: number;
  /** Null where they differ. */
  readonly dtype: string | null;
  /** As the configuration calls them: `v_input`. */
  readonly names: readonly string[];
}

export interface PrecisionDtype {
  readonly dtype: string;
  readonly tensors: number;
  readonly elements: number;
  readonly parameters: number;
  readonly bytes: number;
  /** Share of the bytes. */
  readonly share: number;
}

/** One scheme at one number of bits. A field is null where it does not apply, or where its weights differ; `variants` has them then. */
export interface SchemeRow extends SchemeVariant {
  readonly scheme: string;
  readonly title: string;
  /** Nominal bits of a value; null of plain weights, and where they vary or cannot be told. */
  readonly bits: number | null;
  /** Null of floats, where nothing says, and where weights differ. */
  readonly symmetric: boolean | null;
  /** Whether stored zero points are meant as they are or are less by one (GPTQ's first format); null where it is not known or there is no question. */
  readonly zeroPoints: ZeroPointConvention | null;
  /** Bits that a value takes in its tensor: 8 for 4-bit values that are kept one a byte. */
  readonly storedBits: number | null;
  readonly parameters: number;
  readonly bytes: number;
  readonly bitsPerWeight: number | null;
  readonly evidence: readonly string[];
  readonly confidence: Confidence;
  readonly variants?: readonly SchemeVariant[];
}

export interface SchemeVariant {
  readonly modules: number;
  readonly weightDtype: string | null;
  readonly scaleDtype: string | null;
  readonly scaleSuffix: string | null;
  readonly granularity: Granularity | null;
  readonly block: readonly number[] | null;
  readonly group: number | null;
}

export interface ScaleFacts {
  /** Weights whose scale is there and fits. */
  readonly paired: number;
  /** Null where only a part of the tensors is here: the rest may be elsewhere. */
  readonly missing: number | null;
  readonly orphan: number | null;
  readonly mismatched: number;
  readonly details: readonly ScaleRow[];
}

export interface RoleRow {
  readonly role: string;
  /** Weights by dtype, scales and other bookkeeping left out. */
  readonly dtypes: Readonly<Record<string, number>>;
  readonly schemes: Readonly<Record<string, number>>;
  /** Nominal bits of a value by scheme, fewest first. */
  readonly bits: Readonly<Record<string, readonly number[]>>;
  readonly parameters: number;
  readonly bitsPerWeight: number | null;
}

export interface DeclaredFacts {
  readonly file: string;
  readonly place: string;
  readonly method: string | null;
  readonly format: string | null;
  readonly bits: number | null;
  readonly group: number | null;
  readonly block: readonly number[] | null;
  /** What is done to inputs: a dtype such as `fp8`, "none", or null where it is not said. */
  readonly activations: string | null;
  readonly ignored: readonly string[];
  readonly agrees: boolean;
  readonly disagreements: readonly DisagreementRow[];
}

/** Weights that are alike. Counts and shapes are those of one. */
export interface ModuleRow {
  readonly pattern: string;
  /** The places that the pattern prints, as data. */
  readonly places: readonly PlaceRow[];
  readonly count: number;
  readonly role: string;
  readonly scheme: string;
  readonly weight: {
    readonly dtype: string;
    readonly shape: readonly number[];
    readonly logicalShape: readonly number[] | null;
  };
  /** Null where headers don't tell; `candidates` has what is possible. */
  readonly parametersEach: number | null;
  readonly bits: number | null;
  readonly symmetric: boolean | null;
  readonly storedBits: number | null;
  readonly bitsPerWeight: number | null;
  readonly granularity: Granularity | null;
  readonly block: readonly number[] | null;
  readonly group: number | null;
  readonly auxiliaries: readonly {
    readonly suffix: string;
    readonly dtype: string;
    readonly shape: readonly number[];
  }[];
  readonly bias: { readonly dtype: string; readonly shape: readonly number[] } | null;
  readonly candidates?: readonly Candidate[];
}

export interface PrecisionOptions {
  /** Only modules of this layer are listed. */
  readonly layer?: number;
  /** Only modules whose path or pattern this glob fits are listed. */
  readonly module?: string;
}

/** Answers `unfold precision` for one component. Filters narrow the list of modules, no figure. */
export function analysePrecision(component: Component, options: PrecisionOptions = {}): PrecisionResult {
  const scene = sceneOf(component);
  const { quantization, modules } = scene;
  const faults = packingFaultsOf(component);
  const roles = new WeightRoles(component);
  const byRole = countByRole(modules, roles);
  const isQuantizedRole = (row: RoleRow) =>
    Object.keys(row.schemes).some((scheme) => scheme !== "none" && scheme !== "unknown");
  return {
    dtypes: countDtypes(component, modules),
    schemes: countSchemes(modules),
    scales: countScales(component, modules, scaleRows(faults)),
    byRole,
    quantizedRoles: byRole.filter(isQuantizedRole).map(({ role }) => role),
    unquantizedRoles: byRole.filter((row) => !isQuantizedRole(row)).map(({ role }) => role),
    declared: describeDeclared(quantization, faults),
    ...describeRuntime(scene),
    rotations: describeRotations(modules),
    modules: foldUnderscores(listModules(modules, roles, options)),
  };
}

/** What is quantized when the model runs, beside its weights. */
function describeRuntime(scene: Scene): Pick<PrecisionResult, "activations" | "kvCache"> {
  const ways = describeActivations(scene);
  const [first] = ways;
  const activations = first === undefined ? null : ways.length > 1 ? { ...first, variants: ways } : first;
  return { activations, kvCache: describeCache(scene) };
}

function describeRotations(modules: readonly FoldedWeights[]): RotationFacts | null {
  const found = modules.flatMap(({ count, loose }) =>
    loose.filter(({ part }) => part === "rotation").map(({ tensor }) => ({ count, tensor })),
  );
  if (found.length === 0) return null;
  const dtypes = new Set(found.map(({ tensor }) => tensor.dtype));
  return {
    matrices: found.reduce((sum, { count }) => sum + count, 0),
    dtype: dtypes.size === 1 ? ([...dtypes][0] ?? null) : null,
    names: [...new Set(found.map(({ tensor }) => tensor.name.replace(/\.weight$/, "")))].sort(),
  };
}

function countDtypes(component: Component, modules: readonly FoldedWeights[]): PrecisionDtype[] {
  const parameters = new Map<string, number>();
  for (const { count, weights } of modules)
    for (const { tensors: parts } of weights)
      for (const part of parts)
        parameters.set(part.tensor.dtype, (parameters.get(part.tensor.dtype) ?? 0) + count * part.parameters);
  const { kinds } = component;
  const all = kinds.bytes(kinds.root);
  return countByDtype(component)
    .map(({ dtype, tensors, elements, bytes }) => ({
      dtype,
      tensors,
      elements,
      parameters: parameters.get(dtype) ?? 0,
      bytes,
      share: shareOf(bytes, all),
    }))
    .sort((a, b) => b.bytes - a.bytes || (a.dtype < b.dtype ? -1 : 1));
}

function shareOf(part: number, whole: number): number {
  return whole === 0 ? 0 : Number((part / whole).toPrecision(9));
}

interface SchemeSum {
  readonly scheme: string;
  readonly bits: number | null;
  readonly symmetric: Set<boolean | null>;
  readonly zeroPoints: Set<ZeroPointConvention | null>;
  codeBits: number;
  parameters: number;
  bytes: number;
  storedBits: number;
  readonly variants: Map<string, SchemeVariant & { modules: number }>;
  readonly evidence: Set<string>;
  confidence: Confidence;
}

/** Tensors of a scheme shown as its evidence. */
const MAX_EVIDENCE = 3;
const CONFIDENCES: readonly Confidence[] = ["certain", "likely", "guess"];

/** One row a scheme, most parameters first. Biases are plain values, whatever stands beside them. */
function countSchemes(modules: readonly FoldedWeights[]): SchemeRow[] {
  const sums = new Map<string, SchemeSum>();
  const sumOf = (scheme: string, bits: number | null): SchemeSum => {
    const key = bits === null ? scheme : `${scheme} ${bits}`;
    let sum = sums.get(key);
    if (sum === undefined) {
      sum = {
        scheme,
        bits,
        symmetric: new Set(),
        zeroPoints: new Set(),
        codeBits: 0,
        parameters: 0,
        bytes: 0,
        storedBits: 0,
        variants: new Map(),
        evidence: new Set(),
        confidence: "certain",
      };
      sums.set(key, sum);
    }
    return sum;
  };
  for (const { count, weights } of modules) {
    for (const weight of weights) {
      const sum = sumOf(weight.scheme, isQuantized(weight) ? weight.bits : null);
      sum.symmetric.add(weight.symmetric);
      sum.zeroPoints.add(weight.zeroPoints);
      sum.codeBits += count * weight.payloadTensor.bytes * 8;
      sum.parameters += count * weight.parameters;
      sum.storedBits += count * weight.storedBits;
      for (const { part, tensor } of weight.tensors) {
        if (part !== "bias" || weight.payloadTensor === tensor) sum.bytes += count * tensor.bytes;
        else addBias(sumOf("none", null), count, tensor);
      }
      addVariant(sum, weight, count);
      if (sum.evidence.size < MAX_EVIDENCE) sum.evidence.add(describeEvidence(weight));
      if (CONFIDENCES.indexOf(confidenceOf(weight)) > CONFIDENCES.indexOf(sum.confidence))
        sum.confidence = confidenceOf(weight);
    }
  }
  return [...sums.values()]
    .map(toSchemeRow)
    .sort((a, b) => b.parameters - a.parameters || (a.scheme < b.scheme ? -1 : 1));
}

function addBias(
  sum: SchemeSum,
  count: number,
  { elements, bytes }: { elements: number; bytes: number },
): void {
  sum.parameters += count * elements;
  sum.bytes += count * bytes;
  sum.storedBits += count * bytes * 8;
}

/** A scheme is certain by its tensors; one that was taken from elsewhere, as a scale is missing, is likely. */
function confidenceOf(weight: Weight): Confidence {
  if (weight.confidence !== undefined) return weight.confidence;
  const isMaimed = weight.findings.some(
    ({ code }) => code === "MISSING_SCALE" || code === "MISSING_AUXILIARY",
  );
  return isMaimed ? "likely" : "certain";
}

function addVariant(sum: SchemeSum, weight: Weight, count: number): void {
  const scale = weight.tensors.find((part) => part.suffix === weight.scale);
  const variant = {
    modules: 0,
    weightDtype: weight.payloadTensor.dtype,
    scaleDtype: scale?.tensor.dtype ?? null,
    scaleSuffix: scale === undefined ? null : scale.suffix,
    granularity: weight.granularity,
    block: weight.block,
    group: weight.group,
  };
  const key = JSON.stringify(variant);
  const known = sum.variants.get(key) ?? variant;
  known.modules += count;
  sum.variants.set(key, known);
}

function describeEvidence(weight: Weight): string {
  const parts = weight.tensors.filter(({ part }) => part !== "bias").slice(0, 6);
  const words = parts
    .map(({ tensor }) => `${tensor.name} ${tensor.dtype} ${formatShape(tensor.shape)}`)
    .join(", ");
  return weight.remarks === undefined || weight.remarks.length === 0
    ? words
    : `${words}; ${weight.remarks.join("; ")}`;
}

const TITLES: Readonly<Record<string, string>> = { none: "not quantized", unknown: "unknown" };

function toSchemeRow(sum: SchemeSum): SchemeRow {
  const { scheme, bits, symmetric, zeroPoints } = sum;
  const variants = [...sum.variants.values()].sort((a, b) => b.modules - a.modules);
  const shared = <K extends keyof SchemeVariant>(key: K): SchemeVariant[K] | null => {
    const values = new Set(variants.map((variant) => JSON.stringify(variant[key])));
    return values.size === 1 ? (variants[0]?.[key] ?? null) : null;
  };
  return {
    scheme,
    title: schemeById(scheme)?.title ?? TITLES[scheme] ?? scheme,
    modules: variants.reduce((all, { modules }) => all + modules, 0),
    bits,
    symmetric: symmetric.size === 1 ? ([...symmetric][0] ?? null) : null,
    zeroPoints: zeroPoints.size === 1 ? ([...zeroPoints][0] ?? null) : null,
    storedBits: scheme === "none" ? null : bitsPerWeight(sum.codeBits, sum.parameters),
    parameters: sum.parameters,
    bytes: sum.bytes,
    bitsPerWeight: bitsPerWeight(sum.storedBits, sum.parameters),
    weightDtype: shared("weightDtype"),
    scaleDtype: shared("scaleDtype"),
    scaleSuffix: shared("scaleSuffix"),
    granularity: shared("granularity"),
    block: shared("block"),
    group: shared("group"),
    evidence: scheme === "none" ? [] : [...sum.evidence],
    confidence: sum.confidence,
    ...(variants.length > 1 ? { variants } : {}),
  };
}

function countScales(
  { isComplete }: Component,
  modules: readonly FoldedWeights[],
  details: readonly ScaleRow[],
): ScaleFacts {
  let paired = 0;
  for (const { count, weights } of modules) {
    for (const weight of weights) {
      const hasScale = weight.tensors.some(({ suffix }) => suffix === weight.scale);
      const isBroken = weight.findings.some(
        ({ code, suffix }) => code === "SCALE_SHAPE_MISMATCH" && suffix === weight.scale,
      );
      if (isQuantized(weight) && hasScale && !isBroken) paired += count;
    }
  }
  const countOf = (state: ScaleRow["state"]) =>
    details.reduce((sum, detail) => sum + (detail.state === state ? detail.count : 0), 0);
  return {
    paired,
    missing: isComplete ? countOf("missing") : null,
    orphan: isComplete ? countOf("orphan") : null,
    mismatched: countOf("mismatched"),
    details,
  };
}

interface RoleSum {
  readonly dtypes: Map<string, number>;
  readonly schemes: Map<string, number>;
  readonly widths: Map<string, Set<number>>;
  parameters: number;
  bits: number;
}

function emptyRole(): RoleSum {
  return { dtypes: new Map(), schemes: new Map(), widths: new Map(), parameters: 0, bits: 0 };
}

function countByRole(modules: readonly FoldedWeights[], roles: WeightRoles): RoleRow[] {
  const rows = new Map<string, RoleSum>();
  const sumOf = (role: string): RoleSum => {
    const row = rows.get(role) ?? emptyRole();
    rows.set(role, row);
    return row;
  };
  for (const group of modules) {
    for (const weight of group.weights) {
      const { dtype, name } = weight.payloadTensor;
      for (const { role, count } of roles.sharesOf(group, name)) {
        const row = sumOf(role);
        row.dtypes.set(dtype, (row.dtypes.get(dtype) ?? 0) + count);
        row.schemes.set(weight.scheme, (row.schemes.get(weight.scheme) ?? 0) + count);
        if (weight.bits !== null && isQuantized(weight)) addTo(row.widths, weight.scheme, weight.bits);
        row.parameters += count * weight.parameters;
        row.bits += count * weight.storedBits;
      }
    }
    for (const { tensor, parameters } of parametersBeside(group)) {
      for (const { role, count } of roles.sharesOf(group, tensor.name)) {
        const row = sumOf(role);
        row.parameters += count * parameters;
        row.bits += count * tensor.bytes * 8;
      }
    }
  }
  return [...rows]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([role, { dtypes, schemes, widths, parameters, bits }]) => ({
      role,
      dtypes: sortedRecord(dtypes),
      schemes: sortedRecord(schemes),
      bits: Object.fromEntries(
        [...widths].sort().map(([scheme, all]) => [scheme, [...all].sort((a, b) => a - b)]),
      ),
      parameters,
      bitsPerWeight: bitsPerWeight(bits, parameters),
    }));
}

function addTo(sets: Map<string, Set<number>>, key: string, value: number): void {
  const known = sets.get(key);
  if (known === undefined) sets.set(key, new Set([value]));
  else known.add(value);
}

/** Parameters that are no weights: biases, and what lies loose. They count, or roles would not sum to the total. */
function parametersBeside({ weights, loose }: FoldedWeights): WeightTensor[] {
  const biases = weights.flatMap((weight) =>
    weight.tensors.filter(({ part, tensor }) => part === "bias" && tensor !== weight.payloadTensor),
  );
  return [...biases, ...loose.filter(({ parameters }) => parameters > 0)];
}

function sortedRecord(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function describeDeclared({ declarations }: Quantization, faults: readonly Fault[]): DeclaredFacts | null {
  const disagreements = disagreementRows(faults);
  const declaration = declarations[0]?.declaration;
  if (declaration === undefined && disagreements.length === 0) return null;
  return {
    file: declaration?.file ?? "config.json",
    place: declaration?.configPath ?? "",
    method: declaration?.method ?? null,
    format: declaration?.weight?.format ?? null,
    bits: declaration?.weight?.bits ?? null,
    group: declaration?.weight?.group ?? null,
    block: declaration?.weight?.block ?? null,
    activations: inputsSaid(declaration?.weight?.activations ?? null),
    ignored: declaration?.ignored.map(({ pattern }) => pattern) ?? [],
    agrees: disagreements.every(({ severity }) => severity === "info"),
    disagreements,
  };
}

function inputsSaid(activations: DeclaredActivations): string | null {
  return activations === "plain" ? "none" : (activations?.dtype ?? null);
}

function listModules(
  modules: readonly FoldedWeights[],
  roles: WeightRoles,
  { layer, module }: PrecisionOptions,
): ModuleRow[] {
  const glob = module === undefined ? undefined : compileGlob(module);
  const rows: ModuleRow[] = [];
  for (const found of modules) {
    const group = layer === undefined ? found : narrowToLayer(found, layer);
    if (group === undefined) continue;
    for (const weight of group.weights) {
      const pattern = weightPath(group.pattern, weight);
      const path = weightPath(group.example, weight);
      if (glob !== undefined && pattern !== module && !glob(pattern) && !glob(path)) continue;
      rows.push(
        toModuleRow(
          group,
          weight,
          pattern,
          roles.roleOf(tensorPath(group.example, weight.payloadTensor.name)),
        ),
      );
    }
    for (const part of group.loose) {
      const pattern = tensorPath(group.pattern, part.tensor.name.replace(/\.weight$/, ""));
      const isMeant = glob === undefined || pattern === module || glob(pattern);
      if (part.part === "rotation" && isMeant) rows.push(toRotationRow(group, part, pattern));
    }
  }
  return rows;
}

/** A rotation is stored once, at the first module of each size that uses it: nothing to quantize, and no parameter. */
function toRotationRow(
  { count, segments }: FoldedWeights,
  { tensor }: WeightTensor,
  pattern: string,
): ModuleRow {
  const { dtype, shape } = tensor;
  return {
    pattern,
    places: placeRows(PlaceSet.modules([[...segments, tensor.name.replace(/\.weight$/, "")]])),
    count,
    role: "quant_metadata",
    scheme: "none",
    weight: { dtype, shape, logicalShape: shape },
    parametersEach: 0,
    bits: null,
    symmetric: null,
    storedBits: null,
    bitsPerWeight: null,
    granularity: null,
    block: null,
    group: null,
    auxiliaries: [],
    bias: null,
  };
}

function toModuleRow(
  { count, segments }: FoldedWeights,
  weight: Weight,
  pattern: string,
  role: string,
): ModuleRow {
  const isKnown = weight.confidence !== "guess";
  const bias = weight.tensors.find(
    (part) => part.part === "bias" && part.tensor !== weight.payloadTensor,
  )?.tensor;
  return {
    pattern,
    places: placeRows(
      PlaceSet.modules([weight.parameter === "" ? segments : [...segments, ...weight.parameter.split(".")]]),
    ),
    count,
    role,
    scheme: weight.scheme,
    weight: {
      dtype: weight.payloadTensor.dtype,
      shape: weight.payloadTensor.shape,
      logicalShape: weight.logicalShape,
    },
    parametersEach: isKnown ? weight.parameters : null,
    bits: weight.bits,
    symmetric: weight.symmetric,
    storedBits: isKnown ? bitsPerWeight(weight.payloadTensor.bytes * 8, weight.parameters) : null,
    bitsPerWeight: isKnown ? bitsPerWeight(weight.storedBits, weight.parameters) : null,
    granularity: weight.granularity,
    block: weight.block,
    group: weight.group,
    auxiliaries: weight.tensors
      .filter(
        ({ part, tensor }) => part !== "bias" && part !== "parameter" && tensor !== weight.payloadTensor,
      )
      .map(({ suffix, tensor }) => ({ suffix, dtype: tensor.dtype, shape: tensor.shape })),
    bias: bias === undefined ? null : { dtype: bias.dtype, shape: bias.shape },
    ...(weight.candidates === undefined ? {} : { candidates: weight.candidates }),
  };
}
