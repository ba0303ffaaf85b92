import { EXPERT_BOXES } from "../../architecture/leaf-tables.ts";
import type { ModuleKinds } from "../../checkpoint/module-kinds.ts";
import { ALIKE, formatPlace, type PlaceSegment } from "../../checkpoint/place-set.ts";
import { groupChildren } from "../../checkpoint/repeats.ts";
import { formatQuantity } from "../../format/count.ts";
import { formatShape } from "../../format/shape.ts";
import type { Weight, WeightTensor } from "../../quantization/module-weights.ts";
import type { Quantization } from "../../quantization/quantization.ts";

/** How a module differs from one that should be like it, in what the model is made of: not in how it is packed. */
export interface ModuleDifference {
  readonly state: "lacks" | "adds" | "differs";
  /** What it is about: a weight or a whole module, or what stands beside a weight; else in what the two differ. */
  readonly about: "weight" | BesideWeight | "shape" | "dtype" | "scheme";
  /** How pairing names the tensor of a weight, null where it is about more than one of them. */
  readonly suffix: string | null;
  /** Path below the two modules, and the tensor where it is about one. */
  readonly path: readonly PlaceSegment[];
  readonly tensor: string | null;
  readonly tensors: number;
  readonly usual: string | null;
  readonly found: string | null;
  /** Whether it can be the mark of another design: what a packing cannot do without, and scales of calibration, are none. */
  readonly isOfDesign: boolean;
}

/** Scales of activations and of the cache come from calibration; bookkeeping is what values are unpacked by. */
type BesideWeight = "bias" | "bookkeeping" | "activation" | "kv-cache";

export interface CompareOptions {
  /** Differences of design after which the search stops, a little above. */
  readonly most: number;
  /** Whether a plain weight among quantized ones is a difference: of experts it is, as engines hold them as one. */
  readonly withSchemes: boolean;
}

/**
 * Compares two modules with packing understood: shapes are logical, and another scheme is no difference unless asked
 * for. Whole missing modules are one difference. Experts are compared by what most of them are: the odd one among them
 * is told in its own list.
 */
export function compareModules(
  quantization: Quantization,
  usual: number,
  outlier: number,
  options: CompareOptions,
): ModuleDifference[] {
  const found: ModuleDifference[] = [];
  walk(quantization, usual, outlier, [], found, options);
  return found;
}

function walk(
  quantization: Quantization,
  usual: number,
  outlier: number,
  path: readonly PlaceSegment[],
  found: ModuleDifference[],
  options: CompareOptions,
): void {
  if (usual === outlier || found.filter(({ isOfDesign }) => isOfDesign).length > options.most) return;
  compareWeights(quantization, usual, outlier, path, found, options);
  const before = modulesBelow(quantization, usual);
  const after = modulesBelow(quantization, outlier);
  for (const [name, kind] of before) {
    const other = after.get(name);
    const below = [...path, name];
    if (other === undefined) found.push(wholeModule("lacks", below, quantization.kinds, kind));
    else if (EXPERT_BOXES.has(name)) compareExperts(quantization, kind, other, below, found, options);
    else walk(quantization, kind, other, below, found, options);
  }
  for (const [name, kind] of after)
    if (!before.has(name)) found.push(wholeModule("adds", [...path, name], quantization.kinds, kind));
}

function compareExperts(
  quantization: Quantization,
  usual: number,
  outlier: number,
  path: readonly PlaceSegment[],
  found: ModuleDifference[],
  options: CompareOptions,
): void {
  const a = usualMember(quantization.kinds, usual);
  const b = usualMember(quantization.kinds, outlier);
  if (a !== undefined && b !== undefined) walk(quantization, a, b, [...path, ALIKE], found, options);
  else if (a === undefined && b === undefined) walk(quantization, usual, outlier, path, found, options);
}

/** The kind that most numbered children are of, undefined where none is numbered. */
function usualMember(kinds: ModuleKinds, kind: number): number | undefined {
  const counts = new Map<number, number>();
  for (const group of groupChildren(kinds, kind))
    if (group.members !== null || /^\d+$/.test(group.prefix))
      counts.set(group.kind, (counts.get(group.kind) ?? 0) + group.positions.length);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}

function modulesBelow(quantization: Quantization, kind: number): Map<string, number> {
  const { kinds } = quantization;
  const children = new Map<string, number>();
  for (let position = 0; position < kinds.childCount(kind); position++)
    if (!quantization.isPart(kind, position))
      children.set(kinds.childName(kind, position), kinds.childKind(kind, position));
  return children;
}

function wholeModule(
  state: "lacks" | "adds",
  path: readonly PlaceSegment[],
  kinds: ModuleKinds,
  kind: number,
): ModuleDifference {
  const tensors = kinds.tensors(kind);
  const what = `${tensors} ${tensors === 1 ? "tensor" : "tensors"}`;
  const sides = state === "lacks" ? { usual: what, found: null } : { usual: null, found: what };
  return { state, about: "weight", path, tensor: null, suffix: null, tensors, ...sides, isOfDesign: true };
}

function compareWeights(
  quantization: Quantization,
  usual: number,
  outlier: number,
  path: readonly PlaceSegment[],
  found: ModuleDifference[],
  options: CompareOptions,
): void {
  const a = quantization.module(usual);
  const b = quantization.module(outlier);
  const others = new Map(b.weights.map((weight) => [weight.parameter, weight]));
  for (const weight of a.weights) {
    const other = others.get(weight.parameter);
    others.delete(weight.parameter);
    if (other === undefined) found.push(weightDifference("lacks", path, weight, b.loose));
    else compareWeight(weight, other, path, found, options);
  }
  for (const weight of others.values()) found.push(weightDifference("adds", path, weight, a.loose));
}

