// Holds unfold against exports that the quantizers themselves make of tiny models, here and now.
//
//   npm run lab:quant -- [FOLDER] [--only WORDS]
//
// Needs a Python environment with one of requirements/*.txt, or with what of it installs; PYTHON names its interpreter. FOLDER keeps
// the exports: those that are there are judged again and not made again, so each environment adds its own. Ends with 1 where an export
// is not read as it was made, where a sound one has an error or a warning, or where one of its damaged twins has none.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { damagedTwins } from "./damage.mjs";

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
  const { PYTHON } = process.env;
  if ((PYTHON !== undefined || exportsIn(root).length === 0) && !make(root, PYTHON ?? "python3")) return 2;
  const names = exportsIn(root);
  let right = 0;
  for (const name of names) {
    const wrong = [...judge(path.join(root, name)), ...judgeTwins(path.join(root, name))];
    if (wrong.length === 0) right += 1;
    console.log(wrong.length === 0 ? `ok     ${name}` : `wrong  ${name}: ${wrong.join("; ")}`);
  }
  console.log(`${right} of ${names.length} exports are read as they were made, and their damage is told`);
  return names.length > 0 && right === names.length ? 0 : 1;
}

function make(root, python) {
  const only = values.only === "" ? [] : values.only.split(",");
  const made = spawnSync(python, [path.join(here, "export.py"), root, ...only], {
    stdio: ["ignore", "inherit", "ignore"],
  });
  if (made.error === undefined && made.status === 0) return true;
  console.error(`lab: ${python} did not run export.py: ${made.error?.message ?? `exit ${made.status}`}`);
  return false;
}

function exportsIn(root) {
  const isWanted = (name) =>
    values.only === "" || values.only.split(",").some((word) => name.startsWith(word));
  return fs
    .readdirSync(root)
    .filter((name) => fs.existsSync(path.join(root, name, "truth.json")))
    .filter((name) => kept === undefined || process.env.PYTHON !== undefined || isWanted(name))
    .sort();
}

/** What of an export is not told as it is. */
function judge(export_) {
  const truth = JSON.parse(fs.readFileSync(path.join(export_, "truth.json"), "utf8"));
  const { schemes, modules, parameters } = { ...ask("precision", export_), ...ask("params", export_) };
  const wrong = faults(export_).map(({ severity, rule, where }) => `${severity} ${rule} at ${where}`);
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

/** Values of each linear, experts of a layer together: some keep the shape outside of headers, and tell the number alone. */
function judgeShapes(modules, shapes) {
  const told = new Map();
  const wrong = [];
  for (const { pattern, scheme, weight, parametersEach } of modules) {
    if (scheme === "none") continue;
    for (const module of expand(pattern)) {
      const name = canonical(module);
      const wanted = shapes[name];
      told.set(name, (told.get(name) ?? 0) + parametersEach);
      const logical = weight.logicalShape?.slice(-2);
      if (wanted === undefined) wrong.push(`${module} is told to be quantized`);
      else if (logical !== undefined && String(logical) !== String(wanted[0]))
        wrong.push(`${module} is [${logical}], made of [${wanted[0]}]`);
    }
  }
  for (const [name, [[rows, columns], count]] of Object.entries(shapes))
    if (told.get(name) !== rows * columns * count)
      wrong.push(`${name} has ${told.get(name) ?? 0} values, made of ${rows * columns * count}`);
  return [...new Set(wrong)].slice(0, 4);
}

/** As in models.py. */
function canonical(module) {
  return module
    .replace("block_sparse_moe", "mlp")
    .replace("switch_mlp", "experts")
    .replace(/\bw1\b/, "gate_proj")
    .replace(/\bw2\b/, "down_proj")
    .replace(/\bw3\b/, "up_proj")
    .replace(/experts\.\d+\./, "experts.");
}

/** Damages that nothing is said of. */
function judgeTwins(export_) {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "quantizers-twin-"));
  const silent = [];
  try {
    for (const { what, write } of damagedTwins(export_)) {
      const twin = path.join(scratch, "twin");
      fs.rmSync(twin, { recursive: true, force: true });
      write(twin);
      if (faults(twin).length === 0) silent.push(`nothing is said of a twin with ${what}`);
    }
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true });
  }
  return silent;
}

function faults(target) {
  return ask("check", target).findings.filter(({ severity }) => severity !== "info");
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
