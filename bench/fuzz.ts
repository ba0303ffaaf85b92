import path from "node:path";
import { parseArgs } from "node:util";
import { fuzzHeaders } from "../test/support/fuzz-headers.ts";
import { type FuzzOptions, fuzzCheckpoints, workOn } from "./fuzz/runner.ts";

/**
 * `npm run fuzz`: random checkpoints and command lines against an oracle, and headers against one of their own. Ends with 1
 * where anything is wrong. The same seed makes the same cases; `--only K` runs one of them again.
 */
const USAGE = `usage: npm run fuzz -- [--seconds N | --cases N] [--seed S] [--jobs J] [--only K] [--keep]
       npm run fuzz -- --headers N [--seed S]`;
const DEFAULT_SEED = 20_240_601;
const DEFAULT_SECONDS = 60;

const FLAGS = {
  seconds: { type: "string" },
  cases: { type: "string" },
  seed: { type: "string" },
  jobs: { type: "string" },
  only: { type: "string" },
  headers: { type: "string" },
  keep: { type: "boolean" },
  worker: { type: "boolean" },
} as const;

process.exitCode = await run();

async function run(): Promise<number> {
  const given = readFlags();
  if (given === undefined) {
    console.error(USAGE);
    return 2;
  }
  const root = path.resolve(import.meta.dirname, "..", "..");
  if (given.isWorker) {
    await workOn(root);
    return 0;
  }
  if (given.headers !== undefined) return runHeaders(given.headers, given.options.seed);
  const { isSound, summary, failures } = await fuzzCheckpoints(process.argv[1] as string, given.options);
  for (const failure of failures) console.log(failure);
  console.log(summary);
  return isSound ? 0 : 1;
}

function readFlags(): { options: FuzzOptions; headers?: number; isWorker: boolean } | undefined {
  try {
    const { values } = parseArgs({ options: FLAGS });
    const count = (name: "seconds" | "cases" | "seed" | "jobs" | "only" | "headers"): number | undefined => {
      const text = values[name];
      if (text === undefined) return undefined;
      if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} takes a number`);
      return Number(text);
    };
    const [cases, only, headers] = [count("cases"), count("only"), count("headers")];
    const seconds = count("seconds") ?? (cases === undefined ? DEFAULT_SECONDS : undefined);
    const options: FuzzOptions = {
      seed: count("seed") ?? DEFAULT_SEED,
      jobs: Math.max(1, count("jobs") ?? 1),
      keep: values.keep === true,
      ...(only === undefined ? { first: 0 } : { first: only }),
      ...(only !== undefined ? { cases: 1 } : cases !== undefined ? { cases } : {}),
      ...(seconds === undefined ? {} : { seconds }),
    };
    return { options, isWorker: values.worker === true, ...(headers === undefined ? {} : { headers }) };
  } catch {
    return undefined;
  }
}

function runHeaders(runs: number, seed: number): number {
  const { verdicts, codes, failures } = fuzzHeaders(runs, seed, (done) => {
    if (done % 50_000 === 0) console.error(`${done} of ${runs}`);
  });
  const list = (counts: ReadonlyMap<string, number>) =>
    [...counts]
      .sort((a, b) => b[1] - a[1])
      .map(([key, count]) => `${key} ${count}`)
      .join(", ");
  for (const failure of failures) console.log(failure);
  console.log(`${runs} headers, seed ${seed}; verdicts: ${list(verdicts)}; codes: ${list(codes)}`);
  console.log(failures.length === 0 ? "no crash, no disagreement" : "FAILED");
  return failures.length === 0 ? 0 : 1;
}
