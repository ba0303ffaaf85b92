import { double, take } from "./memory";
import * as names from "./names";
import * as rows from "./rows";
import { mix } from "./words";

/**
 * Numbers for equal subtrees, as src/checkpoint/module-kinds.ts defines and numbers them: the same names with the same
 * dtypes and shapes below. Children come in natural order.
 */

const NONE: i32 = -1;
const ROOT: i32 = 0;
/** Children that are sorted by insertion; more are merged. */
const FEW_CHILDREN: i32 = 16;

export let kindCount: i32 = 0;
export let kindOfNode: usize = 0;
export let examples: usize = 0;
export let dtypeOf: usize = 0;
export let shapeOf: usize = 0;
export let pairStarts: usize = 0;
export let pairs: usize = 0;
let pairsUsed: i32 = 0;
let pairCapacity: i32 = 0;
let capacity: i32 = 0;
let hashes: usize = 0;
let slots: usize = 0;
let mask: i32 = 0;
/** Children at hand: rank in the high half, node in the low one; and as much room again for merging. */
let children: usize = 0;
let spare: usize = 0;

export function clear(): void {
  kindCount = 0;
}

/** Classifies all nodes; `ranks` holds the natural rank of each segment. */
export function classify(ranks: usize): void {
  start();
  for (let node = names.nodeCount - 1; node >= 0; node--) {
    const count = gatherChildren(node, ranks);
    const row = load<i32>(names.rowOfNode + (node << 2)) - 1;
    const kind = count === 0 && row < 0 && node !== ROOT ? NONE : intern(node, row, count);
    store<i32>(kindOfNode + (node << 2), kind);
  }
}

function start(): void {
  kindCount = 0;
  capacity = 1024;
  kindOfNode = take(names.nodeCount << 2);
  examples = take(capacity << 2);
  dtypeOf = take(capacity << 2);
  shapeOf = take(capacity << 2);
  pairStarts = take((capacity + 1) << 2);
  hashes = take(capacity << 2);
  pairsUsed = 0;
  pairCapacity = 4096;
  pairs = take(pairCapacity << 2);
  mask = 4 * capacity - 1;
  slots = take(capacity << 4);
  let largest = 0;
  for (let node = 0; node < names.nodeCount; node++) {
    largest = max(largest, load<i32>(names.childCounts + (node << 2)));
  }
  children = take(largest << 3);
  spare = take(largest << 3);
}

/** Children with tensors, in natural order; returns how many. */
function gatherChildren(node: i32, ranks: usize): i32 {
  let count = 0;
  let child = load<i32>(names.firstChildren + (node << 2));
  while (child !== NONE) {
    if (load<i32>(kindOfNode + (child << 2)) !== NONE) {
      const rank = load<i32>(ranks + (load<i32>(names.segmentOf + (child << 2)) << 2));
      store<u64>(children + (count << 3), (<u64>rank << 32) | child);
      count++;
    }
    child = load<i32>(names.nextSiblings + (child << 2));
  }
  if (count <= FEW_CHILDREN) sortFew(count);
  else sortMany(count);
  return count;
}

function sortFew(count: i32): void {
  for (let k = 1; k < count; k++) {
    const key = load<u64>(children + (k << 3));
    let at = k;
    while (at > 0 && load<u64>(children + ((at - 1) << 3)) > key) {
      store<u64>(children + (at << 3), load<u64>(children + ((at - 1) << 3)));
      at--;
    }
    store<u64>(children + (at << 3), key);
  }
}

/** Merges runs of one, two, four, …: steady in time, whatever the order. */
function sortMany(count: i32): void {
  for (let run = 1; run < count; run *= 2) {
    for (let begin = 0; begin < count; begin += 2 * run) {
      merge(begin, min(begin + run, count), min(begin + 2 * run, count));
    }
    const merged = spare;
    spare = children;
    children = merged;
  }
}

