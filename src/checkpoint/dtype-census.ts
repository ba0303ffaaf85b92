import { DTYPES, type Dtype } from "../safetensors/dtype.ts";
import type { Component } from "./checkpoint.ts";
import { walkPatterns } from "./repeats.ts";

/** What is stored in one dtype. */
export interface DtypeCount {
  readonly dtype: Dtype;
  readonly tensors: number;
  readonly elements: number;
  readonly bytes: number;
}

/** What is stored in each dtype, in the order of first sight: counted once a kind of tensor, whatever their number. */
export function countByDtype(component: Component): readonly DtypeCount[] {
  return component.analyses.get(count);
}

function count({ kinds }: Component): DtypeCount[] {
  const { table } = kinds;
  const counts = new Map<number, { tensors: number; elements: number; bytes: number }>();
  walkPatterns(kinds, ({ kind, count: times }) => {
    const row = kinds.tensorRow(kind);
    if (row === undefined) return true;
    const code = table.dtypes.data[row] as number;
    const known = counts.get(code) ?? { tensors: 0, elements: 0, bytes: 0 };
    known.tensors += times;
    known.elements += times * table.elements(row);
    known.bytes += times * table.bytes(row);
    counts.set(code, known);
    return true;
  });
  return [...counts].map(([code, sums]) => ({ dtype: DTYPES[code] as Dtype, ...sums }));
}
