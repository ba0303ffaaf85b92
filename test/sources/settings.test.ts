import { describe, expect, test } from "vitest";
import { type NetworkOptions, readNetworkSettings } from "../../src/sources/settings.ts";

const read = (
  environment: Record<string, string>,
  options: NetworkOptions = {},
  files: Record<string, string> = {},
) =>
  readNetworkSettings(options, {
    environment,
    homeFolder: "/home/me",
    readText: (path) => files[path],
    version: "1.2.3",
    signal: new AbortController().signal,
  });

describe("settings of the network", () => {
  test("default to the public hub and the usual folders", () => {
    const settings = read({});
    expect(settings.endpoint.href).toBe("https://huggingface.co/");
    expect(settings.cacheFolder).toBe("/home/me/.cache/unfold/headers-1");
    expect(settings.hubCacheFolder).toBe("/home/me/.cache/huggingface/hub");
    expect(settings.userAgent).toBe(`unfold/1.2.3; node/${process.versions.node}`);
    expect([settings.token, settings.isOffline, settings.concurrency]).toEqual([null, false, 48]);
  });

  test.each([
    [{ XDG_CACHE_HOME: "/x" }, "/x/unfold/headers-1", "/x/huggingface/hub"],
    [{ HF_HOME: "/big" }, "/big/unfold/headers-1", "/big/hub"],
    [{ HF_HOME: "~/hf" }, "/home/me/hf/unfold/headers-1", "/home/me/hf/hub"],
    [{ HF_HOME: "$DISK/hf", DISK: "/disk" }, "/disk/hf/unfold/headers-1", "/disk/hf/hub"],
    [{ HF_HUB_CACHE: "/c", HUGGINGFACE_HUB_CACHE: "/old" }, "/home/me/.cache/unfold/headers-1", "/c"],
    [
      { HUGGINGFACE_HUB_CACHE: "$".concat("{DISK}/old"), DISK: "/disk" },
      "/home/me/.cache/unfold/headers-1",
      "/disk/old",
    ],
  ])("find the caches in %j", (environment, headers, hub) => {
    const settings = read(environment as Record<string, string>);
    expect([settings.cacheFolder, settings.hubCacheFolder]).toEqual([headers, hub]);
  });

  test.each([{}, { HF_HOME: "~/hf", HF_HUB_CACHE: "~" }])(
    "know no cache where there is no home: %j",
    (environment) => {
      const around = {
        environment: environment as Record<string, string>,
        homeFolder: "",
        readText: () => undefined,
        version: "1",
        signal: new AbortController().signal,
      };
      const settings = readNetworkSettings({}, around);
      expect([settings.cacheFolder, settings.hubCacheFolder]).toEqual([null, null]);
    },
  );

  test.each([
    [{ HF_ENDPOINT: "https://mirror.example/hf///" }, {}, "https://mirror.example/hf"],
    [{ HF_ENDPOINT: "https://mirror.example" }, { endpoint: "http://own:8080" }, "http://own:8080/"],
    [{ HF_ENDPOINT: "" }, {}, "https://huggingface.co/"],
  ])("take the endpoint from %j and %j", (environment, options, href) => {
    expect(read(environment, options).endpoint.href).toBe(href);
  });

  test.each([
    [{ HF_HUB_OFFLINE: "1" }, true],
    [{ HF_HUB_OFFLINE: "yes" }, true],
    [{ HF_HUB_OFFLINE: "0", TRANSFORMERS_OFFLINE: "1" }, false],
    [{ TRANSFORMERS_OFFLINE: "ON" }, true],
    [{ HF_HUB_OFFLINE: "maybe" }, false],
  ])("are offline by %j: %s", (environment, expected) => {
    expect(read(environment as Record<string, string>).isOffline).toBe(expected);
  });

  test("find the token where HF_TOKEN_PATH or HF_HOME says", () => {
    const files = { "/t": "hf_a", "/big/token": "hf_b", "/home/me/.cache/huggingface/token": "hf_c" };
    expect(read({ HF_TOKEN_PATH: "/t", HF_HOME: "/big" }, {}, files).token?.header()).toBe("Bearer hf_a");
    expect(read({ HF_HOME: "/big" }, {}, files).token?.header()).toBe("Bearer hf_b");
    expect(read({}, {}, files).token?.header()).toBe("Bearer hf_c");
  });

  test("take timeouts in whole seconds, and nothing else", () => {
    expect(read({ HF_HUB_ETAG_TIMEOUT: "3", HF_HUB_DOWNLOAD_TIMEOUT: "7" }).limits).toMatchObject({
      headersMs: 3000,
      idleMs: 7000,
    });
    expect(read({ HF_HUB_ETAG_TIMEOUT: "0", HF_HUB_DOWNLOAD_TIMEOUT: "-1" }).limits).toMatchObject({
      headersMs: 10_000,
      idleMs: 30_000,
    });
  });

  test("keep concurrency within what a host can bear", () => {
    expect(read({}, { concurrency: 100_000 }).concurrency).toBe(128);
  });

  test("put no line break into the user agent", () => {
    expect(read({ HF_HUB_USER_AGENT_ORIGIN: "ci" }).userAgent).toMatch(/; origin\/ci$/);
    expect(read({ HF_HUB_USER_AGENT_ORIGIN: "a\r\nX: y" }).userAgent).not.toContain("X: y");
  });
});
