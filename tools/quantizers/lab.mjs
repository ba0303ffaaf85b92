// Holds unfold against exports that the quantizers themselves make of a tiny model, here and now.
//
//   npm run lab:quant -- [FOLDER] [--only WORDS]
//
// Needs a Python environment with requirements.txt, or with what of it installs; PYTHON names its interpreter. FOLDER keeps the
// exports, and those that are there already are only judged. Ends with 1 where an export is not read as it was made.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";

const here = import.meta.dirname;
const program = path.join(here, "../../bin/unfold.js");
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: "string", default: "" } },
});
const kept = positionals[0];
const folder = kept ?? fs.mkdtempSync(path.join(os.tmpdir(), "quantizers-lab-"));
try {
  process.exitCode = run(folder);
} finally {
  if (kept === undefined) fs.rmSync(folder, { recursive: true, force: true });
}

function run(root) {
  fs.mkdirSync(root, { recursive: true });
  const isMade = fs.readdirSync(root).some((name) => fs.existsSync(path.join(root, name, "truth.json")));
  if (!isMade) {
    const only = values.only === "" ? [] : values.only.split(",");
    const python = process.env.PYTHON ?? "python3";
    const made = spawnSync(python, [path.join(here, "export.py"), root, ...only], {
      stdio: ["ignore", "inherit", "ignore"],
    });
    if (made.error !== undefined || made.status !== 0) {
      console.error(`lab: ${python} did not run export.py: ${made.error?.message ?? `exit ${made.status}`}`);
      return 2;
    }
  }
  const names = fs.readdirSync(root).filter((name) => fs.existsSync(path.join(root, name, "truth.json")));
  let right = 0;
  for (const name of names.sort()) {
    const wrong = judge(path.join(root, name));
    if (wrong.length === 0) right += 1;
    console.log(wrong.length === 0 ? `ok     ${name}` : `wrong  ${name}: ${wrong.join("; ")}`);
  }
  console.log(`${right} of ${names.length} exports are read as they were made`);
  return names.length > 0 && right === names.length ? 0 : 1;
}

/** What of an export is not told as it is. */
function judge(export_) {
  const truth = JSON.parse(fs.readFileSync(path.join(export_, "truth.json"), "utf8"));
  const { findings } = ask("check", export_);
  const { schemes, modules, parameters } = { ...ask("precision", export_), ...ask("params", export_) };
  const wrong = findings
    .filter(({ severity }) => severity !== "info")
    .map(({ severity, rule, where }) => `${severity} ${rule} at ${where}`);
  const packed = schemes.filter(({ scheme }) => scheme !== "none");
  for (const { scheme, bits, group } of packed) {
    if (!truth.scheme.includes(scheme)) wrong.push(`scheme ${scheme}, made ${truth.scheme.join(" or ")}`);
    if (bits !== truth.bits) wrong.push(`${bits} bits, made ${truth.bits}`);
    if (truth.group !== null && group !== truth.group) wrong.push(`groups of ${group}, made ${truth.group}`);
  }
  if (packed.length === 0) wrong.push("nothing is told to be quantized");
  if (parameters.total !== truth.parameters)
    wrong.push(`${parameters.total} parameters, made of ${truth.parameters}`);
  return [...wrong, ...judgeShapes(modules, truth.shapes)];
}

function judgeShapes(modules, shapes) {
  const left = new Map(Object.entries(shapes));
  const wrong = [];
  for (const { pattern, scheme, weight, parametersEach } of modules) {
    if (scheme === "none") continue;
    for (const name of expand(pattern)) {
      const wanted = left.get(name);
      left.delete(name);
      if (wanted === undefined) wrong.push(`${name} is told to be quantized`);
      // Some keep the shape outside of headers: then the number of values is told.
      else if (weight.logicalShape === null && parametersEach !== wanted[0] * wanted[1])
        wrong.push(`${name} has ${parametersEach} values, made of [${wanted}]`);
      else if (weight.logicalShape !== null && String(weight.logicalShape) !== String(wanted))
        wrong.push(`${name} is [${weight.logicalShape}], made of [${wanted}]`);
    }
  }
  return [...wrong, ...[...left.keys()].slice(0, 1).map((name) => `${name} is not told to be quantized`)];
}

/** `layers.{0-1}.q_proj` → both names. */
function expand(pattern) {
  const match = /^(.*?)\{([\d,-]+)\}(.*)$/.exec(pattern);
  if (match === null) return [pattern];
  const [, before, list, after] = match;
  return list.split(",").flatMap((item) => {
    const [first, last = first] = item.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, k) => `${before}${first + k}${after}`).flatMap(
      expand,
    );
  });
}

function ask(command, target) {
  const options = [command, target, "--json", "--quiet", "--no-cache", "--offline"];
  const run = spawnSync(process.execPath, [program, ...options], { encoding: "utf8", maxBuffer: 1 << 28 });
  try {
    return JSON.parse(run.stdout).result;
  } catch {
    throw new Error(`unfold ${command} ${target}: exit ${run.status}: ${run.stderr.slice(0, 500)}`);
  }
}
