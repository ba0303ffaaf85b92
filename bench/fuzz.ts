import { fuzzHeaders } from "../test/support/fuzz-headers.ts";

/**
 * `npm run fuzz -- [runs] [seed]`: random and mutated headers through the scanner and the oracle. Ends with 1 on
 * a crash, a disagreement, or a header that took over a second.
 */
const DEFAULT_RUNS = 200_000;
const MAX_MS = 1000;

const runs = Number(process.argv[2] ?? DEFAULT_RUNS);
const seed = Number(process.argv[3] ?? 20_240_601);
if (!Number.isSafeInteger(runs) || runs < 1 || !Number.isSafeInteger(seed)) {
  console.error("usage: npm run fuzz -- [runs] [seed]");
  process.exitCode = 2;
} else {
  const startedAt = performance.now();
  const summary = fuzzHeaders(runs, seed, (done) => {
    if (done % 50_000 === 0) console.error(`${done} of ${runs}`);
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const list = (counts: ReadonlyMap<string, number>) =>
    [...counts]
      .sort((a, b) => b[1] - a[1])
      .map(([key, count]) => `${key} ${count}`)
      .join(", ");
  console.log(`${summary.runs} headers in ${seconds.toFixed(1)} s, seed ${seed}`);
  console.log(`verdicts: ${list(summary.verdicts)}`);
  console.log(`codes: ${list(summary.codes)}`);
  console.log(`slowest header: ${summary.slowestMs.toFixed(1)} ms (limit ${MAX_MS} ms)`);
  for (const failure of summary.failures) console.log(failure);
  console.log(summary.failures.length === 0 ? "no crash, no disagreement" : "FAILED");
  if (summary.failures.length > 0 || summary.slowestMs > MAX_MS) process.exitCode = 1;
}
