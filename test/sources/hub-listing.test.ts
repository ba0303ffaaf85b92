import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadRemote, PATIENT_LIMITS, settingsFor } from "../support/remote.ts";
import { makeShard, makeText, type VirtualFile } from "../support/shards.ts";
import { SECOND_SHARD, smallModel } from "../support/small-model.ts";
import { COMMIT, TestHub, type TestHubOptions } from "../support/test-hub.ts";

let hub: TestHub;
beforeEach(async () => {
  hub = await TestHub.start();
});
afterEach(() => hub.stop());

const load = async (target: string, more = {}) =>
  (await loadRemote(target, settingsFor(hub.endpoint, { limits: PATIENT_LIMITS, ...more }))).checkpoint;
const shardsOf = (checkpoint: Awaited<ReturnType<typeof load>>) => checkpoint.components[0]?.shards.length;

async function restart(options: TestHubOptions): Promise<void> {
  await hub.stop();
  hub = await TestHub.start(options);
}

describe("what a revision means", () => {
  test.each([
    ["owner/name", "/api/models/owner/name/revision/main?blobs=true"],
    ["owner/name@refs/pr/1", "/api/models/owner/name/revision/refs%2Fpr%2F1?blobs=true"],
    ["owner/name@feature/foo", "/api/models/owner/name/revision/feature%2Ffoo?blobs=true"],
  ])("asks for %s as one segment, and for files by the commit", async (target, path) => {
    const branches = { "refs/pr/1": COMMIT, "feature/foo": COMMIT };
    hub.repos.set("owner/name", { files: smallModel(), branches });
    await load(target);
    expect(hub.seen[0]?.path).toBe(path);
    for (const request of hub.seen.filter((each) => each.path.includes("/resolve/"))) {
      expect(request.path).toContain(`/resolve/${COMMIT}/`);
    }
  });

  test("tells a pasted branch with slashes from folders by the list of branches", async () => {
    const files = new Map(
      [...smallModel()].map(([name, file]): [string, VirtualFile] => [`sub/${name}`, file]),
    );
    hub.repos.set("owner/name", {
      files,
      branches: { "feature/foo": COMMIT, feature: COMMIT.replace("0", "1") },
    });
    hub.repos.set("owner/other", { files, branches: { "feature/foo": COMMIT } });
    const checkpoint = await load(`${hub.endpoint}/owner/other/tree/feature/foo/sub`);
    expect(checkpoint.source).toMatchObject({ revision: "feature/foo", subfolder: "sub" });
    expect(shardsOf(checkpoint)).toBe(3);
  });

  test("goes on with the new name of a renamed repository, and says so", async () => {
    hub.repos.set("old/name", { files: new Map(), renamedTo: "new/name" });
    hub.repos.set("new/name", { files: smallModel() });
    const checkpoint = await load("old/name");
    expect(checkpoint.source.id).toBe("new/name");
    expect(checkpoint.notes[0]?.message).toBe('"old/name" is called "new/name" now');
    expect(hub.seen.slice(2).every((request) => !request.path.includes("old/"))).toBe(true);
  });
});

describe("which files are meant", () => {
  test("a folder, with paths relative to it", async () => {
    const files = new Map(
      [...smallModel()].map(([name, file]): [string, VirtualFile] => [`a b/${name}`, file]),
    );
    files.set("config.json", makeText('{"model_type": "another"}'));
    hub.repos.set("owner/name", { files });
    const checkpoint = await load("hf://owner/name/a b");
    expect(checkpoint.components[0]?.shards[0]?.path).toBe("model-00001-of-00003.safetensors");
    expect(checkpoint.components[0]?.configs.get("config.json")).toEqual({ model_type: "llama" });
    expect(hub.seen.some((request) => request.path.includes("/a%20b/model-00001"))).toBe(true);
  });

  test("a file, with the configs beside it", async () => {
    hub.repos.set("owner/name", { files: smallModel() });
    const checkpoint = await load("hf://owner/name/model-00002-of-00003.safetensors");
    expect(shardsOf(checkpoint)).toBe(1);
    expect(checkpoint.components[0]?.configs.size).toBe(1);
  });

  test("none with a name that leads elsewhere", async () => {
    const files = smallModel();
    files.set("../../evil.safetensors", makeShard([["a", "BF16", [1]]]));
    hub.repos.set("owner/name", { files });
    await load("owner/name");
    expect(hub.seen.some((request) => request.path.includes("evil"))).toBe(false);
  });

  test("none, which is said with what is there", async () => {
    const shard = makeShard([["a", "BF16", [1]]]);
    const files = ["b", "a"].map((folder) => [`${folder}/model.safetensors`, shard] as const);
    hub.repos.set("owner/name", { files: new Map(files) });
    await expect(load("owner/name")).rejects.toMatchObject({
      code: "NO_CHECKPOINT",
      hint: expect.stringContaining('"a" (1 file), "b" (1 file)'),
    });
  });

  test("that of the only sub-folder that has any", async () => {
    const files = new Map([["sub/model.safetensors", makeShard([["a", "BF16", [1]]])]]);
    hub.repos.set("owner/name", { files });
    expect(shardsOf(await load("owner/name"))).toBe(1);
  });
});

