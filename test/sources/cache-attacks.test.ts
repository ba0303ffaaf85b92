import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Checkpoint } from "../../src/checkpoint/checkpoint.ts";
import { clearCache, HeaderCache, listCache } from "../../src/sources/header-cache.ts";
import { codeOf } from "../support/errors.ts";
import { runMain } from "../support/fake-io.ts";
import { loadRemote, PATIENT_LIMITS, settingsFor } from "../support/remote.ts";
import { SECOND_SHARD, smallModel } from "../support/small-model.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { COMMIT, TestHub } from "../support/test-hub.ts";

let hub: TestHub;
let home: string;
beforeEach(async () => {
  hub = await TestHub.start();
  hub.repos.set("owner/name", { files: smallModel() });
  home = tempFolder();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await hub.stop();
});

const load = async (more = {}): Promise<Checkpoint> =>
  (await loadRemote("owner/name", settingsFor(hub.endpoint, { home, limits: PATIENT_LIMITS, ...more })))
    .checkpoint;
const root = () => path.join(home, ".cache", "unfold", "headers-1");
const below = (folder: string) =>
  fs.readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => path.join(folder, name));
const entries = () => below(root()).filter((name) => name.endsWith(".entry"));
const isRead = (checkpoint: Checkpoint) =>
  checkpoint.components[0]?.shards.every(({ status }) => status === "read");
const notesOf = ({ notes }: Checkpoint) =>
  notes.filter(({ code }) => code === "SOURCE").map(({ message }) => message);

/** What may stand under a name in a cache that others can write to. */
const THINGS: readonly (readonly [name: string, put: (file: string) => void])[] = [
  ["a pipe", (file) => void spawnSync("mkfifo", [file])],
  ["a link to a device without end", (file) => fs.symlinkSync("/dev/zero", file)],
  ["a link to a terminal", (file) => fs.symlinkSync("/dev/tty", file)],
  ["a link to itself", (file) => fs.symlinkSync(path.basename(file), file)],
  ["a link to nowhere", (file) => fs.symlinkSync("/nowhere/at/all", file)],
  ["a folder", (file) => fs.mkdirSync(file)],
  [
    "a file of 1.5 GB",
    (file) => {
      fs.writeFileSync(file, "");
      fs.truncateSync(file, 1_500_000_000);
    },
  ],
  ["an empty file", (file) => fs.writeFileSync(file, "")],
  ["text", (file) => fs.writeFileSync(file, "hello\nworld")],
  ["nesting without end", (file) => fs.writeFileSync(file, `${"[".repeat(8000)}\n`)],
  ["JSON that is no object", (file) => fs.writeFileSync(file, "null\nx")],
];

function replaceAll(files: readonly string[], put: (file: string) => void): void {
  for (const file of files) {
    fs.rmSync(file, { recursive: true });
    put(file);
  }
}

