// Evaluates a packed file's signatures for the configurations of samples and compares names and shapes.
//
//   node run.mjs evaluate DATA SAMPLES.ndjson [REPORT.json]
//
// A line of samples: {"library", "class", "config", "layout", "tensors": {name: [shape]}}. Prints what is exact, wrong,
// partly unknown.
import fs from "node:fs";
import readline from "node:readline";
import { openSignatures } from "../../src/signatures/store.ts";
import { judge, type Sample, type Verdict } from "./judge.ts";

const [data, samples, reportFile] = process.argv.slice(2) as [string, string, string?];
const store = openSignatures(fs.readFileSync(data));
const ofClass = new Map<string, (Verdict & { readonly line: number })[]>();
let line = -1;
for await (const text of readline.createInterface({ input: fs.createReadStream(samples) })) {
  line += 1;
  if (text === "") continue;
  const sample = JSON.parse(text) as Sample;
  const key = `${sample.library} ${sample.class}`;
  ofClass.set(key, [...(ofClass.get(key) ?? []), { ...judge(sample, store), line }]);
}
report();

function report(): void {
  const order = ["wrong", "none", "beyond", "partly", "exact"] as const;
  const totals = new Map<string, Map<string, number>>();
  const list: {
    key: string;
    verdict: string;
    why: string;
    patterns: string[];
    wrong: number[];
    samples: number;
  }[] = [];
  for (const [key, verdicts] of ofClass) {
    const worst = order.find((each) => verdicts.some(({ verdict }) => verdict === each)) ?? "exact";
    const library = key.split(" ")[0] as string;
    const counts = totals.get(library) ?? new Map<string, number>();
    totals.set(library, counts.set(worst, (counts.get(worst) ?? 0) + 1));
    list.push({
      key,
      verdict: worst,
      why: verdicts.find(({ verdict }) => verdict === worst)?.why ?? "",
      patterns: [...new Set(verdicts.flatMap(({ patterns }) => patterns))],
      samples: verdicts.length,
      // Lines of the samples that it was wrong of: refit.py learns from them.
      wrong: verdicts.filter(({ verdict }) => verdict === "wrong").map((each) => each.line),
    });
  }
  for (const each of list.filter(({ verdict }) => verdict !== "exact"))
    console.log(`${each.verdict} ${each.key}: ${each.why}`);
  for (const [library, counts] of totals)
    console.log(`${library}: ${order.map((each) => `${each} ${counts.get(each) ?? 0}`).join(", ")}`);
  if (reportFile !== undefined) fs.writeFileSync(reportFile, JSON.stringify(list, null, 1));
}
