import type { Component } from "../checkpoint/checkpoint.ts";
import type { PatternSegment } from "../checkpoint/repeats.ts";
import { SEVERAL_SHARDS, subtreeShards } from "../checkpoint/subtree-shards.ts";
import { formatIndexRanges } from "../format/ranges.ts";
import { NONE, ROOT, type TensorNames } from "../safetensors/tensor-names.ts";

/** So many tensors, one after another in the order of their names, lie in this shard of the component's list. */
export type ShardRun = readonly [shard: number, tensors: number];

/** The nodes that the beginning of a pattern stands for, its last list fastest. */
interface Level {
  readonly nodes: Int32Array;
  /** Whether the tensors below some of the nodes lie in several shards. */
  readonly isApart: boolean;
  /** Patterns with one beginning share its level. */
  readonly next: Map<string, Level>;
}

/**
 * The shards of the tensors that patterns stand for. A pattern is followed no deeper than to where all that is below each
 * node lies in one shard. The loops call nothing and read columns: a run meets them once, before they are compiled.
 */
export class ShardRuns {
  private readonly component: Component;
  private readonly shardBelow: Int32Array;
  private readonly top: Level;

  constructor(component: Component) {
    this.component = component;
    this.shardBelow = subtreeShards(component);
    this.top = this.level(Int32Array.of(ROOT));
  }

  of(pattern: readonly PatternSegment[]): readonly ShardRun[] {
    let level = this.top;
    let depth = 0;
    for (; depth < pattern.length && level.isApart; depth++)
      level = this.below(level, pattern[depth] as PatternSegment);
    const each = pattern
      .slice(depth)
      .reduce((count, part) => count * (typeof part === "string" ? 1 : part.members.length), 1);
    return this.runs(level.nodes, each);
  }

  private below(level: Level, part: PatternSegment): Level {
    const key = typeof part === "string" ? `=${part}` : `#${part.prefix}{${formatIndexRanges(part.members)}}`;
    let found = level.next.get(key);
    if (found === undefined) {
      const { names } = this.component.table;
      const texts =
        typeof part === "string" ? [part] : part.members.map((member) => `${part.prefix}${member}`);
      const segments = texts.map((text) => names.segments.find(text));
      found = this.level(childrenNamed(names, level.nodes, segments));
      level.next.set(key, found);
    }
    return found;
  }

  private level(nodes: Int32Array): Level {
    const { shardBelow } = this;
    let isApart = false;
    for (let at = 0; at < nodes.length && !isApart; at++)
      isApart = shardBelow[nodes[at] as number] === SEVERAL_SHARDS;
    return { nodes, isApart, next: new Map() };
  }

  private runs(nodes: Int32Array, each: number): ShardRun[] {
    const { shardBelow } = this;
    const { table } = this.component;
    const runs: ShardRun[] = [];
    let [open, count] = [NONE, 0];
    for (let at = 0; at < nodes.length; at++) {
      const node = nodes[at] as number;
      let shard = shardBelow[node] as number;
      // A tensor that others lie below, `w` beside `w.absmax`: here it is its own shard that counts.
      if (shard === SEVERAL_SHARDS) shard = table.shards.data[table.rowAt(node) as number] as number;
      if (shard !== open) {
        if (count > 0) runs.push([open, count]);
        open = shard;
        count = 0;
      }
      count += each;
    }
    runs.push([open, count]);
    return runs;
  }
}

/** Children that are walked in search of one; in a larger family each is looked up. */
const WALKED_CHILDREN = 16;

/** Of each node the children of these names, in their order. */
function childrenNamed(names: TensorNames, nodes: Int32Array, segments: readonly number[]): Int32Array {
  const { firstChildren, nextSiblings, segmentOf } = names.links;
  const none = NONE;
  const size = segments.length;
  const positions = new Int32Array(names.segments.count).fill(none);
  segments.forEach((segment, at) => {
    positions[segment] = at;
  });
  const found = new Int32Array(nodes.length * size);
  for (let at = 0; at < nodes.length; at++) {
    const node = nodes[at] as number;
    const begin = at * size;
    let left = WALKED_CHILDREN * size;
    let child = firstChildren[node] as number;
    for (; child !== none && left > 0; left--) {
      const position = positions[segmentOf[child] as number] as number;
      if (position !== none) found[begin + position] = child;
      child = nextSiblings[child] as number;
    }
    if (child !== none)
      for (let i = 0; i < size; i++) found[begin + i] = names.findChild(node, segments[i] as number);
  }
  return found;
}
