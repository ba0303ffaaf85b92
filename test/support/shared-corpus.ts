import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { addUp, parseListing, sortedText } from "./listing.ts";
import { findBadManners } from "./manners.ts";
import { runCli } from "./run-cli.ts";
import { judgeArchitecture } from "./shared-architecture.ts";
import type { Tally } from "./tally.ts";

interface Totals {
  readonly tensors: number;
  /** null where the catalogue does not tell. */
  readonly elements: number | null;
  readonly bytes: number | null;
  readonly files: number | null;
  readonly dtypes: Readonly<Record<string, number>>;
}

interface SourceFacts {
  readonly tensors: number;
  readonly files: number;
  readonly elements: number;
  readonly tensor_bytes: number;
  readonly dtypes: Readonly<Record<string, number>>;
}

/** Makes every checkpoint of the corpus real, one at a time, and holds unfold's totals against the catalogue's. */
export function runCorpus(root: string, shared: string, scratch: string, tally: Tally): void {
  const corpus = path.join(shared, "corpus");
  for (const slug of fs.readdirSync(corpus).sort()) {
    const entry = path.join(corpus, slug);
    if (!["manifest.ndjson.gz", "spec.json"].some((name) => fs.existsSync(path.join(entry, name)))) continue;
    const folder = path.join(scratch, "checkpoint");
    const mkckpt = path.join(shared, "tools", "mkckpt.mjs");
    const made = spawnSync(process.execPath, [mkckpt, entry, folder], { encoding: "utf8" });
    const facts = JSON.parse(fs.readFileSync(path.join(entry, "source.json"), "utf8")) as SourceFacts;
    const { tensors, elements, tensor_bytes: bytes, files, dtypes } = facts;
    const faults =
      made.status === 0
        ? [
            ...judge(root, folder, { tensors, elements, bytes, files, dtypes }),
            ...judgeArchitecture(root, slug, folder),
          ]
        : [`mkckpt failed: ${made.stderr.trim()}`];
    tally.check(`corpus/${slug}`, faults);
    fs.rmSync(folder, { recursive: true, force: true });
  }
  runRealFiles(root, corpus, tally);
  runBrokenOnes(root, corpus, tally);
}

/** The table of small real files in the catalogue: `| files/x | what | source | bytes | tensors | dtypes | …`. */
function runRealFiles(root: string, corpus: string, tally: Tally): void {
  const catalogue = fs.readFileSync(path.join(corpus, "CATALOG.md"), "utf8");
  let found = 0;
  for (const line of catalogue.split("\n")) {
    const cells = line.split("|").map((cell) => cell.trim());
    const [, file, , , , tensors, dtypes] = cells;
    if (file === undefined || !/^files\/.*\.safetensors$/.test(file)) continue;
    found++;
    const expected: Totals = {
      tensors: Number(tensors),
      elements: null,
      bytes: null,
      files: 1,
      dtypes: Object.fromEntries(
        (dtypes ?? "").split(", ").map((pair) => [pair.split(" ")[0], Number(pair.split(" ")[1])]),
      ),
    };
    tally.check(`corpus/${file}`, judge(root, path.join(corpus, file), expected));
  }
  tally.check("corpus/CATALOG.md", found > 0 ? [] : ["no table of real files was found in it"]);
}

/** Files that are not what they seem, and an index without its shards: refused, with manners. */
function runBrokenOnes(root: string, corpus: string, tally: Tally): void {
  for (const parent of ["oddities", "index-only"]) {
    for (const name of fs.readdirSync(path.join(corpus, parent)).sort()) {
      const run = runCli(root, ["ls", path.join(corpus, parent, name), "--json"]);
      const verdict = run.code === 3 ? [] : [`exit code ${run.code}, expected 3`];
      tally.check(`corpus/${parent}/${name}`, [...findBadManners(run), ...verdict]);
    }
  }
}

function judge(root: string, target: string, expected: Totals): string[] {
  const run = runCli(root, ["ls", target, "--json"]);
  const faults = findBadManners(run);
  if (run.code !== 0) return [...faults, `exit code ${run.code}: ${run.stderr.trim().split("\n")[0]}`];
  const listing = parseListing(run.stdout);
  const totals = addUp(listing);
  const claim = (what: string, found: number | bigint | string, wanted: number | string | null) => {
    if (wanted !== null && String(found) !== String(wanted))
      faults.push(`${what} ${found}, expected ${wanted}`);
  };
  claim("tensors", listing.checkpoint.tensors, expected.tensors);
  claim("listed tensors", totals.tensors, expected.tensors);
  claim("elements", totals.elements, expected.elements);
  claim("bytes", listing.checkpoint.tensorBytes, expected.bytes);
  claim("listed bytes", totals.bytes, expected.bytes);
  claim("shards", listing.checkpoint.shards, expected.files);
  claim("dtypes", sortedText(totals.tensorsByDtype), sortedText(expected.dtypes));
  return faults;
}