function compareWeight(
  usual: Weight,
  other: Weight,
  path: readonly PlaceSegment[],
  found: ModuleDifference[],
  { withSchemes }: CompareOptions,
): void {
  const shapes = [usual.logicalShape, other.logicalShape].map((shape) =>
    shape === null ? null : formatShape(shape),
  );
  const suffix = other.payload;
  const at = { path, tensor: other.payloadTensor.name, suffix, tensors: 1, isOfDesign: true } as const;
  // The same stored values are no other shape: what tells how they are packed is missing beside one of them.
  if (!isStoredAlike(usual, other) && shapes[0] !== null && shapes[1] !== null && shapes[0] !== shapes[1])
    found.push({
      state: "differs",
      about: "shape",
      ...at,
      usual: shapes[0] as string,
      found: shapes[1] as string,
    });
  else if (usual.scheme === "none" && other.scheme === "none") {
    const [a, b] = [usual.payloadTensor.dtype, other.payloadTensor.dtype];
    if (a !== b) found.push({ state: "differs", about: "dtype", ...at, usual: a, found: b });
  } else if (withSchemes && (usual.scheme === "none") !== (other.scheme === "none"))
    found.push({
      state: "differs",
      about: "scheme",
      path,
      tensor: usual.parameter === "" ? null : usual.parameter,
      suffix: null,
      tensors: 1,
      usual: tellScheme(usual),
      found: tellScheme(other),
      isOfDesign: true,
    });
  // Another scheme has other bookkeeping; only biases are compared across schemes.
  const kept = (part: WeightTensor) =>
    part.part === "bias" || (usual.scheme === other.scheme && part.part !== "payload");
  const read = new Set([...usual.findings, ...other.findings].map(({ suffix }) => suffix));
  compareParts(usual.tensors.filter(kept), other.tensors.filter(kept), path, read, found);
}

function isStoredAlike(a: Weight, b: Weight): boolean {
  return (
    a.payloadTensor.dtype === b.payloadTensor.dtype &&
    formatShape(a.payloadTensor.shape) === formatShape(b.payloadTensor.shape)
  );
}

function tellScheme({ scheme, payloadTensor }: Weight): string {
  return scheme === "none" ? `${payloadTensor.dtype}, not quantized` : scheme;
}

function besideWeight(part: WeightTensor["part"]): BesideWeight {
  return part === "bias" || part === "activation" || part === "kv-cache" ? part : "bookkeeping";
}

/** `read` are the suffixes that reading says something of: what is wrong with these is damage, and no design. */
function compareParts(
  usual: readonly WeightTensor[],
  others: readonly WeightTensor[],
  path: readonly PlaceSegment[],
  read: ReadonlySet<string>,
  found: ModuleDifference[],
): void {
  const without = (parts: readonly WeightTensor[], suffix: string) =>
    !parts.some((part) => part.suffix === suffix);
  // Calibration leaves some out.
  const isOfDesign = ({ part, suffix }: WeightTensor) =>
    part !== "activation" && part !== "kv-cache" && !read.has(suffix);
  for (const part of usual)
    if (without(others, part.suffix)) found.push(partDifference("lacks", path, part, isOfDesign(part)));
  for (const part of others)
    if (without(usual, part.suffix)) found.push(partDifference("adds", path, part, isOfDesign(part)));
}

function partDifference(
  state: "lacks" | "adds",
  path: readonly PlaceSegment[],
  { part, suffix, tensor }: WeightTensor,
  isOfDesign: boolean,
): ModuleDifference {
  const about = besideWeight(part);
  const what = `${tensor.dtype} ${formatShape(tensor.shape)}`;
  const sides = state === "lacks" ? { usual: what, found: null } : { usual: null, found: what };
  return { state, about, path, tensor: tensor.name, suffix, tensors: 1, ...sides, isOfDesign };
}

/** A weight that one side lacks; what stands beside its packed values there is not lost. */
function weightDifference(
  state: "lacks" | "adds",
  path: readonly PlaceSegment[],
  { payload, payloadTensor, tensors: own }: Weight,
  loose: readonly WeightTensor[],
): ModuleDifference {
  const { dtype, shape, name } = payloadTensor;
  const what = `${dtype} ${formatShape(shape)}`;
  const sides = state === "lacks" ? { usual: what, found: null } : { usual: null, found: what };
  const left = new Set(loose.map(({ tensor }) => tensor.name));
  const tensors = own.filter(({ tensor }) => !left.has(tensor.name)).length;
  return { state, about: "weight", path, tensor: name, suffix: payload, tensors, ...sides, isOfDesign: true };
}

/** `lacks self_attn.o_proj.weight_scale_inv`, the path being that below the module. */
export function formatDifference({ state, path, tensor, tensors, usual, found }: ModuleDifference): string {
  const place = formatPlace({ module: path, tensor }) || "itself";
  if (state === "differs") return `${place} is ${found} instead of ${usual}`;
  // A weight counts with its scales, which may still be there.
  const isModule = tensor === null && tensors > 1;
  return `${state} ${place}${isModule ? ` (${formatQuantity(tensors, "tensor")})` : ""}`;
}
