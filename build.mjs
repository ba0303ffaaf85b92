// Bundles src/ into dist/ (what runs and ships) and the project's own scripts into dist/dev/ (never shipped).
// A run opens few files and starts fast: see LARGE_PACKAGES.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { build } from "esbuild";

/** Packages written as CommonJS ask for require; an ES module has none of its own. */
const REQUIRE = 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);';
/** What Node makes of a package's `default` when an ES module imports it. */
const DEFAULT_AS_MODULE =
  "if(module.exports.__esModule&&module.exports.default)module.exports=Object.assign(module.exports.default,module.exports);";
/** Programs of src/safetensors/kernel/: where each begins, the module that it becomes, and its memory at the start, in pages. */
const KERNELS = [
  { entry: "scan.ts", target: "kernel-code.ts", name: "KERNEL_CODE", pages: "256" },
  { entry: "shard-walk.ts", target: "shard-walk-code.ts", name: "SHARD_WALK_CODE", pages: "1" },
];
const quiet = process.argv.includes("--quiet");
await compileKernel();
const page = await compilePage();
// The type check needs the compiled kernel and page, and nothing else of what is built.
if (process.argv.includes("--kernel")) process.exit();
const common = {
  bundle: true,
  platform: "node",
  target: "node20",
  format: "esm",
  // Pages of checks travel in the bundle: `unfold explain` prints them.
  loader: { ".md": "text" },
  logLevel: quiet ? "error" : "info",
};

/**
 * Large packages that few runs need: a file each. All else of the command line is one file, as opening a file takes
 * longer than skimming code that is not run.
 */
const LARGE_PACKAGES = ["@huggingface/hub", "chalk", "cli-table3", "ora", "string-width"];

/** Parts of Node that take milliseconds to start and that a run of a local checkpoint never calls. */
const LATE_BUILTINS = ["node:crypto", "node:timers/promises", "node:tty"];

/**
 * Parts of the program that the views of one checkpoint do without: a file each, with all that nothing else needs, since
 * text that is not run costs time too. Named by the modules that the program imports late.
 */
const LATE_PARTS = {
  verdict: [
    ...[
      "overview",
      "check",
      "check-fleet",
      "check-list",
      "check-several",
      "explain",
      "completion",
      "skill",
    ].map((name) => `src/commands/${name}.ts`),
    // What reports ask of it, without the program getting a copy.
    "src/checks/registry.ts",
    "src/checks/run.ts",
  ],
  drawing: [...["arch", "diff"].map((name) => `src/commands/${name}.ts`), "src/analysis/arch.ts"],
  page: [
    "src/commands/report.ts",
    ...["view-page", "whole-page"].map((name) => `src/report/render/html/${name}.ts`),
  ],
  remote: ["src/sources/hub.ts", "src/sources/http.ts", "src/sources/s3.ts"],
  // The AWS SDK and the one module that speaks to it: larger than all else, and read by runs of s3:// alone.
  aws: ["src/sources/s3-sdk.ts"],
  pager: ["src/terminal/pager.ts"],
  failures: ["src/commands/failure.ts", "src/commands/module-choice.ts", "src/terminal/next-steps.ts"],
  choice: ["src/commands/tensor-choice.ts"],
  snapshots: ["src/sources/snapshot.ts", "src/commands/snapshot.ts"],
};

fs.rmSync("dist", { recursive: true, force: true });
// CommonJS: there, modules that are imported late, and what they import of Node, are loaded late. Files load each other
// by `require`, which spares the run the other loader's start.
const late = {
  ...common,
  format: "cjs",
  outExtension: { ".js": ".cjs" },
  supported: { "dynamic-import": false },
};
const packages = await build({
  ...late,
  entryPoints: Object.fromEntries(LARGE_PACKAGES.map((name) => [packageFile(name), name])),
  outdir: "dist/packages",
  footer: { js: DEFAULT_AS_MODULE },
  minify: true,
  metafile: true,
});
const programs = await buildProgram();
writePages();
writeEngines();
writeSignatures();
writeLibrary();
await buildTables();
writeLicences([packages, ...programs, page]);

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
  splitting: true,
  banner: { js: REQUIRE },
  plugins: [inlineSignatures(), sharedFiles("../..")],
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
  keepReachedTypes(path.join("dist", "types"));
  easeTypes(path.join("dist", "types"));
}

