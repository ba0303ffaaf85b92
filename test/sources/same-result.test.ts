import fs from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runMain } from "../support/fake-io.ts";
import { SECOND_SHARD, smallModel } from "../support/small-model.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { TestHub } from "../support/test-hub.ts";

let hub: TestHub;
let folder: string;
beforeEach(async () => {
  hub = await TestHub.start();
  hub.repos.set("owner/name", { files: smallModel() });
  folder = tempFolder();
});
afterEach(async () => {
  await hub.stop();
});

/** The files as a folder on this disk; of the weights, only the length. */
function writeLocally(): string {
  const local = path.join(folder, "local");
  fs.mkdirSync(local);
  for (const [name, file] of smallModel()) {
    fs.writeFileSync(path.join(local, name), file.bytes);
    fs.truncateSync(path.join(local, name), file.fileBytes);
  }
  return local;
}

const resultOf = (stdout: string) => JSON.stringify((JSON.parse(stdout) as { result: unknown }).result);

describe("one checkpoint, four ways", () => {
  test("gives the same result, byte for byte", async () => {
    const local = writeLocally();
    const snapshot = path.join(folder, "x.unfold.json.gz");
    const endpoint = ["--endpoint", hub.endpoint];
    expect((await runMain(["snapshot", "owner/name", ...endpoint, "-o", snapshot])).code).toBe(0);
    // The second origin serves plain files, as any web server with ranges does.
    const web = `${hub.cdnOrigin}/blobs/owner/name/model.safetensors.index.json`;
    for (const command of ["overview", "tree", "params", "ls"]) {
      const ways = [[local], ["owner/name", ...endpoint], [web, ...endpoint], [snapshot]];
      const runs = [];
      for (const way of ways) runs.push(await runMain([command, ...way, "--json"]));
      for (const run of runs) expect([run.code, run.stderr]).toEqual([0, ""]);
      const [first, ...others] = runs.map((run) => resultOf(run.stdout));
      for (const other of others) expect(other).toBe(first);
    }
  });

  test("says where it came from", async () => {
    const local = writeLocally();
    const source = async (...argv: string[]) =>
      (JSON.parse((await runMain(["tree", ...argv, "--json"])).stdout) as { source: unknown }).source;
    expect(await source(local)).toMatchObject({ kind: "local", id: "local", commit: null });
    expect(await source("owner/name", "--endpoint", hub.endpoint)).toEqual({
      kind: "hub",
      id: "owner/name",
      revision: "main",
      commit: "0123456789abcdef0123456789abcdef01234567",
      subfolder: null,
    });
    const web = `${hub.cdnOrigin}/blobs/owner/name/${SECOND_SHARD}`;
    expect(await source(`${web}?token=secret`)).toEqual({
      kind: "http",
      id: web,
      revision: null,
      commit: null,
      subfolder: null,
    });
  });
});

