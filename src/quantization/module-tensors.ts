import type { ModuleKinds } from "../checkpoint/module-kinds.ts";
import { DTYPE_BITS, type Dtype } from "../safetensors/dtype.ts";

/** A tensor of a module, named from there: `weight`, `weight.absmax`, `meta.scale2`. */
export interface ModuleTensor {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly elements: number;
  readonly bytes: number;
  /** Which child of the module holds it (see `ModuleKinds.childName`). */
  readonly position: number;
}

/**
 * Children that are no modules of their own but parts of a weight: `meta.*` (SINQ), `centroids.weight` (VPTQ),
 * `weight._data` (quanto), `fa_k.scale` (Ascend), `k_cache.scale` (HunYuan), `kv_fake_quantizer.qscale_act` (Mistral).
 */
const PART_OF_WEIGHT =
  /^(?:weight|meta|(?:res_|outlier_)?centroids|fa_[qkv]|[kqv]_cache|(?:kv|[qkv])_fake_quantizer|(?:weight|input|output)_quantizer|[qkv])$/;

/** What such a child may hold; `self_attn.q.weight` is an ordinary module, `self_attn.q.scale` is not. */
const PART_LEAF: Readonly<Record<string, RegExp>> = {
  weight: /^(?:_data|_scale|_shift|compressed|bitmask|row_offsets|shape)(?:\.|$)/,
  meta: /^(?:scale2?|zero|nbits|group_size|shape|axis|packing)$/,
  centroids: /^weight$/,
  res_centroids: /^weight$/,
  outlier_centroids: /^weight$/,
};
const SCALE_LEAF = /^(?:scale|offset|qscale_act|_scale|_double_scale|_amax|amax|_pre_quant_scale)$/;

/**
 * The tensors that make up one module: its own, those below them (`weight.absmax`), and those of children that are
 * parts of a weight. Modules below are not entered.
 */
export function moduleTensors(
  kinds: ModuleKinds,
  kind: number,
  rotations: ReadonlySet<string> = NO_NAMES,
): ModuleTensor[] {
  const tensors: ModuleTensor[] = [];
  for (let position = 0; position < kinds.childCount(kind); position++) {
    const name = kinds.childName(kind, position);
    const child = kinds.childKind(kind, position);
    if (isPartOfModule(kinds, child, name, rotations)) addSubtree(kinds, child, name, position, tensors);
  }
  return tensors;
}

const NO_NAMES: ReadonlySet<string> = new Set();

/**
 * Whether a child belongs to its parent's weights: a tensor, one of the parts above, or a rotation by the names that
 * the configuration gives them (compressed-tensors' `transform_config`), which only holds its matrix.
 */
export function isPartOfModule(
  kinds: ModuleKinds,
  child: number,
  name: string,
  rotations: ReadonlySet<string> = NO_NAMES,
): boolean {
  if (kinds.tensorRow(child) !== undefined) return true;
  if (rotations.has(name)) return kinds.childCount(child) === 1 && kinds.childName(child, 0) === "weight";
  if (!PART_OF_WEIGHT.test(name)) return false;
  const leaf = Object.hasOwn(PART_LEAF, name) ? (PART_LEAF[name] as RegExp) : SCALE_LEAF;
  for (let position = 0; position < kinds.childCount(child); position++)
    if (!leaf.test(kinds.childName(child, position))) return false;
  return kinds.childCount(child) > 0;
}

function addSubtree(
  kinds: ModuleKinds,
  kind: number,
  name: string,
  position: number,
  into: ModuleTensor[],
): void {
  const row = kinds.tensorRow(kind);
  if (row !== undefined) {
    const dtype = kinds.table.dtype(row);
    const elements = kinds.table.elements(row);
    const bytes = (elements * DTYPE_BITS[dtype]) / 8;
    into.push({ name, dtype, shape: kinds.table.shape(row), elements, bytes, position });
  }
  for (let child = 0; child < kinds.childCount(kind); child++)
    addSubtree(
      kinds,
      kinds.childKind(kind, child),
      `${name}.${kinds.childName(kind, child)}`,
      position,
      into,
    );
}
