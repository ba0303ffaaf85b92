import type { Component } from "../checkpoint/checkpoint.ts";
import { LENGTH_BYTES } from "../safetensors/read-header.ts";
import { NONE, ROOT } from "../safetensors/tensor-names.ts";
import type { TensorTable } from "../safetensors/tensor-table.ts";

/** One tensor of the flat list. `begin` and `end` are byte positions in the shard's file. */
export interface TensorRow {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly elements: number;
  readonly bytes: number;
  readonly shard: string;
  readonly begin: number;
  readonly end: number;
}

export type ListSort = "name" | "size" | "elements" | "dtype" | "shard";

export interface ListOptions {
  readonly sort?: ListSort;
  readonly reverse?: boolean;
  readonly where?: (row: TensorRow) => boolean;
}

/** The tensors of a component, one at a time: a million of them never stand in memory as objects. */
export function* listTensors(component: Component, options: ListOptions = {}): Generator<TensorRow> {
  const { table } = component;
  const order = orderRows(table, options.sort ?? "name");
  if (options.reverse) order.reverse();
  for (const row of order) {
    const tensor = describeRow(component, row);
    if (options.where === undefined || options.where(tensor)) yield tensor;
  }
}

function describeRow({ table, shards }: Component, row: number): TensorRow {
  const shard = shards[table.shards.data[row] as number];
  const dataStart = shard?.status === "read" ? shard.headerBytes : LENGTH_BYTES;
  const begin = dataStart + (table.begins.data[row] as number);
  const end = dataStart + (table.ends.data[row] as number);
  return {
    name: table.name(row),
    dtype: table.dtype(row),
    shape: table.shape(row),
    elements: table.elements(row),
    bytes: table.bytes(row),
    shard: shard?.path ?? "",
    begin,
    end,
  };
}

/** Row numbers in the order asked for; equal ones stay in natural order of their names. */
function orderRows(table: TensorTable, sort: ListSort): Int32Array {
  const rows = rowsByName(table);
  switch (sort) {
    case "name":
      return rows;
    case "size":
      return rows.sort((a, b) => table.bytes(b) - table.bytes(a));
    case "elements":
      return rows.sort((a, b) => table.elements(b) - table.elements(a));
    case "dtype":
      return rows.sort((a, b) => (table.dtypes.data[a] as number) - (table.dtypes.data[b] as number));
    case "shard":
      return rows.sort((a, b) => a - b);
    default:
      return sort satisfies never;
  }
}

/** A walk through the name tree with children in natural order: no two names are ever compared. */
function rowsByName(table: TensorTable): Int32Array {
  const { names } = table;
  const ranks = names.segments.naturalRanks();
  const rows = new Int32Array(table.count);
  let used = 0;
  const pending: number[] = [ROOT];
  while (pending.length > 0) {
    const node = pending.pop() as number;
    const row = table.rowAt(node);
    if (row !== undefined) rows[used++] = row;
    const children: number[] = [];
    for (let child = names.firstChild(node); child !== NONE; child = names.nextSibling(child))
      children.push(child);
    children.sort((a, b) => (ranks[names.segment(b)] as number) - (ranks[names.segment(a)] as number));
    for (const child of children) pending.push(child);
  }
  return rows.subarray(0, used);
}
