import fs from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { buildTree } from "../../src/analysis/tree.ts";
import type { Checkpoint } from "../../src/checkpoint/checkpoint.ts";
import { renderJson } from "../../src/report/render/json.ts";
import { buildReport } from "../../src/report/report.ts";
import { CacheFolder } from "../../src/sources/cache-folder.ts";
import { clearCache, HeaderCache, listCache } from "../../src/sources/header-cache.ts";
import { loadRemote, settingsFor } from "../support/remote.ts";
import { SECOND_SHARD, smallModel } from "../support/small-model.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { COMMIT, TestHub } from "../support/test-hub.ts";

let hub: TestHub;
let home: string;
beforeEach(async () => {
  hub = await TestHub.start();
  hub.repos.set("owner/name", { files: smallModel(), branches: { "feature/foo": COMMIT } });
  home = tempFolder();
});
afterEach(async () => {
  await hub.stop();
});

const settings = (more = {}) => settingsFor(hub.endpoint, { home, ...more });
const load = async (target: string, more = {}) => (await loadRemote(target, settings(more))).checkpoint;
const json = (checkpoint: Checkpoint) =>
  renderJson(
    buildReport(
      "tree",
      checkpoint,
      checkpoint.components.map((component) => buildTree(component)),
    ),
  );
const entryFiles = () =>
  fs
    .readdirSync(path.join(home, ".cache", "unfold", "headers-1"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".entry"))
    .map((name) => path.join(home, ".cache", "unfold", "headers-1", name));

describe("a second run", () => {
  test("asks for the commit and for no file", async () => {
    const first = await load("owner/name");
    hub.forget();
    const second = await load("owner/name");
    expect(hub.seen.map((request) => request.path)).toEqual([
      "/api/models/owner/name/revision/main?blobs=true",
    ]);
    expect(json(second)).toBe(json(first));
  });

  test("asks for nothing where the commit was typed", async () => {
    await load(`owner/name@${COMMIT}`);
    hub.forget();
    await load(`owner/name@${COMMIT}`);
    expect(hub.seen).toEqual([]);
  });

  test("asks for nothing offline, and gives the same bytes", async () => {
    for (const target of [
      "owner/name",
      "owner/name@feature/foo",
      "hf://owner/name/model.safetensors.index.json",
    ]) {
      const first = await load(target);
      hub.forget();
      const second = await load(target, { isOffline: true });
      expect(hub.seen).toEqual([]);
      expect(json(second)).toBe(json(first));
      expect(second.problems).toEqual([]);
    }
  });

  test("reads anew what changed with the commit", async () => {
    await load("owner/name");
    hub.repos.set("owner/name", { files: smallModel(), commit: "f".repeat(40) });
    hub.forget();
    const { source } = await load("owner/name");
    expect(source.commit).toBe("f".repeat(40));
    expect(hub.rangedReads).toBe(3);
  });

  test("does not mix up two hubs, or two repositories", async () => {
    await load("owner/name");
    const other = await TestHub.start();
    other.repos.set("owner/name", { files: smallModel() });
    await loadRemote("owner/name", settingsFor(other.endpoint, { home }));
    expect(other.rangedReads).toBe(3);
    await other.stop();
  });

  test("uses and fills nothing with --no-cache", async () => {
    await load("owner/name", { cacheFolder: null });
    expect(fs.existsSync(path.join(home, ".cache"))).toBe(false);
    await load("owner/name");
    hub.forget();
    await load("owner/name", { cacheFolder: null });
    expect(hub.rangedReads).toBe(3);
  });
});

