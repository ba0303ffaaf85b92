import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { fp8Model } from "../checks/sound-models.ts";
import { runMain } from "../support/fake-io.ts";
import { changesBetween, folderState } from "../support/folder-state.ts";
import { BIN, runBin, writeDraft } from "../support/hostile.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** What a run reads, or could read, is never written over; what it writes is whole, and where it was asked to be. */

const COMMANDS: readonly (readonly string[])[] = [
  ["ls", "SOURCE"],
  ["ls", "SOURCE", "--json"],
  ["overview", "SOURCE"],
  ["tree", "SOURCE", "--format", "markdown"],
  ["precision", "SOURCE", "--json"],
  ["params", "SOURCE"],
  ["arch", "SOURCE"],
  ["check", "SOURCE", "--format", "sarif"],
  ["snapshot", "SOURCE"],
  ["diff", "SOURCE", "OTHER"],
  ["diff", "OTHER", "SOURCE", "--json"],
  ["check", "OTHER", "--against", "SOURCE"],
];

/** Files of a source, most of which the run opens. */
const TARGETS = [
  "model-00001-of-00002.safetensors",
  "model-00002-of-00002.safetensors",
  "model.safetensors.index.json",
  "config.json",
];

/** The same file, spelled otherwise. */
const SPELLINGS: readonly (readonly [string, (file: string, folder: string) => string])[] = [
  ["as it is", (file) => file],
  ["the long way round", (file) => path.join(path.dirname(file), "..", "source", ".", path.basename(file))],
  ["relative", (file) => path.relative(process.cwd(), file)],
  ["by a symbolic link", (file, folder) => linked(file, path.join(folder, "link"), fs.symlinkSync)],
  [
    "by a link to a link",
    (file, folder) => {
      const first = linked(file, path.join(folder, "first"), fs.symlinkSync);
      return linked(first, path.join(folder, "second"), fs.symlinkSync);
    },
  ],
  ["by a hard link", (file, folder) => linked(file, path.join(folder, "hard"), fs.linkSync)],
];

describe("a file of the source as the output", () => {
  it.each(COMMANDS.map((argv) => [argv.join(" "), argv] as const))("unfold %s", async (_, argv) => {
    for (const [k, target] of TARGETS.entries()) {
      const { folder, source, other } = twoSources();
      const [, spell] = SPELLINGS[(k + argv.length) % SPELLINGS.length] as (typeof SPELLINGS)[number];
      await refuses(fill(argv, source, other), spell(path.join(source, target), folder), source);
    }
  });

  it.each(SPELLINGS)("%s", async (_, spell) => {
    for (const target of TARGETS) {
      const { folder, source } = twoSources();
      await refuses(["params", source], spell(path.join(source, target), folder), source);
    }
  });

  it("where only one file of several is asked for", async () => {
    const { source } = twoSources();
    const shard = path.join(source, TARGETS[0] as string);
    await refuses(["ls", shard], shard, source);
    await refuses(["ls", path.join(source, TARGETS[2] as string)], shard, source);
  });

  it("where the source is a snapshot", async () => {
    const { folder, source } = twoSources();
    const snapshot = path.join(folder, "made.unfold.json");
    expect((await runMain(["snapshot", source, "-o", snapshot])).code).toBe(0);
    await refuses(["overview", snapshot], snapshot, folder);
  });

  async function refuses(argv: readonly string[], output: string, watched: string): Promise<void> {
    const before = folderState(watched);
    const { code, stderr } = await runMain([...argv, "-o", output]);
    expect(changesBetween(before, folderState(watched)), `${argv.join(" ")} -o ${output}`).toEqual([]);
    expect(code, stderr).toBe(2);
  }
});

describe("a baseline that is none", () => {
  it.each([...TARGETS, "notes.json", "notes.txt"])("%s", async (name) => {
    const { source } = twoSources();
    fs.writeFileSync(path.join(source, "notes.json"), "{}");
    fs.writeFileSync(path.join(source, "notes.txt"), "dear diary");
    const before = folderState(source);
    const { code } = await runMain([
      "check",
      source,
      "--baseline",
      path.join(source, name),
      "--update-baseline",
    ]);
    expect(changesBetween(before, folderState(source))).toEqual([]);
    expect(code).toBe(2);
  });

  it("is replaced where it is one", async () => {
    const { folder, source } = twoSources();
    const baseline = path.join(folder, "baseline.json");
    const argv = ["check", source, "--baseline", baseline, "--update-baseline"];
    expect((await runMain(argv)).code).toBe(0);
    expect((await runMain(argv)).code).toBe(0);
    expect(fs.readFileSync(baseline, "utf8")).toContain("unfoldBaseline");
  });
});

