import { startHeap, take } from "./memory";

/**
 * In which shards lies what is below the nodes of a tree of names. A program of its own, which few runs load: its loops
 * run once over a hundred thousand nodes, and would be over before they were compiled from JavaScript. All is 32-bit
 * columns that the caller fills and reads; see src/safetensors/shard-walk.ts, which has the values of the constants too.
 */

const NONE: i32 = -1;
const SEVERAL_SHARDS: i32 = -1;
const NO_SHARD: i32 = -2;
const NOT_WALKED: i32 = -3;

export { startHeap };

/** Room for so many numbers, all zero. */
export function room(numbers: i32): usize {
  return take((<usize>numbers) << 2);
}

@inline
function at(column: usize, index: i32): i32 {
  return load<i32>(column + ((<usize>index) << 2));
}

@inline
function put(column: usize, index: i32, value: i32): void {
  store<i32>(column + ((<usize>index) << 2), value);
}

/** `own`: the shard of the tensor at each node; `below`: the one of all at and below it. Nodes are numbered parents first. */
export function gather(
  nodeCount: i32,
  parents: usize,
  rowCount: i32,
  rowNodes: usize,
  rowShards: usize,
  own: usize,
  below: usize,
): void {
  for (let node = 0; node < nodeCount; node++) put(own, node, NO_SHARD);
  for (let row = 0; row < rowCount; row++) put(own, at(rowNodes, row), at(rowShards, row));
  memory.copy(below, own, (<usize>nodeCount) << 2);
  for (let node = nodeCount - 1; node > 0; node--) {
    const shard = at(below, node);
    if (shard === NO_SHARD) continue;
    const parent = at(parents, node);
    const known = at(below, parent);
    if (known !== shard) put(below, parent, known === NO_SHARD ? shard : SEVERAL_SHARDS);
  }
}

/** Marks the segments of all children of nodes in several shards. */
export function markSegments(
  nodeCount: i32,
  below: usize,
  firstChildren: usize,
  nextSiblings: usize,
  segmentOf: usize,
  marks: usize,
): void {
  for (let node = 0; node < nodeCount; node++) {
    if (at(below, node) !== SEVERAL_SHARDS) continue;
    for (let child = at(firstChildren, node); child !== NONE; child = at(nextSiblings, child))
      put(marks, at(segmentOf, child), 1);
  }
}

/** Nodes with tensors of part 1 and of part 2 that do not lie in one shard, into `found`. Returns their number. */
export function findApart(
  nodeCount: i32,
  below: usize,
  own: usize,
  firstChildren: usize,
  nextSiblings: usize,
  segmentOf: usize,
  parts: usize,
  found: usize,
): i32 {
  let count = 0;
  for (let node = 0; node < nodeCount; node++) {
    if (at(below, node) !== SEVERAL_SHARDS) continue;
    let first = NO_SHARD;
    let second = NO_SHARD;
    for (let child = at(firstChildren, node); child !== NONE; child = at(nextSiblings, child)) {
      const part = at(parts, at(segmentOf, child));
      const shard = at(own, child);
      if (part === 0 || shard < 0) continue;
      if (part === 1) first = first === NO_SHARD || first === shard ? shard : SEVERAL_SHARDS;
      else second = second === NO_SHARD || second === shard ? shard : SEVERAL_SHARDS;
    }
    if (first === NO_SHARD || second === NO_SHARD) continue;
    if (first !== second || first === SEVERAL_SHARDS) put(found, count++, node);
  }
  return count;
}

/**
 * Of each node the children that `positions` has a place for, by segment, into `found`: `size` places a node. A node of
 * which `most` children were not all is left, with `NOT_WALKED` in its first place; returns how many were.
 */
export function findChildren(
  count: i32,
  nodes: usize,
  firstChildren: usize,
  nextSiblings: usize,
  segmentOf: usize,
  positions: usize,
  size: i32,
  most: i32,
  found: usize,
): i32 {
  let left = 0;
  for (let i = 0; i < count; i++) {
    const begin = i * size;
    let child = at(firstChildren, at(nodes, i));
    for (let walked = 0; child !== NONE && walked < most; walked++) {
      const position = at(positions, at(segmentOf, child));
      if (position > 0) put(found, begin + position - 1, child);
      child = at(nextSiblings, child);
    }
    if (child === NONE) continue;
    put(found, begin, NOT_WALKED);
    left++;
  }
  return left;
}

/**
 * One level of names further down: stretches of the level above, each node in several shards replaced by its `each`
 * children. Returns the stretches that come of it; the nodes to look into are counted by `apartCount`.
 */
export function descend(
  stretchesAbove: i32,
  shardsAbove: usize,
  countsAbove: usize,
  children: usize,
  each: i32,
  below: usize,
  shards: usize,
  counts: usize,
  apart: usize,
): i32 {
  let last = -1;
  let child = 0;
  let before = SEVERAL_SHARDS;
  found = 0;
  for (let i = 0; i < stretchesAbove; i++) {
    const common = at(shardsAbove, i);
    const isApart = common === SEVERAL_SHARDS;
    const whole = at(countsAbove, i) * each;
    for (let turn = isApart ? each : 1; turn > 0; turn--) {
      let shard = common;
      if (isApart) {
        const node = at(children, child++);
        shard = at(below, node);
        if (shard === SEVERAL_SHARDS) put(apart, found++, node);
      }
      if (shard !== before || shard === SEVERAL_SHARDS) put(shards, ++last, shard);
      put(counts, last, at(counts, last) + (isApart ? 1 : whole));
      before = shard;
    }
  }
  return last + 1;
}

let found: i32 = 0;

export function apartCount(): i32 {
  return found;
}
