// Holds every signature against the libraries themselves: new random configurations of each class that was derived.
//
//   npm run lab -- RESULTS [--seed N] [--count N] [--only REGEX] [--pins TABLE.md]
//
// Needs the Python environment of requirements.txt; PYTHON names its interpreter. Ends with 1 where a class is wrong.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";

const here = import.meta.dirname;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string", default: String(process.pid) },
    count: { type: "string", default: "5" },
    only: { type: "string", default: "" },
    pins: { type: "string" },
  },
});
const [results] = positionals;
if (results === undefined) {
  console.error("lab: the folder of derived classes is missing (tools/signatures/README.md)");
  process.exitCode = 2;
} else {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "signatures-lab-"));
  try {
    process.exitCode = run(results, folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function run(results, folder) {
  const data = path.join(here, "../../src/signatures/signatures.data");
  const samples = path.join(folder, "samples.ndjson");
  const report = path.join(folder, "report.json");
  const chosen = ["--results", results, "--seed", values.seed, "--count", values.count];
  console.log(`seed ${values.seed}`);
  python("sample.py", ...chosen, "--only", values.only, "--out", samples);
  node("evaluate", data, samples, report);
  if (values.pins !== undefined) {
    const pins = path.join(folder, "pins.ndjson");
    python("pins.py", "--pins", values.pins, "--results", results, "--seed", values.seed, "--out", pins);
    node("pins", data, pins);
  }
  const wrong = JSON.parse(fs.readFileSync(report, "utf8")).filter(({ verdict }) => verdict === "wrong");
  return wrong.length === 0 ? 0 : 1;
}

function python(program, ...rest) {
  start(process.env.PYTHON ?? "python3", [path.join(here, program), ...rest]);
}

function node(program, ...rest) {
  start(process.execPath, [path.join(here, "run.mjs"), program, ...rest]);
}

function start(command, given) {
  const { status, error } = spawnSync(command, given, { stdio: "inherit" });
  if (error !== undefined || status !== 0)
    throw new Error(`${path.basename(given[0])} failed`, { cause: error });
}
