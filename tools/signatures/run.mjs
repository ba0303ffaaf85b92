// Runs one of this folder's TypeScript programs: node tools/signatures/run.mjs pack|evaluate|lab ARGUMENTS
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

/** Signatures are bytes that are read when they are asked for. */
function dataBesideIt() {
  return {
    name: "data-beside-it",
    setup({ onLoad }) {
      onLoad({ filter: /\.data$/ }, ({ path: file }) => ({
        contents: `import fs from "node:fs"; export default () => fs.readFileSync(${JSON.stringify(file)});`,
      }));
    },
  };
}

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
    loader: { ".md": "text" },
    banner: { js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);' },
    plugins: [dataBesideIt()],
  });
  process.argv = [process.argv[0], outfile, ...rest];
  await import(pathToFileURL(outfile));
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}
