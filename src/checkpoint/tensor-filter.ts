import { TensorTable } from "../safetensors/tensor-table.ts";

/** Whether a tensor of this name is kept. */
export type TensorFilter = (name: string) => boolean;

/** A table with only the tensors that the filter accepts, in the same order, shard numbers unchanged. */
export function keepTensors(table: TensorTable, filter: TensorFilter): TensorTable {
  return renameTensors(table, (name) => (filter(name) ? name : undefined));
}

/** The same tensors under other names; those without one are left out. */
export function renameTensors(table: TensorTable, rename: (name: string) => string | undefined): TensorTable {
  const kept = new TensorTable();
  const dims = { values: new Float64Array(64) };
  for (let row = 0; row < table.count; row++) {
    const name = rename(table.name(row));
    if (name === undefined) continue;
    const utf8 = Buffer.from(name, "utf8");
    const node = kept.names.insert(utf8, 0, utf8.length, 0);
    const shape = internShape(kept, table.shape(row), table.elements(row), dims);
    kept.append(
      node,
      table.dtypes.data[row] as number,
      shape,
      table.shards.data[row] as number,
      table.begins.data[row] as number,
      table.ends.data[row] as number,
    );
    if (table.rowAt(table.nodes.data[row] as number) === row) kept.prefer(kept.count - 1);
  }
  return kept;
}

function internShape(
  table: TensorTable,
  shape: readonly number[],
  elements: number,
  dims: { values: Float64Array },
): number {
  if (shape.length > dims.values.length) dims.values = new Float64Array(shape.length * 2);
  dims.values.set(shape);
  const known = table.shapes.find(dims.values, shape.length);
  return known >= 0 ? known : table.shapes.add(dims.values, shape.length, elements);
}