describe("an offline run", () => {
  test("says what it lacks", async () => {
    await expect(load("owner/name", { isOffline: true })).rejects.toMatchObject({
      code: "OFFLINE",
      message: 'the listing of "owner/name" at "main" is not in the cache, and offline mode asks for nothing',
      hint: "Run once without --offline (and without HF_HUB_OFFLINE) to fill the cache.",
    });
    expect(hub.seen).toEqual([]);
  });

  test("shows the other shards where one was never read", async () => {
    hub.fault = (request) =>
      request.file === SECOND_SHARD
        ? { kind: "status", status: 404, headers: { "X-Error-Code": "EntryNotFound" } }
        : undefined;
    await load("owner/name");
    hub.forget();
    const checkpoint = await load("owner/name", { isOffline: true });
    expect(checkpoint.problems).toEqual([
      {
        code: "OFFLINE",
        shard: SECOND_SHARD,
        message: `"${SECOND_SHARD}" is not in the cache, and offline mode asks for nothing`,
        hint: "Run once without --offline (and without HF_HUB_OFFLINE) to fill the cache.",
      },
    ]);
    expect(hub.seen).toEqual([]);
  });
});

describe("entries of the cache", () => {
  const spoil: [string, (bytes: Buffer) => Buffer][] = [
    ["cut short", (bytes) => bytes.subarray(0, bytes.length - 1)],
    ["longer than they were", (bytes) => Buffer.concat([bytes, Buffer.alloc(1)])],
    [
      "changed in one bit",
      (bytes) => Buffer.concat([bytes.subarray(0, -1), Buffer.from([(bytes.at(-1) ?? 0) ^ 1])]),
    ],
    ["empty", () => Buffer.alloc(0)],
    ["something else", () => Buffer.from("{}\n")],
  ];
  for (const [how, change] of spoil) {
    test(`are read and written anew when they are ${how}`, async () => {
      const first = await load("owner/name");
      const before = entryFiles().map((file) => fs.readFileSync(file));
      for (const file of entryFiles()) fs.writeFileSync(file, change(fs.readFileSync(file)));
      hub.forget();
      expect(json(await load("owner/name"))).toBe(json(first));
      expect(hub.rangedReads).toBe(3);
      expect(entryFiles().map((file) => fs.readFileSync(file))).toEqual(before);
    });
  }

  test("hold the header and nothing behind it, for the user alone", async () => {
    await load("owner/name");
    const headers = [...smallModel()]
      .filter(([name]) => name.endsWith(".safetensors"))
      .map(([, file]) => file.bytes);
    const held = entryFiles()
      .map((file) => fs.readFileSync(file))
      .map((entry) => entry.subarray(entry.indexOf("\n") + 1));
    for (const header of headers) expect(held.some((bytes) => bytes.equals(header))).toBe(true);
    for (const file of entryFiles()) expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  });

  test("survive two runs at once", async () => {
    const runs = await Promise.all([load("owner/name"), load("owner/name"), load("owner/name")]);
    for (const run of runs) expect(run.problems).toEqual([]);
    hub.forget();
    await load("owner/name");
    expect(hub.rangedReads).toBe(0);
    expect(
      fs.readdirSync(home, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".tmp")),
    ).toEqual([]);
  });

  test("are not kept where the folder cannot be written, and the run goes on", async () => {
    fs.writeFileSync(path.join(home, ".cache"), "a file in the way");
    const checkpoint = await load("owner/name");
    expect(checkpoint.problems).toEqual([]);
  });

  test("are shown and cleared", async () => {
    await load("owner/name");
    const root = path.join(home, ".cache", "unfold", "headers-1");
    // three headers, index, config, listing; and the branch
    expect(listCache(root).map(({ label, entries }) => [label, entries])).toEqual([
      [`owner/name@${COMMIT}`, 6],
      [expect.stringContaining("branches and tags of 127.0.0.1"), 1],
    ]);
    clearCache(root);
    expect(listCache(root)).toEqual([]);
    expect(listCache(path.join(home, "never"))).toEqual([]);
  });

  test("go, the oldest checkpoint first, when they grow over the limit", async () => {
    const caches = new HeaderCache(home, 3_000);
    for (const name of ["oldest", "middle", "newest"]) {
      const folder = caches.folder([name], name) as CacheFolder;
      folder.write("x", [Buffer.alloc(1_000)], { fileBytes: 1_000 });
      await folder.settle();
      const age = { oldest: 3000, middle: 2000, newest: 1000 }[name] ?? 0;
      const inside = fs.readdirSync(home).map((entry) => path.join(home, entry));
      const written = inside.filter((entry) => fs.readFileSync(path.join(entry, "label"), "utf8") === name);
      for (const entry of written) {
        for (const file of fs.readdirSync(entry)) {
          const writtenAt = fs.statSync(path.join(entry, file)).mtimeMs / 1000;
          fs.utimesSync(path.join(entry, file), writtenAt - age, writtenAt - age);
        }
      }
    }
    await caches.close();
    expect(listCache(home).map(({ label }) => label)).toEqual(expect.arrayContaining(["newest", "middle"]));
    expect(listCache(home)).toHaveLength(2);
  });

  test("of one name are never taken for another's", async () => {
    const folder = new CacheFolder(home, ["key"], "label");
    folder.write("a", [Buffer.from("text")], { fileBytes: 4 });
    await folder.settle();
    expect(folder.read("a")?.bytes.toString()).toBe("text");
    expect(folder.read("b")).toBeUndefined();
    const [entry = ""] = fs
      .readdirSync(home, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".entry"));
    const other = new CacheFolder(home, ["other"], "label");
    other.write("b", [Buffer.from("more")], { fileBytes: 4 });
    await other.settle();
    const [target = ""] = fs
      .readdirSync(home, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".entry") && name !== entry);
    fs.copyFileSync(path.join(home, entry), path.join(home, target));
    expect(other.read("b")).toBeUndefined();
  });
});

