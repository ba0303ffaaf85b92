import type { Component } from "../checkpoint/checkpoint.ts";
import { gatherModules, type PatternSegment } from "../checkpoint/repeats.ts";
import { formatIndexRanges } from "../format/ranges.ts";
import { ROOT } from "../safetensors/tensor-names.ts";
import type { TensorTable } from "../safetensors/tensor-table.ts";

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
  readonly shards: readonly (readonly [shard: number, tensors: number])[];
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
  return groups.flatMap(({ patterns }) => patterns.map((pattern) => toRow(table, pattern)));
}

function toRow(table: TensorTable, pattern: readonly PatternSegment[]): TensorFold {
  const nodes = nodesOf(table, pattern);
  const row = table.rowAt(nodes[0] as number) as number;
  return {
    parts: partsOf(pattern),
    count: nodes.length,
    dtype: table.dtype(row),
    shape: table.shape(row),
    bytesEach: table.bytes(row),
    shards: shardRuns(table, nodes),
  };
}

/** Every node that a pattern stands for, its last list fastest; level by level, so that shared beginnings are looked up once. */
function nodesOf({ names }: TensorTable, pattern: readonly PatternSegment[]): Int32Array {
  let nodes = Int32Array.of(ROOT);
  for (const part of pattern) {
    const texts = typeof part === "string" ? [part] : part.members.map((member) => `${part.prefix}${member}`);
    const segments = texts.map((text) => names.segments.find(text));
    const next = new Int32Array(nodes.length * segments.length);
    let used = 0;
    for (const node of nodes) for (const segment of segments) next[used++] = names.findChild(node, segment);
    nodes = next;
  }
  return nodes;
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

function shardRuns(table: TensorTable, nodes: Int32Array): (readonly [number, number])[] {
  const runs: [number, number][] = [];
  const shards = table.shards.data;
  let open: [number, number] = [-1, 0];
  for (const node of nodes) {
    const shard = shards[table.rowAt(node) as number] as number;
    if (open[0] === shard) open[1]++;
    else {
      open = [shard, 1];
      runs.push(open);
    }
  }
  return runs;
}
