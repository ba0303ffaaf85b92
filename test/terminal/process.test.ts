import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { Draft } from "../support/draft.ts";
import { writeDraft } from "../support/hostile.ts";
import { weightsFile, writeSmallCheckpoint } from "../support/small-checkpoint.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** Real processes: built by `npm test` before the tests run. */
const BIN = path.resolve("bin", "unfold.js");

let root: string;
const at = (...names: string[]) => path.join(root, ...names);
beforeEach(() => {
  root = tempFolder();
  writeSmallCheckpoint(at("m"));
});

interface World {
  /** Code that runs in the process before unfold. */
  readonly before?: string;
  readonly stdout?: number | "pipe";
  readonly stderr?: number | "pipe";
  readonly bin?: string;
}

function run(args: readonly string[], { before, stdout = "pipe", stderr = "pipe", bin = BIN }: World = {}) {
  const preload =
    before === undefined ? [] : ["--import", `data:text/javascript,${encodeURIComponent(before)}`];
  const child = spawnSync(process.execPath, [...preload, bin, ...args], {
    stdio: ["ignore", stdout, stderr],
    env: { PATH: process.env.PATH },
    cwd: root,
    encoding: "utf8",
  });
  return { code: child.status, stdout: child.stdout ?? "", stderr: child.stderr ?? "" };
}

/** No line of a bundle: those are half a megabyte. */
function expectShortLines(text: string): void {
  for (const line of text.split("\n")) expect(line.length).toBeLessThan(400);
}

const EVERYTHING = [
  ["--version"],
  ["-V"],
  ["--help"],
  ["check", "--help"],
  ["check", "m"],
  ["params", "m", "--json"],
];

describe("surroundings that say nothing", () => {
  it.each(EVERYTHING)("no home and no line in the list of users: %s %s", (...args) => {
    const before = `import os from "node:os";
      os.homedir = os.userInfo = () => { throw Object.assign(new Error("no such user"), { code: "ENOENT" }) };`;
    const told = run(args, { before });
    expect([told.code, told.stderr]).toEqual([0, ""]);
    expect(told.stdout).toBe(run(args).stdout);
  });

  it.each(EVERYTHING)("no working folder: %s %s", (...args) => {
    fs.mkdirSync(at("gone"));
    const absolute = args.map((arg) => (arg === "m" ? at("m") : arg));
    const script = 'cd "$0" && rmdir "$0" && exec "$@"';
    const told = spawnSync("sh", ["-c", script, at("gone"), process.execPath, BIN, ...absolute], {
      encoding: "utf8",
    });
    expect([told.status, told.stderr]).toEqual([0, ""]);
    expect(told.stdout).toBe(run(absolute).stdout);
  });

  it("no working folder, and something that needs it: not there, and no crash", () => {
    fs.mkdirSync(at("gone"));
    const script = 'cd "$0" && rmdir "$0" && "$@" ls ./m; echo $?; "$@" ls "$M" -o a.txt; echo $?';
    const told = spawnSync("sh", ["-c", script, at("gone"), process.execPath, BIN], {
      encoding: "utf8",
      env: { ...process.env, M: at("m") },
    });
    expect(told.stdout).toBe("3\n2\n");
    expect(told.stderr).toContain("SOURCE_NOT_FOUND");
    expect(told.stderr).toContain("its folder does not exist");
  });
});