describe("an output that is no plain file", () => {
  it("/dev/null stays what it is", () => {
    const { source } = twoSources();
    const before = fs.statSync("/dev/null").rdev;
    expect(runBin(["ls", source, "-o", "/dev/null"]).code).toBe(0);
    expect(fs.statSync("/dev/null").isCharacterDevice()).toBe(true);
    expect(fs.statSync("/dev/null").rdev).toBe(before);
  });

  it.each(["-", "/dev/stdout"])("%s is standard output", (output) => {
    const { source } = twoSources();
    const { code, stdout } = runBin(["ls", source, "--json", "-o", output]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toHaveProperty("command", "ls");
  });

  it("a pipe is written into", () => {
    const { folder, source } = twoSources();
    const script = `mkfifo pipe && { cat pipe > got & } && "$NODE" "$BIN" ls "$SOURCE" --json -o pipe; code=$?; wait; exit $code`;
    const { status } = spawnSync("sh", ["-c", script], {
      cwd: folder,
      env: { PATH: process.env.PATH ?? "", NODE: process.execPath, BIN, SOURCE: source },
      timeout: 120_000,
      killSignal: "SIGKILL",
    });
    expect(status).toBe(0);
    expect(JSON.parse(fs.readFileSync(path.join(folder, "got"), "utf8"))).toHaveProperty("command", "ls");
    expect(fs.statSync(path.join(folder, "pipe")).isFIFO()).toBe(true);
  });

  it("a link leads to the file behind it, and modes are kept", async () => {
    const { folder, source } = twoSources();
    const behind = path.join(folder, "behind.json");
    fs.writeFileSync(behind, "old", { mode: 0o600 });
    const link = linked(behind, path.join(folder, "link.json"), fs.symlinkSync);
    expect((await runMain(["params", source, "--json", "-o", link])).code).toBe(0);
    expect(fs.lstatSync(link).isSymbolicLink()).toBe(true);
    expect(JSON.parse(fs.readFileSync(behind, "utf8"))).toHaveProperty("command", "params");
    expect(fs.statSync(behind).mode & 0o777).toBe(0o600);
  });

  it.each([
    ["a folder", (folder: string) => folder],
    ["a name of 256 bytes", (folder: string) => path.join(folder, "n".repeat(256))],
    ["a name of 300 bytes", (folder: string) => path.join(folder, "n".repeat(300))],
    ["a path below a file", (folder: string) => path.join(folder, "source", "config.json", "x")],
    ["a folder that is not there", (folder: string) => path.join(folder, "missing", "x")],
    ["a loop of links", (folder: string) => linked("loop", path.join(folder, "loop"), fs.symlinkSync)],
    ["an empty name", () => ""],
  ] as const)("%s is wrong usage", async (_, make) => {
    const { folder, source } = twoSources();
    const { code, stderr } = await runMain(["ls", source, "-o", make(folder)]);
    expect(code, stderr).toBe(2);
    expect(stderr).not.toContain("INTERNAL");
  });

  it.each([200, 240, 250, 255])("a name of %d bytes is a name", async (bytes) => {
    const { folder, source } = twoSources();
    expect((await runMain(["ls", source, "-o", path.join(folder, "n".repeat(bytes))])).code).toBe(0);
  });

  it("a full disk is told as one", () => {
    const { source } = twoSources();
    const full = fs.openSync("/dev/full", "w");
    try {
      for (const argv of [
        ["ls", source],
        ["params", source, "--json"],
      ]) {
        const { code, stderr } = runBin(argv, { stdout: full });
        expect(code).toBe(2);
        expect(stderr).toContain("OUTPUT_FAILED");
        expect(stderr.length).toBeLessThan(1000);
      }
    } finally {
      fs.closeSync(full);
    }
  });
});

describe("what lies around the output", () => {
  it("is left alone, and nothing stays behind", async () => {
    const { folder, source } = twoSources();
    const out = path.join(folder, "out");
    fs.mkdirSync(out);
    const neighbours = [`.x.json.${process.pid}.tmp`, "x.json.tmp", ".x.json.tmp", "x.json~"];
    for (const name of neighbours) fs.writeFileSync(path.join(out, name), name);
    fs.mkdirSync(path.join(out, ".y.json.tmp"));
    const before = folderState(out);
    expect((await runMain(["params", source, "-o", path.join(out, "x.json")])).code).toBe(0);
    expect((await runMain(["params", source, "-o", path.join(out, "y.json")])).code).toBe(0);
    expect(changesBetween(before, folderState(out))).toEqual(["./x.json is new", "./y.json is new"]);
  });
});

describe("a snapshot", () => {
  it.each(["dear diary", "\u0000\u0001", "[1", ""])(
    "holds no text of a configuration that is none: %j",
    async (text) => {
      const { folder, source } = twoSources();
      fs.writeFileSync(path.join(folder, "secret"), `${text} secret-text`);
      fs.rmSync(path.join(source, "config.json"));
      fs.symlinkSync(path.join(folder, "secret"), path.join(source, "config.json"));
      const made = path.join(folder, "made.unfold.json");
      await runMain(["snapshot", source, "-o", made]);
      expect(fs.readFileSync(made, "utf8")).not.toContain("secret-text");
    },
  );
});

function twoSources(): { folder: string; source: string; other: string } {
  const folder = tempFolder();
  return {
    folder,
    source: writeDraft(folder, "source", fp8Model()),
    other: writeDraft(folder, "other", fp8Model()),
  };
}

function fill(argv: readonly string[], source: string, other: string): string[] {
  return argv.map((part) => (part === "SOURCE" ? source : part === "OTHER" ? other : part));
}

function linked(target: string, link: string, make: (target: string, link: string) => void): string {
  make(target, link);
  return link;
}
