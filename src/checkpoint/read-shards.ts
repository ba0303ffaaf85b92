import { UnfoldError } from "../errors.ts";
import { nowMs } from "../format/clock.ts";
import { type HeaderBytes, LENGTH_BYTES, readHeader } from "../safetensors/read-header.ts";
import type { Source } from "../sources/source.ts";

export type ShardRead =
  | { readonly path: string; readonly header: HeaderBytes; readonly error?: undefined }
  | { readonly path: string; readonly error: UnfoldError };

/** Longest stretch without a turn of the event loop, so that progress is drawn and Ctrl-C is heard. */
const YIELD_AFTER_MS = 50;

/**
 * Reads the headers of shards, several at a time where the source waits for answers, and hands them out in the
 * order of `paths`, whatever order they come in: a run gives the same result each time.
 */
export async function* readShards(
  source: Source,
  paths: readonly string[],
): AsyncGenerator<ShardRead, void, undefined> {
  if (source.concurrency <= 1) yield* readOneByOne(source, paths);
  else yield* readAhead(source, paths);
}

async function* readOneByOne(
  source: Source,
  paths: readonly string[],
): AsyncGenerator<ShardRead, void, undefined> {
  let turnAt = nowMs();
  for (const path of paths) {
    yield await readShard(source, path);
    if (nowMs() - turnAt > YIELD_AFTER_MS) {
      await new Promise((resolve) => setImmediate(resolve));
      turnAt = nowMs();
    }
  }
}

async function* readAhead(
  source: Source,
  paths: readonly string[],
): AsyncGenerator<ShardRead, void, undefined> {
  const underWay: Promise<ShardRead>[] = [];
  let next = 0;
  const start = () => {
    while (next < paths.length && running < source.concurrency) {
      running++;
      const path = paths[next++] as string;
      underWay.push(
        readShard(source, path).finally(() => {
          running--;
          start();
        }),
      );
    }
  };
  let running = 0;
  start();
  for (let taken = 0; taken < paths.length; taken++) yield await (underWay[taken] as Promise<ShardRead>);
}

async function readShard(source: Source, path: string): Promise<ShardRead> {
  try {
    const opening = source.open(path);
    const reader = opening instanceof Promise ? await opening : opening;
    try {
      const header = await readHeader(reader, source.firstReadBytes);
      source.noteHeader?.(header.json.length + LENGTH_BYTES);
      return { path, header };
    } finally {
      const closing = reader.close();
      if (closing instanceof Promise) await closing;
    }
  } catch (error) {
    if (error instanceof UnfoldError) return { path, error };
    throw error;
  }
}
