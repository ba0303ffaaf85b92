import type { Component } from "../checkpoint/checkpoint.ts";
import { sceneOf } from "../faults/scene.ts";
import { type Basis, describeCache } from "./activations.ts";

/** Bytes of one element of the cache, and what says so. */
export interface CacheWidth {
  readonly bytes: number;
  /** States of recurrences and convolutions are not quantized with keys and values. */
  readonly stateBytes: number;
  /** Null where nothing is said of the cache: engines then keep it in 16 bits. */
  readonly basis: Basis | null;
}

/** BF16 and F16. */
const PLAIN_BYTES = 2;

/** Widths of the dtypes that configurations name. NVFP4 has an FP8 scale for 16 values of 4 bits. */
const WIDTHS: readonly (readonly [dtype: RegExp, bytes: number])[] = [
  [/^nvfp4/, (16 * 0.5 + 1) / 16],
  [/^(?:fp|int)4/, 0.5],
  [/^(?:fp|int|uint)8/, 1],
];

/** How wide the export wants its cache: as declared, or one byte where scales for keys and values are stored. */
export function cacheWidthOf(component: Component): CacheWidth {
  const cache = describeCache(sceneOf(component));
  if (cache === null) return { bytes: PLAIN_BYTES, stateBytes: PLAIN_BYTES, basis: null };
  const { dtype, basis } = cache;
  const known = dtype === null ? undefined : WIDTHS.find(([pattern]) => pattern.test(dtype))?.[1];
  // Scales are for 8 bits wherever nothing else is said.
  const bytes = known ?? (basis === "declared" ? PLAIN_BYTES : 1);
  return { bytes, stateBytes: PLAIN_BYTES, basis: bytes === PLAIN_BYTES ? null : basis };
}
