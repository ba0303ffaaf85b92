import type { Component } from "../checkpoint/checkpoint.ts";
import { formatPattern, walkPatterns } from "../checkpoint/repeats.ts";

/** Tensors of one dtype and shape whose names differ in numbers only. */
export interface LargestRow {
  /** `model.layers.{0-61}.mlp.experts.{0-255}.w2.weight` */
  readonly pattern: string;
  readonly count: number;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytesEach: number;
  /** Bytes of all of them. */
  readonly bytes: number;
}

/** The tensors that take most bytes, those that are alike as one. Steps: one for each row of the folded tree. */
export function findLargest({ kinds }: Component, most: number): LargestRow[] {
  const rows: LargestRow[] = [];
  walkPatterns(kinds, ({ kind, count, segments }) => {
    const row = kinds.tensorRow(kind);
    if (row === undefined) return true;
    const { table } = kinds;
    const bytesEach = table.bytes(row);
    const bytes = bytesEach * count;
    if (rows.length === most && bytes <= (rows.at(-1)?.bytes ?? 0)) return true;
    const dtype = table.dtype(row);
    rows.push({ pattern: formatPattern(segments), count, dtype, shape: table.shape(row), bytesEach, bytes });
    rows.sort((a, b) => b.bytes - a.bytes);
    if (rows.length > most) rows.pop();
    return true;
  });
  return rows;
}