describe("stdout", () => {
  it.each(EVERYTHING)("on a full disk: one error with its hint, and 2: %s %s", (...args) => {
    const full = fs.openSync("/dev/full", "w");
    const told = run(args, { stdout: full });
    fs.closeSync(full);
    expect(told.stderr.split("\n")).toEqual([
      'error OUTPUT_FAILED cannot write "stdout": no space is left on the device',
      expect.stringMatching(/^ {2}hint: .*room/),
      "",
    ]);
    expect(told.code).toBe(2);
  });

  it("that takes a part of what is written: the rest follows", () => {
    const before = `import fs from "node:fs";
      const { writeSync } = fs;
      fs.writeSync = (fd, bytes, from) => writeSync(fd, bytes.subarray(from, from + 10));`;
    const file = fs.openSync(at("report.json"), "w");
    expect(run(["params", "m", "--json"], { before, stdout: file }).code).toBe(0);
    fs.closeSync(file);
    expect(fs.readFileSync(at("report.json"), "utf8")).toBe(run(["params", "m", "--json"]).stdout);
  });

  it.each([
    ["a sound checkpoint", "m", 0],
    ["one with findings", "broken", 1],
  ])("whose reader hangs up keeps the code: %s", (_, name, code) => {
    writeSmallCheckpoint(at("broken"));
    fs.writeFileSync(at("broken", "model.safetensors"), weightsFile().subarray(0, -8));
    const script = `{ "$@" check ${name}; echo $? > code.txt; } | true`;
    const told = spawnSync("sh", ["-c", script, "sh", process.execPath, BIN], {
      cwd: root,
      encoding: "utf8",
    });
    expect([fs.readFileSync(at("code.txt"), "utf8"), told.stderr]).toEqual([`${code}\n`, ""]);
  });

  it.each([
    ["alone", "2>/dev/null"],
    ["with stderr in the same pipe", "2>&1"],
  ])("whose reader is slow gets all of it, many times what a pipe holds: %s", (_, merged) => {
    writeDraft(root, "many", Draft.of([["model.layers.{0-9999}.mlp.up_proj.weight", "U8", [1]]], {}));
    const script = `{ "$@"; echo $? > code.txt; } ${merged} | { sleep 0.3; cat; }`;
    const slow = spawnSync("sh", ["-c", script, "sh", process.execPath, BIN, "ls", "many"], { cwd: root });
    const file = fs.openSync(at("whole.txt"), "w");
    run(["ls", "many"], { stdout: file });
    fs.closeSync(file);
    expect(fs.readFileSync(at("code.txt"), "utf8")).toBe("0\n");
    expect(slow.stdout.length).toBeGreaterThan(400_000);
    expect(slow.stdout.equals(fs.readFileSync(at("whole.txt")))).toBe(true);
  });

  it("is not led into what is read", () => {
    const before = fs.readFileSync(at("m", "config.json"), "utf8");
    const file = fs.openSync(at("m", "config.json"), "a");
    for (const args of [
      ["ls", "m"],
      ["params", "m", "--json"],
      ["check", "m", "--format", "json"],
    ])
      expect(run(args, { stdout: file }).code).toBe(2);
    fs.closeSync(file);
    expect(fs.readFileSync(at("m", "config.json"), "utf8")).toBe(before);
  });

  it("under its other names", () => {
    const plain = run(["ls", "m"]).stdout;
    for (const name of ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
      expect(run(["ls", "m", "-o", name])).toEqual({ code: 0, stdout: plain, stderr: "" });
    const log = fs.openSync(at("log.txt"), "a");
    fs.writeSync(log, "kept\n");
    expect(run(["ls", "m", "-o", "/dev/stdout"], { stdout: log }).code).toBe(0);
    fs.closeSync(log);
    expect(fs.readFileSync(at("log.txt"), "utf8")).toBe(`kept\n${plain}`);
  });
});

it("stderr that cannot be written to changes nothing", () => {
  const full = fs.openSync("/dev/full", "w");
  expect(run(["ls", "nowhere"], { stderr: full }).code).toBe(3);
  expect(run(["check", "m"], { stderr: full }).code).toBe(0);
  fs.closeSync(full);
});

describe("the last resort", () => {
  it.each([
    [
      "thrown later",
      "setImmediate(() => { throw new Error('an accident\\n\\u001b[31m' + 'x'.repeat(5000)) })",
    ],
    ["a promise that nobody waits for", "setImmediate(() => Promise.reject(new Error('an accident')))"],
    ["no error at all", "setImmediate(() => { throw null })"],
    ["an object without a text", "setImmediate(() => { throw Object.create(null) })"],
  ])("is 70 and says that it is a bug: %s", (_, before) => {
    const told = run(["check", "m"], { before });
    expect(told.code).toBe(70);
    expect(told.stderr).toMatch(/^error INTERNAL this is a bug in unfold; please report it/);
    expect(told.stderr).not.toContain("\u001b");
    expectShortLines(told.stderr);
  });

  it("is 70 for a program that cannot be loaded", () => {
    fs.cpSync("bin", at("bin"), { recursive: true });
    fs.mkdirSync(at("dist"));
    const bin = at("bin", "unfold.js");
    const broken = `${"a.b;".repeat(20_000)} )`;
    expect(run(["check", "m"], { bin }).code).toBe(70); // nothing there
    fs.writeFileSync(at("dist", "cli.cjs"), broken);
    const atStart = run(["check", "m"], { bin });
    fs.copyFileSync("dist/cli.cjs", at("dist", "cli.cjs"));
    fs.writeFileSync(at("dist", "program.cjs"), broken);
    const later = run(["check", "m"], { bin });
    for (const told of [atStart, later]) {
      expect(told.code).toBe(70);
      expect(told.stderr).toMatch(/^error INTERNAL /);
      expect(told.stderr).toContain("Unexpected token ')'");
      expectShortLines(told.stderr);
    }
  });
});

describe("a signal while a file is being written", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ])("%s leaves nothing behind", (signal, code) => {
    fs.writeFileSync(at("report.txt"), "old");
    // It comes while the disk takes nothing, however long that is.
    const before = `import fs from "node:fs";
      let isSent = false;
      fs.writeSync = () => {
        if (!isSent) process.kill(process.pid, "${signal}");
        isSent = true;
        throw Object.assign(new Error("busy"), { code: "EAGAIN", syscall: "write" });
      };`;
    const told = run(["ls", "m", "-o", "report.txt"], { before });
    expect([told.code, told.stderr]).toEqual([code, "error INTERRUPTED interrupted\n"]);
    expect(fs.readFileSync(at("report.txt"), "utf8")).toBe("old");
    expect(fs.readdirSync(root).sort()).toEqual(["m", "report.txt"]);
  });
});
