import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadCheckpoint } from "../../src/checkpoint/load.ts";
import { findToken, Token } from "../../src/sources/credentials.ts";
import { Agents } from "../../src/sources/network/agents.ts";
import { HttpClient } from "../../src/sources/network/http-client.ts";
import { RecordingSource } from "../../src/sources/snapshot.ts";
import { packSnapshot } from "../../src/sources/snapshot-format.ts";
import { connect, loadRemote, PATIENT_LIMITS, settingsFor } from "../support/remote.ts";
import { SECOND_SHARD, smallModel } from "../support/small-model.ts";
import { TestHub } from "../support/test-hub.ts";

const SECRET = "hf_this-must-stay-here";

describe("where a token is found", () => {
  const places = (environment: Record<string, string>, more: { option?: string; file?: string } = {}) => ({
    option: more.option,
    environment,
    tokenFile: "token",
    readText: () => more.file,
  });
  test.each([
    ["the option first", places({ HF_TOKEN: "b" }, { option: " a\n" }), "--token", "a"],
    [
      "then HF_TOKEN",
      places({ HF_TOKEN: "b\r\n", HUGGING_FACE_HUB_TOKEN: "c" }, { file: "d" }),
      "HF_TOKEN",
      "b",
    ],
    [
      "then the old name",
      places({ HF_TOKEN: " ", HUGGING_FACE_HUB_TOKEN: "c" }, { file: "d" }),
      "HUGGING_FACE_HUB_TOKEN",
      "c",
    ],
    ["then the file", places({ HF_TOKEN: "" }, { file: "d\n" }), "the token file", "d"],
  ])("takes %s", (_, given, origin, text) => {
    const token = findToken(given);
    expect([token?.origin, token?.header()]).toEqual([origin, `Bearer ${text}`]);
  });

  test("takes none from the surroundings where that was forbidden", () => {
    expect(
      findToken(places({ HF_TOKEN: "b", HF_HUB_DISABLE_IMPLICIT_TOKEN: "yes" }, { file: "d" })),
    ).toBeNull();
    expect(findToken(places({ HF_HUB_DISABLE_IMPLICIT_TOKEN: "1" }, { option: "a" }))?.origin).toBe(
      "--token",
    );
  });

  test("is refused with characters that would break a header, and is not quoted", () => {
    expect(() => new Token("hf_a b", "HF_TOKEN")).toThrow(
      "the token from HF_TOKEN holds characters that no token has",
    );
  });
});

describe("where a token goes", () => {
  let hub: TestHub;
  beforeEach(async () => {
    hub = await TestHub.start();
    hub.repos.set("owner/name", { files: smallModel(), token: SECRET });
  });
  afterEach(() => hub.stop());
  const settings = () => settingsFor(hub.endpoint, { tokenText: SECRET, limits: PATIENT_LIMITS });

  test("to the endpoint with every request, to the second origin with none", async () => {
    const { checkpoint } = await loadRemote("owner/name", settings());
    expect(checkpoint.problems).toEqual([]);
    const sent = (origin: string) =>
      new Set(
        hub.seen.filter((request) => request.origin === origin).map((request) => request.authorization),
      );
    expect(sent("hub")).toEqual(new Set([`Bearer ${SECRET}`]));
    expect(sent("cdn")).toEqual(new Set([undefined]));
  });

  test("never to another host that a redirect or a listing names", async () => {
    const other = await TestHub.start({});
    hub.fault = (request) =>
      request.file === SECOND_SHARD && request.origin === "hub"
        ? { kind: "redirect", location: `${other.endpoint.replace("127.0.0.1", "localhost")}/steal` }
        : undefined;
    await loadRemote("owner/name", settings());
    expect(other.seen.map((request) => [request.path, request.authorization])).toEqual([
      ["/steal", undefined],
    ]);
    await other.stop();
  });

  test("never to the host that the next page of a listing names", async () => {
    const other = await TestHub.start();
    const paged = await TestHub.start({ pageEntries: 2, nextHost: other.endpoint });
    paged.repos.set("owner/name", { files: smallModel(), token: SECRET, hasNoSizes: true });
    const { checkpoint } = await loadRemote("owner/name", settingsFor(paged.endpoint, { tokenText: SECRET }));
    expect(checkpoint.problems).toEqual([]);
    expect(checkpoint.components[0]?.shards).toHaveLength(3);
    expect(other.seen).toEqual([]);
    expect(
      paged.seen.filter((request) => request.path.includes("/tree/")).map((request) => request.path),
    ).toEqual([
      "/api/models/owner/name/tree/0123456789abcdef0123456789abcdef01234567?recursive=true&expand=false",
      "/api/models/owner/name/tree/0123456789abcdef0123456789abcdef01234567?recursive=true&expand=false&cursor=2",
      "/api/models/owner/name/tree/0123456789abcdef0123456789abcdef01234567?recursive=true&expand=false&cursor=4",
    ]);
    await Promise.all([other.stop(), paged.stop()]);
  });

  test("back to the endpoint where the way leads over another origin, and not on the way", async () => {
    hub.fault = (request) =>
      request.origin === "hub" && request.file === SECOND_SHARD && !request.path.includes("again")
        ? { kind: "redirect", location: `${hub.cdnOrigin}/detour` }
        : request.path === "/detour"
          ? { kind: "redirect", location: `${hub.endpoint}/owner/name/resolve/main/${SECOND_SHARD}?again` }
          : undefined;
    const { checkpoint } = await loadRemote("owner/name", settings());
    expect(checkpoint.problems).toEqual([]);
    expect(hub.seen.find((request) => request.path === "/detour")?.authorization).toBeUndefined();
  });

  test("is not sent over plain http to another machine, https or not decided by the origin alone", () => {
    const sends = (origin: string) =>
      new HttpClient({
        ...settings(),
        token: new Token(SECRET, "HF_TOKEN"),
        origin: new URL(origin),
        agents: new Agents({}, 1),
      }).sendsToken;
    expect(sends("http://hub.example")).toBe(false);
    expect(sends("http://192.168.1.5:8080")).toBe(false);
    expect(sends("https://hub.example")).toBe(true);
    expect(sends("http://localhost:8080")).toBe(true);
    expect(sends("http://[::1]:8080")).toBe(true);
  });

  test("into no error, no note, no snapshot and no printed object", async () => {
    hub.fault = (request) =>
      request.file === SECOND_SHARD && request.origin === "cdn"
        ? { kind: "status", status: 403, body: `you sent ${SECRET}` }
        : undefined;
    const inner = await connect("owner/name", settings());
    const source = new RecordingSource(inner);
    const checkpoint = await loadCheckpoint(source);
    const snapshot = packSnapshot(source.snapshot(), false);
    await source.close();
    expect(checkpoint.problems).toHaveLength(1);
    const shards = checkpoint.components[0]?.shards ?? [];
    const said = [
      inspect(checkpoint.problems, { depth: 20 }),
      inspect(shards, { depth: 20, showHidden: true }),
      inspect(inner, { depth: 20, showHidden: true }),
      JSON.stringify(settings()),
      Buffer.from(snapshot).toString("utf8"),
    ];
    for (const text of said) {
      expect(text).not.toContain(SECRET);
      expect(text).not.toContain("secret-of-the-cdn");
    }
  });
});
