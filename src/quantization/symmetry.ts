import type { SchemeId } from "./registry.ts";
import type { TensorPart } from "./suffixes.ts";

/** Schemes of integers that store a zero point, or an offset, where values are not symmetric, and none where they are. */
const BY_ZERO_POINT: ReadonlySet<SchemeId> = new Set([
  "ascend-modelslim",
  "bnb-int8",
  "ct-marlin24",
  "ct-pack-int",
  "eetq",
  "int4-outpacked",
  "int8",
  "metal-affine",
  "mlx-affine",
  "quark-int4fp8",
  "sdnq",
]);

/** Schemes that store zero points in any case: only the configuration says whether they are all the middle. */
const BY_DECLARATION: ReadonlySet<SchemeId> = new Set([
  "awq-gemm",
  "awq-gemv",
  "awq-gemv-fast",
  "gptq",
  "quark-awq",
  "torchao-int8",
  "torchao-intx",
]);

/**
 * Whether the values of a weight lie evenly about zero: as declared, else by what is stored. Null of floats, of
 * codebooks, and where nothing says. What is declared is asked for only of integers.
 */
export function isSymmetric(
  scheme: SchemeId,
  tensors: readonly { readonly part: TensorPart }[],
  declared: () => boolean | null,
): boolean | null {
  if (BY_DECLARATION.has(scheme)) return declared();
  if (!BY_ZERO_POINT.has(scheme)) return null;
  return declared() ?? tensors.every(({ part }) => part !== "zero-point");
}
