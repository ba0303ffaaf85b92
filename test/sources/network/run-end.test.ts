import { getEventListeners } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import { UnfoldError } from "../../../src/errors.ts";
import { Agents } from "../../../src/sources/network/agents.ts";
import { HttpClient } from "../../../src/sources/network/http-client.ts";
import { RunEnd } from "../../../src/sources/network/run-end.ts";
import { getWhole } from "../../../src/sources/network/whole-file.ts";
import { rejectionOf } from "../../support/errors.ts";
import { OddServer } from "../../support/odd-server.ts";
import { loadRemote, PATIENT_LIMITS, settingsFor } from "../../support/remote.ts";
import { makeSharded } from "../../support/shards.ts";
import { TestHub } from "../../support/test-hub.ts";

const late = () => new UnfoldError("TIMEOUT", { what: "the run did not end", seconds: 1 });

describe("the end of a run", () => {
  test("rejects everything that waits, over one listener on the signal", async () => {
    const controller = new AbortController();
    const end = new RunEnd(controller.signal);
    const waits = Array.from({ length: 500 }, () => rejectionOf(end.wait(3_600_000)));
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(1);
    controller.abort(late());
    expect(new Set((await Promise.all(waits)).map(({ code }) => code))).toEqual(new Set(["TIMEOUT"]));
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });

  test("is told at once to who comes later, and once to who came before", async () => {
    const end = new RunEnd(new AbortController().signal);
    let told = 0;
    end.listen(() => told++);
    end.finish(late());
    end.finish(new UnfoldError("INTERRUPTED", {}));
    expect(told).toBe(1);
    expect((await rejectionOf(end.wait(3_600_000))).code).toBe("TIMEOUT");
    expect(() => end.throwIfOver()).toThrow("the run did not end");
  });

  test("leaves alone who took himself off", async () => {
    const end = new RunEnd(new AbortController().signal);
    let told = 0;
    const forget = end.listen(() => told++);
    await end.wait(1);
    forget();
    end.finish(late());
    expect(told).toBe(0);
  });

  test("has come where the signal was aborted before, for whatever reason", () => {
    expect(new RunEnd(AbortSignal.abort("a text")).reason?.code).toBe("INTERRUPTED");
    expect(new RunEnd(AbortSignal.abort(late())).reason?.code).toBe("TIMEOUT");
  });
});

/** What requests may be waiting for when the run ends. Deadlines of single requests are far off. */
const WAITS: readonly (readonly [
  what: string,
  answer: string,
  environment: (origin: string) => Record<string, string>,
])[] = [
  ["an answer", "", () => ({})],
  ["the rest of a header", "HTTP/1.1 200 OK\r\nX: ", () => ({})],
  ["an answer after interim ones", "HTTP/1.1 103 Early Hints\r\n\r\n", () => ({})],
  ["the rest of a body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", () => ({})],
  ["a retry", "HTTP/1.1 429 Slow\r\nRetry-After: 50\r\nContent-Length: 0\r\n\r\n", () => ({})],
  ["a proxy", "", (HTTP_PROXY) => ({ HTTP_PROXY })],
];

describe("what waits at the deadline", () => {
  let server: OddServer | undefined;
  let client: HttpClient | undefined;
  afterEach(async () => {
    await client?.close();
    await server?.stop();
  });

  test.each(WAITS)("for %s is rejected with it, queued requests too", async (_, answer, environment) => {
    server = await OddServer.start((socket) => void socket.write(answer));
    const { origin } = server;
    const controller = new AbortController();
    client = new HttpClient({
      origin: new URL(origin),
      token: null,
      userAgent: "test",
      concurrency: 2,
      isOffline: false,
      limits: PATIENT_LIMITS,
      agents: new Agents(environment(origin), 2),
      signal: controller.signal,
    });
    const asking = client;
    const all = [1, 2, 3, 4, 5].map((k) =>
      rejectionOf(getWhole(asking, new URL(`${origin}/${k}`), 1000, "bytes")),
    );
    await expect.poll(() => server?.seen.length, { timeout: 5000 }).toBe(2);
    controller.abort(late());
    expect((await Promise.all(all)).map(({ code }) => code)).toEqual(Array(5).fill("TIMEOUT"));
    expect(server.seen).toHaveLength(2);
    await client.close();
    await expect.poll(() => server?.connections, { timeout: 5000 }).toBe(0);
  });
});

describe("a rate limit on 125 shards", () => {
  test("is waited for without a warning of the runtime, and read in the end", async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error) => void warnings.push(warning);
    process.on("warning", listen);
    const hub = await TestHub.start();
    const tensors = Array.from({ length: 250 }, (_, k) => [`t.${k}.weight`, "F32", [4]] as const);
    hub.repos.set("owner/name", { files: makeSharded(tensors, 125) });
    const refused = new Set<string | undefined>();
    hub.fault = ({ file }) => {
      // One burst: as many as may be tried again in a run.
      if (!file?.endsWith(".safetensors") || refused.has(file) || refused.size >= 48) return undefined;
      refused.add(file);
      return { kind: "status", status: 429, headers: { "Retry-After": "0" } };
    };
    try {
      const { checkpoint, source } = await loadRemote(
        "owner/name",
        settingsFor(hub.endpoint, { limits: { ...PATIENT_LIMITS, backoffMs: 50, maxBackoffMs: 50 } }),
      );
      expect(checkpoint.problems).toEqual([]);
      expect(source.stats.retries).toBe(refused.size);
      expect(refused.size).toBeGreaterThan(20);
      await new Promise((resolve) => setImmediate(resolve));
      expect(warnings).toEqual([]);
    } finally {
      process.off("warning", listen);
      await hub.stop();
    }
  });
});
