import { ModuleKinds } from "../../src/checkpoint/module-kinds.ts";
import { UnfoldError } from "../../src/errors.ts";
import { HeaderParser } from "../../src/safetensors/header-parser.ts";
import { findLayoutFaults } from "../../src/safetensors/layout-faults.ts";
import { ScanKernel } from "../../src/safetensors/scan-kernel.ts";
import { parseShardIndex } from "../../src/safetensors/shard-index.ts";
import { TensorTable } from "../../src/safetensors/tensor-table.ts";

export interface ShardText {
  readonly json: Uint8Array;
  readonly dataBytes: number;
}

/** Everything that is kept of a checkpoint, as plain values; with the scan kernel or without. */
export function readCheckpoint(shards: readonly ShardText[], index: Uint8Array | null, withKernel: boolean) {
  const table = new TensorTable();
  const kernel = withKernel ? new ScanKernel(table) : undefined;
  const said: unknown[] = [];
  const claims = index === null ? null : attempt(said, () => parseShardIndex(index, table.names, kernel));
  const parser = new HeaderParser(table, kernel);
  shards.forEach(({ json, dataBytes }, shard) => {
    attempt(said, () => {
      const { firstRow, endRow, metadata, notes, tensorBytes, ...header } = parser.parse(json, shard);
      said.push({ firstRow, endRow, metadata, notes, tensorBytes });
      const faults = findLayoutFaults(
        { firstRow, endRow, metadata, notes, tensorBytes, ...header },
        { dataBytes, fileBytes: 8 + json.length + dataBytes },
      );
      said.push(faults.map(describe));
    });
  });
  const tookAll = kernel?.isSettled === false;
  kernel?.finish();
  return { table, claims, said, tookAll };
}

/** The names, rows, index and kinds of a checkpoint that was read, for comparison. */
export function listEverything({ table, claims, said }: ReturnType<typeof readCheckpoint>) {
  const nodes = Array.from({ length: table.names.count }, (_, node) => ({
    name: table.names.name(node),
    parent: table.names.parent(node),
    firstChild: table.names.firstChild(node),
    nextSibling: table.names.nextSibling(node),
    found: node === 0 ? 0 : table.names.findChild(table.names.parent(node), table.names.segment(node)),
    row: table.rowAt(node),
    listed: claims?.shardOf(node),
  }));
  const rows = Array.from({ length: table.count }, (_, row) => table.entry(row));
  return {
    said,
    nodes,
    rows,
    shapes: table.shapes.shapes,
    index: claims && listIndex(claims),
    kinds: listKinds(table),
  };
}

function listIndex({
  shards,
  entryCount,
  totalSize,
  totalParameters,
  hasMetadata,
}: ReturnType<typeof parseShardIndex>) {
  return { shards, entryCount, totalSize, totalParameters, hasMetadata };
}

function listKinds(table: TensorTable) {
  const kinds = new ModuleKinds(table);
  return {
    root: kinds.root,
    ofNodes: Array.from({ length: table.names.count }, (_, node) => kinds.kindOf(node)),
    each: Array.from({ length: kinds.count }, (_, kind) => ({
      example: kinds.example(kind),
      row: kinds.tensorRow(kind),
      sums: [kinds.tensors(kind), kinds.elements(kind), kinds.bytes(kind)],
      children: Array.from({ length: kinds.childCount(kind) }, (_, at) => [
        kinds.childName(kind, at),
        kinds.childKind(kind, at),
      ]),
    })),
  };
}

function attempt<T>(said: unknown[], action: () => T): T | null {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof UnfoldError)) throw error;
    said.push(describe(error));
    return null;
  }
}

function describe({ code, message, hint }: UnfoldError) {
  return { code, message, hint };
}
