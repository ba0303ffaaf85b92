import type { Component } from "../checkpoint/checkpoint.ts";
import { formatPattern, walkPatterns } from "../checkpoint/repeats.ts";

/** Tensors of one dtype and shape whose names differ in numbers only. */
export interface LargestRow {
  /** `model.layers.{0-61}.mlp.experts.{0-255}.w2.weight`; `*` for numbers where one list of them does not tell all. */
  readonly pattern: string;
  readonly count: number;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytesEach: number;
  /** Bytes of all of them. */
  readonly bytes: number;
}

/**
 * The tensors that take most bytes, those that are alike as one, also where the modules around them differ: the first block
 * of T5 holds a table of positions, and its weights are as large as those of the others. Steps: one for each row of the
 * folded tree.
 */
export function findLargest({ kinds }: Component, most: number): LargestRow[] {
  const rows = new Map<string, LargestRow>();
  walkPatterns(kinds, ({ kind, count, segments }) => {
    const row = kinds.tensorRow(kind);
    if (row === undefined) return true;
    const { table } = kinds;
    const pattern = formatPattern(segments);
    const [dtype, shape, bytesEach] = [table.dtype(row), table.shape(row), table.bytes(row)];
    const key = `${withoutNumbers(pattern)} ${dtype} ${shape}`;
    const known = rows.get(key);
    const all = count + (known?.count ?? 0);
    rows.set(key, {
      pattern: known === undefined ? pattern : withoutNumbers(pattern),
      count: all,
      dtype,
      shape,
      bytesEach,
      bytes: bytesEach * all,
    });
    return true;
  });
  return [...rows.values()].sort((a, b) => b.bytes - a.bytes).slice(0, most);
}

/** `layers.{0-61}.mlp` and `layers.3.mlp` → `layers.*.mlp`. */
function withoutNumbers(pattern: string): string {
  return pattern.replace(/\{[\d,-]+\}/g, "*").replace(/(^|\.)\d+(?=\.|$)/g, "$1*");
}
