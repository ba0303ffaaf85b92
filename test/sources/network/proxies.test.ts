import type net from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { Agents } from "../../../src/sources/network/agents.ts";
import { HttpClient } from "../../../src/sources/network/http-client.ts";
import type { NetworkLimits } from "../../../src/sources/network/limits.ts";
import { getWhole } from "../../../src/sources/network/whole-file.ts";
import { rejectionOf } from "../../support/errors.ts";
import { drip, OddServer } from "../../support/odd-server.ts";
import { PATIENT_LIMITS } from "../../support/remote.ts";

const say = (bytes: string) => (socket: net.Socket) => void socket.write(bytes, "latin1");
const OPEN = "HTTP/1.1 200 Connection Established\r\n\r\n";
const status = (line: string) => say(`HTTP/1.1 ${line}\r\nContent-Length: 0\r\n\r\n`);

/** What a proxy makes of `CONNECT`, and what the run says of it. */
const PROXIES: readonly (readonly [
  name: string,
  behave: (socket: net.Socket) => void,
  code: string,
  message: RegExp,
  inside?: (socket: net.Socket) => void,
])[] = [
  ["never answers", () => {}, "TIMEOUT", /the proxy HOST did not open the way within 0.3 seconds/],
  ["answers by the byte", (socket) => drip(socket, "H", 10), "RESPONSE_INVALID", /not proper HTTP/],
  [
    "sends headers without end",
    (socket) => {
      socket.write("HTTP/1.1 200 OK\r\n");
      drip(socket, "X: y\r\n", 10);
    },
    "TIMEOUT",
    /the proxy HOST did not open the way/,
  ],
  [
    "sends 40 kB of headers",
    say(`HTTP/1.1 200 OK\r\n${"X-Y: 123\r\n".repeat(4000)}\r\n`),
    "RESPONSE_INVALID",
    /HTTP/,
  ],
  [
    "hangs up",
    (socket) => void socket.end(),
    "CONNECTION_FAILED",
    /no connection to "HOST": it broke the connection/,
  ],
  ["resets", (socket) => void socket.resetAndDestroy(), "CONNECTION_FAILED", /it broke the connection/],
  ["speaks no HTTP", say("SSH-2.0-x\r\n\r\n"), "RESPONSE_INVALID", /not proper HTTP/],
  [
    "switches protocols",
    say("HTTP/1.1 101 Switching Protocols\r\n\r\n"),
    "HTTP_ERROR",
    /"HOST" answered 101/,
  ],
  ["wants a login", status("407 Proxy Authentication Required"), "HTTP_ERROR", /"HOST" answered 407/],
  ["forbids it", status("403 Forbidden"), "HTTP_ERROR", /"HOST" answered 403/],
  ["says that the server is not there", status("404 Not Found"), "HTTP_ERROR", /"HOST" answered 404/],
  ["has no gateway", status("502 Bad Gateway"), "HTTP_ERROR", /"HOST" answered 502/],
  ["limits the rate", status("429 Too Many Requests"), "HTTP_ERROR", /"HOST" answered 429/],
  ["sends a page of its own", say(`${OPEN}<html>`), "RESPONSE_INVALID", /sends bytes before it was asked/],
  [
    "opens the way, and falls silent",
    say(OPEN),
    "TIMEOUT",
    /server.example (did not answer|sent nothing more)/,
  ],
  ["opens the way, and hangs up", (socket) => void socket.end(OPEN), "CONNECTION_FAILED", /"server.example"/],
  [
    "opens the way, and switches protocols there",
    say(OPEN),
    "HTTP_ERROR",
    /"server.example" answered 101/,
    say("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"),
  ],
];

/** A proxy that does this at `CONNECT`, and that with requests inside the tunnel. */
function startProxy(behave: (socket: net.Socket) => void, inside: (socket: net.Socket) => void = () => {}) {
  return OddServer.start((socket, path) => (path.startsWith("/") ? inside(socket) : behave(socket)));
}

