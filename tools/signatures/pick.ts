// Picks a small committed test from samples: some tens of classes, three configurations each.
//
//   node run.mjs pick SAMPLES.ndjson REPORT.json OUT.ndjson.gz
//
// The report is evaluate.ts's: of classes with something unknown there is nothing exact to hold.
import fs from "node:fs";
import readline from "node:readline";
import zlib from "node:zlib";
import type { Sample } from "./judge.ts";

const CLASSES = 44;
const CONFIGURATIONS = 3;
/** Of a vision tower and of layers told by words: tests bend both. */
const ALWAYS = "transformers Qwen3_5MoeForConditionalGeneration";
/** Larger samples say nothing more, and the file is to stay small. */
const MOST_TENSORS = 400;

const [samples, report, out] = process.argv.slice(2) as [string, string, string];
const exact = new Set(
  (JSON.parse(fs.readFileSync(report, "utf8")) as { key: string; verdict: string }[])
    .filter(({ verdict }) => verdict === "exact")
    .map(({ key }) => key),
);
const ofClass = new Map<string, string[]>();
for await (const line of readline.createInterface({ input: fs.createReadStream(samples) })) {
  if (line === "") continue;
  const sample = JSON.parse(line) as Sample;
  if (Object.keys(sample.tensors).length > MOST_TENSORS) continue;
  const key = `${sample.library} ${sample.class}`;
  if (!exact.has(key)) continue;
  ofClass.set(key, [...(ofClass.get(key) ?? []), line]);
}
const complete = [...ofClass]
  .filter(([key, lines]) => key !== ALWAYS && lines.length >= CONFIGURATIONS)
  .map(([, lines]) => lines);
// Spread over the alphabet: neighbours are of one family.
const step = Math.max(1, complete.length / CLASSES);
const picked: string[] = [];
for (let at = 0; at < complete.length; at += step)
  picked.push(...(complete[Math.floor(at)] as string[]).slice(0, CONFIGURATIONS));
picked.push(...(ofClass.get(ALWAYS) ?? []).slice(0, CONFIGURATIONS));
fs.writeFileSync(out, zlib.gzipSync(`${picked.join("\n")}\n`, { level: 9 }));
console.log(`${picked.length} samples, ${fs.statSync(out).size} bytes`);
