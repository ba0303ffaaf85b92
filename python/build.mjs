// Builds the Python package: the program as npm ships it, types made from the schema, a wheel and an sdist in python/dist/.
// Needs Python 3.9 or later and the package index that pip is set up with; nothing else of the project does.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { renderReportTypes } from "./report-types.mjs";

/** What the wheel is made with, in a folder of its own that is gone afterwards. */
const TOOLS = ["build==1.6.1", "hatchling==1.33.0"];
/** What of dist/ the command needs; the library and its types are npm's. */
const LEFT_OUT = new Set(["dev", "types", "index.js", "chunks"]);

const root = path.join(import.meta.dirname, "..");
const folder = import.meta.dirname;
const module = path.join(folder, "src", "unfold_cli");
stageProgram(path.join(module, "program"));
const schema = JSON.parse(fs.readFileSync(path.join(root, "src", "report", "report.schema.json"), "utf8"));
fs.writeFileSync(path.join(module, "reports.py"), renderReportTypes(schema));
if (!process.argv.includes("--stage")) buildPackage();

function stageProgram(program) {
  fs.rmSync(program, { recursive: true, force: true });
  for (const name of ["bin", "LICENSE", "package.json"])
    fs.cpSync(path.join(root, name), path.join(program, name), { recursive: true });
  fs.cpSync(path.join(root, "dist"), path.join(program, "dist"), {
    recursive: true,
    filter: (file) => !LEFT_OUT.has(path.relative(path.join(root, "dist"), file)),
  });
}

function buildPackage() {
  const out = path.join(folder, "dist");
  fs.rmSync(out, { recursive: true, force: true });
  const venv = fs.mkdtempSync(path.join(os.tmpdir(), "unfold-python-"));
  const run = (command, args) => execFileSync(command, args, { stdio: "inherit" });
  try {
    run(process.env.PYTHON ?? "python3", ["-m", "venv", venv]);
    const python = path.join(
      venv,
      ...(process.platform === "win32" ? ["Scripts", "python.exe"] : ["bin", "python"]),
    );
    run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...TOOLS]);
    // From the sdist, so that the wheel proves it whole.
    run(python, ["-m", "build", "--no-isolation", "--outdir", out, folder]);
  } finally {
    fs.rmSync(venv, { recursive: true, force: true });
  }
}