/** The compiler writes a file for each module; what the entries of the package name nothing of is taken out. */
function keepReachedTypes(folder) {
  const reached = new Set();
  const reach = (file) => {
    if (reached.has(file) || !fs.existsSync(file)) return;
    reached.add(file);
    for (const [, name] of fs.readFileSync(file, "utf8").matchAll(/(?:from|import\() ?"(\.[^"]+)"/g))
      reach(path.join(path.dirname(file), name.replace(/\.[jt]s$/, ".d.ts")));
  };
  for (const entry of ["index.d.ts", path.join("engines", "public.d.ts")]) reach(path.join(folder, entry));
  for (const name of fs.readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const file = path.join(folder, name);
    if (fs.statSync(file).isFile() && !reached.has(file)) fs.rmSync(file);
  }
}

/**
 * Types for compilers older than ours: arrays of numbers take a type parameter only from TypeScript 5.7 on. Newer ones
 * load the types of Node only where they are asked to. One space a level: four are a twelfth of all declarations.
 */
function easeTypes(folder) {
  for (const name of fs.readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const file = path.join(folder, name);
    if (!fs.statSync(file).isFile()) continue;
    const text = fs.readFileSync(file, "utf8");
    const eased = text
      .replace(/\b((?:Int|Uint|Float)\d+Array)<ArrayBuffer(?:Like)?>/g, "$1")
      .replace(/^(?: {4})+/gm, (indent) => " ".repeat(indent.length / 4));
    const asking = name === "index.d.ts" ? `/// <reference types="node" />\n${eased}` : eased;
    if (asking !== text) fs.writeFileSync(file, asking);
  }
}

/**
 * The scan kernel: AssemblyScript → WebAssembly → a module of the sources, so that bundles, tests and types see it
 * alike. Compiled only where what it was made from has changed: times of files say nothing behind a checkout or a copy.
 */
async function compileKernel() {
  const folder = path.join("src", "safetensors", "kernel");
  const files = fs.readdirSync(folder).sort();
  const sources = [...files.map((name) => path.join(folder, name)), "package-lock.json"];
  const made = createHash("sha256").update(JSON.stringify(KERNELS));
  for (const file of sources) made.update(fs.readFileSync(file));
  const heading = `/** Compiled from src/safetensors/kernel/ (${made.digest("hex").slice(0, 16)}) by build.mjs; not kept in the repository. */\n`;
  for (const { entry, target, name, pages } of KERNELS) {
    const file = path.join("src", "safetensors", target);
    if (fs.existsSync(file) && fs.readFileSync(file, "utf8").startsWith(heading)) continue;
    const { default: asc } = await import("assemblyscript/asc");
    let code;
    const options = ["-O3", "--noAssert", "--runtime", "stub", "--initialMemory", pages];
    const { error, stderr } = await asc.main(
      [path.join(folder, entry), ...options, "--outFile", "kernel.wasm"],
      { writeFile: (_name, contents) => (code = contents) },
    );
    if (error) throw new Error(`${stderr}${error.message}`);
    const base64 = Buffer.from(code).toString("base64");
    fs.writeFileSync(file, `${heading}export const ${name} =\n  "${base64}";\n`);
  }
}

/**
 * The browser's side of the HTML page: script and style as a module of the sources, with the hashes that the page's policy
 * lets them through by.
 */
async function compilePage() {
  const folder = path.join("src", "page", "browser");
  const options = { bundle: true, minify: true, write: false, logLevel: "error", target: "es2022" };
  const script = await build({
    ...options,
    entryPoints: [path.join(folder, "app.ts")],
    plugins: [withoutMessages(path.resolve(folder, "errors.ts"))],
    platform: "browser",
    format: "iife",
    charset: "ascii",
    legalComments: "none",
    metafile: true,
  });
  const style = await build({
    ...options,
    entryPoints: [path.join(folder, "style.css")],
    target: "chrome120",
  });
  const texts = {
    PAGE_SCRIPT: script.outputFiles[0].text.trim(),
    PAGE_STYLE: style.outputFiles[0].text.trim(),
  };
  const lines = Object.entries(texts).flatMap(([name, text]) => [
    `export const ${name} = ${JSON.stringify(text)};`,
    `export const ${name}_HASH = "sha256-${createHash("sha256").update(text).digest("base64")}";`,
  ]);
  const code = `/** Compiled from src/page/browser/ by build.mjs; not kept in the repository. */\n${lines.join("\n")}\n`;
  const target = path.join("src", "report", "page-code.ts");
  if (!fs.existsSync(target) || fs.readFileSync(target, "utf8") !== code) fs.writeFileSync(target, code);
  return script;
}

/** The table of error messages is a tenth of what a page may weigh, and the page shows none of them. */
function withoutMessages(instead) {
  return {
    name: "without-messages",
    setup({ onResolve }) {
      onResolve({ filter: /\/errors\.ts$/ }, () => ({ path: instead }));
    },
  };
}

function packageFile(name) {
  return name.replace(/^@/, "").replace("/", "-");
}

function largePackages() {
  const filter = new RegExp(`^(${LARGE_PACKAGES.join("|")})$`);
  return {
    name: "large-packages",
    setup({ onResolve, onLoad }) {
      // Imported for one function, which most runs never call: the package is loaded by the first call.
      onResolve({ filter: /^string-width$/ }, ({ path: name }) => ({
        path: name,
        namespace: "late-function",
      }));
      onLoad({ filter: /.*/, namespace: "late-function" }, ({ path: name }) => ({
        contents: `let late; module.exports = (...given) => (late ??= require("./packages/${packageFile(name)}.cjs"))(...given)`,
      }));
      onResolve({ filter: /^\.\/packages\// }, ({ path: file }) => ({ path: file, external: true }));
      onResolve({ filter }, ({ path: name }) => ({
        path: `./packages/${packageFile(name)}.cjs`,
        external: true,
      }));
    },
  };
}

/** Imported for functions that few runs call: each is looked up in its module by the first that does. */
function lateBuiltins() {
  const require = createRequire(import.meta.url);
  const getters = (name) =>
    Object.keys(require(name)).map((key) => `get ${key}(){return require("${name}").${key}}`);
  return {
    name: "late-builtins",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: new RegExp(`^(${LATE_BUILTINS.join("|")})$`) }, ({ path: name, namespace }) =>
        namespace === "late-builtin"
          ? { path: name, external: true }
          : { path: name, namespace: "late-builtin" },
      );
      onLoad({ filter: /.*/, namespace: "late-builtin" }, ({ path: name }) => ({
        contents: `module.exports={${getters(name)}}`,
      }));
    },
  };
}

