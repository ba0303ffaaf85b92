import fs from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { buildShard } from "../../fixtures/checkpoint-spec.ts";
import { loadCheckpoint } from "../../src/checkpoint/load.ts";
import { runChecks } from "../../src/checks/run.ts";
import { buildReport } from "../../src/report/report.ts";
import { DTYPE_BITS, type Dtype } from "../../src/safetensors/dtype.ts";
import { type MemoryFile, MemorySource } from "../../src/sources/memory.ts";
import { MEMORY_FACTS } from "./checkpoint-builder.ts";
import { formatDisagreements } from "./formats-agree.ts";
import { loadFiles } from "./run-checks.ts";
import type { Tally } from "./tally.ts";
import { disagreementsOf, faultsInViews } from "./views-agree.ts";

/** A tensor of a manifest: name, dtype, shape, file. */
interface ManifestRow {
  readonly n: string;
  readonly d: Dtype;
  readonly s: readonly number[];
  readonly f: string;
}

const MANIFEST = "manifest.ndjson.gz";

/** What the corpus itself says of an entry, and no checkpoint holds. */
const ABOUT = new Set(["expect.json", "metadata.json", "source.json", "spec.json", "truth.json"]);

/** Of every manifest all views and formats say the same; of a sound one no view finds fault with a shard alone. */
export async function runSharedViews(shared: string, tally: Tally): Promise<void> {
  for (const corpus of ["corpus", "corpus2"]) {
    const folder = path.join(shared, corpus);
    if (!fs.existsSync(folder)) continue;
    const manifests = fs
      .readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => path.basename(file) === MANIFEST);
    for (const manifest of manifests.sort()) {
      const entry = path.join(folder, path.dirname(manifest));
      tally.check(`views/${corpus}/${path.dirname(manifest)}`, await judge(filesOf(entry)));
    }
  }
}

async function judge(files: ReadonlyMap<string, MemoryFile>): Promise<string[]> {
  const checkpoint = await loadFiles(files);
  const result = runChecks(checkpoint);
  const unlike = [
    ...disagreementsOf(checkpoint, result),
    ...(await formatDisagreements(buildReport("check", checkpoint, result))),
  ];
  const isSound = result.summary.errors === 0 && result.summary.warnings === 0;
  return isSound ? [...unlike, ...(await faultsOfOneShard(files))] : unlike;
}

/** Says what a view finds wrong with the first of several shards. */
async function faultsOfOneShard(files: ReadonlyMap<string, MemoryFile>): Promise<string[]> {
  const shard = [...files.keys()].find((name) => /-00001-of-(?!00001)\d+\.safetensors$/.test(name));
  if (shard === undefined) return [];
  const checkpoint = await loadCheckpoint(new MemorySource(files, MEMORY_FACTS, shard));
  return faultsInViews(checkpoint).map((fault) => `${shard} alone: ${fault}`);
}

/** The files of an entry as they would be on disk, without the data. */
function filesOf(entry: string): Map<string, MemoryFile> {
  const files = new Map<string, MemoryFile>();
  const shards = new Map<string, Parameters<typeof buildShard>[0][number][]>();
  for (const line of gunzipSync(fs.readFileSync(path.join(entry, MANIFEST)))
    .toString("utf8")
    .split("\n")) {
    if (line === "") continue;
    const { n, d, s, f } = JSON.parse(line) as ManifestRow;
    const bytes = Math.ceil((s.reduce((product, dim) => product * dim, 1) * DTYPE_BITS[d]) / 8);
    const tensor = { name: n, dtype: d, shape: s, bytes };
    const shard = shards.get(f);
    if (shard === undefined) shards.set(f, [tensor]);
    else shard.push(tensor);
  }
  for (const [name, tensors] of shards) files.set(name, buildShard(tensors));
  for (const file of fs.readdirSync(entry, { recursive: true, encoding: "utf8" }))
    if (file.endsWith(".json") && !ABOUT.has(path.basename(file)))
      files.set(file.split(path.sep).join("/"), { bytes: fs.readFileSync(path.join(entry, file)) });
  return files;
}
