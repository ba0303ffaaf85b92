import type { Checkpoint, Component, Layout } from "../checkpoint/checkpoint.ts";
import type { Note } from "../checkpoint/notes.ts";
import type { Problem } from "../checkpoint/problem.ts";
import type { SourceFacts } from "../sources/source.ts";
import { VERSION } from "../version.ts";

/** The one result of a run: plain JSON, the same bytes for the same input. Text views are rendered from it alone. */
export interface Report<Result = unknown> {
  readonly schemaVersion: 1;
  readonly command: string;
  /** Version of unfold. */
  readonly unfold: string;
  readonly source: SourceFacts;
  readonly checkpoint: CheckpointFacts;
  /** What could not be read, or is not whole: the run ends with exit code 3. */
  readonly problems: readonly Problem[];
  /** What was chosen and what is odd, and harms nothing. */
  readonly notes: readonly Note[];
  /** What the command answers; null where not one shard could be read, so that nothing unknown looks like zero. */
  readonly result: Result;
}

export interface CheckpointFacts {
  readonly layout: Layout;
  readonly shards: number;
  readonly shardsRead: number;
  readonly tensors: number;
  /** Bytes of headers read, length prefixes included. */
  readonly headerBytes: number;
  /** Bytes of tensor data, as dtypes and shapes need them; never read. */
  readonly tensorBytes: number;
  /** "." for the checkpoint of the source, or the names of several. */
  readonly components: readonly string[];
  /** Whether all of it could be read, and nothing about it is broken: no problem was found. */
  readonly whole: boolean;
  /** Shards that are not there, all of them: the problems tell ten and count the rest. */
  readonly missingShards: readonly string[];
  /** Tensors that the index names, null without one. */
  readonly tensorsIndexed: number | null;
}

/** Puts a result into its report. */
export function buildReport<Result>(command: string, checkpoint: Checkpoint, result: Result): Report<Result> {
  return {
    schemaVersion: 1,
    command,
    unfold: VERSION,
    source: checkpoint.source,
    checkpoint: countCheckpoint(checkpoint),
    problems: checkpoint.problems,
    notes: checkpoint.notes,
    result,
  };
}

function countCheckpoint({ components, problems }: Checkpoint): CheckpointFacts {
  const sum = (of: (component: Checkpoint["components"][number]) => number) =>
    components.reduce((total, component) => total + of(component), 0);
  const layouts = new Set(components.map((component) => component.layout));
  return {
    layout: layouts.size === 1 ? (components[0]?.layout ?? "single") : "sharded",
    shards: sum((component) => component.shards.length),
    shardsRead: sum((component) => component.shards.filter((shard) => shard.status === "read").length),
    tensors: sum((component) => component.kinds.tensors(component.kinds.root)),
    headerBytes: sum((component) => component.headerBytes),
    tensorBytes: sum((component) => component.kinds.bytes(component.kinds.root)),
    components: components.map((component) => component.name),
    whole: problems.length === 0,
    missingShards: components.flatMap(missingShardsOf),
    tensorsIndexed: components.every((component) => component.index === null)
      ? null
      : sum((component) => component.index?.entryCount ?? component.table.count),
  };
}

function missingShardsOf({ shards }: Component): string[] {
  return shards.flatMap((shard) =>
    shard.status === "unreadable" && shard.error.code === "SHARD_MISSING" ? [shard.path] : [],
  );
}
