// Holds samples of the libraries against their signatures as `check` does: sound, with one key of config.json changed, with
// one tensor pattern dropped, renamed or cut. No Python is needed where samples are given.
//
//   npm run lab -- SAMPLES.ndjson[.gz] [--step N] [--most N]
import fs from "node:fs";
import { parseArgs } from "node:util";
import zlib from "node:zlib";
import { loadSignatures } from "../../src/signatures/load.ts";
import { holdSample } from "../../test/support/hold-samples.ts";
import { Prng } from "../../test/support/prng.ts";
import type { Sample } from "./judge.ts";

/** Failures of each kind that are printed. */
const MAX_SHOWN = 60;

const { values, positionals } = parseArgs({
  options: { step: { type: "string", default: "1" }, most: { type: "string", default: "3" } },
  allowPositionals: true,
});
const [samples = "test/signatures/samples.ndjson.gz"] = positionals;
const bytes = fs.readFileSync(samples);
const text = (samples.endsWith(".gz") ? zlib.gunzipSync(bytes) : bytes).toString("utf8");
const store = loadSignatures();
const prng = new Prng(7);
const counts = new Map<string, { right: number; all: number }>();
let skipped = 0;
for (const [at, line] of text.trimEnd().split("\n").entries()) {
  if (at % Number(values.step) !== 0) continue;
  const sample = JSON.parse(line) as Sample;
  const choice = { most: Number(values.most), pick: (count: number) => prng.below(count) };
  const outcomes = await holdSample(sample, store, choice);
  if (outcomes === undefined) skipped += 1;
  for (const { kind, what, isRight, findings } of outcomes ?? []) {
    const known = counts.get(kind) ?? { right: 0, all: 0 };
    counts.set(kind, { right: known.right + Number(isRight), all: known.all + 1 });
    if (!isRight && known.all - known.right < MAX_SHOWN)
      console.log(
        `NO ${sample.class} ${kind} ${what}: ${findings.slice(0, 3).join("; ") || "nothing"}`.slice(0, 400),
      );
  }
}
for (const [kind, { right, all }] of counts)
  console.log(`${kind}: ${right} of ${all} (${((100 * right) / all).toFixed(2)} %)`);
console.log(`${skipped} samples of classes that are not known for their configuration`);
