import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { UnfoldError } from "../../src/errors.ts";
import { isStdout, writeOutput, writeOutputFile } from "../../src/terminal/output-file.ts";
import { fakeIo } from "../support/fake-io.ts";
import { tempFolder } from "../support/temp-folder.ts";

let root: string;
const at = (...names: string[]) => path.join(root, ...names);
beforeEach(() => {
  root = tempFolder();
});

const read = (name: string) => fs.readFileSync(at(name), "utf8");
const modeOf = (name: string) => fs.statSync(at(name)).mode & 0o777;
const write = (name: string, chunks: Iterable<string | Uint8Array> = ["new", "er"]) =>
  writeOutputFile(fakeIo(), at(name), chunks);

async function reasonOf(writing: Promise<void>): Promise<string> {
  const error = await writing.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UnfoldError);
  return `${(error as UnfoldError).code} ${(error as UnfoldError).message}`;
}

describe("a file", () => {
  it("is written whole, with nothing left beside it", async () => {
    await write("a.txt", ["text, ", Buffer.from("bytes, "), "x".repeat(200_000)]);
    expect(read("a.txt")).toBe(`text, bytes, ${"x".repeat(200_000)}`);
    expect(fs.readdirSync(root)).toEqual(["a.txt"]);
  });

  it("keeps its mode, its links and what they lead to", async () => {
    fs.writeFileSync(at("private"), "old", { mode: 0o600 });
    fs.writeFileSync(at("shared"), "old");
    fs.chmodSync(at("shared"), 0o664);
    fs.symlinkSync("shared", at("one"));
    fs.symlinkSync(at("one"), at("two"));
    fs.mkdirSync(at("folder"));
    fs.symlinkSync("folder", at("to-folder"));
    fs.symlinkSync("../late", at("folder", "dangling"));
    for (const name of ["private", "two", "to-folder/dangling"]) await write(name);
    expect(["private", "shared", "late"].map(read)).toEqual(["newer", "newer", "newer"]);
    expect([modeOf("private"), modeOf("shared")]).toEqual([0o600, 0o664]);
    expect(fs.readlinkSync(at("two"))).toBe(at("one"));
    expect(fs.readdirSync(at("folder"))).toEqual(["dangling"]);
  });

  it("may have the longest name that there is", async () => {
    for (const name of ["n".repeat(250), "n".repeat(255)]) {
      await write(name);
      expect(read(name)).toBe("newer");
    }
    expect(await reasonOf(write("n".repeat(256)))).toContain("the name is longer than the file system takes");
  });

  it("stays as it was where the writing fails, and so does whatever has a temporary name", async () => {
    fs.writeFileSync(at("a.txt"), "old");
    fs.writeFileSync(at(`.a.txt.${process.pid}.tmp`), "not ours");
    const before = fs.readdirSync(root);
    const failing = function* () {
      yield "x".repeat(100_000);
      throw new TypeError("a bug");
    };
    // A bug stays a bug: it is not said to be the disk's.
    await expect(write("a.txt", failing())).rejects.toThrow(TypeError);
    expect([read("a.txt"), fs.readdirSync(root)]).toEqual(["old", before]);
  });

  it("is given up when the run is stopped", async () => {
    const stop = new AbortController();
    const endless = function* () {
      for (let chunks = 0; ; chunks++) {
        if (chunks === 3) stop.abort(new UnfoldError("INTERRUPTED", {}));
        yield "x".repeat(70_000);
      }
    };
    const io = fakeIo({ signal: stop.signal });
    expect(await reasonOf(writeOutputFile(io, at("a.txt"), endless()))).toBe("INTERRUPTED interrupted");
    expect(fs.readdirSync(root)).toEqual([]);
  });
});

describe("what cannot be written is said, with the reason", () => {
  it.each([
    ["", "USAGE the output has no name"],
    ["folder", "it is a folder"],
    ["folder/", "it is a folder"],
    ["new-folder/", "it is a folder"],
    ["file/below", "its path leads through a file"],
    ["file/far/below", "its path leads through a file"],
    ["nowhere/a.txt", "its folder does not exist"],
    ["loop", "a symbolic link that leads back to itself"],
    ["socket", "it is a socket"],
  ])("%s", async (name, reason) => {
    fs.mkdirSync(at("folder"));
    fs.writeFileSync(at("file"), "old");
    fs.symlinkSync("pool", at("loop"));
    fs.symlinkSync("loop", at("pool"));
    const server = net.createServer().listen(at("socket"));
    try {
      await new Promise((resolve) => server.once("listening", resolve));
      const before = fs.readdirSync(root);
      expect(await reasonOf(writeOutputFile(fakeIo(), name && `${root}/${name}`, ["new"]))).toContain(reason);
      expect([read("file"), fs.readdirSync(root)]).toEqual(["old", before]);
    } finally {
      server.close();
    }
  });
});

describe("what is no regular file is written into", () => {
  it("the null device", async () => {
    const before = fs.statSync("/dev/null");
    await writeOutputFile(fakeIo(), "/dev/null", ["x".repeat(1_000_000)]);
    const after = fs.statSync("/dev/null");
    expect([after.isCharacterDevice(), after.ino]).toEqual([true, before.ino]);
  });

  it("a full device, which says so", async () => {
    expect(await reasonOf(writeOutputFile(fakeIo(), "/dev/full", ["x"]))).toContain("no space is left");
  });

  it("a pipe with a reader, more than it holds at once", async () => {
    execFileSync("mkfifo", [at("pipe")]);
    const text = "x".repeat(1_000_000);
    const reader = spawn("cat", [at("pipe")]);
    let received = 0;
    reader.stdout.on("data", (chunk: Buffer) => {
      received += chunk.length;
    });
    await write("pipe", [text, text]);
    await new Promise((resolve) => reader.once("close", resolve));
    expect([received, fs.statSync(at("pipe")).isFIFO()]).toEqual([2_000_000, true]);
  });

  it("a pipe whose reader hangs up: a normal end", async () => {
    execFileSync("mkfifo", [at("pipe")]);
    const reader = spawn("head", ["-c", "5", at("pipe")], { stdio: "ignore" });
    await write("pipe", ["x".repeat(1_000_000), "x".repeat(1_000_000)]);
    await new Promise((resolve) =>
      reader.exitCode === null ? reader.once("close", resolve) : resolve(null),
    );
  });

  it("a pipe that nobody reads is given up", async () => {
    execFileSync("mkfifo", [at("pipe")]);
    expect(await reasonOf(write("pipe"))).toContain("nobody reads from it");
    const stop = new AbortController();
    const waiting = writeOutputFile(fakeIo({ signal: stop.signal }), at("pipe"), ["x"]);
    stop.abort(new UnfoldError("INTERRUPTED", {}));
    expect(await reasonOf(waiting)).toBe("INTERRUPTED interrupted");
  });
});

it("stdout is -, and what no file is named for", async () => {
  for (const output of [undefined, "-"]) {
    const io = fakeIo();
    await writeOutput(io, output, ["a", "b"]);
    expect([isStdout(output), io.out()]).toEqual([true, "ab"]);
  }
  expect(isStdout("./-")).toBe(false);
});
