import { EXPERT_BOXES } from "../../architecture/leaf-tables.ts";
import type { ModuleKinds } from "../../checkpoint/module-kinds.ts";
import { ALIKE, formatPlace, type PlaceSegment } from "../../checkpoint/place-set.ts";
import { groupChildren } from "../../checkpoint/repeats.ts";
import { formatQuantity } from "../../format/count.ts";
import { formatShape } from "../../format/shape.ts";
import type { Weight, WeightTensor } from "../../quantization/module-weights.ts";
import { orphanedTogether } from "../../quantization/orphans.ts";
import type { Quantization } from "../../quantization/quantization.ts";

/** How a module differs from one that should be like it, in what the model is made of: not in how it is packed. */
export interface ModuleDifference {
  readonly state: "lacks" | "adds" | "differs";
  /** What it is about: a weight or a whole module, a bias, bookkeeping; of a difference the logical shape or the dtype. */
  readonly about: "weight" | "bias" | "bookkeeping" | "shape" | "dtype" | "scheme";
  /** Path below the two modules, and the tensor where it is about one. */
  readonly path: readonly PlaceSegment[];
  readonly tensor: string | null;
  readonly tensors: number;
  readonly usual: string | null;
  readonly found: string | null;
  /** Whether pairing tells it of the one or the other: a scale that is missing or of another shape is no second fault. */
  readonly isTold: boolean;
}

export interface CompareOptions {
  /** Differences after which the search stops, a little above; those told elsewhere are not counted. */
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
  if (usual === outlier || found.filter(({ isTold }) => !isTold).length > options.most) return;
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
  return { state, about: "weight", path, tensor: null, tensors, ...sides, isTold: false };
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
  // A module that has lost its packed values is told by `payload-missing`.
  if (orphanedTogether(b).length > 0) return;
  const others = new Map(b.weights.map((weight) => [weight.parameter, weight]));
  for (const weight of a.weights) {
    const other = others.get(weight.parameter);
    others.delete(weight.parameter);
    if (other === undefined) found.push(tensorDifference("lacks", path, weight, "weight"));
    else compareWeight(weight, other, path, found, options);
  }
  for (const weight of others.values()) found.push(tensorDifference("adds", path, weight, "weight"));
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
  const at = { path, tensor: other.payloadTensor.name, tensors: 1, isTold: false } as const;
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
      tensors: 1,
      usual: tellScheme(usual),
      found: tellScheme(other),
      isTold: false,
    });
  // Another scheme has other bookkeeping; only biases are compared across schemes.
  const kept = (part: WeightTensor) =>
    part.part === "bias" ||
    (usual.scheme === other.scheme && part.part !== "payload" && !TOLD_ELSEWHERE.has(part.part));
  const told = new Set([...usual.findings, ...other.findings].map(({ suffix }) => suffix));
  compareParts(usual.tensors.filter(kept), other.tensors.filter(kept), path, told, found);
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

/** Scales of activations and of the cache: `input-scale-missing` and `kv-scale-missing` compare those. */
const TOLD_ELSEWHERE: ReadonlySet<WeightTensor["part"]> = new Set(["activation", "kv-cache"]);

function compareParts(
  usual: readonly WeightTensor[],
  others: readonly WeightTensor[],
  path: readonly PlaceSegment[],
  told: ReadonlySet<string>,
  found: ModuleDifference[],
): void {
  const without = (parts: readonly WeightTensor[], suffix: string) =>
    !parts.some((part) => part.suffix === suffix);
  for (const part of usual)
    if (without(others, part.suffix)) found.push(partDifference("lacks", path, part, told.has(part.suffix)));
  for (const part of others)
    if (without(usual, part.suffix)) found.push(partDifference("adds", path, part, told.has(part.suffix)));
}

function partDifference(
  state: "lacks" | "adds",
  path: readonly PlaceSegment[],
  part: WeightTensor,
  isTold: boolean,
): ModuleDifference {
  const { tensor } = part;
  const about = part.part === "bias" ? "bias" : "bookkeeping";
  const what = `${tensor.dtype} ${formatShape(tensor.shape)}`;
  const sides = state === "lacks" ? { usual: what, found: null } : { usual: null, found: what };
  return { state, about, path, tensor: tensor.name, tensors: 1, ...sides, isTold };
}

function tensorDifference(
  state: "lacks" | "adds",
  path: readonly PlaceSegment[],
  weight: Weight,
  about: "weight",
): ModuleDifference {
  const { dtype, shape, name } = weight.payloadTensor;
  const what = `${dtype} ${formatShape(shape)}`;
  const sides = state === "lacks" ? { usual: what, found: null } : { usual: null, found: what };
  return { state, about, path, tensor: name, tensors: weight.tensors.length, ...sides, isTold: false };
}

/** `lacks self_attn.o_proj.weight_scale_inv`, the path being that below the module. */
export function formatDifference({ state, path, tensor, tensors, usual, found }: ModuleDifference): string {
  const place = formatPlace({ module: path, tensor }) || "itself";
  if (state === "differs") return `${place} is ${found} instead of ${usual}`;
  // A weight counts with its scales, which may still be there.
  const isModule = tensor === null && tensors > 1;
  return `${state} ${place}${isModule ? ` (${formatQuantity(tensors, "tensor")})` : ""}`;
}
