import { execFileSync, spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** The package as someone who installs it has it; built by `npm test` before the tests run. */
let folder: string;
let installed: string;
let unpackedBytes: number;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "unfold-package-"));
  const packed = execFileSync("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], {
    encoding: "utf8",
  });
  const [told] = JSON.parse(packed) as [{ filename: string; unpackedSize: number }];
  unpackedBytes = told.unpackedSize;
  const tarball = path.join(folder, told.filename);
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
    for (const [index, file] of kept("broken").entries())
      fs.writeFileSync(file, index % 2 === 0 ? fs.readFileSync(file).subarray(0, 900) : "none of it");
    expect(run(path.join(folder, "broken"))).toMatchObject({ status: 0, stderr: "", stdout: first.stdout });
    for (const file of kept("broken")) expect(fs.statSync(file).size).toBeGreaterThan(900);
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

it("ships what runs and nothing else", () => {
  const files = fs.readdirSync(installed, { recursive: true, encoding: "utf8" });
  expect(files.filter((file) => /^(test|bench|fixtures|docs)\b|^dist\/dev/.test(file))).toEqual([]);
  for (const needed of [
    "LICENSE",
    "README.md",
    "CHANGELOG.md",
    "dist/LICENSES.txt",
    "bin/unfold.js",
    "man/unfold.1",
  ])
    expect(files).toContain(needed);
});

it("is about as large as the README says, and the SDK of object stores lies in one file", () => {
  const [, told] = /\| npm +\| [\d.]+ MB +\| ([\d.]+) MB/.exec(fs.readFileSync("README.md", "utf8")) ?? [];
  expect(unpackedBytes / (Number(told) * 1_000_000)).toBeGreaterThan(0.8);
  expect(unpackedBytes / (Number(told) * 1_000_000)).toBeLessThan(1.25);
  const holding = fs
    .readdirSync(path.join(installed, "dist"), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.c?js$/.test(file))
    .filter((file) => fs.readFileSync(path.join(installed, "dist", file), "utf8").includes("aws4_request"));
  expect(holding).toEqual(["aws.cjs"]);
});