/**
 * The pages of checks are a third of the program's text, and only runs of checks need them: they are a file of their own,
 * as skimming text that is not run takes time too.
 */
function latePages() {
  return {
    name: "late-pages",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\.\/pages\.cjs$/ }, ({ path: file }) => ({ path: file, external: true }));
      onLoad({ filter: /\.md$/ }, ({ path: file }) => ({
        contents: `export default require("./pages.cjs")[${JSON.stringify(path.basename(file, ".md"))}]`,
      }));
    },
  };
}

function writePages() {
  const folder = path.join("src", "checks", "rules");
  const pages = fs
    .readdirSync(folder)
    .filter((file) => file.endsWith(".md"))
    .map((file) => [path.basename(file, ".md"), fs.readFileSync(path.join(folder, file), "utf8")]);
  pages.push(["SKILL", fs.readFileSync("SKILL.md", "utf8")]);
  fs.writeFileSync("dist/pages.cjs", `module.exports=${JSON.stringify(Object.fromEntries(pages))};\n`);
}

/** Signatures are half a megabyte that few runs ask for: a file of its own, read by the first that does. */
function lateSignatures() {
  return {
    name: "late-signatures",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\.\/signatures\.cjs$/ }, ({ path: file }) => ({ path: file, external: true }));
      onLoad({ filter: /\.data$/ }, () => ({ contents: 'export default require("./signatures.cjs")' }));
    },
  };
}

function writeSignatures() {
  fs.copyFileSync(path.join("src", "signatures", "signatures.data"), "dist/signatures.data");
  fs.writeFileSync(
    "dist/signatures.cjs",
    'module.exports=()=>require("fs").readFileSync(__dirname+"/signatures.data");\n',
  );
}

/** Bundles that others bundle again find no file beside them: there the bytes are text, read when they are asked for. */
function inlineSignatures() {
  return {
    name: "inline-signatures",
    setup({ onLoad }) {
      onLoad({ filter: /\.data$/ }, ({ path: file }) => ({
        contents: `export default () => Buffer.from(${JSON.stringify(fs.readFileSync(file, "base64"))}, "base64");`,
      }));
    },
  };
}

/** What is large and loaded late is one file for the program, the library and the scripts, seen from their chunks. */
function sharedFiles(dist) {
  const files = new Map([
    [/\/s3-sdk\.ts$/, "aws.cjs"],
    [/^@huggingface\/hub$/, `packages/${packageFile("@huggingface/hub")}.cjs`],
  ]);
  const isOurs = /[\\/]src[\\/]sources[\\/]/;
  return {
    name: "shared-files",
    setup({ onResolve }) {
      for (const [filter, file] of files)
        onResolve({ filter }, ({ kind, importer }) =>
          kind === "dynamic-import" && isOurs.test(importer)
            ? { path: `${dist}/${file}`, external: true }
            : undefined,
        );
    },
  };
}

