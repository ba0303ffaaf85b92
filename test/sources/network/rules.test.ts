import { describe, expect, test } from "vitest";
import { isPrivateHost, showAddress } from "../../../src/sources/network/addresses.ts";
import { findProxy } from "../../../src/sources/network/agents.ts";
import { countRetries, toConnectionError } from "../../../src/sources/network/connection-errors.ts";
import { parseContentRange, parseUnsatisfiedRange } from "../../../src/sources/network/content-range.ts";
import { Pacer } from "../../../src/sources/network/pacer.ts";
import { parseAskedWait } from "../../../src/sources/network/rate-limit.ts";
import { nextAddress } from "../../../src/sources/network/redirects.ts";

describe("addresses that only this machine or its network reaches", () => {
  test.each([
    "localhost",
    "a.localhost",
    "127.0.0.1",
    "127.8.8.8",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "[::1]",
    "[::]",
    "[fd00::1]",
    "[fe80::1]",
    "[::ffff:7f00:1]",
    "[::ffff:a9fe:a9fe]",
    "metadata.google.internal",
    "printer.local",
  ])("hold %s", (host) => expect(isPrivateHost(host)).toBe(true));

  test.each([
    "huggingface.co",
    "172.32.0.1",
    "8.8.8.8",
    "192.169.0.1",
    "[2606:4700::1]",
    "localhost.example",
    "10.example",
  ])("do not hold %s", (host) => expect(isPrivateHost(host)).toBe(false));

  test("are shown without credentials and queries", () => {
    expect(showAddress(new URL("https://me:pw@cdn.example:8443/a/b?X-Signature=s#f"))).toBe(
      "https://cdn.example:8443/a/b",
    );
  });
});

describe("redirects", () => {
  const hub = new URL("https://huggingface.co/owner/name");
  const follow = (location: string | undefined, from = hub, asked = hub) =>
    nextAddress(from, location, asked).href;

  test.each([
    ["/api/x?y", "https://huggingface.co/api/x?y"],
    ["https://cdn.hf.co/a", "https://cdn.hf.co/a"],
    ["//cdn.hf.co/a", "https://cdn.hf.co/a"],
  ])("follow %s", (location, expected) => expect(follow(location)).toBe(expected));

  test.each([
    [undefined, "it does not say where to"],
    ["http://huggingface.co/a", "it leads from https to http"],
    ["ftp://huggingface.co/a", "it leads to something other than http or https"],
    ["data:text/plain,x", "it leads to something other than http or https"],
    ["https://a:b@huggingface.co/", "its address holds credentials"],
    ["https://127.0.0.1/", "it leads from a public host to a private address"],
    ["https://2130706433/", "it leads from a public host to a private address"],
    ["https://169.254.169.254/latest/meta-data", "it leads from a public host to a private address"],
    ["https://[::ffff:10.0.0.1]/", "it leads from a public host to a private address"],
  ])("do not follow %s", (location, reason) => {
    expect(() => follow(location)).toThrow(
      expect.objectContaining({
        code: "REDIRECT_REFUSED",
        message: `a redirect was not followed: ${reason}`,
      }),
    );
  });

  test("stay inside a private network that the user named", () => {
    const asked = new URL("http://hub.internal/x");
    expect(follow("http://10.0.0.7/blob", asked, asked)).toBe("http://10.0.0.7/blob");
  });
});

describe("the range that an answer holds", () => {
  test("is read strictly", () => {
    expect(parseContentRange("bytes 0-99/1000")).toEqual({ begin: 0, end: 100, totalBytes: 1000 });
    for (const value of [
      undefined,
      "",
      "bytes 0-99/*",
      "bytes */1000",
      "bytes 5-4/1000",
      "bytes 0-1000/1000",
      "bytes 0-99/1000, 200-300/1000",
      "items 0-99/1000",
      "bytes -1-5/10",
      "bytes 0-9/1e9",
      "bytes 0-99999999999999999/999999999999999999",
    ]) {
      expect(parseContentRange(value)).toBeUndefined();
    }
    expect(parseUnsatisfiedRange("bytes */5")).toBe(5);
    expect(parseUnsatisfiedRange("bytes 0-1/5")).toBeUndefined();
  });
});

describe("the wait that a server asks for", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  test.each([
    [{ ratelimit: '"resolvers";r=0;t=172' }, 173_000],
    [{ ratelimit: '"resolvers";r=5;t=172' }, undefined],
    [{ ratelimit: '"api";r=0;t=9', "retry-after": "100" }, 10_000],
    [{ "retry-after": "7" }, 7_000],
    [{ "retry-after": "99999999999" }, 99_999_999_999_000],
    [{ "retry-after": "9".repeat(400) }, Number.POSITIVE_INFINITY],
    [{ ratelimit: '"api";r=0;t=99999999999' }, 100_000_000_000_000],
    [{ "retry-after": "Thu, 01 Jan 2026 00:00:30 GMT" }, 30_000],
    [{ "retry-after": "Wed, 31 Dec 2025 00:00:30 GMT" }, 0],
    [{ "retry-after": "soon" }, undefined],
    [{}, undefined],
  ])("is read from %j", (headers, ms) => expect(parseAskedWait(headers, now)).toBe(ms));
});