function merge(begin: i32, middle: i32, end: i32): void {
  let a = begin;
  let b = middle;
  for (let k = begin; k < end; k++) {
    const fromA = a < middle && (b === end || load<u64>(children + (a << 3)) <= load<u64>(children + (b << 3)));
    store<u64>(spare + (k << 3), load<u64>(children + ((fromA ? a++ : b++) << 3)));
  }
}

/** The kind with these children and this tensor, known or new. */
function intern(node: i32, row: i32, count: i32): i32 {
  const dtype = row < 0 ? NONE : load<i32>(rows.dtypes + (row << 2));
  const shape = row < 0 ? NONE : load<i32>(rows.shapeIds + (row << 2));
  let hash = mix(<u64>(<u32>dtype), <u64>(<u32>shape));
  for (let k = 0; k < count; k++) hash = mix(hash, pairOf(k));
  const short = <i32>(hash ^ (hash >> 32));
  let slot = short & mask;
  for (;;) {
    const kind = load<i32>(slots + (slot << 2)) - 1;
    if (kind < 0) break;
    if (load<i32>(hashes + (kind << 2)) === short && equals(kind, dtype, shape, count)) return kind;
    slot = (slot + 1) & mask;
  }
  store<i32>(slots + (slot << 2), kindCount + 1);
  return add(node, dtype, shape, short, count);
}

/** Segment and kind of the child at a position, as one word. */
@inline
function pairOf(position: i32): u64 {
  const child = load<i32>(children + (position << 3));
  const kind = load<i32>(kindOfNode + (child << 2));
  return (<u64>(<u32>kind) << 32) | (<u64>(<u32>load<i32>(names.segmentOf + (child << 2))));
}

function equals(kind: i32, dtype: i32, shape: i32, count: i32): bool {
  if (load<i32>(dtypeOf + (kind << 2)) !== dtype || load<i32>(shapeOf + (kind << 2)) !== shape) return false;
  const begin = load<i32>(pairStarts + (kind << 2));
  if (load<i32>(pairStarts + (kind << 2), 4) - begin !== 2 * count) return false;
  const known = pairs + (begin << 2);
  for (let k = 0; k < count; k++) if (load<u64>(known + (k << 3)) !== pairOf(k)) return false;
  return true;
}

function add(node: i32, dtype: i32, shape: i32, hash: i32, count: i32): i32 {
  if (kindCount === capacity) grow();
  while (pairsUsed + 2 * count > pairCapacity) {
    pairs = double(pairs, pairCapacity << 2);
    pairCapacity *= 2;
  }
  const kind = kindCount++;
  store<i32>(examples + (kind << 2), node);
  store<i32>(dtypeOf + (kind << 2), dtype);
  store<i32>(shapeOf + (kind << 2), shape);
  store<i32>(hashes + (kind << 2), hash);
  for (let k = 0; k < count; k++) store<u64>(pairs + ((pairsUsed + 2 * k) << 2), pairOf(k));
  pairsUsed += 2 * count;
  store<i32>(pairStarts + (kind << 2), pairsUsed, 4);
  if (kindCount * 2 > mask) growSlots();
  return kind;
}

function grow(): void {
  examples = double(examples, capacity << 2);
  dtypeOf = double(dtypeOf, capacity << 2);
  shapeOf = double(shapeOf, capacity << 2);
  hashes = double(hashes, capacity << 2);
  const starts = take((2 * capacity + 1) << 2);
  memory.copy(starts, pairStarts, (capacity + 1) << 2);
  pairStarts = starts;
  capacity *= 2;
}

function growSlots(): void {
  mask = 2 * mask + 1;
  slots = take((mask + 1) << 2);
  for (let kind = 0; kind < kindCount; kind++) {
    let slot = load<i32>(hashes + (kind << 2)) & mask;
    while (load<i32>(slots + (slot << 2)) !== 0) slot = (slot + 1) & mask;
    store<i32>(slots + (slot << 2), kind + 1);
  }
}
