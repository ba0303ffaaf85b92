import type { Component } from "../checkpoint/checkpoint.ts";
import { gatherModules, type PatternSegment } from "../checkpoint/repeats.ts";
import { formatIndexRanges } from "../format/ranges.ts";
import { type ShardRun, ShardRuns } from "./shard-runs.ts";

/**
 * Tensors of one dtype and shape whose names are a full product of numbers: `ls` in one row where it has thousands.
 * Names are made from a row and an index; byte offsets do not fold, and are left to `ls`.
 */
export interface TensorFold {
  /**
   * Text and sets of numbers in turn, text first and last: `["model.layers.", "0-61", ".mlp.up_proj.weight"]`. A name is
   * the text with one number of each set; the last set runs fastest.
   */
  readonly parts: readonly string[];
  readonly count: number;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Bytes of one. */
  readonly bytesEach: number;
  /** Runs of `[shard, tensors]` in the order of the names; shards are numbers in the component's list. */
  readonly shards: readonly ShardRun[];
}

/** All tensors of a component as folded rows; counts add up to its tensors. */
export function foldTensors(component: Component): TensorFold[] {
  const { kinds, table } = component;
  if (kinds.root < 0) return [];
  const isTensor = (kind: number) => kinds.tensorRow(kind) !== undefined;
  const groups = gatherModules(
    kinds,
    (group) => isTensor(group.kind),
    () => true,
  );
  const runs = new ShardRuns(table);
  return groups.flatMap(({ patterns, node }) => {
    const row = table.rowAt(node) as number;
    return patterns.map((pattern) => ({
      parts: partsOf(pattern),
      count: pattern.reduce((count, part) => count * (typeof part === "string" ? 1 : part.members.length), 1),
      dtype: table.dtype(row),
      shape: table.shape(row),
      bytesEach: table.bytes(row),
      shards: runs.of(pattern),
    }));
  });
}

function partsOf(pattern: readonly PatternSegment[]): string[] {
  const parts = [""];
  pattern.forEach((part, at) => {
    const dot = at === 0 ? "" : ".";
    if (typeof part === "string") parts[parts.length - 1] += `${dot}${part}`;
    else {
      parts[parts.length - 1] += `${dot}${part.prefix}`;
      parts.push(formatIndexRanges(part.members), "");
    }
  });
  return parts;
}