let proxy: OddServer | undefined;
let client: HttpClient | undefined;
afterEach(async () => {
  await client?.close();
  await proxy?.stop();
});

function clientThrough(address: string, limits: NetworkLimits = PATIENT_LIMITS): HttpClient {
  const environment = { HTTP_PROXY: address, HTTPS_PROXY: address };
  client = new HttpClient({
    origin: new URL("http://server.example"),
    token: null,
    userAgent: "test",
    concurrency: 4,
    isOffline: false,
    limits,
    agents: new Agents(environment, 4, limits.headersMs),
    signal: new AbortController().signal,
    wait: async () => {},
  });
  return client;
}

/** Short, and long enough for a proxy of this machine to open the way when it is busy. */
const SHORT_LIMITS = { ...PATIENT_LIMITS, headersMs: 600, idleMs: 600 };

const ask = (through: HttpClient, scheme: string) =>
  getWhole(through, new URL(`${scheme}://server.example/file`), 1000, "bytes");

describe("a proxy that", () => {
  for (const [name, behave, code, message, inside] of PROXIES) {
    test(`${name}: ${code}`, async () => {
      proxy = await startProxy(behave, inside);
      const limits = code === "TIMEOUT" ? SHORT_LIMITS : PATIENT_LIMITS;
      const error = await rejectionOf(ask(clientThrough(proxy.origin, limits), "http"));
      expect(error.code).toBe(code);
      expect(error.message.replaceAll(new URL(proxy.origin).host, "HOST")).toMatch(message);
    });
  }

  test("opens the way to what is no TLS: told, and nothing of the request is in the clear", async () => {
    proxy = await OddServer.start((socket) => {
      socket.write(OPEN);
      socket.once("data", () => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"));
    });
    const error = await rejectionOf(ask(clientThrough(proxy.origin), "https"));
    expect(error.code).toBe("TLS_FAILED");
    expect(new Set(proxy.seen)).toEqual(new Set(["CONNECT server.example:443 HTTP/1.1"]));
  });

  test("is not there: it is the proxy that is named", async () => {
    const error = await rejectionOf(ask(clientThrough("http://127.0.0.1:1"), "http"));
    expect(error.message).toBe('no connection to "127.0.0.1:1": it refuses connections');
  });

  test("never answers does not keep its connections once the client is closed", async () => {
    proxy = await OddServer.start(() => {});
    const through = clientThrough(proxy.origin);
    const failed = rejectionOf(ask(through, "http"));
    const { origin } = proxy;
    await expect.poll(() => proxy?.seen.length, { timeout: 5000 }).toBeGreaterThan(0);
    await through.close();
    expect((await failed).code).toBe("INTERRUPTED");
    await expect.poll(() => proxy?.connections, { timeout: 5000 }).toBe(0);
    expect(origin).toContain("127.0.0.1");
  });
});

describe("the address of a proxy", () => {
  test.each([
    "socks5://p:1",
    "http://",
    "http://%zz:x@p",
    "http://u:%e0%a4@p",
    "ftp://p",
    "http://p:99999",
    "::",
  ])("%j is no use: USAGE before anything is asked, and it is not repeated", (address) => {
    expect(() => clientThrough(address)).toThrow(
      expect.objectContaining({
        code: "USAGE",
        message: "HTTP_PROXY or ALL_PROXY is not the address of an http proxy",
      }),
    );
  });

  test("may hold a login, which only the proxy gets", async () => {
    proxy = await startProxy(say(OPEN), say("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"));
    const { host } = new URL(proxy.origin);
    const answer = await ask(clientThrough(`http://us%65r:p%40ss@${host}`), "http");
    expect(answer.body.toString()).toBe("x");
    const login = `Proxy-Authorization: Basic ${Buffer.from("user:p@ss").toString("base64")}`;
    const [opening = "", request = ""] = proxy.heads;
    expect(opening).toContain(login);
    expect(request).toMatch(/^GET \/file HTTP/);
    expect(request).not.toContain("Proxy-Authorization");
  });
});
