import { Component } from "../../src/checkpoint/checkpoint.ts";
import { DTYPES, type Dtype } from "../../src/safetensors/dtype.ts";
import { TensorTable } from "../../src/safetensors/tensor-table.ts";

/** A tensor, or with `{0-3}` or `{0,2,5-7}` in its name a list of them. */
export type TensorRow = readonly [name: string, shape: readonly number[], dtype?: Dtype];

/** A component as a loader would make it of these tensors, without any bytes in between. */
export function componentOf(rows: readonly TensorRow[], config?: unknown): Component {
  const table = new TensorTable();
  const encoder = new TextEncoder();
  for (const [pattern, shape, dtype = "BF16"] of rows) {
    const dims = Float64Array.from(shape);
    const known = table.shapes.find(dims, dims.length);
    const shapeId =
      known >= 0
        ? known
        : table.shapes.add(
            dims,
            dims.length,
            shape.reduce((product, dim) => product * dim, 1),
          );
    for (const name of expandNames(pattern)) {
      const bytes = encoder.encode(name);
      const node = table.names.insert(bytes, 0, bytes.length, 0);
      table.append(node, DTYPES.indexOf(dtype), shapeId, 0, 0, 0);
    }
  }
  return new Component({
    name: ".",
    layout: "single",
    shards: [],
    index: null,
    configs: config === undefined ? new Map() : new Map([["config.json", config]]),
    table,
  });
}

/** `a.{0-1}.b` → `a.0.b`, `a.1.b`; several lists give every pair. */
export function expandNames(pattern: string): string[] {
  const list = /^(.*?)\{([0-9,-]+)\}(.*)$/s.exec(pattern);
  if (list === null) return [pattern];
  const [, before, ranges, after] = list as unknown as [string, string, string, string];
  const numbers = ranges.split(",").flatMap((range) => {
    const [first, last = first] = range.split("-").map(Number) as [number, number?];
    return Array.from({ length: last - first + 1 }, (_, k) => first + k);
  });
  return expandNames(after).flatMap((tail) => numbers.map((number) => `${before}${number}${tail}`));
}
