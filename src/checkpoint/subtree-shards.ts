import type { Component } from "./checkpoint.ts";

/** Instead of a shard's number: tensors at and below a node lie in several. */
export const SEVERAL_SHARDS = -1;
/** Instead of a shard's number: no tensor is at or below a node. */
export const NO_SHARD = -2;

/**
 * The one shard that holds all tensors at and below each node of the name tree, or that there are several: a run of equal
 * shards is told without a look at its members. One pass over the tensors and one over the nodes, whose columns are read
 * directly, as calls would be most of the time on a hundred thousand.
 */
export function subtreeShards(component: Component): Int32Array {
  return component.analyses.get(deriveShards);
}

function deriveShards({ table }: Component): Int32Array {
  const { names, count } = table;
  const { parents } = names.links;
  const [nodes, shards] = [table.nodes.data, table.shards.data];
  const below = new Int32Array(names.count).fill(NO_SHARD);
  for (let row = 0; row < count; row++) below[nodes[row] as number] = shards[row] as number;
  // Nodes are numbered parents first: going backwards, each has met all that lies below it.
  for (let node = below.length - 1; node > 0; node--) {
    const shard = below[node] as number;
    if (shard === NO_SHARD) continue;
    const parent = parents[node] as number;
    const known = below[parent] as number;
    if (known !== shard) below[parent] = known === NO_SHARD ? shard : SEVERAL_SHARDS;
  }
  return below;
}
