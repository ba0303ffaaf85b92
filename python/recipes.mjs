// Runs the recipes of docs/fleet.md as they stand there, on a list of small checkpoints made here. By itself: all of them, in
// a fresh environment (Ray and Spark are some 500 MB, so that CI runs the others alone). Needs Java for Spark.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.join(import.meta.dirname, "..");
const PACKAGES = { matrix: [], ray: ["ray"], spark: ["pyspark", "pandas", "pyarrow"], duckdb: ["duckdb"] };

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const names = process.argv.slice(2);
  const chosen = names.length === 0 ? Object.keys(PACKAGES) : names;
  const venv = fs.mkdtempSync(path.join(os.tmpdir(), "unfold-recipes-"));
  try {
    execFileSync(process.env.PYTHON ?? "python3", ["-m", "venv", venv]);
    const python = path.join(venv, "bin", "python");
    const [wheel] = fs.readdirSync(path.join(root, "python", "dist")).filter((name) => name.endsWith(".whl"));
    const packages = [path.join(root, "python", "dist", wheel), ...chosen.flatMap((name) => PACKAGES[name])];
    execFileSync(python, ["-m", "pip", "install", "--quiet", ...packages], { stdio: "inherit" });
    runRecipes(python, chosen);
  } finally {
    fs.rmSync(venv, { recursive: true, force: true });
  }
}

/** Runs the recipes of these names and holds what they wrote against the list. */
export function runRecipes(python, names) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "unfold-fleet-"));
  try {
    const sources = writeSources(folder);
    fs.writeFileSync(path.join(folder, "models.txt"), `${sources.join("\n")}\n`);
    const blocks = [...fs.readFileSync(path.join(root, "docs", "fleet.md"), "utf8").matchAll(BLOCK)].map(
      ([, title, language, text]) => ({ title, language, text }),
    );
    for (const name of names) {
      RECIPES[name]({ folder, python, sources, blocks });
      console.log(`recipe ${name}: done`);
    }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

const BLOCK = /\n## ([^\n]+)\n(?:(?!\n## )[\s\S])*?```(\w+)\n([\s\S]*?)```/g;

const RECIPES = {
  /** The step of the workflow as the runner starts it, once for each part. */
  matrix({ folder, sources, blocks }) {
    const yaml = find(blocks, "GitHub Actions");
    const [, step] = /- run: \|\n((?: {10}.*\n)+)/.exec(yaml);
    const parts = JSON.parse(/part: (\[.*\])/.exec(yaml)[1]);
    const bin = path.join(folder, "bin");
    fs.mkdirSync(bin);
    const words = `#!/bin/sh\nshift 2\nexec ${process.execPath} ${path.join(root, "bin", "unfold.js")} "$@"\n`;
    fs.writeFileSync(path.join(bin, "npx"), words, { mode: 0o755 });
    const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH}` };
    for (const part of parts)
      run(
        "bash",
        ["-e", "-c", step.replace(/\$\{\{ matrix\.part \}\}/g, part)],
        { cwd: folder, env },
        [0, 3],
      );
    const lines = parts.flatMap((part) => readLines(path.join(folder, `results-${part}.ndjson`)));
    same(lines.map(({ listed }) => listed.source).sort(), [...sources].sort());
  },
  ray({ folder, python, sources, blocks }) {
    run(python, ["-c", find(blocks, "Ray")], { cwd: folder });
    const lines = readLines(path.join(folder, "ray.ndjson"));
    same(lines.map(({ source }) => source).sort(), [...sources].sort());
    same(lines.map(({ exitCode }) => exitCode).sort(), [0, 0, 1, 3]);
  },
  spark({ folder, python, sources, blocks }) {
    const env = { ...process.env, PYSPARK_PYTHON: python, PYSPARK_DRIVER_PYTHON: python };
    run(python, ["-c", find(blocks, "Spark")], { cwd: folder, env });
    const written = fs.readdirSync(path.join(folder, "spark")).filter((name) => name.endsWith(".json"));
    const lines = written.flatMap((name) => readLines(path.join(folder, "spark", name)));
    same(lines.map(({ source }) => source).sort(), [...sources].sort());
  },
  duckdb({ folder, python, sources, blocks }) {
    const words = ["bin/unfold.js", "check", "--from", path.join(folder, "models.txt")];
    run(
      process.execPath,
      [...words, "-o", path.join(folder, "results.ndjson"), "--quiet"],
      { cwd: root },
      [3],
    );
    const script = `import duckdb, json, sys
for query in sys.argv[1].split(";"):
    if query.strip():
        print(json.dumps(duckdb.sql(query).fetchall(), default=str))`;
    const options = { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] };
    const printed = execFileSync(python, ["-c", script, find(blocks, "Asking the results")], options);
    const [lacking, schemes, unread] = printed
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    same(
      lacking.map(([source]) => source),
      [sources[2]],
    );
    same(schemes.map(([scheme, , models]) => [scheme, models]).sort(), [
      ["fp8-block", 1],
      ["none", 3],
    ]);
    same(
      unread.map(([source, code]) => [source, code]),
      [[sources[3], "SOURCE_NOT_FOUND"]],
    );
  },
};

function find(blocks, title) {
  const block = blocks.find((each) => each.title.startsWith(title));
  if (block === undefined) throw new Error(`docs/fleet.md has no recipe ${title}`);
  return block.text;
}

function run(command, args, options, codes = [0]) {
  try {
    execFileSync(command, args, { stdio: "inherit", ...options });
  } catch (error) {
    if (!codes.includes(error.status)) throw error;
  }
}

function readLines(file) {
  return fs
    .readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

function same(found, wanted) {
  const [a, b] = [found, wanted].map((each) => JSON.stringify(each));
  if (a !== b) throw new Error(`expected ${b}, found ${a}`);
}

/** Two sound checkpoints, one whose scale is missing, and one that is not there. */
export function writeSources(folder) {
  const plain = { "model.norm.weight": ["BF16", [8], 16] };
  const quantized = {
    "model.layers.0.mlp.up_proj.weight": ["F8_E4M3", [256, 128], 32_768],
    "model.layers.0.mlp.down_proj.weight": ["F8_E4M3", [128, 256], 32_768],
    "model.layers.0.mlp.down_proj.weight_scale_inv": ["F32", [1, 2], 8],
    "model.norm.weight": ["BF16", [8], 16],
  };
  const declared = { quantization_config: { quant_method: "fp8", weight_block_size: [128, 128] } };
  const written = [
    ["sound-a", plain, {}],
    ["sound-b", plain, {}],
    ["broken", quantized, declared],
  ].map(([name, tensors, config]) => writeCheckpoint(path.join(folder, name), tensors, config));
  return [...written, path.join(folder, "missing")];
}

function writeCheckpoint(folder, tensors, config) {
  let end = 0;
  const header = { __metadata__: { format: "pt" } };
  for (const [name, [dtype, shape, bytes]] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [end, end + bytes] };
    end += bytes;
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, "model.safetensors"), Buffer.concat([length, json, Buffer.alloc(end)]));
  fs.writeFileSync(path.join(folder, "config.json"), JSON.stringify(config));
  return folder;
}