describe("failures below HTTP", () => {
  const told = (code: string) => {
    const error = toConnectionError(
      Object.assign(new Error("raw text /home/someone"), { code }),
      "hub.example",
    );
    return [error.code, error.message, countRetries(error, 4)];
  };
  test.each([
    ["ENOTFOUND", "CONNECTION_FAILED", 'no connection to "hub.example": its name is not known (DNS)', 1],
    [
      "EAI_AGAIN",
      "CONNECTION_FAILED",
      'no connection to "hub.example": its name could not be looked up (DNS)',
      4,
    ],
    ["ECONNREFUSED", "CONNECTION_FAILED", 'no connection to "hub.example": it refuses connections', 4],
    ["ENETUNREACH", "CONNECTION_FAILED", 'no connection to "hub.example": there is no network', 4],
    ["EWHATEVER", "CONNECTION_FAILED", 'no connection to "hub.example": EWHATEVER', 4],
    ["bad\u001bcode", "CONNECTION_FAILED", 'no connection to "hub.example": unknown reason', 4],
    [
      "CERT_HAS_EXPIRED",
      "TLS_FAILED",
      'the certificate of "hub.example" was not accepted: it has expired',
      0,
    ],
    [
      "ERR_TLS_CERT_ALTNAME_INVALID",
      "TLS_FAILED",
      'the certificate of "hub.example" was not accepted: it belongs to another host',
      0,
    ],
    ["HPE_INVALID_CONSTANT", "RESPONSE_INVALID", "the answer cannot be used: it is not proper HTTP", 0],
  ])("%s is told and tried again as often as it may help", (code, ...expected) =>
    expect(told(code)).toEqual(expected),
  );

  test.each(["SELF_SIGNED_CERT_IN_CHAIN", "DEPTH_ZERO_SELF_SIGNED_CERT", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"])(
    "%s points to the file of own authorities",
    (code) => {
      expect(toConnectionError(Object.assign(new Error(), { code }), "h").hint).toBe(
        "Set NODE_EXTRA_CA_CERTS to a file with that authority's certificate before starting.",
      );
    },
  );
});

describe("proxies of the environment", () => {
  const find = (url: string, environment: Record<string, string>) =>
    findProxy(new URL(url), environment)?.href;
  test.each([
    ["https://a.example/", { HTTPS_PROXY: "http://p:1" }, "http://p:1/"],
    ["https://a.example/", { https_proxy: "http://q:1", HTTPS_PROXY: "http://p:1" }, "http://q:1/"],
    ["http://a.example/", { HTTPS_PROXY: "http://p:1" }, undefined],
    ["http://a.example/", { ALL_PROXY: "p:3128" }, "http://p:3128/"],
    ["https://a.example/", { HTTPS_PROXY: "http://p:1", NO_PROXY: "*" }, undefined],
    ["https://sub.a.example/", { HTTPS_PROXY: "http://p:1", no_proxy: "x, .a.example" }, undefined],
    ["https://a.example/", { HTTPS_PROXY: "http://p:1", NO_PROXY: "a.example:8443" }, "http://p:1/"],
    ["https://a.example:8443/", { HTTPS_PROXY: "http://p:1", NO_PROXY: "a.example:8443" }, undefined],
    ["https://ba.example/", { HTTPS_PROXY: "http://p:1", NO_PROXY: "a.example" }, "http://p:1/"],
  ])("for %s in %j: %s", (url, environment, proxy) => {
    expect(find(url, environment as Record<string, string>)).toBe(proxy);
  });

  test("are refused unless they are of http, without repeating them", () => {
    expect(() => find("https://a.example/", { HTTPS_PROXY: "socks5://user:secret@p" })).toThrow(
      "HTTPS_PROXY or ALL_PROXY is not the address of an http proxy",
    );
  });
});

describe("requests at once", () => {
  test("never exceed the limit, and halve once for one burst", async () => {
    const pacer = new Pacer(4);
    const starts = await Promise.all([pacer.enter(), pacer.enter(), pacer.enter(), pacer.enter()]);
    let fifth = false;
    const waiting = pacer.enter().then((start) => {
      fifth = true;
      return start;
    });
    for (const start of starts) pacer.slowDown(start);
    expect(pacer.concurrency).toBe(2);
    pacer.leave();
    pacer.leave();
    await Promise.resolve();
    expect(fifth).toBe(false);
    pacer.leave();
    pacer.slowDown(await waiting);
    expect(pacer.concurrency).toBe(1);
    pacer.slowDown(Number.MAX_SAFE_INTEGER);
    expect(pacer.concurrency).toBe(1);
  });
});
