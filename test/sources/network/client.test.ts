import http from "node:http";
import net, { type AddressInfo, type LookupFunction } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Token } from "../../../src/sources/credentials.ts";
import { Agents } from "../../../src/sources/network/agents.ts";
import { type ClientSettings, HttpClient } from "../../../src/sources/network/http-client.ts";
import { getWhole } from "../../../src/sources/network/whole-file.ts";
import { PATIENT_LIMITS } from "../../support/remote.ts";
import { TestHub } from "../../support/test-hub.ts";

let hub: TestHub;
const clients: HttpClient[] = [];
beforeEach(async () => {
  hub = await TestHub.start();
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await hub.stop();
});

function makeClient(origin: string, more: Partial<ClientSettings> = {}): HttpClient {
  const client = new HttpClient({
    origin: new URL(origin),
    token: null,
    userAgent: "test",
    concurrency: 4,
    isOffline: false,
    limits: PATIENT_LIMITS,
    agents: new Agents({}, 4),
    signal: new AbortController().signal,
    ...more,
  });
  clients.push(client);
  return client;
}

const get = (client: HttpClient, url: string) => getWhole(client, new URL(url), 1000, "bytes");

describe("retries", () => {
  test("wait as long as was asked, and a little more by chance", async () => {
    const waits: number[] = [];
    let refusals = 2;
    hub.fault = () =>
      refusals-- > 0
        ? { kind: "status", status: 429, headers: { "Retry-After": "3" } }
        : { kind: "status", status: 200, body: "x" };
    const wait = async (ms: number) => void waits.push(ms);
    const client = makeClient(hub.endpoint, { wait, random: () => 0.5 });
    expect((await get(client, hub.endpoint)).status).toBe(200);
    // half of 1 ms, half of 2 ms: full jitter on a backoff that doubles
    expect(waits).toEqual([3000.5, 3001]);
  });

  test.each([
    ["61", 61],
    // More than a timer holds: it would run out at once.
    ["2147484", 2_147_484],
    ["9".repeat(400), null],
  ])("end where a longer wait was asked than anyone has patience for (%s)", async (after, waitSeconds) => {
    hub.fault = () => ({ kind: "status", status: 429, headers: { "Retry-After": after } });
    const client = makeClient(hub.endpoint);
    await expect(get(client, hub.endpoint)).rejects.toMatchObject({
      code: "RATE_LIMITED",
      details: { waitSeconds },
    });
    await expect(get(client, hub.endpoint)).rejects.toMatchObject({ code: "RATE_LIMITED" });
    expect(hub.seen).toHaveLength(1);
  });

  test("of a whole run are bounded", async () => {
    hub.fault = () => ({ kind: "status", status: 500 });
    const client = makeClient(hub.endpoint, { wait: async () => {} });
    for (let k = 0; k < 30; k++)
      await expect(get(client, hub.endpoint)).rejects.toMatchObject({ code: "HTTP_ERROR" });
    // 30 requests, and 64 retries among them instead of 120
    expect(hub.seen).toHaveLength(94);
  });

  test("are made for a name that is not known once", async () => {
    let asked = 0;
    const lookup: LookupFunction = (_host, _options, callback) => {
      asked++;
      callback(Object.assign(new Error("getaddrinfo"), { code: "ENOTFOUND" }), "", 4);
    };
    const client = makeClient("http://hub.example", { lookup, wait: async () => {} });
    await expect(get(client, "http://hub.example/")).rejects.toMatchObject({
      code: "CONNECTION_FAILED",
      message: 'no connection to "hub.example": its name is not known (DNS)',
    });
    expect(asked).toBe(2);
  });
});

describe("names", () => {
  const toLoopback: LookupFunction = (_host, options, callback) =>
    options.all ? callback(null, [{ address: "127.0.0.1", family: 4 }]) : callback(null, "127.0.0.1", 4);

  test("of other hosts must not lead from a public hub to this machine", async () => {
    const own = new URL(hub.endpoint).port;
    hub.fault = (request) =>
      request.path === "/start"
        ? { kind: "redirect", location: `http://rebound.example:${own}/inside` }
        : undefined;
    const client = makeClient(`http://hub.example:${own}`, { lookup: toLoopback, wait: async () => {} });
    await expect(get(client, `http://hub.example:${own}/start`)).rejects.toMatchObject({
      code: "REDIRECT_REFUSED",
      message: "a redirect was not followed: it leads from a public host to a private address",
    });
    expect(hub.seen.map((request) => request.path)).toEqual(["/start"]);
  });
});

describe("offline", () => {
  test("nothing is asked", async () => {
    await expect(get(makeClient(hub.endpoint, { isOffline: true }), hub.endpoint)).rejects.toMatchObject({
      code: "OFFLINE",
    });
    expect(hub.seen).toEqual([]);
  });
});

describe("a proxy", () => {
  test("carries the requests in a tunnel, and never sees the token", async () => {
    const seen: { url: string | undefined; headers: http.IncomingHttpHeaders }[] = [];
    const proxy = http.createServer();
    proxy.on("connect", (request, socket: net.Socket, head) => {
      seen.push({ url: request.url, headers: request.headers });
      const [host = "", port = ""] = (request.url ?? "").split(":");
      const through = net.connect(Number(port), host, () => {
        socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
        through.write(head);
        through.pipe(socket).pipe(through);
      });
      through.on("error", () => socket.destroy());
      socket.on("error", () => through.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    hub.fault = () => ({ kind: "status", status: 200, body: "x" });
    const environment = { HTTP_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` };
    const client = makeClient(hub.endpoint, {
      agents: new Agents(environment, 4),
      token: new Token("hf_secret", "HF_TOKEN"),
    });
    expect((await get(client, `${hub.endpoint}/file`)).body.toString()).toBe("x");
    expect(seen.map((each) => each.url)).toEqual([new URL(hub.endpoint).host]);
    expect(JSON.stringify(seen)).not.toContain("hf_secret");
    expect(hub.seen[0]?.authorization).toBe("Bearer hf_secret");
    await client.close();
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
  });
});
