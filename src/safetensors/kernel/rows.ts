import { enlarge, take } from "./memory";
import { rowOfNode } from "./names";

/** See names.ts: small at first, then large at once, then as large as any. */
const INITIAL_ROWS: i32 = 2048;
const LARGE_ROWS: i32 = 131_072;
const HUGE_ROWS: i32 = 1_048_576;

export let rowCount: i32 = 0;
let capacity: i32 = 0;
export let nodes: usize = 0;
export let dtypes: usize = 0;
export let shapeIds: usize = 0;
export let shards: usize = 0;
export let begins: usize = 0;
export let ends: usize = 0;

export function startRows(): void {
  rowCount = 0;
  capacity = INITIAL_ROWS;
  nodes = take(capacity << 2);
  dtypes = take(capacity << 2);
  shapeIds = take(capacity << 2);
  shards = take(capacity << 2);
  begins = take(capacity << 3);
  ends = take(capacity << 3);
}

export function append(node: i32, dtype: i32, shape: i32, shard: i32, begin: f64, end: f64): void {
  if (rowCount === capacity) grow();
  const row = rowCount++;
  store<i32>(nodes + (row << 2), node);
  store<i32>(dtypes + (row << 2), dtype);
  store<i32>(shapeIds + (row << 2), shape);
  store<i32>(shards + (row << 2), shard);
  store<f64>(begins + (row << 3), begin);
  store<f64>(ends + (row << 3), end);
  store<i32>(rowOfNode + (node << 2), rowCount);
}

function grow(): void {
  const known = capacity;
  capacity = known < LARGE_ROWS ? LARGE_ROWS : max(2 * known, HUGE_ROWS);
  nodes = enlarge(nodes, known << 2, capacity << 2);
  dtypes = enlarge(dtypes, known << 2, capacity << 2);
  shapeIds = enlarge(shapeIds, known << 2, capacity << 2);
  shards = enlarge(shards, known << 2, capacity << 2);
  begins = enlarge(begins, known << 3, capacity << 3);
  ends = enlarge(ends, known << 3, capacity << 3);
}