/** The tables of engines are read by runs that ask for these engines: files of their own. */
function lateEngines() {
  return {
    name: "late-engines",
    setup({ onResolve }) {
      onResolve({ filter: /^\.\/[^/]+\/[^/]+\.json$/ }, ({ path: file, importer }) =>
        /[\\/]engines[\\/]table\.ts$/.test(importer)
          ? { path: `./engines/${engineFile(file)}`, external: true }
          : undefined,
      );
    },
  };
}

/** `./vllm/0.33.0.json` → `vllm-0.33.0.json`. */
function engineFile(file) {
  return file.replace(/^\.\//, "").replace("/", "-");
}

function writeEngines() {
  const folder = path.join("src", "engines");
  fs.mkdirSync("dist/engines", { recursive: true });
  for (const engine of fs.readdirSync(folder, { withFileTypes: true })) {
    if (!engine.isDirectory()) continue;
    for (const file of fs
      .readdirSync(path.join(folder, engine.name))
      .filter((name) => name.endsWith(".json"))) {
      const table = JSON.parse(fs.readFileSync(path.join(folder, engine.name, file), "utf8"));
      fs.writeFileSync(`dist/engines/${engineFile(`${engine.name}/${file}`)}`, JSON.stringify(table));
    }
  }
}

/** The program, its late parts and the entry. A module is in one file only: what a part shares it asks the program for. */
async function buildProgram() {
  const plugins = [
    largePackages(),
    lateBuiltins(),
    lateProgram(),
    withoutChildProcesses(),
    latePages(),
    lateSignatures(),
    lateEngines(),
  ];
  const options = { ...late, outdir: "dist", minify: true, metafile: true };
  const entry = "src/commands/program.ts";
  const whole = await build({ ...options, entryPoints: [entry], plugins, write: false });
  const early = earlyModules(whole.metafile.inputs, entry);
  const asked = new Set();
  const parts = await Promise.all(
    Object.entries(LATE_PARTS).map(([name, files]) =>
      build({
        ...options,
        stdin: entryOf(files.map((file) => `export * from "./${file}";`)),
        entryNames: name,
        plugins: [lateParts(name), askedOfProgram(early, asked), ...plugins],
      }),
    ),
  );
  const library = await build({
    ...options,
    stdin: entryOf(['export * from "./src/index.ts";']),
    entryNames: "library",
    plugins: [lateParts(), askedOfProgram(early, asked), ...plugins],
  });
  for (const name of [...Object.keys(LATE_PARTS), "library"]) takeModulesAsTheyAre(`dist/${name}.cjs`);
  const modules = [...asked].sort().map((file) => `${JSON.stringify(file)}: () => require("./${file}")`);
  const program = await build({
    ...options,
    stdin: entryOf([`export * from "./${entry}";`, `export const early = {${modules}};`]),
    entryNames: "program",
    plugins: [lateParts(), ...plugins],
  });
  return [
    ...parts,
    program,
    library,
    await build({ ...options, entryPoints: { cli: "src/cli.ts" }, plugins }),
  ];
}

/**
 * What imports a module in CommonJS copies it, name by name, each time: seven milliseconds of a page. The program's modules
 * are taken as they are; packages, which are no modules of ours, go on as they were.
 */
function takeModulesAsTheyAre(file) {
  const text = fs.readFileSync(file, "utf8");
  const copying = /(\w+=\((\w+),\w+,(\w+)\)=>)(?=\(\3=\2!=null\?)/;
  if (!text.includes(".early[")) return;
  if (!copying.test(text)) throw new Error(`${file}: esbuild imports CommonJS in another way than before`);
  fs.writeFileSync(file, text.replace(copying, "$1$2&&$2.__esModule?$2:"));
}

function entryOf(lines) {
  return { contents: lines.join("\n"), resolveDir: ".", sourcefile: "entry.js" };
}

/** The library is a part of the program too: what it exports is named for importers, who write ES modules. */
function writeLibrary() {
  const names = Object.keys(createRequire(import.meta.url)("./dist/library.cjs"));
  fs.writeFileSync(
    "dist/index.js",
    `import library from "./library.cjs";\nexport const { ${names.join(", ")} } = library;\n`,
  );
}

/** `unfold-cli/engines`: the readers of the tables, which are the program's own files. */
async function buildTables() {
  const entryPoints = { tables: "src/engines/public.ts" };
  await build({ ...late, entryPoints, outdir: "dist", minify: true, plugins: [lateEngines()] });
  const names = Object.keys(createRequire(import.meta.url)("./dist/tables.cjs"));
  fs.writeFileSync(
    "dist/engines.js",
    `import tables from "./tables.cjs";\nexport const { ${names.join(", ")} } = tables;\n`,
  );
}

/** What is reached without a late part, and what two of these have in common. */
function earlyModules(inputs, entry) {
  const roots = new Set(Object.values(LATE_PARTS).flat());
  const reach = (file, found) => {
    if (found.has(file) || inputs[file] === undefined) return;
    found.add(file);
    for (const { path: next } of inputs[file].imports) if (!roots.has(next)) reach(next, found);
  };
  const early = new Set();
  reach(entry, early);
  const seen = new Set();
  for (const files of Object.values(LATE_PARTS)) {
    const own = new Set(early);
    for (const file of files) reach(file, own);
    for (const file of own) if (seen.has(file)) reach(file, early);
    for (const file of own) if (!early.has(file)) seen.add(file);
  }
  return early;
}

function relativeFile(file) {
  return path.relative(process.cwd(), file).split(path.sep).join("/");
}

/** In a late part, modules of the program are the program's own, and not copies. */
function askedOfProgram(early, asked) {
  return {
    name: "asked-of-program",
    setup({ onResolve, onLoad, resolve }) {
      onResolve({ filter: /^\.\/program\.cjs$/ }, ({ path: file }) => ({ path: file, external: true }));
      onResolve(
        { filter: /^\.|^[a-z]/ },
        async ({ path: name, importer, resolveDir, kind, namespace, pluginData }) => {
          if (pluginData === "asked" || namespace !== "file") return undefined;
          const found = await resolve(name, { importer, resolveDir, kind, namespace, pluginData: "asked" });
          const file = relativeFile(found.path);
          if (found.external || found.namespace !== "file" || !early.has(file)) return undefined;
          asked.add(file);
          // Called CommonJS, whatever it is in the program: `commander/esm.mjs`.
          return { path: `${file}.cjs`, namespace: "program", pluginData: file };
        },
      );
      onLoad({ filter: /.*/, namespace: "program" }, ({ pluginData: file }) => ({
        contents: `module.exports=require("./program.cjs").early[${JSON.stringify(file)}]()`,
      }));
    },
  };
}

/** Everywhere but in the part itself, the modules that a late part is named by are a file of their own. */
function lateParts(own) {
  const parts = new Map(
    Object.entries(LATE_PARTS).flatMap(([name, files]) =>
      name === own ? [] : files.map((file) => [file, name]),
    ),
  );
  return {
    name: "late-parts",
    setup({ onResolve }) {
      onResolve({ filter: /\.ts$/ }, ({ path: file, resolveDir }) => {
        const name = parts.get(relativeFile(path.resolve(resolveDir, file)));
        return name === undefined ? undefined : { path: `./${name}.cjs`, external: true };
      });
    },
  };
}

/** The entry answers `--version` by itself; the program is a file of its own, which that run does not read. */
function lateProgram() {
  return {
    name: "late-program",
    setup({ onResolve }) {
      onResolve({ filter: /\/commands\/program\.ts$/ }, ({ kind }) =>
        kind === "dynamic-import" ? { path: "./program.cjs", external: true } : undefined,
      );
    },
  };
}

/** commander loads `child_process` for commands that are programs of their own. There are none here. */
function withoutChildProcesses() {
  return {
    name: "without-child-processes",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
        /[\\/]commander[\\/]/.test(importer) ? { path: "child_process", namespace: "nothing" } : undefined,
      );
      onLoad({ filter: /.*/, namespace: "nothing" }, () => ({ contents: "module.exports = {}" }));
    },
  };
}

/** The bundled packages' licences travel with the bundle. */
function writeLicences(builds) {
  const packages = new Set();
  for (const input of builds.flatMap(({ metafile }) => Object.keys(metafile.inputs))) {
    const match = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (match) packages.add(match[1]);
  }
  // Packages of one project share a text: it is told once, for all of them.
  const named = new Map();
  for (const name of [...packages].sort()) {
    const folder = path.join("node_modules", name);
    const { version, license } = JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8"));
    const file = fs.readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file ? fs.readFileSync(path.join(folder, file), "utf8").trim() : `Licence: ${license}`;
    named.set(text, [...(named.get(text) ?? []), `${name} ${version}`]);
  }
  const parts = [...named].map(([text, names]) => `${names.join("\n")}\n\n${text}\n`);
  fs.writeFileSync(
    "dist/LICENSES.txt",
    `unfold contains these packages.\n\n${parts.join(`\n${"-".repeat(78)}\n\n`)}`,
  );
}
