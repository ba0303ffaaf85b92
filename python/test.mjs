// Tests the wheel and the sdist that `npm run build:python` made: each in a fresh environment, with no Node.js on PATH.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { runRecipes } from "./recipes.mjs";
import { testHook } from "./test-hook.mjs";

const root = path.join(import.meta.dirname, "..");
const { version } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"));
const dist = path.join(import.meta.dirname, "dist");
const wheel = path.join(dist, `unfold_cli-${version}-py3-none-any.whl`);
const sdist = path.join(dist, `unfold_cli-${version}.tar.gz`);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "unfold-python-"));
const bin = path.join(folder, process.platform === "win32" ? "Scripts" : "bin");
// The folders of this machine but those with a node, and the environment's own first.
const withoutNode = (process.env.PATH ?? "")
  .split(path.delimiter)
  .filter((each) => !["node", "node.exe"].some((name) => fs.existsSync(path.join(each, name))));
const env = {
  ...process.env,
  PATH: [bin, path.join(folder, "tools"), ...withoutNode].join(path.delimiter),
  PYTHONPATH: "",
  UNFOLD_NPM: `${process.execPath}\n${path.join(root, "bin", "unfold.js")}`,
  UNFOLD_SNAPSHOT: path.join(root, "fixtures", "minimax-m2.unfold.json.gz"),
};
const run = (command, ...args) => execFileSync(command, args, { stdio: "inherit", cwd: folder, env });
const python = path.join(bin, "python");
const install = (...what) =>
  run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...what);
try {
  execFileSync(process.env.PYTHON ?? "python3", ["-m", "venv", folder]);
  keepTools(path.join(folder, "tools"), ["ps"]);
  install(
    wheel,
    "mypy==2.4.1",
    "moto[s3]==5.2.5",
    "flask==3.1.3",
    "flask-cors==6.0.5",
    "duckdb==2.0.1",
    "pre-commit==4.7.0",
  );
  for (const name of ["test_unfold_cli.py", "test_s3.py"])
    run(python, path.join(import.meta.dirname, "tests", name));
  run(python, "-m", "mypy", "--strict", "--no-incremental", "-p", "unfold_cli");
  runRecipes(python, ["matrix", "duckdb"]);
  testHook(folder, path.join(bin, "pre-commit"));
  install("--force-reinstall", "--no-deps", sdist);
  run(path.join(bin, "unfold-cli"), "params", env.UNFOLD_SNAPSHOT);
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}

/** Node.js often shares a folder with all other tools: those that the tests call are named by links of their own. */
function keepTools(into, names) {
  fs.mkdirSync(into);
  const found = (name) =>
    (process.env.PATH ?? "")
      .split(path.delimiter)
      .map((each) => path.join(each, name))
      .find((file) => fs.existsSync(file));
  for (const name of names) {
    const file = found(name);
    if (file !== undefined) fs.symlinkSync(file, path.join(into, name));
  }
}
