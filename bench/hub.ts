import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { loadCheckpoint } from "../src/checkpoint/load.ts";
import { HubSource } from "../src/sources/hub.ts";
import { DEFAULT_CONCURRENCY } from "../src/sources/network/limits.ts";
import { readNetworkSettings } from "../src/sources/settings.ts";

/** Round trips of a server one continent away. */
const LATENCY_MS = 100;
const PAIRS = 5;
const MODELS = [
  { id: "bench/minimax-m2", shards: 125 },
  { id: "bench/deepseek-v3", shards: 163 },
] as const;

interface Counts {
  readonly answers: number;
  readonly rangedReads: number;
  readonly bytesSent: number;
}

/**
 * Reads all headers of two large models from a hub on this machine whose every answer takes 100 ms: unfold, without a
 * cache, against `parseSafetensorsMetadata` of @huggingface/hub, in pairs, each first in turn.
 */
export async function benchHub(serverScript: URL): Promise<void> {
  const server = fork(fileURLToPath(serverScript), [String(LATENCY_MS)]);
  const [{ endpoint, headerBytes }] = (await once(server, "message")) as [
    { endpoint: string; headerBytes: number[] },
  ];
  const { parseSafetensorsMetadata } = await import("@huggingface/hub");
  const viaLibrary = async (id: string) => {
    await parseSafetensorsMetadata({
      repo: { type: "model", name: id },
      hubUrl: endpoint,
      computeParametersCount: false,
    });
  };
  try {
    for (const [at, { id, shards }] of MODELS.entries()) {
      const runs = await runPairs(
        server,
        () => viaUnfold(endpoint, id),
        () => viaLibrary(id),
      );
      print(id, shards, headerBytes[at] ?? 0, runs);
    }
  } finally {
    server.disconnect();
  }
}

async function viaUnfold(endpoint: string, id: string): Promise<void> {
  const signal = new AbortController().signal;
  const around = { environment: {}, homeFolder: "", readText: () => undefined, version: "bench", signal };
  const settings = readNetworkSettings({ endpoint, useCache: false }, around);
  const source = await HubSource.connect({ kind: "hub", id, revision: null, path: "" }, settings);
  try {
    const { problems } = await loadCheckpoint(source);
    if (problems.length > 0) throw new Error(problems[0]?.message);
  } finally {
    await source.close();
  }
}

interface Run {
  readonly ms: number;
  readonly counts: Counts;
}

async function runPairs(
  server: ChildProcess,
  ours: () => Promise<void>,
  theirs: () => Promise<void>,
): Promise<{ ours: Run[]; theirs: Run[] }> {
  const runs: { ours: Run[]; theirs: Run[] } = { ours: [], theirs: [] };
  for (let pair = 0; pair < PAIRS; pair++) {
    const order = pair % 2 === 0 ? (["ours", "theirs"] as const) : (["theirs", "ours"] as const);
    for (const side of order) {
      const start = performance.now();
      await (side === "ours" ? ours() : theirs());
      const ms = performance.now() - start;
      server.send("counts");
      const [counts] = (await once(server, "message")) as [Counts];
      runs[side].push({ ms, counts });
    }
  }
  return runs;
}

function print(id: string, shards: number, neededBytes: number, runs: { ours: Run[]; theirs: Run[] }): void {
  const ours = median(runs.ours.map((run) => run.ms));
  const theirs = median(runs.theirs.map((run) => run.ms));
  const ratio = median(runs.theirs.map((run, pair) => run.ms / (runs.ours[pair]?.ms ?? Number.NaN)));
  // Commit first, then rounds of shards, each a redirect and its target.
  const idealMs = LATENCY_MS * (1 + 2 * Math.ceil(shards / DEFAULT_CONCURRENCY));
  const bytes = (run: Run | undefined) => ((run?.counts.bytesSent ?? 0) / 1e6).toFixed(1);
  console.log(`${id}: ${shards} shards, ${LATENCY_MS} ms an answer, median of ${PAIRS} pairs`);
  console.log(
    `  unfold                    ${ours.toFixed(0)} ms, ${ratio.toFixed(2)} times as fast (median of the pairs)`,
  );
  console.log(`  parseSafetensorsMetadata  ${theirs.toFixed(0)} ms`);
  console.log(`  against the ideal of ${idealMs} ms: ${(ours / idealMs).toFixed(2)}`);
  const [our, their] = [runs.ours[0], runs.theirs[0]];
  console.log(
    `  ranged reads ${our?.counts.rangedReads} (theirs ${their?.counts.rangedReads}), answers ${our?.counts.answers} (${their?.counts.answers})`,
  );
  const share = (our?.counts.bytesSent ?? 0) / neededBytes;
  console.log(
    `  fetched ${bytes(our)} MB (${bytes(their)} MB), ${share.toFixed(3)} of headers, index and config`,
  );
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
