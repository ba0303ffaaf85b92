// Runs one of this folder's TypeScript programs: node tools/signatures/run.mjs pack|evaluate ARGUMENTS
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

const [program, ...rest] = process.argv.slice(2);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "signatures-"));
const outfile = path.join(folder, `${program}.mjs`);
try {
  await build({
    entryPoints: [path.join(import.meta.dirname, `${program}.ts`)],
    bundle: true,
    platform: "node",
    format: "esm",
    outfile,
    logLevel: "error",
  });
  process.argv = [process.argv[0], outfile, ...rest];
  await import(pathToFileURL(outfile));
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}
