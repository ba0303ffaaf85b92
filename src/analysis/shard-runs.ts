import type { Component } from "../checkpoint/checkpoint.ts";
import type { PatternSegment } from "../checkpoint/repeats.ts";
import { SEVERAL_SHARDS, subtreeShards } from "../checkpoint/subtree-shards.ts";
import { formatIndexRanges } from "../format/ranges.ts";
import { NONE, ROOT, type TensorNames } from "../safetensors/tensor-names.ts";

/** So many tensors, one after another in the order of their names, lie in this shard of the component's list. */
export type ShardRun = readonly [shard: number, tensors: number];

/**
 * The nodes that the beginning of a pattern stands for, in the order of their names, as stretches: runs of nodes with all
 * that is below them in one shard, and single nodes with tensors in several.
 */
interface Level {
  /** Of each stretch the shard, `SEVERAL_SHARDS` where it is one node that has to be looked into. */
  readonly shards: Int32Array;
  readonly counts: Int32Array;
  /** The nodes that have to be looked into. */
  readonly apart: Int32Array;
  /** Patterns with one beginning share its level. */
  readonly next: Map<string, Level>;
}

/**
 * The shards of the tensors that patterns stand for. Only nodes that lie in several shards are followed down. The loops
 * call nothing and read columns: a run meets them once, before they are compiled.
 */
export class ShardRuns {
  private readonly component: Component;
  private readonly shardBelow: Int32Array;
  private readonly top: Level;

  constructor(component: Component) {
    this.component = component;
    this.shardBelow = subtreeShards(component);
    const root = { shards: Int32Array.of(SEVERAL_SHARDS), counts: Int32Array.of(1) };
    this.top = { ...root, apart: Int32Array.of(ROOT), next: new Map() };
  }

  of(pattern: readonly PatternSegment[]): readonly ShardRun[] {
    let level = this.top;
    let depth = 0;
    for (; depth < pattern.length && level.apart.length > 0; depth++)
      level = this.below(level, pattern[depth] as PatternSegment);
    const each = pattern
      .slice(depth)
      .reduce((count, part) => count * (typeof part === "string" ? 1 : part.members.length), 1);
    return this.runs(level, each);
  }

  private below(level: Level, part: PatternSegment): Level {
    const key = typeof part === "string" ? `=${part}` : `#${part.prefix}{${formatIndexRanges(part.members)}}`;
    let found = level.next.get(key);
    if (found === undefined) {
      const { names } = this.component.table;
      const texts =
        typeof part === "string" ? [part] : part.members.map((member) => `${part.prefix}${member}`);
      const segments = texts.map((text) => names.segments.find(text));
      found = this.level(level, childrenNamed(names, level.apart, segments), segments.length);
      level.next.set(key, found);
    }
    return found;
  }

  /**
   * `children`: of the nodes that are apart, so many of each; of the others their number is enough. Every turn of the loop
   * does the same operations: one that came up late would have the compiled loop thrown away and made again.
   */
  private level(above: Level, children: Int32Array, each: number): Level {
    const { shardBelow } = this;
    const { shards: shardsAbove, counts: countsAbove } = above;
    // A name of another module is a call, where that is another file.
    const several = SEVERAL_SHARDS;
    const stretches = shardsAbove.length - above.apart.length + children.length;
    const [shards, counts] = [new Int32Array(stretches), new Int32Array(stretches)];
    // The last place is written to, and never read.
    const apart = new Int32Array(children.length + 1);
    let [last, found, child, before] = [-1, 0, 0, several];
    for (let at = 0; at < shardsAbove.length; at++) {
      const common = shardsAbove[at] as number;
      const whole = (countsAbove[at] as number) * each;
      const isApart = common === several;
      for (let turn = isApart ? each : 1; turn > 0; turn--) {
        const node = isApart ? (children[child] as number) : 0;
        const below = shardBelow[node] as number;
        const shard = isApart ? below : common;
        child += isApart ? 1 : 0;
        apart[found] = node;
        found += shard === several ? 1 : 0;
        last += shard === before && shard !== several ? 0 : 1;
        shards[last] = shard;
        counts[last] = (counts[last] as number) + (isApart ? 1 : whole);
        before = shard;
      }
    }
    return {
      shards: shards.subarray(0, last + 1),
      counts: counts.subarray(0, last + 1),
      apart: apart.subarray(0, found),
      next: new Map(),
    };
  }

  private runs({ shards, counts, apart }: Level, each: number): ShardRun[] {
    const { table } = this.component;
    const runs: [number, number][] = [];
    let own = 0;
    for (let at = 0; at < shards.length; at++) {
      let shard = shards[at] as number;
      // A tensor that others lie below, `w` beside `w.absmax`: here it is its own shard that counts.
      if (shard === SEVERAL_SHARDS)
        shard = table.shards.data[table.rowAt(apart[own++] as number) as number] as number;
      const count = (counts[at] as number) * each;
      const last = runs.at(-1);
      if (last?.[0] === shard) last[1] += count;
      else runs.push([shard, count]);
    }
    return runs;
  }
}

/** Children that are walked in search of one; in a larger family each is looked up. */
const WALKED_CHILDREN = 16;

/** Of each node the children of these names, in their order. The loop reads columns, and calls nothing. */
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
