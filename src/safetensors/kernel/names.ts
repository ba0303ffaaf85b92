import { enlarge, take } from "./memory";
import { partEnd, SegmentTable, TABLE_BYTES } from "./segments";

const NONE: i32 = -1;
const ROOT: i32 = 0;
/** See `MAX_NAME_SEGMENTS` in src/safetensors/limits.ts: names with as many are left to the general parser. */
const MAX_SEGMENTS: i32 = 63;
/** Memory that was in use before is cleared for each checkpoint: a folder of 2,500 adapters is that many small ones. */
const INITIAL_NODES: i32 = 4096;
const INITIAL_SLOTS: i32 = 1024;
/** What is not small is taken to be large: enough for some 150,000 tensors without a further copy. */
const LARGE_NODES: i32 = 262_144;
/** What outgrows that may be the largest there is: a million tensors. What each doubling would leave behind stays in use. */
const HUGE_NODES: i32 = 2_097_152;
const LARGE_SLOTS: i32 = 65_536;
/** See `SMALL_FAMILY` in src/safetensors/tensor-names.ts. */
const SMALL_FAMILY: i32 = 4;

export const segments = changetype<SegmentTable>(memory.data(TABLE_BYTES));
export let nodeCount: i32 = 0;
export let capacity: i32 = 0;
export let parents: usize = 0;
export let segmentOf: usize = 0;
export let firstChildren: usize = 0;
export let nextSiblings: usize = 0;
export let childCounts: usize = 0;
/** Children of large families by parent and segment, as in src/safetensors/tensor-names.ts: the table is handed over as it is. */
export let slots: usize = 0;
export let slotMask: i32 = 0;
export let placed: i32 = 0;
/** 1 + the row of the tensor at a node, 0 for none. */
export let rowOfNode: usize = 0;
/** 1 + the shard that the index gives for a node, 0 for none. */
export let shardOfNode: usize = 0;

/** Nodes of the name inserted last, and how many of its bytes each of its segments ends after. */
const path: usize = memory.data(256);
const pathEnds: usize = memory.data(256);
let pathLength: i32 = 0;

export function startNames(): void {
  segments.start();
  nodeCount = 0;
  capacity = INITIAL_NODES;
  parents = take(capacity << 2);
  segmentOf = take(capacity << 2);
  firstChildren = take(capacity << 2);
  nextSiblings = take(capacity << 2);
  childCounts = take(capacity << 2);
  rowOfNode = take(capacity << 2);
  shardOfNode = take(capacity << 2);
  slotMask = INITIAL_SLOTS - 1;
  slots = take(INITIAL_SLOTS << 2);
  placed = 0;
  pathLength = 0;
  addNode(NONE, 0);
}

export function forgetPath(): void {
  pathLength = 0;
}

/**
 * The node of the name in `[begin, end)`, of which the first `shared` bytes are those of the name before; -1 for a
 * name of too many segments.
 */
export function insert(begin: usize, end: usize, shared: i32): i32 {
  let depth = 0;
  while (depth < pathLength && load<i32>(pathEnds + (depth << 2)) < shared) depth++;
  let node = ROOT;
  let start = begin;
  if (depth > 0) {
    node = load<i32>(path + ((depth - 1) << 2));
    start = begin + load<i32>(pathEnds + ((depth - 1) << 2)) + 1;
  }
  for (;;) {
    if (depth === MAX_SEGMENTS) {
      pathLength = 0;
      return NONE;
    }
    node = child(node, segments.internPart(start, end));
    const stop = partEnd;
    store<i32>(path + (depth << 2), node);
    store<i32>(pathEnds + (depth << 2), <i32>(stop - begin));
    depth++;
    if (stop >= end) break;
    start = stop + 1;
  }
  pathLength = depth;
  return node;
}

/** The child of a node, found or added. Small families are looked through; only large ones are in the hash table. */
function child(parent: i32, segment: i32): i32 {
  const family = load<i32>(childCounts + (parent << 2));
  if (family <= SMALL_FAMILY) {
    let node = load<i32>(firstChildren + (parent << 2));
    while (node !== NONE) {
      if (load<i32>(segmentOf + (node << 2)) === segment) return node;
      node = load<i32>(nextSiblings + (node << 2));
    }
  } else {
    let slot = childHash(parent, segment) & slotMask;
    for (;;) {
      const node = load<i32>(slots + (slot << 2));
      if (node === 0) break;
      if (load<i32>(segmentOf + (node << 2)) === segment && load<i32>(parents + (node << 2)) === parent) return node;
      slot = (slot + 1) & slotMask;
    }
  }
  const node = addNode(parent, segment);
  if (family === SMALL_FAMILY) placeChildren(parent);
  else if (family > SMALL_FAMILY) place(node);
  return node;
}

/** Puts a family that is not small any more into the hash table. */
function placeChildren(parent: i32): void {
  let node = load<i32>(firstChildren + (parent << 2));
  while (node !== NONE) {
    place(node);
    node = load<i32>(nextSiblings + (node << 2));
  }
}

function place(node: i32): void {
  if (++placed * 2 > slotMask) growSlots();
  let slot = childHash(load<i32>(parents + (node << 2)), load<i32>(segmentOf + (node << 2))) & slotMask;
  while (load<i32>(slots + (slot << 2)) !== 0) slot = (slot + 1) & slotMask;
  store<i32>(slots + (slot << 2), node);
}

function growSlots(): void {
  const known = slots;
  const knownBytes = <usize>(slotMask + 1) << 2;
  slotMask = max(2 * (slotMask + 1), LARGE_SLOTS) - 1;
  slots = take((slotMask + 1) << 2);
  for (let at = known; at < known + knownBytes; at += 4) {
    const node = load<i32>(at);
    if (node === 0) continue;
    let slot = childHash(load<i32>(parents + (node << 2)), load<i32>(segmentOf + (node << 2))) & slotMask;
    while (load<i32>(slots + (slot << 2)) !== 0) slot = (slot + 1) & slotMask;
    store<i32>(slots + (slot << 2), node);
  }
}

function addNode(parent: i32, segment: i32): i32 {
  const node = nodeCount;
  if (node === capacity) grow();
  const at = node << 2;
  store<i32>(parents + at, parent);
  store<i32>(segmentOf + at, segment);
  store<i32>(firstChildren + at, NONE);
  if (parent === NONE) store<i32>(nextSiblings + at, NONE);
  else {
    store<i32>(nextSiblings + at, load<i32>(firstChildren + (parent << 2)));
    store<i32>(firstChildren + (parent << 2), node);
    store<i32>(childCounts + (parent << 2), load<i32>(childCounts + (parent << 2)) + 1);
  }
  nodeCount++;
  return node;
}

function grow(): void {
  const bytes = capacity << 2;
  capacity = capacity < LARGE_NODES ? LARGE_NODES : max(2 * capacity, HUGE_NODES);
  const grown = capacity << 2;
  parents = enlarge(parents, bytes, grown);
  segmentOf = enlarge(segmentOf, bytes, grown);
  firstChildren = enlarge(firstChildren, bytes, grown);
  nextSiblings = enlarge(nextSiblings, bytes, grown);
  childCounts = enlarge(childCounts, bytes, grown);
  rowOfNode = enlarge(rowOfNode, bytes, grown);
  shardOfNode = enlarge(shardOfNode, bytes, grown);
}

@inline
function childHash(parent: i32, segment: i32): i32 {
  const hash = (parent * 0x9e3779b1) ^ ((segment + 1) * 0x85ebca6b);
  return hash ^ (hash >>> 15);
}