describe("a mirror", () => {
  test("may lie under a path", async () => {
    await restart({ prefix: "/hf" });
    hub.repos.set("owner/name", { files: smallModel() });
    const checkpoint = await load("owner/name");
    expect([checkpoint.problems, shardsOf(checkpoint)]).toEqual([[], 3]);
    expect(
      hub.seen
        .filter((request) => request.origin === "hub")
        .every((request) => request.path.startsWith("/hf/")),
    ).toBe(true);
  });

  test("may list names only: the paged listing has the sizes", async () => {
    await restart({ pageEntries: 2 });
    hub.repos.set("owner/name", { files: smallModel(), hasNoSizes: true });
    expect(shardsOf(await load("owner/name"))).toBe(3);
    expect(hub.seen.filter((request) => request.path.includes("/tree/"))).toHaveLength(3);
  });

  test("may hold more files than one answer lists", async () => {
    const files = smallModel();
    for (let k = 0; k < 1100; k++) files.set(`data/${k}.txt`, makeText("x"));
    hub.repos.set("owner/name", { files });
    expect(shardsOf(await load("owner/name"))).toBe(3);
    expect(hub.seen.filter((request) => request.path.includes("/tree/"))).toHaveLength(2);
  });

  test.each([
    [
      "whose pages lead back to themselves",
      1,
      "RESPONSE_INVALID",
      "the listing cannot be used: a page leads back to itself",
    ],
    ["that never ends", 2000, "LIMIT_EXCEEDED", "1,001 pages in the listing; unfold reads at most 1,000"],
  ])("is not followed through a listing %s", async (_, cursors, code, message) => {
    hub.repos.set("owner/name", { files: smallModel(), hasNoSizes: true });
    let page = 0;
    hub.fault = (request) => {
      if (!request.path.includes("/tree/")) return undefined;
      const next = `<${hub.endpoint}/x?recursive=true&cursor=${page++ % cursors}>; rel="next"`;
      return { kind: "status", status: 200, headers: { Link: next }, body: "[]" };
    };
    await expect(load("owner/name")).rejects.toMatchObject({ code, message });
  });

  test("may list lengths that are not those of the files, and the files count", async () => {
    const files = smallModel();
    hub.repos.set("owner/name", { files });
    const served = files.get(SECOND_SHARD)?.fileBytes.toLocaleString("en-US");
    const listed = [...files].map(([rfilename, file]) => ({
      rfilename,
      size: Math.min(file.fileBytes, 1000),
    }));
    const body = JSON.stringify({ sha: COMMIT, siblings: listed });
    hub.fault = (request) =>
      request.path.includes("/revision/") ? { kind: "status", status: 200, body } : undefined;
    const checkpoint = await load("owner/name");
    expect(checkpoint.problems).toEqual([]);
    expect(checkpoint.notes.map((note) => note.message)).toContain(
      `"${SECOND_SHARD}" is listed with 1,000 bytes, served with ${served}; the latter counts`,
    );
  });

  test.each([
    ["a string", "7"],
    ["negative", -1],
    ["a fraction", 1.5],
    ["too large to be exact", 1e300],
  ])("may list a length that is %s, which counts as none", async (_, size) => {
    const files = smallModel();
    hub.repos.set("owner/name", { files });
    const body = JSON.stringify({
      sha: COMMIT,
      siblings: [...files.keys()].map((rfilename) => ({ rfilename, size })),
    });
    hub.fault = (request) =>
      request.path.includes("/revision/") ? { kind: "status", status: 200, body } : undefined;
    expect(shardsOf(await load("owner/name"))).toBe(3);
    expect(hub.seen.some((request) => request.path.includes("/tree/"))).toBe(true);
  });

  test("may refuse a page, which is explained like any refusal", async () => {
    hub.repos.set("owner/name", { files: smallModel(), hasNoSizes: true });
    hub.fault = (request) => (request.path.includes("/tree/") ? { kind: "status", status: 404 } : undefined);
    await expect(load("owner/name")).rejects.toMatchObject({ code: "REPO_NOT_FOUND" });
  });
});

describe("a server that is too busy", () => {
  test("is asked half as much from then on, and everything is read", async () => {
    const files = new Map<string, VirtualFile>();
    for (let k = 1; k <= 40; k++) {
      const name = `model-${String(k).padStart(5, "0")}-of-00040.safetensors`;
      files.set(name, makeShard([[`layer.${k}.weight`, "BF16", [16]]]));
    }
    hub.repos.set("owner/name", { files });
    let refusals = 3;
    hub.fault = (request) =>
      request.origin === "hub" && request.file !== undefined && refusals-- > 0
        ? { kind: "status", status: 429, headers: { "Retry-After": "0" } }
        : undefined;
    const settings = settingsFor(hub.endpoint, { limits: PATIENT_LIMITS, concurrency: 16 });
    const { checkpoint, source } = await loadRemote("owner/name", settings);
    expect([checkpoint.problems, shardsOf(checkpoint)]).toEqual([[], 40]);
    expect(source.concurrency).toBe(8);
    expect(source.stats.retries).toBe(3);
  });
});

