import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Checkpoint } from "../../src/checkpoint/checkpoint.ts";
import { loadCheckpoint } from "../../src/checkpoint/load.ts";
import { WebSource } from "../../src/sources/http.ts";
import { parseRemoteTarget } from "../../src/sources/remote-target.ts";
import type { NetworkSettings } from "../../src/sources/settings.ts";
import { PATIENT_LIMITS, settingsFor } from "../support/remote.ts";
import { SECOND_SHARD, smallModel } from "../support/small-model.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { TestHub } from "../support/test-hub.ts";

let hub: TestHub;
let home: string;
beforeEach(async () => {
  hub = await TestHub.start();
  hub.repos.set("owner/name", { files: smallModel() });
  home = tempFolder();
});
afterEach(async () => {
  await hub.stop();
});

const base = () => `${hub.cdnOrigin}/blobs/owner/name`;
const settings = (more = {}) => settingsFor("https://hub.example", { limits: PATIENT_LIMITS, home, ...more });

async function load(
  address: string,
  given: NetworkSettings = settings(),
): Promise<{ checkpoint: Checkpoint; source: WebSource }> {
  const target = parseRemoteTarget(address, given.endpoint);
  if (target?.kind !== "web") throw new Error(`${address} is not a web address`);
  const source = new WebSource(target, given);
  try {
    return { checkpoint: await loadCheckpoint(source), source };
  } finally {
    await source.close();
  }
}

describe("a file on a web server", () => {
  test("is read in one range, with the configs beside it", async () => {
    const { checkpoint } = await load(`${base()}/${SECOND_SHARD}`);
    expect(checkpoint.problems).toEqual([]);
    expect(checkpoint.components[0]?.table.count).toBe(2);
    expect([...(checkpoint.components[0]?.configs.keys() ?? [])]).toEqual(["config.json"]);
    expect(hub.rangedReads).toBe(1);
  });

  test("may be an index: its shards are those beside it", async () => {
    const { checkpoint } = await load(`${base()}/model.safetensors.index.json`);
    expect(checkpoint.problems).toEqual([]);
    expect(checkpoint.components[0]?.shards.map((shard) => shard.status)).toEqual(["read", "read", "read"]);
    expect(hub.rangedReads).toBe(3);
  });

  test("keeps its query for itself: no other file gets it, and nothing shows it", async () => {
    const { checkpoint } = await load(`${base()}/model.safetensors.index.json?X-Signature=mine`);
    const withQuery = hub.seen.filter((request) => request.path.includes("X-Signature"));
    expect(withQuery.map((request) => request.file)).toEqual(["model.safetensors.index.json"]);
    expect(checkpoint.source.id).toBe(`${base()}/model.safetensors.index.json`);
  });

  test("never gets the token", async () => {
    await load(`${base()}/${SECOND_SHARD}`, settings({ tokenText: "hf_secret" }));
    expect(new Set(hub.seen.map((request) => request.authorization))).toEqual(new Set([undefined]));
  });

  test.each([
    [404, "SHARD_MISSING", "the shard is missing"],
    [403, "ACCESS_DENIED", "no permission to read it"],
    [418, "HTTP_ERROR", '"HOST" answered 418'],
  ])("that answers %d is told as %s", async (status, code, message) => {
    hub.fault = (request) => (request.file === SECOND_SHARD ? { kind: "status", status } : undefined);
    const { checkpoint } = await load(`${base()}/${SECOND_SHARD}`);
    const [problem] = checkpoint.problems;
    expect([problem?.code, problem?.message.replaceAll(/127\.0\.0\.1:\d+/g, "HOST")]).toEqual([
      code,
      message,
    ]);
  });

  test("counts forbidden configs as not there, as storage services mean it", async () => {
    hub.fault = (request) =>
      request.file?.endsWith("config.json") ? { kind: "status", status: 403 } : undefined;
    const { checkpoint } = await load(`${base()}/${SECOND_SHARD}`);
    expect([checkpoint.problems, checkpoint.components[0]?.configs.size]).toEqual([[], 0]);
  });

  test("is fetched again only where its ETag says that it changed", async () => {
    await load(`${base()}/${SECOND_SHARD}`);
    hub.forget();
    const isUnchanged = (request: { file: string | undefined }) => request.file === SECOND_SHARD;
    hub.fault = (request) => (isUnchanged(request) ? { kind: "status", status: 304 } : undefined);
    const again = await load(`${base()}/${SECOND_SHARD}`);
    expect(again.checkpoint.problems).toEqual([]);
    expect(again.source.stats.cacheHits).toBeGreaterThan(0);
    expect(again.checkpoint.components[0]?.table.count).toBe(2);
    hub.fault = () => undefined;
    hub.forget();
    expect((await load(`${base()}/${SECOND_SHARD}`)).checkpoint.components[0]?.table.count).toBe(2);
    expect(hub.bytesSent).toBeGreaterThan(16_000);
  });

  test("is read from the cache offline", async () => {
    const first = await load(`${base()}/model.safetensors.index.json`);
    hub.forget();
    const second = await load(`${base()}/model.safetensors.index.json`, settings({ isOffline: true }));
    expect(hub.seen).toEqual([]);
    expect(second.checkpoint.problems).toEqual([]);
    expect(second.checkpoint.components[0]?.table.count).toBe(first.checkpoint.components[0]?.table.count);
    expect([...(second.checkpoint.components[0]?.configs.keys() ?? [])]).toEqual(["config.json"]);
  });

  test("names no shard outside its folder", async () => {
    const index = JSON.stringify({
      weight_map: { a: "../../etc/passwd.safetensors", b: "https://evil.example/x.safetensors" },
    });
    hub.fault = (request) =>
      request.file?.endsWith("index.json") ? { kind: "status", status: 200, body: index } : undefined;
    const { checkpoint } = await load(`${base()}/model.safetensors.index.json`);
    expect(checkpoint.problems.map((problem) => problem.code)).toEqual([
      "SHARD_NAME_UNSAFE",
      "SHARD_NAME_UNSAFE",
    ]);
    expect(hub.rangedReads).toBe(0);
  });
});