describe("an entry of our cache that is", () => {
  test.each(THINGS)("%s is a miss, and the answer stands", async (_, put) => {
    await load();
    replaceAll(entries(), put);
    hub.forget();
    const checkpoint = await load();
    expect(checkpoint.problems).toEqual([]);
    expect(isRead(checkpoint)).toBe(true);
    expect(hub.rangedReads).toBe(3);
    for (const { message } of checkpoint.notes) expect(message).toMatch(/^the cache cannot be written \(E/);
  });

  test.each(THINGS)("%s is no answer offline either, and nothing is asked", async (_, put) => {
    await load();
    replaceAll(entries(), put);
    hub.forget();
    await expect(load({ isOffline: true })).rejects.toMatchObject({ code: "OFFLINE" });
    expect(hub.seen).toEqual([]);
  });

  /** An entry as we write it, with another line or content. */
  const forge = (file: string, about: Record<string, unknown>, content?: string) => {
    const bytes = fs.readFileSync(file);
    const end = bytes.indexOf("\n");
    const line = JSON.parse(bytes.toString("utf8", 0, end)) as Record<string, unknown>;
    const body = content === undefined ? bytes.subarray(end + 1) : Buffer.from(content);
    const sha256 = createHash("sha256").update(body).digest("hex");
    const forged = { ...line, bytes: body.length, fileBytes: body.length, sha256, ...about };
    fs.writeFileSync(file, Buffer.concat([Buffer.from(`${JSON.stringify(forged)}\n`), body]));
  };

  test.each([
    ["no JSON", "{"],
    ["of another shape", '{"commit":1,"id":[]}'],
    ["rows that are none", "[1,null]"],
    ["nested without end", "[".repeat(200_000)],
    ["names that lead elsewhere", '[["../../x.safetensors",1],["a\\u0000.safetensors",-1]]'],
  ])("rightly summed and %s is no bug of ours", async (_, content) => {
    await load();
    for (const file of entries()) forge(file, {}, content);
    for (const isOffline of [false, true]) {
      const outcome = await load({ isOffline }).then(
        ({ problems }) => problems.map(({ code }) => code),
        (error) => [error.code],
      );
      for (const code of outcome) expect(code).toMatch(/^[A-Z_]+$/);
    }
  });

  test("marked with what is no header's value is a miss: it would be sent", async () => {
    const address = `${hub.cdnOrigin}/blobs/owner/name/${SECOND_SHARD}`;
    const env = { XDG_CACHE_HOME: path.join(home, ".cache") };
    const first = await runMain(["params", address, "--json"], { env });
    for (const file of entries()) forge(file, { etag: 'x\r\nAuthorization: "y"' });
    const second = await runMain(["params", address, "--json"], { env });
    expect([second.code, second.stdout]).toEqual([first.code, first.stdout]);
    expect(second.code).toBe(0);
  });
});

describe("a cache that cannot be used", () => {
  const CACHES: readonly (readonly [name: string, make: () => void, code: string])[] = [
    ["is a file", () => fs.writeFileSync(root(), "mine"), "ENOTDIR|EEXIST"],
    ["is a link to itself", () => fs.symlinkSync("headers-1", root()), "ELOOP|EEXIST|ENOENT"],
    ["is a device", () => fs.symlinkSync("/dev/null", root()), "ENOTDIR|EEXIST"],
    ["leads nowhere", () => fs.symlinkSync("/proc/nowhere", root()), "ENOENT|EEXIST"],
  ];

  test.each(CACHES)("as it %s is told in a note, and the answer stands", async (_, make, code) => {
    fs.mkdirSync(path.dirname(root()), { recursive: true });
    make();
    const checkpoint = await load();
    expect(checkpoint.problems).toEqual([]);
    expect(isRead(checkpoint)).toBe(true);
    expect(notesOf(checkpoint)).toEqual([
      expect.stringMatching(
        new RegExp(`^the cache cannot be written \\((${code})\\): the next run reads the headers again$`),
      ),
    ]);
  });

  test.each(["EACCES", "EROFS", "ENOSPC", "EDQUOT"])("for %s is told in a note too", async (code) => {
    // Made by hand: whoever runs the tests may be allowed to write everywhere.
    vi.spyOn(fs, "mkdirSync").mockImplementation(() => {
      throw Object.assign(new Error(`${code}: mkdir '/home/somebody'`), { code });
    });
    const checkpoint = await load();
    expect(isRead(checkpoint)).toBe(true);
    expect(notesOf(checkpoint)).toEqual([
      `the cache cannot be written (${code}): the next run reads the headers again`,
    ]);
  });

  test("as its folders are another's is read around, and trimming leaves them", async () => {
    await load();
    const cache = new HeaderCache(root(), 0);
    cache.folder(["x"], "x")?.write("a", [], { fileBytes: 0 });
    vi.spyOn(fs, "readdirSync").mockImplementation(() => {
      throw Object.assign(new Error("EACCES"), { code: "EACCES" });
    });
    vi.spyOn(fs, "lstatSync").mockImplementation(() => {
      throw Object.assign(new Error("ELOOP"), { code: "ELOOP" });
    });
    await cache.close();
    expect(cache.notes).toEqual([]);
  });
});

describe("what is in the cache and is not ours", () => {
  test("stays: trimming and clearing remove what we wrote, and a folder only when it is empty then", async () => {
    await load();
    const [folder = ""] = fs.readdirSync(root());
    const foreign = ["precious.txt", "x.entry", `${"a".repeat(40)}.entry.bak`].map((name) =>
      path.join(root(), folder, name),
    );
    for (const file of foreign) fs.writeFileSync(file, "mine");
    fs.mkdirSync(path.join(root(), "f".repeat(40), "deep"), { recursive: true });
    fs.writeFileSync(path.join(root(), "f".repeat(40), "deep", "mine"), "mine");
    const outside = tempFolder();
    fs.writeFileSync(path.join(outside, `${"b".repeat(40)}.entry`), "theirs");
    fs.symlinkSync(outside, path.join(root(), "e".repeat(40)));
    expect(clearCache(root()).left).toBe(0);
    for (const file of [...foreign, path.join(root(), "f".repeat(40), "deep", "mine")])
      expect(fs.readFileSync(file, "utf8")).toBe("mine");
    expect(fs.readdirSync(outside)).toHaveLength(1);
    expect(fs.readdirSync(path.join(root(), folder)).sort()).toEqual(
      foreign.map((file) => path.basename(file)).sort(),
    );
  });

  test("is never written into: a label that links elsewhere is replaced", async () => {
    const victim = path.join(tempFolder(), "victim");
    fs.writeFileSync(victim, "precious");
    const cache = new HeaderCache(root());
    cache.folder(["key"], "a label")?.write("a", [], { fileBytes: 0 });
    await cache.close();
    const [label = ""] = below(root()).filter((name) => name.endsWith("label"));
    fs.rmSync(label);
    fs.symlinkSync(victim, label);
    const again = new HeaderCache(root());
    again.folder(["key"], "another label")?.write("a", [], { fileBytes: 0 });
    await again.close();
    expect(fs.readFileSync(victim, "utf8")).toBe("precious");
    expect(fs.readFileSync(label, "utf8")).toBe("another label");
  });

  test.each(THINGS)(
    "%s in place of a label and of entries is shown as what it is: nothing",
    async (_, put) => {
      await load();
      replaceAll(
        below(root()).filter((name) => /label$|\.entry$/.test(name)),
        put,
      );
      for (const { bytes } of listCache(root())) expect(bytes).toBeGreaterThanOrEqual(0);
      const env = { XDG_CACHE_HOME: path.join(home, ".cache") };
      expect((await runMain(["cache"], { env })).code).toBe(0);
      const { code } = await runMain(["cache", "clear"], { env });
      expect([0, 3]).toContain(code);
    },
  );

  test("is told where the folder itself cannot be read", () => {
    fs.mkdirSync(path.dirname(root()), { recursive: true });
    fs.symlinkSync("headers-1", root());
    expect(codeOf(() => listCache(root()))).toBe("LINK_LOOP");
    expect(codeOf(() => listCache(path.join(home, "nothing")))).toBe("accepted");
  });
});

describe("the cache of the Hub's own clients, where", () => {
  const folder = () => path.join(home, ".cache", "huggingface", "hub", "models--owner--name");
  const snapshot = () => path.join(folder(), "snapshots", COMMIT);
  const fill = (put: (file: string) => void) => {
    fs.mkdirSync(snapshot(), { recursive: true });
    fs.mkdirSync(path.join(folder(), "refs"), { recursive: true });
    fs.writeFileSync(path.join(folder(), "refs", "main"), COMMIT);
    for (const name of smallModel().keys()) put(path.join(snapshot(), name));
  };
  const NO_FILES = THINGS.slice(0, 6);

  test.each(NO_FILES)("a file is %s: it is asked for", async (_, put) => {
    fill(put);
    const checkpoint = await load();
    expect(checkpoint.problems).toEqual([]);
    expect(isRead(checkpoint)).toBe(true);
    expect(hub.rangedReads).toBe(3);
  });

  test.each(NO_FILES.filter(([name]) => name !== "a folder"))(
    "a file is %s: offline it is told as not there",
    async (_, put) => {
      fill(put);
      const checkpoint = await load({ isOffline: true });
      expect(new Set(checkpoint.problems.map(({ code }) => code))).toEqual(new Set(["OFFLINE"]));
      expect(hub.seen).toEqual([]);
    },
  );

  test.each(THINGS)("a branch is %s: it is not known offline", async (_, put) => {
    fill((file) => fs.writeFileSync(file, "x"));
    replaceAll([path.join(folder(), "refs", "main")], put);
    await expect(load({ isOffline: true })).rejects.toMatchObject({ code: "OFFLINE" });
  });

  test.each(THINGS)("a listing is %s: what was downloaded counts", async (_, put) => {
    fill((file) => fs.writeFileSync(file, "12345678"));
    fs.mkdirSync(path.join(folder(), "trees"));
    put(path.join(folder(), "trees", `${COMMIT}.json`));
    const checkpoint = await load({ isOffline: true });
    expect(notesOf(checkpoint)).toContain(
      "the listing is not in the cache: only files downloaded before are seen",
    );
  });

  test.each(THINGS.slice(0, 5))("the repository itself is %s: the hub is asked", async (_, put) => {
    fs.mkdirSync(path.dirname(folder()), { recursive: true });
    put(folder());
    expect((await load()).problems).toEqual([]);
    await fs.promises.rm(path.join(home, ".cache", "unfold"), { recursive: true });
    await expect(load({ isOffline: true })).rejects.toMatchObject({ code: "OFFLINE" });
  });

  test.each(["EACCES", "ELOOP", "ENOTDIR", "EIO", "ENAMETOOLONG"])(
    "the system says %s to everything: the hub is asked",
    async (code) => {
      fill((file) => fs.writeFileSync(file, "x"));
      const refuse = () => {
        throw Object.assign(new Error(`${code}: '/home/somebody'`), { code });
      };
      for (const name of ["statSync", "lstatSync", "readdirSync", "openSync"] as const)
        vi.spyOn(fs, name).mockImplementation(refuse);
      expect((await load()).problems).toEqual([]);
    },
  );
});
