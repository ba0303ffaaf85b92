import fs from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { type FakeIoOptions, runMain } from "../support/fake-io.ts";
import { stateOf, weightsFile, writeSmallCheckpoint } from "../support/small-checkpoint.ts";
import { smallModel } from "../support/small-model.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { TestHub } from "../support/test-hub.ts";

let root: string;
const at = (...names: string[]) => path.join(root, ...names);

beforeEach(() => {
  root = tempFolder();
  writeSmallCheckpoint(at("m"));
  writeSmallCheckpoint(at("B"));
  fs.writeFileSync(at("m", "aside.safetensors"), weightsFile(1)); // left aside: read by no run of the folder
  fs.writeFileSync(at("m", "pytorch_model.bin"), "pickle");
  fs.symlinkSync("m", at("linked"));
  fs.symlinkSync(at("m", "model.safetensors"), at("link.txt"));
  fs.linkSync(at("m", "model.safetensors"), at("hard.txt"));
  fs.linkSync(at("m", "aside.safetensors"), at("hard-aside.txt"));
  fs.mkdirSync(at("sharded"));
  fs.writeFileSync(
    at("sharded", "model.safetensors.index.json"),
    JSON.stringify({ metadata: {}, weight_map: { a: "part one.safetensors", b: "sub/two.safetensors" } }),
  );
  fs.mkdirSync(at("sharded", "sub"));
  fs.writeFileSync(at("sharded", "part one.safetensors"), weightsFile());
});

/** `$x` in an argument stands for a file below the root. */
function expand(words: string): string[] {
  return words.split(" ").map((word) => word.replace(/^\$/, `${root}/`).replaceAll("_", " "));
}

describe("nothing that a run reads, or could read, is ever written to", () => {
  it.each([
    ["the file that was named", "ls $m/model.safetensors -o $m/model.safetensors"],
    ["a shard", "params $m --json -o $m/model.safetensors"],
    ["the configuration", "arch $m -o $m/config.json"],
    ["a shard, by a snapshot", "snapshot $m -o $m/model.safetensors"],
    ["a shard through a link to its folder", "ls $m -o $linked/model.safetensors"],
    ["a shard of a folder that was named through a link", "ls $linked -o $m/model.safetensors"],
    ["a shard under another spelling", "ls $m -o $m/../B/../m/./model.safetensors"],
    ["a shard through a link to it", "ls $m -o $link.txt"],
    ["a second name of a shard", "ls $m -o $hard.txt"],
    ["a shard left aside", "tree $m -o $m/aside.safetensors"],
    ["a second name of a shard left aside", "tree $m -o $hard-aside.txt"],
    ["weights of another format beside", "tree $m -o $m/pytorch_model.bin"],
    ["the configuration beside a file that was named", "ls $m/model.safetensors -o $m/config.json"],
    ["the older side of a diff", "diff $B $m -o $B/config.json"],
    ["the newer side of a diff", "diff $B $m -o $m/model.safetensors"],
    ["the original of a check", "check $m --against $B -o $B/model.safetensors"],
    ["the index", "ls $sharded -o $sharded/model.safetensors.index.json"],
    ["a shard that is missing", "ls $sharded -o $sharded/sub/two.safetensors"],
    ["a new name that the source would be read from", "ls $m -o $m/model-00002-of-00002.safetensors"],
    ["a new configuration", "params $m --json -o $m/params.json"],
    ["a new index", "params $m --json -o $m/model.safetensors.index.json"],
    ["a new name of weights elsewhere", "ls $m -o $report.safetensors"],
    ["weights that the run has nothing to do with", "ls $m -o $B/model.safetensors"],
  ])("%s", async (_, words) => {
    const before = stateOf(root);
    const run = await runMain(expand(words));
    // Where JSON was asked for, the error is on stdout as well; nothing else ever is.
    const printed = run.stdout === "" ? "" : JSON.parse(run.stdout).error.code;
    expect([run.code, printed]).toEqual([2, words.includes("--json") ? "OUTPUT_FAILED" : ""]);
    expect(run.stderr).toMatch(/^error OUTPUT_FAILED cannot write ".*": (it is|under this name)/);
    expect(run.stderr).toContain("Give the output another name.");
    expect(stateOf(root)).toEqual(before);
  });

  it("a snapshot that is read, under the name that its own snapshot would get", async () => {
    expect((await runMain(expand("snapshot $m -o $m.unfold.json"))).code).toBe(0);
    const before = stateOf(root);
    expect((await runMain(expand("ls $m.unfold.json -o $m.unfold.json"))).code).toBe(2);
    expect(stateOf(root)).toEqual(before);
  });

  it("the file that stdout was led into", async () => {
    const { dev, ino } = fs.statSync(at("m", "config.json"), { bigint: true });
    const run = await runMain(expand("ls $m"), { stdoutFile: `${dev}:${ino}` });
    expect([run.code, run.stdout]).toEqual([2, ""]);
    expect(run.stderr).toContain('cannot write "stdout": it is part of the source');
  });

  it("what a hub's model is read from, in our cache", async () => {
    const hub = await TestHub.start();
    hub.repos.set("owner/name", { files: smallModel() });
    const options = { env: { HF_HOME: at("hf") }, homeFolder: root };
    const ls = ["ls", "owner/name", "--endpoint", hub.endpoint];
    try {
      expect((await runMain(ls, options)).code).toBe(0);
    } finally {
      await hub.stop();
    }
    const names = fs.readdirSync(at("hf"), { recursive: true, encoding: "utf8" });
    const entry = names.find((name) => name.endsWith(".entry")) as string;
    await expectCacheKept([...ls, "--offline"], options, at("hf", entry));
  });

  it("what a hub's model is read from, in the cache of the hub's own clients", async () => {
    const commit = "0123456789abcdef0123456789abcdef01234567";
    const repository = at("hub", "models--owner--name");
    const snapshot = writeSmallCheckpoint(path.join(repository, "snapshots", commit));
    fs.mkdirSync(path.join(repository, "refs"));
    fs.writeFileSync(path.join(repository, "refs", "main"), commit);
    fs.mkdirSync(path.join(repository, "blobs"));
    const blob = path.join(repository, "blobs", "0123");
    fs.renameSync(path.join(snapshot, "model.safetensors"), blob);
    fs.symlinkSync("../../blobs/0123", path.join(snapshot, "model.safetensors"));
    const options = { env: { HF_HUB_CACHE: at("hub") }, homeFolder: root };
    await expectCacheKept(["ls", "owner/name", "--offline"], options, blob);
  });

  /** Nothing is written over a file of a cache, over its second name, or beside it. */
  async function expectCacheKept(
    args: readonly string[],
    options: FakeIoOptions,
    file: string,
  ): Promise<void> {
    expect((await runMain(args, options)).code).toBe(0);
    fs.linkSync(file, at("second-name.txt"));
    const before = stateOf(root);
    for (const output of [file, at("second-name.txt"), path.join(path.dirname(file), "new.txt")]) {
      const run = await runMain([...args, "-o", output], options);
      expect([run.code, run.stderr]).toEqual([
        2,
        expect.stringContaining("it is in the cache that the source is read from"),
      ]);
    }
    expect(stateOf(root)).toEqual(before);
  }

  it("a token's file", async () => {
    fs.writeFileSync(at("token"), "hf_secret");
    const run = await runMain(expand("ls $m -o $token"), { env: { HF_TOKEN_PATH: at("token") } });
    expect([run.code, fs.readFileSync(at("token"), "utf8")]).toEqual([2, "hf_secret"]);
    expect(run.stderr).not.toContain("hf_secret");
  });
});

