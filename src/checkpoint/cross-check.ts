import { UnfoldError } from "../errors.ts";
import { formatShape } from "../format/shape.ts";
import type { ShardIndex } from "../safetensors/shard-index.ts";
import { NONE } from "../safetensors/tensor-names.ts";
import type { TensorEntry, TensorTable } from "../safetensors/tensor-table.ts";
import { baseName, folderOf, joinPath } from "../sources/paths.ts";
import type { Shard } from "./checkpoint.ts";
import { type Note, note } from "./notes.ts";
import { type Problem, toProblem } from "./problem.ts";

/**
 * Holds the index against the headers. A tensor that its shard lacks is a problem; tensors that the index leaves
 * out, names in two shards and a wrong total are notes, as public checkpoints have them and load all the same.
 * Shards that could not be read are passed over: their tensors are unknown, not missing.
 */
export function checkAgainstIndex(
  index: ShardIndex,
  indexPath: string,
  table: TensorTable,
  shards: readonly Shard[],
) {
  const folder = folderOf(indexPath);
  const shardNumbers = new Map(shards.map((shard, number) => [shard.path, number]));
  const numberOf = index.shards.map((name) => shardNumbers.get(joinPath(folder, name)) ?? -1);
  const problems: Problem[] = [];
  const notes: Note[] = [];
  const rows = compareRows(index, table, numberOf);
  for (const [shard, { count, first }] of findMissing(index, table, numberOf, rows.matched)) {
    if (shards[shard]?.status !== "read") continue;
    const hint =
      "The index and the shards are of different exports, or the shard was rewritten: fetch both again, or write the index anew.";
    const tensor = table.names.name(first);
    problems.push(
      toProblem(
        new UnfoldError("TENSOR_MISSING", { tensor, count }, { hint }),
        (shards[shard] as Shard).path,
      ),
    );
  }
  if (rows.unlisted.count > 0) notes.push(noteUnlisted(rows.unlisted, table, shards));
  return { problems, notes };
}

interface RowSet {
  count: number;
  first: number;
}

/** Walks the rows once: which the index names where they are, and which it does not name at all. */
function compareRows(index: ShardIndex, table: TensorTable, numberOf: readonly number[]) {
  const unlisted: RowSet = { count: 0, first: -1 };
  const nodes = table.nodes.data;
  const shardOfRow = table.shards.data;
  const listedShards = index.shardNumbers;
  let matched = 0;
  for (let row = 0; row < table.count; row++) {
    const node = nodes[row] as number;
    const listed = node < listedShards.length ? (listedShards[node] as number) - 1 : NONE;
    if (listed >= 0 && numberOf[listed] === shardOfRow[row]) {
      matched++;
      if (table.rowAt(node) !== row) table.prefer(row);
      continue;
    }
    // A row that the index names in another shard is a copy: `dropSuperseded` tells those.
    if (listed < 0 && unlisted.count++ === 0) unlisted.first = row;
  }
  return { matched, unlisted };
}

/** Entries of the index without a tensor, by shard; none to look for where every entry was matched. */
function findMissing(
  index: ShardIndex,
  table: TensorTable,
  numberOf: readonly number[],
  matched: number,
): Map<number, { count: number; first: number }> {
  const missing = new Map<number, { count: number; first: number }>();
  if (matched === index.entryCount) return missing;
  const found = new Set<number>();
  for (let row = 0; row < table.count; row++) {
    const node = table.nodes.data[row] as number;
    const listed = index.shardOf(node);
    if (listed >= 0 && numberOf[listed] === table.shards.data[row]) found.add(node);
  }
  for (let node = 0; node < table.names.count; node++) {
    const listed = index.shardOf(node);
    if (listed < 0 || found.has(node)) continue;
    const shard = numberOf[listed] as number;
    const group = missing.get(shard);
    if (group === undefined) missing.set(shard, { count: 1, first: node });
    else group.count++;
  }
  return missing;
}

function noteUnlisted(set: RowSet, table: TensorTable, shards: readonly Shard[]): Note {
  const shard = shards[table.shards.data[set.first] as number] as Shard;
  const first = table.name(set.first);
  return note("TENSOR_NOT_IN_INDEX", shard.path, { count: set.count, first }, { tensor: first });
}

/**
 * Copies of tensors in further shards: the one that the index names is counted, without an index the first. Copies
 * whose dtype or shape differs are told apart: of those, which one is loaded matters.
 */
export function noteCopies(
  copies: readonly TensorEntry[],
  table: TensorTable,
  shards: readonly Shard[],
): Note[] {
  const differing = copies.filter((copy) => !isAlike(copy, table));
  const alike = copies.filter((copy) => !differing.includes(copy));
  return [
    ...noteSet("TENSOR_IN_TWO_SHARDS", alike, table, shards),
    ...noteSet("TENSOR_COPIES_DIFFER", differing, table, shards),
  ];
}

function isAlike(copy: TensorEntry, table: TensorTable): boolean {
  const kept = table.rowNamed(copy.name);
  return (
    kept !== undefined &&
    table.dtype(kept) === copy.dtype &&
    formatShape(table.shape(kept)) === formatShape(copy.shape)
  );
}

function noteSet(
  code: "TENSOR_IN_TWO_SHARDS" | "TENSOR_COPIES_DIFFER",
  copies: readonly TensorEntry[],
  table: TensorTable,
  shards: readonly Shard[],
): Note[] {
  const [first] = copies;
  if (first === undefined) return [];
  const row = table.rowNamed(first.name);
  const kept = row === undefined ? undefined : shards[table.shards.data[row] as number];
  const told = { count: copies.length, first: first.name, kept: kept?.path ?? "" };
  return [note(code, (shards[first.shard] as Shard).path, told, { tensor: first.name })];
}

/** Numbered files beside the index that it does not name: they are left over, or the index is. */
export function noteUnnamed(present: readonly string[], named: readonly string[]): Note[] {
  const known = new Set(named);
  const unnamed = present.filter((path) => !known.has(path));
  if (unnamed.length === 0) return [];
  const left = { unnamed: unnamed.length, first: baseName(unnamed[0] as string) };
  return [note("FILES_LEFT_ASIDE", null, left)];
}

/** A `total_size` that is not the sum of the tensors' bytes. Only to be asked where all shards were read whole. */
export function noteTotal(claimed: number, bytes: number, indexPath: string): Note[] {
  if (bytes === claimed) return [];
  return [note("TOTAL_SIZE_WRONG", indexPath, { claimed, bytes })];
}