describe("the local Hugging Face cache", () => {
  /** As `hf download` leaves it: a ref, a snapshot of links into blobs. */
  const download = (names: readonly string[], withTree = false) => {
    const root = path.join(home, ".cache", "huggingface", "hub", "models--owner--name");
    const snapshot = path.join(root, "snapshots", COMMIT);
    fs.mkdirSync(snapshot, { recursive: true });
    fs.mkdirSync(path.join(root, "blobs"), { recursive: true });
    fs.mkdirSync(path.join(root, "refs"), { recursive: true });
    fs.writeFileSync(path.join(root, "refs", "main"), COMMIT);
    for (const [name, file] of smallModel()) {
      if (!names.includes(name)) continue;
      const blob = path.join(root, "blobs", name);
      fs.writeFileSync(blob, file.bytes);
      fs.truncateSync(blob, file.fileBytes);
      fs.symlinkSync(path.join("..", "..", "blobs", name), path.join(snapshot, name));
    }
    if (withTree) {
      const files = Object.fromEntries(
        [...smallModel()].map(([name, file]) => [name, { size: file.fileBytes, blob_id: "x" }]),
      );
      fs.mkdirSync(path.join(root, "trees"));
      fs.writeFileSync(
        path.join(root, "trees", `${COMMIT}.json`),
        JSON.stringify({ format_version: 1, files }),
      );
    }
  };

  test("spares the requests for what is in it", async () => {
    const fresh = json(await load("owner/name", { cacheFolder: null }));
    download([SECOND_SHARD, "config.json"]);
    hub.forget();
    const checkpoint = await load("owner/name", { cacheFolder: null });
    expect(hub.rangedReads).toBe(2);
    expect(hub.seen.some((request) => request.path.includes("config.json"))).toBe(false);
    expect(json(checkpoint)).toBe(fresh);
  });

  test("serves offline what was downloaded whole", async () => {
    const fresh = json(await load("owner/name", { cacheFolder: null }));
    download([...smallModel().keys()], true);
    hub.forget();
    expect(json(await load("owner/name", { isOffline: true }))).toBe(fresh);
    expect(hub.seen).toEqual([]);
  });

  test("says that a download in parts may not be all", async () => {
    download(["config.json", SECOND_SHARD]);
    const checkpoint = await load("owner/name", { isOffline: true });
    expect(checkpoint.notes[0]?.message).toBe(
      "the listing is not in the cache: only files downloaded before are seen",
    );
    expect(checkpoint.components[0]?.shards.some((shard) => shard.status === "read")).toBe(true);
  });
});
