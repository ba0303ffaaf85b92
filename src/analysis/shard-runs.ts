import type { PatternSegment } from "../checkpoint/repeats.ts";
import { formatIndexRanges } from "../format/ranges.ts";
import { type ShardWalk, type Stretches, shardWalkOf } from "../safetensors/shard-walk.ts";
import type { TensorTable } from "../safetensors/tensor-table.ts";

/** So many tensors, one after another in the order of their names, lie in this shard of the component's list. */
export type ShardRun = readonly [shard: number, tensors: number];

/** The nodes that the beginning of a pattern stands for; patterns with one beginning share them. */
interface Level {
  readonly nodes: Stretches;
  readonly next: Map<string, Level>;
}

/** The shards of the tensors that patterns stand for. */
export class ShardRuns {
  private readonly walk: ShardWalk;
  private readonly top: Level;

  constructor(table: TensorTable) {
    this.walk = shardWalkOf(table);
    this.top = { nodes: this.walk.top, next: new Map() };
  }

  of(pattern: readonly PatternSegment[]): readonly ShardRun[] {
    let level = this.top;
    let depth = 0;
    for (; depth < pattern.length && level.nodes.apartCount > 0; depth++)
      level = this.below(level, pattern[depth] as PatternSegment);
    const each = pattern
      .slice(depth)
      .reduce((count, part) => count * (typeof part === "string" ? 1 : part.members.length), 1);
    return this.walk.runs(level.nodes).map(([shard, nodes]) => [shard, nodes * each] as const);
  }

  private below(level: Level, part: PatternSegment): Level {
    const key = typeof part === "string" ? `=${part}` : `#${part.prefix}{${formatIndexRanges(part.members)}}`;
    let found = level.next.get(key);
    if (found === undefined) {
      const texts =
        typeof part === "string" ? [part] : part.members.map((member) => `${part.prefix}${member}`);
      found = { nodes: this.walk.descend(level.nodes, texts), next: new Map() };
      level.next.set(key, found);
    }
    return found;
  }
}
