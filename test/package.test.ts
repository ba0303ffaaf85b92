import { execFileSync, spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** Unpacked bytes of the package, the chunk of the AWS SDK left out: what everybody downloads, also for `npx`. */
const MOST_BYTES_WITHOUT_SDK = 3_000_000;

/** The package as someone who installs it has it; built by `npm test` before the tests run. */
let folder: string;
let installed: string;
let tarball: string;
let unpackedBytes: number;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "unfold-package-"));
  const packed = execFileSync("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], {
    encoding: "utf8",
  });
  const [told] = JSON.parse(packed) as [{ filename: string; unpackedSize: number }];
  unpackedBytes = told.unpackedSize;
  tarball = path.join(folder, told.filename);
  fs.writeFileSync(path.join(folder, "package.json"), '{"type":"module","private":true}');
  execFileSync("npm", ["install", "--offline", "--no-audit", "--no-fund", tarball], {
    cwd: folder,
    stdio: "pipe",
  });
  installed = path.join(folder, "node_modules", "unfold-cli");
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

it("runs as installed", () => {
  const bin = path.join(folder, "node_modules", ".bin", "unfold");
  const manifest = JSON.parse(fs.readFileSync("package.json", "utf8")) as { version: string };
  expect(execFileSync(bin, ["--version"], { encoding: "utf8" })).toBe(`${manifest.version}\n`);
  const snapshot = path.resolve("fixtures/minimax-m2.unfold.json.gz");
  const report = JSON.parse(execFileSync(bin, ["params", snapshot, "--json"], { encoding: "utf8" }));
  expect(report.result.parameters.total).toBe(228_689_764_864);
});

it("ships no compiled form of one engine, and starts with no folder to keep one in", () => {
  const files = fs.readdirSync(installed, { recursive: true, encoding: "utf8" });
  expect(files.filter((file) => /v8-cache|\.node$|\.wasm$/.test(file))).toEqual([]);
  const bin = path.join(installed, "bin", "unfold.js");
  const nowhere = { XDG_CACHE_HOME: "/dev/null", HOME: "/dev/null" };
  for (const env of [{}, nowhere]) {
    const told = spawnSync(process.execPath, [bin, "--version"], { encoding: "utf8", env });
    expect(told).toMatchObject({ status: 0, stderr: "" });
  }
});

describe("what was compiled", () => {
  const snapshot = path.resolve("fixtures/minimax-m2.unfold.json.gz");
  const run = (home: string) =>
    spawnSync(process.execPath, [path.join(installed, "bin", "unfold.js"), "params", snapshot], {
      encoding: "utf8",
      env: { XDG_CACHE_HOME: home },
    });
  const cache = (name: string) => path.join(folder, name, "unfold", "compiled");
  const kept = (name: string) =>
    fs
      .readdirSync(cache(name), { recursive: true, encoding: "utf8" })
      .map((file) => path.join(cache(name), file))
      .filter((file) => fs.statSync(file).isFile());

  it("is kept in the user's cache, and serves the next run", () => {
    const first = run(path.join(folder, "kept"));
    const before = kept("kept");
    expect(before.length).toBeGreaterThan(0);
    for (const file of before) expect(fs.statSync(file).mode & 0o077).toBe(0);
    expect(run(path.join(folder, "kept"))).toMatchObject({ status: 0, stderr: "", stdout: first.stdout });
    expect(kept("kept")).toEqual(before);
  });

  it("is made anew where what was kept is cut or of another engine", () => {
    const first = run(path.join(folder, "broken"));
    // What little code compiles to may be shorter than the cut.
    const least = new Map(kept("broken").map((file) => [file, Math.min(901, fs.statSync(file).size)]));
    for (const [index, file] of kept("broken").entries())
      fs.writeFileSync(file, index % 2 === 0 ? fs.readFileSync(file).subarray(0, 900) : "none of it");
    expect(run(path.join(folder, "broken"))).toMatchObject({ status: 0, stderr: "", stdout: first.stdout });
    for (const file of kept("broken"))
      expect(fs.statSync(file).size).toBeGreaterThanOrEqual(least.get(file) ?? 0);
  });

  it("is kept in no folder that others can write to", () => {
    fs.mkdirSync(cache("open"), { recursive: true });
    fs.chmodSync(cache("open"), 0o777);
    expect(run(path.join(folder, "open"))).toMatchObject({ status: 0, stderr: "" });
    expect(kept("open")).toEqual([]);
  });
});