describe("the first read", () => {
  // No index and no size known beforehand: the first read is 128 KiB.
  const FIRST = 131_072;
  for (const [headerBytes, reads] of [
    [FIRST - 9, 1],
    [FIRST - 8, 1],
    [FIRST - 7, 2],
    [FIRST - 1, 2],
    [FIRST, 2],
    [3 * FIRST, 2],
  ] as const) {
    test(`brings a header of ${headerBytes} bytes in ${reads === 1 ? "one read" : "two"}`, async () => {
      const file = makeShard([["a", "BF16", [1_000_000]]], headerBytes);
      hub.repos.set("owner/name", { files: new Map([["model.safetensors", file]]) });
      const checkpoint = await load("owner/name");
      expect(checkpoint.problems).toEqual([]);
      expect(checkpoint.components[0]?.table.count).toBe(1);
      const ranges = hub.seen.filter((request) => request.origin === "cdn").map((request) => request.range);
      expect(ranges).toEqual([`bytes=0-${FIRST - 1}`, `bytes=${FIRST}-${headerBytes + 7}`].slice(0, reads));
    });
  }

  test("asks no further than the file's end", async () => {
    const file = makeShard([["a", "BF16", [8]]]);
    hub.repos.set("owner/name", { files: new Map([["model.safetensors", file]]) });
    await load("owner/name");
    expect(hub.seen.at(-1)?.range).toBe(`bytes=0-${file.fileBytes - 1}`);
  });

  test("goes on where a server sends less than it was asked for", async () => {
    const file = makeShard([["a", "BF16", [100_000]]], 5000);
    hub.repos.set("owner/name", { files: new Map([["model.safetensors", file]]) });
    hub.fault = (request) => {
      if (request.origin !== "cdn") return undefined;
      const [begin = 0, last = 0] = (request.range ?? "").slice("bytes=".length).split("-").map(Number);
      const end = Math.min(begin + 20_000, last + 1);
      const headers = { "Content-Range": `bytes ${begin}-${end - 1}/${file.fileBytes}` };
      const bytes = Buffer.alloc(end - begin);
      if (begin < file.bytes.length) file.bytes.copy(bytes, 0, begin);
      return { kind: "answer", status: 206, headers, bytes };
    };
    const checkpoint = await load("owner/name");
    expect(checkpoint.problems).toEqual([]);
    // 131,072 bytes in parts of 20,000
    expect(hub.rangedReads).toBe(7);
  });

  test("keeps the connections: as many as requests at once, not as many as shards", async () => {
    const files = new Map<string, VirtualFile>();
    for (let k = 1; k <= 60; k++) {
      files.set(
        `model-${String(k).padStart(5, "0")}-of-00060.safetensors`,
        makeShard([[`a.${k}`, "BF16", [64_000]]]),
      );
    }
    hub.repos.set("owner/name", { files });
    await load("owner/name", { concurrency: 4 });
    expect(hub.rangedReads).toBe(60);
    expect(hub.connections).toBeLessThanOrEqual(2 * 4);
  });
});

describe("an answer of a hub that no hub gives", () => {
  const answer = (body: string) => ({ kind: "status", status: 200, body }) as const;

  test.each([
    ["the first answer", /\/revision\//],
    ["a page of the listing", /\/tree\//],
    ["the list of branches", /\/refs$/],
  ])("nested without end in %s is refused before it is parsed", async (_, path) => {
    hub.repos.set("owner/name", { files: smallModel(), hasNoSizes: true });
    hub.fault = (request) => (path.test(request.path) ? answer("[".repeat(1_000_000)) : undefined);
    const target = path.test("/refs") ? "owner/name@nothing" : "owner/name";
    await expect(load(target)).rejects.toMatchObject({
      code: path.test("/refs") ? "REVISION_NOT_FOUND" : "RESPONSE_INVALID",
    });
  });

  test("with a name that has no UTF-8: the file is left out, as one that leads elsewhere is", async () => {
    const siblings = [
      { rfilename: "\ud800.safetensors", size: 100 },
      { rfilename: "model.safetensors", size: shard.fileBytes },
    ];
    hub.repos.set("owner/name", { files: new Map([["model.safetensors", shard]]) });
    hub.fault = (request) =>
      request.path.includes("/revision/") ? answer(JSON.stringify({ sha: COMMIT, siblings })) : undefined;
    const checkpoint = await load("owner/name");
    expect(checkpoint.problems).toEqual([]);
    expect(checkpoint.components.map(({ shards }) => shards.map(({ path }) => path))).toEqual([
      ["model.safetensors"],
    ]);
  });
});

const shard = makeShard([["a", "BF16", [8]]]);