describe("the command line", () => {
  test("prefers the path on disk, and says so", async () => {
    const local = writeLocally();
    const before = process.cwd();
    process.chdir(folder);
    try {
      fs.mkdirSync("owner");
      fs.renameSync(local, path.join("owner", "name"));
      const run = await runMain(["tree", "owner/name", "--endpoint", hub.endpoint]);
      expect(run.code).toBe(0);
      expect(run.stderr).toBe("note read from this disk; the hub's model is hf://owner/name\n");
      expect(hub.seen).toEqual([]);
      const remote = await runMain(["tree", "hf://owner/name", "--endpoint", hub.endpoint, "--json"]);
      expect(JSON.parse(remote.stdout)).toMatchObject({ source: { kind: "hub" } });
    } finally {
      process.chdir(before);
    }
  });

  test("exits 3 with what could be read, and one error with its hint for what could not", async () => {
    hub.fault = (request) =>
      request.origin === "cdn" && request.file === SECOND_SHARD ? { kind: "status", status: 410 } : undefined;
    const run = await runMain(["tree", "owner/name", "--endpoint", hub.endpoint]);
    expect(run.code).toBe(3);
    expect(run.stdout).toContain("2 read of 3 shards · 4 of 6 tensors");
    expect(run.stderr.replaceAll(/127\.0\.0\.1:\d+/g, "HOST")).toBe(
      `error HTTP_ERROR ${SECOND_SHARD}: "HOST" answered 410\n  hint: The server will say so again: open the address in a browser to see why, or name another copy or mirror.\n`,
    );
  });

  test("says once what is the matter with every shard", async () => {
    hub.repos.set("owner/name", { files: smallModel(), isGated: true, token: "hf_right" });
    const run = await runMain(["tree", "owner/name", "--endpoint", hub.endpoint, "--quiet"]);
    expect(run.code).toBe(3);
    expect(run.stderr.replaceAll(/127\.0\.0\.1:\d+/g, "HOST")).toBe(
      'error REPO_GATED model.safetensors.index.json: the files of "owner/name" are gated, and no token was sent (and 3 further files alike)\n' +
        "  hint: Accept the terms at http://HOST/owner/name, then set HF_TOKEN.\n",
    );
  });

  test("takes the token from standard input, the environment or its file", async () => {
    hub.repos.set("owner/name", { files: smallModel(), token: "hf_right" });
    fs.mkdirSync(path.join(folder, ".cache", "huggingface"), { recursive: true });
    fs.writeFileSync(path.join(folder, ".cache", "huggingface", "token"), "hf_right\n");
    const argv = ["tree", "owner/name", "--endpoint", hub.endpoint, "--no-cache"];
    expect((await runMain(argv)).code).toBe(3);
    expect((await runMain([...argv, "--token-stdin"], { stdin: "hf_right\n" })).code).toBe(0);
    expect((await runMain(argv, { env: { HF_TOKEN: "hf_right" } })).code).toBe(0);
    expect((await runMain(argv, { homeFolder: folder })).code).toBe(0);
    expect((await runMain([...argv, "--token", "x", "--token-stdin"])).code).toBe(2);
  });

  test("counts requests, bytes and cache hits on stderr with --stats", async () => {
    const argv = ["tree", "owner/name", "--endpoint", hub.endpoint, "--stats", "--json"];
    const world = { homeFolder: folder };
    const withoutTimes = (text: string) =>
      text.replaceAll(/\d+\.\d\d s/g, "T").replace(/[\d,]+ bytes \([^)]*\)/, "N bytes");
    expect(withoutTimes((await runMain(argv, world)).stderr)).toBe(
      "stats: 6 requests (3 ranged, 0 retries), N bytes fetched, 0 files from a cache\nstats: opening T, reading T\n",
    );
    expect(withoutTimes((await runMain(argv, world)).stderr)).toBe(
      "stats: 1 request (0 ranged, 0 retries), N bytes fetched, 5 files from a cache\nstats: opening T, reading T\n",
    );
    expect(withoutTimes((await runMain([...argv, "--offline"], world)).stderr)).toBe(
      "stats: 0 requests (0 ranged, 0 retries), N bytes fetched, 5 files from a cache\nstats: opening T, reading T\n",
    );
  });

  test("shows and clears the cache", async () => {
    const world = { homeFolder: folder };
    await runMain(["tree", "owner/name", "--endpoint", hub.endpoint], world);
    const shown = await runMain(["cache"], world);
    expect(shown.stdout).toContain("6 files  owner/name@0123456789abcdef0123456789abcdef01234567\n");
    expect((await runMain(["cache", "clear"], world)).stdout).toMatch(/^removed 2 checkpoints, /);
    expect((await runMain(["cache", "show", "--json"], world)).stdout).toBe(
      '{\n  "bytes": 0,\n  "checkpoints": []\n}\n',
    );
  });

  test("ends at the deadline of the run", async () => {
    hub.fault = (request) => (request.file === SECOND_SHARD ? { kind: "silence" } : undefined);
    const run = await runMain(["tree", "owner/name", "--endpoint", hub.endpoint, "--timeout", "1"]);
    expect(run.code).toBe(3);
    expect(run.stderr).toBe(
      `error TIMEOUT ${SECOND_SHARD}: the run did not end within 1 second\n` +
        "  hint: Give it more with --timeout, or run again: headers read so far are in the cache.\n",
    );
  });

  test("ends at once on Ctrl-C, with 130", async () => {
    const interruption = new AbortController();
    hub.fault = (request) => {
      if (request.file !== SECOND_SHARD) return undefined;
      interruption.abort();
      return { kind: "silence" };
    };
    const run = await runMain(["tree", "owner/name", "--endpoint", hub.endpoint], {
      signal: interruption.signal,
    });
    expect([run.code, run.stdout, run.stderr]).toEqual([130, "", "error INTERRUPTED interrupted\n"]);
  });

  test.each([
    [["datasets/owner/name"], "this is a dataset; unfold reads model repositories"],
    [
      ["https://files.example/x.safetensors", "--subfolder", "a"],
      "--subfolder is for models of a hub; this is the address of a file",
    ],
    [
      ["owner/name", "--endpoint", "ftp://x"],
      'the endpoint "ftp://x" is no address that starts with https:// or http://',
    ],
    [
      ["owner/name", "--endpoint", "https://me:secret@hub"],
      "the endpoint must not hold a user name or password",
    ],
    [["owner/name@v1", "--revision", "v2"], 'the source names revision "v1", --revision another one'],
  ])("refuses %s as wrong usage", async (argv, message) => {
    const run = await runMain(["tree", ...argv]);
    expect([run.code, run.stderr.split("\n")[0]]).toEqual([2, `error USAGE ${message}`]);
  });
});