it("can be imported, with its types and its schema", () => {
  const script =
    'import { isDtype } from "unfold-cli"; import schema from "unfold-cli/report.schema.json" with { type: "json" }; console.log(isDtype("F8_E4M3"), schema.title);';
  const args = ["--input-type=module", "--no-warnings", "-e", script];
  expect(execFileSync(process.execPath, args, { cwd: folder, encoding: "utf8" })).toBe(
    "true Report of unfold\n",
  );
  const manifest = JSON.parse(fs.readFileSync(path.join(installed, "package.json"), "utf8"));
  expect(fs.existsSync(path.join(installed, manifest.exports["."].types))).toBe(true);
});

it("has the tables of engines and GPUs as data, with types", () => {
  const script =
    'import { ENGINES, findGpu, loadTables } from "unfold-cli/engines"; const { serving } = await loadTables(["vllm"]); console.log(serving.vllm.version === ENGINES.vllm.version, "LlamaForCausalLM" in serving.vllm.architectures, findGpu("h100 80").name);';
  const args = ["--input-type=module", "--no-warnings", "-e", script];
  expect(execFileSync(process.execPath, args, { cwd: folder, encoding: "utf8" })).toBe("true true H100 80\n");
  const manifest = JSON.parse(fs.readFileSync(path.join(installed, "package.json"), "utf8"));
  expect(fs.existsSync(path.join(installed, manifest.exports["./engines"].types))).toBe(true);
});

describe("judged by others", () => {
  const judge = (name: string, args: readonly string[]) =>
    spawnSync(process.execPath, [path.join("node_modules", ...name.split("/")), ...args], {
      encoding: "utf8",
    });

  it("is well formed to publint, warnings and suggestions included", () => {
    const { status, stdout } = judge("publint/src/cli.js", [
      "run",
      tarball,
      "--strict",
      "--level",
      "suggestion",
    ]);
    expect({ status, told: stdout }).toMatchObject({ status: 0, told: expect.stringContaining("All good!") });
  });

  it("has right types to attw, as an ES module", () => {
    const { status, stdout } = judge("@arethetypeswrong/cli/dist/index.js", [
      tarball,
      ...["--profile", "esm-only", "--no-definitely-typed", "--no-emoji", "--format", "ascii"],
    ]);
    expect({ status, told: stdout }).toMatchObject({
      status: 0,
      told: expect.stringContaining('"unfold-cli/engines"'),
    });
  });
});

describe("types in a program of somebody else", () => {
  /** The compiler of this project, and the older one that attw brings: an older minor release is as strict about what it does not know. */
  const COMPILERS = {
    newest: "typescript",
    older: "@arethetypeswrong/core/node_modules/typescript",
  } as const;
  const OPTIONS = {
    ...{ target: "ES2022", lib: ["ES2022"], strict: true },
    ...{ esModuleInterop: true, exactOptionalPropertyTypes: true, noEmit: true, resolveJsonModule: true },
    // Declarations of packages are read as strictly as code; nothing but what they ask for is loaded.
    ...{ skipLibCheck: false, types: [] },
  };
  const MODULES = {
    nodenext: { module: "nodenext", moduleResolution: "nodenext" },
    bundler: { module: "esnext", moduleResolution: "bundler" },
  } as const;
  const examplesOf = (page: string) =>
    [...fs.readFileSync(page, "utf8").matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = ""]) => code);
  beforeAll(() => {
    const all =
      'import * as unfold from "unfold-cli";\nimport * as engines from "unfold-cli/engines";\nimport config from "unfold-cli/config.schema.json" with { type: "json" };\nimport report from "unfold-cli/schema" with { type: "json" };\nimport sources from "unfold-cli/sources.schema.json" with { type: "json" };\nexport const titles: readonly string[] = [config.title, report.title, sources.title];\nexport { engines, unfold };\n';
    const programs = [all, ...examplesOf("README.md"), ...examplesOf("docs/library.md")];
    expect(programs.length).toBeGreaterThan(3);
    programs.forEach((code, at) => {
      fs.writeFileSync(path.join(folder, `program-${at}.ts`), code);
    });
    for (const [name, modules] of Object.entries(MODULES))
      fs.writeFileSync(
        path.join(folder, `tsconfig.${name}.json`),
        JSON.stringify({ compilerOptions: { ...OPTIONS, ...modules }, include: ["program-*.ts"] }),
      );
    fs.mkdirSync(path.join(folder, "node_modules", "@types"));
    for (const name of ["@types/node", "undici-types"])
      fs.cpSync(path.join("node_modules", name), path.join(folder, "node_modules", name), {
        recursive: true,
      });
  });

  const settings = Object.keys(MODULES).flatMap((modules) =>
    Object.entries(COMPILERS).map(([age, name]) => [modules, age, name] as const),
  );
  it.each(settings)("compile, libraries checked too, as %s with the %s compiler", (modules, _, name) => {
    const tsc = path.resolve("node_modules", name, "bin", "tsc");
    const { stdout } = spawnSync(process.execPath, [tsc, "-p", `tsconfig.${modules}.json`], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(stdout).toBe("");
  });

  it("give every schema a default export, which TypeScript 5.5 finds in a declaration alone", () => {
    const { exports } = JSON.parse(fs.readFileSync(path.join(installed, "package.json"), "utf8")) as {
      exports: Record<string, string | { types: string; default: string }>;
    };
    const schemas = Object.entries(exports).filter(([name]) => name.includes("schema"));
    expect(schemas.length).toBeGreaterThan(3);
    for (const [, target] of schemas) {
      const { types, default: file } = target as { types: string; default: string };
      expect(fs.readFileSync(path.join(installed, types), "utf8")).toContain("export = schema");
      expect(JSON.parse(fs.readFileSync(path.join(installed, file), "utf8")).$id).toMatch(/^https:/);
    }
  });

  it("name no array of numbers with a type parameter, which compilers before 5.7 do not know", () => {
    const declared = fs
      .readdirSync(path.join(installed, "dist", "types"), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".d.ts"))
      .map((file) => fs.readFileSync(path.join(installed, "dist", "types", file), "utf8"));
    expect(declared.length).toBeGreaterThan(50);
    expect(declared.filter((text) => /\b(Int|Uint|Float)\d+Array</.test(text))).toEqual([]);
  });
});

