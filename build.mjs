// Bundles src/ into dist/ (what runs and ships) and the project's own scripts into dist/dev/ (never shipped).
// Splitting keeps start-up fast: a command loads only the packages on its own path.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { build } from "esbuild";

const quiet = process.argv.includes("--quiet");
await compileKernel();
const common = {
  bundle: true,
  platform: "node",
  target: "node20",
  format: "esm",
  splitting: true,
  logLevel: quiet ? "error" : "info",
  // Packages written as CommonJS ask for require; an ES module has none of its own.
  banner: { js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);' },
};

fs.rmSync("dist", { recursive: true, force: true });
const product = await build({
  ...common,
  entryPoints: ["src/cli.ts", "src/index.ts"],
  outdir: "dist",
  chunkNames: "chunks/[name]-[hash]",
  minify: true,
  metafile: true,
});
dropIdleBanners("dist");
writeLicences(product.metafile);

const scripts = ["bench", "fixtures"].flatMap((folder) =>
  fs.existsSync(folder)
    ? fs
        .readdirSync(folder)
        .filter((file) => file.endsWith(".ts"))
        .map((file) => path.join(folder, file))
    : [],
);
await build({
  ...common,
  entryPoints: scripts,
  entryNames: "[name]",
  outdir: "dist/dev",
  chunkNames: "chunks/[name]-[hash]",
});

if (process.argv.includes("--types")) {
  const tsc = path.join("node_modules", ".bin", "tsc");
  const options = [
    "--noEmit",
    "false",
    "--declaration",
    "--emitDeclarationOnly",
    "--rootDir",
    "src",
    "--outDir",
    "dist/types",
  ];
  execFileSync(tsc, ["-p", "tsconfig.build.json", ...options], { stdio: "inherit" });
}

/**
 * The scan kernel: AssemblyScript → WebAssembly → a module of the sources, so that bundles, tests and types see it
 * alike. Compiled only when a file of kernel/ is newer.
 */
async function compileKernel() {
  const target = path.join("src", "safetensors", "kernel-code.ts");
  const sources = fs.readdirSync("kernel").map((file) => path.join("kernel", file));
  const newest = Math.max(...[...sources, "build.mjs"].map((file) => fs.statSync(file).mtimeMs));
  if ((fs.statSync(target, { throwIfNoEntry: false })?.mtimeMs ?? 0) > newest) return;
  const { default: asc } = await import("assemblyscript/asc");
  let code;
  const { error, stderr } = await asc.main(
    [
      "kernel/scan.ts",
      "-O3",
      "--noAssert",
      "--runtime",
      "stub",
      "--initialMemory",
      "256",
      "--outFile",
      "kernel.wasm",
    ],
    { writeFile: (_name, contents) => (code = contents) },
  );
  if (error) throw new Error(`${stderr}${error.message}`);
  const base64 = Buffer.from(code).toString("base64");
  fs.writeFileSync(
    target,
    `/** Compiled from kernel/ by build.mjs; not kept in the repository. */\nexport const KERNEL_CODE =\n  "${base64}";\n`,
  );
}

/** Making a `require` takes time at every start: it stays only in the files that call it. */
function dropIdleBanners(folder) {
  for (const entry of fs.readdirSync(folder, { recursive: true })) {
    const file = path.join(folder, entry);
    if (!file.endsWith(".js")) continue;
    const code = fs.readFileSync(file, "utf8").replace(`${common.banner.js}\n`, "");
    if (!/\brequire\b/.test(code)) fs.writeFileSync(file, code);
  }
}

/** The bundled packages' licences travel with the bundle. */
function writeLicences(metafile) {
  const packages = new Set();
  for (const input of Object.keys(metafile.inputs)) {
    const match = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (match) packages.add(match[1]);
  }
  const parts = [...packages].sort().map((name) => {
    const folder = path.join("node_modules", name);
    const { version, license } = JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8"));
    const file = fs.readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file ? fs.readFileSync(path.join(folder, file), "utf8").trim() : `Licence: ${license}`;
    return `${name} ${version}\n\n${text}\n`;
  });
  fs.writeFileSync(
    "dist/LICENSES.txt",
    `unfold contains these packages.\n\n${parts.join(`\n${"-".repeat(78)}\n\n`)}`,
  );
}