describe("configuration and baseline", () => {
  it("are no outputs while they are read", async () => {
    fs.writeFileSync(at("c.json"), "{}");
    expect((await runMain(expand("check $m --baseline $b.json --update-baseline"))).code).toBe(0);
    const before = stateOf(root);
    for (const words of [
      "check $m --config $c.json -o $c.json",
      "check $m --baseline $b.json -o $b.json",
      "check $m --baseline $b.json --update-baseline -o $b.json",
      "check $m --baseline $new.json --update-baseline -o $new.json",
      "check $m --config $c.json --baseline $c.json --update-baseline",
      "check $m --baseline $m/config.json --update-baseline",
      "check $m --baseline $m/params.json --update-baseline",
      "check $m --baseline $m/model.safetensors --update-baseline",
    ]) {
      const run = await runMain(expand(words));
      expect([words, run.code, run.stdout]).toEqual([words, 2, ""]);
    }
    expect(stateOf(root)).toEqual(before);
  });

  it("a baseline is replaced only by its like", async () => {
    const update = () => runMain(expand("check $m --baseline $b.json --update-baseline"));
    for (const text of ["", "notes", "{}", '{"unfoldBaseline":2,"findings":[]}', '{"unfoldBaseline":1}']) {
      fs.writeFileSync(at("b.json"), text);
      expect((await update()).code).toBe(2);
      expect(fs.readFileSync(at("b.json"), "utf8")).toBe(text);
    }
    fs.writeFileSync(at("b.json"), '{"unfoldBaseline":1,"findings":[]}');
    expect((await update()).code).toBe(0);
    expect(fs.readFileSync(at("b.json"), "utf8")).toContain("metadata-format-missing");
  });
});

describe("beside a source", () => {
  it.each(["report.json", "report.txt", "new.unfold.json.gz"])("%s may be written, twice", async (name) => {
    const before = stateOf(at("m"));
    for (const _ of [1, 2]) expect((await runMain(["params", at("m"), "-o", at("m", name)])).code).toBe(0);
    expect(stateOf(at("m")).filter((line) => !line.startsWith(name))).toEqual(before);
  });
});