it("says where it is from, and builds nothing where it is installed", () => {
  const manifest = JSON.parse(fs.readFileSync(path.join(installed, "package.json"), "utf8"));
  expect(manifest).toMatchObject({
    repository: { type: "git", url: expect.stringMatching(/^git\+https:/) },
    homepage: expect.stringMatching(/^https:/),
    bugs: expect.stringMatching(/^https:.*\/issues$/),
  });
  const { preinstall, install, postinstall, prepare } = manifest.scripts;
  expect([preinstall, install, postinstall, prepare].filter((script) => script !== undefined)).toEqual([]);
  expect(manifest.dependencies).toBeUndefined();
});

it("has the schema of reports under the name of the contract", () => {
  const script =
    'import schema from "unfold-cli/schema" with { type: "json" }; import { analysePrecision, readNetworkSettings } from "unfold-cli"; console.log(schema.title, typeof analysePrecision, typeof readNetworkSettings);';
  const args = ["--input-type=module", "--no-warnings", "-e", script];
  expect(execFileSync(process.execPath, args, { cwd: folder, encoding: "utf8" })).toBe(
    "Report of unfold function function\n",
  );
});

it("ships what runs and nothing else", () => {
  const files = fs.readdirSync(installed, { recursive: true, encoding: "utf8" });
  expect(files.filter((file) => /^(test|bench|fixtures|docs)\b|^dist\/dev/.test(file))).toEqual([]);
  for (const needed of ["LICENSE", "README.md", "dist/LICENSES.txt", "bin/unfold.js", "man/unfold.1"])
    expect(files).toContain(needed);
});

it("is about as large as the README says, and the SDK of object stores lies in one file", () => {
  const [, told] = /\| npm +\| [\d.]+ MB +\| ([\d.]+) MB/.exec(fs.readFileSync("README.md", "utf8")) ?? [];
  expect(unpackedBytes / (Number(told) * 1_000_000)).toBeGreaterThan(0.8);
  expect(unpackedBytes / (Number(told) * 1_000_000)).toBeLessThan(1.25);
  const { size } = fs.statSync(path.join(installed, "dist", "aws.cjs"));
  expect(unpackedBytes - size).toBeLessThan(MOST_BYTES_WITHOUT_SDK);
  const holding = fs
    .readdirSync(path.join(installed, "dist"), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.c?js$/.test(file))
    .filter((file) => fs.readFileSync(path.join(installed, "dist", file), "utf8").includes("aws4_request"));
  expect(holding).toEqual(["aws.cjs"]);
});
