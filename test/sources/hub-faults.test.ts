import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { UnfoldError } from "../../src/errors.ts";
import type { Fault } from "../support/faults.ts";
import { loadRemote, PATIENT_LIMITS, settingsFor } from "../support/remote.ts";
import { makeShard } from "../support/shards.ts";
import { SECOND_SHARD, smallModel } from "../support/small-model.ts";
import { COMMIT, type SeenRequest, TestHub } from "../support/test-hub.ts";

let hub: TestHub;
beforeEach(async () => {
  hub = await TestHub.start();
  hub.repos.set("owner/name", { files: smallModel() });
});
afterEach(() => hub.stop());

/** One shard runs out of time while the others are read: long enough for these on a busy machine. */
const ONE_STALLS = { ...PATIENT_LIMITS, headersMs: 1_500, idleMs: 1_500, rangeMs: 3_000 };
const settings = (code?: string) =>
  settingsFor(hub.endpoint, { limits: code === "TIMEOUT" ? ONE_STALLS : PATIENT_LIMITS });
const shard = smallModel().get(SECOND_SHARD) as ReturnType<typeof makeShard>;
const total = shard.fileBytes;
const range = (text: string) => ({ "Content-Range": text });

/** Ports differ from run to run. */
const withoutPorts = (text: string) => text.replaceAll(/127\.0\.0\.1:\d+/g, "HOST");

interface ShardFault {
  readonly name: string;
  readonly fault: Fault;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** Requests for the shard at the origin that fails, retries included. */
  readonly tries?: number;
  readonly at?: "hub" | "cdn";
}

const PROXY_HINT =
  "A proxy or mirror in between may be at fault: try another endpoint, or download the file.";
const REDIRECT_HINT = "Is a proxy or a sign-in page in between? Check the endpoint.";

const FAULTS: readonly ShardFault[] = [
  {
    name: "a range that starts elsewhere",
    fault: { kind: "answer", status: 206, headers: range(`bytes 5-20/${total}`), bytes: Buffer.alloc(16) },
    code: "RANGE_INVALID",
    message: "asked for bytes 0-16,383: the answer starts at byte 5",
    hint: PROXY_HINT,
  },
  {
    name: "a range that ends behind what was asked for",
    fault: {
      kind: "answer",
      status: 206,
      headers: range(`bytes 0-99999/${total}`),
      bytes: Buffer.alloc(100_000),
    },
    code: "RANGE_INVALID",
    message: "asked for bytes 0-16,383: the answer ends at byte 99,999",
    hint: PROXY_HINT,
  },
  {
    name: "a range of unknown total",
    fault: { kind: "answer", status: 206, headers: range("bytes 0-16383/*"), bytes: Buffer.alloc(16_384) },
    code: "RANGE_INVALID",
    message: "asked for bytes 0-16,383: the answer does not say which bytes of how many it holds",
    hint: PROXY_HINT,
  },
  {
    name: "a 206 without a range",
    fault: { kind: "answer", status: 206, headers: {}, bytes: Buffer.alloc(16_384) },
    code: "RANGE_INVALID",
    message: "asked for bytes 0-16,383: the answer does not say which bytes of how many it holds",
    hint: PROXY_HINT,
  },
  {
    name: "an answer in several parts",
    fault: {
      kind: "answer",
      status: 206,
      headers: { "Content-Type": "multipart/byteranges; boundary=x" },
      bytes: Buffer.from("--x--"),
    },
    code: "RANGE_INVALID",
    message: "asked for bytes 0-16,383: the answer comes in several parts",
    hint: PROXY_HINT,
  },
  {
    name: "more bytes than the range says",
    fault: { kind: "answer", status: 206, headers: range(`bytes 0-99/${total}`), bytes: Buffer.alloc(200) },
    code: "RANGE_INVALID",
    message: "asked for bytes 0-16,383: the answer holds more than the 100 bytes it promised",
    hint: PROXY_HINT,
  },
  {
    name: "fewer bytes than the range says",
    fault: {
      kind: "answer",
      status: 206,
      headers: { ...range(`bytes 0-16383/${total}`), "Content-Length": 100 },
      bytes: Buffer.alloc(100),
    },
    code: "RESPONSE_CUT",
    message: "the answer ended after 100 of 16,384 bytes",
    tries: 2,
  },
  {
    name: "a connection cut in the middle",
    fault: {
      kind: "cut",
      status: 206,
      headers: { ...range(`bytes 0-16383/${total}`), "Content-Length": 16_384 },
      bytes: Buffer.alloc(1000),
    },
    code: "RESPONSE_CUT",
    message: "the answer ended after 1,000 of 16,384 bytes",
    tries: 2,
  },
  {
    name: "a compressed range",
    fault: { kind: "gzip", bytes: Buffer.alloc(1_000_000), headers: range(`bytes 0-16383/${total}`) },
    code: "ENCODING_UNEXPECTED",
    message: 'the answer is compressed ("gzip"), though plain bytes were asked for',
    hint: "A proxy in between may compress what it should not.",
  },
  {
    name: "a server that never answers",
    fault: { kind: "silence" },
    code: "TIMEOUT",
    message: "HOST did not answer within 1.5 seconds",
    hint: "Try again later, or with a lower --concurrency.",
    tries: 2,
  },
  {
    name: "a body that stalls",
    fault: {
      kind: "stall",
      status: 206,
      headers: { ...range(`bytes 0-16383/${total}`), "Content-Length": 16_384 },
      bytes: Buffer.alloc(10),
    },
    code: "TIMEOUT",
    message: "HOST sent nothing more within 1.5 seconds",
    hint: "Try again later, or with a lower --concurrency.",
    tries: 2,
  },
  {
    name: "a byte now and then",
    fault: { kind: "trickle", everyMs: 20, headers: range(`bytes 0-16383/${total}`) },
    code: "TIMEOUT",
    message: "HOST did not complete its answer within 3 seconds",
    hint: "Try again later, or with a lower --concurrency.",
    tries: 2,
  },
  {
    name: "a connection closed at once",
    fault: { kind: "reset" },
    code: "CONNECTION_FAILED",
    message: 'no connection to "HOST": it broke the connection',
    hint: "Check the network, the address and the proxy settings (HTTPS_PROXY, NO_PROXY).",
    tries: 5,
  },
  {
    name: "an empty file",
    fault: { kind: "status", status: 416, headers: range("bytes */0") },
    code: "FILE_TOO_SHORT",
    message: "0 bytes in all; a safetensors file starts with an 8-byte header length",
  },
  {
    name: "a 416 that does not say why",
    fault: { kind: "status", status: 416 },
    code: "HTTP_ERROR",
    message: '"HOST" answered 416',
  },
  {
    name: "a rate limit without a wait",
    fault: { kind: "status", status: 429 },
    code: "RATE_LIMITED",
    message: '"HOST" asks to slow down (429)',
    hint: "Wait, lower --concurrency, or set HF_TOKEN: signed-in requests have a higher limit.",
    tries: 5,
  },
  {
    name: "a rate limit with a long wait",
    fault: { kind: "status", status: 429, headers: { RateLimit: '"resolvers";r=0;t=172' } },
    code: "RATE_LIMITED",
    message: '"HOST" asks to slow down (429) for 173 seconds',
    hint: "Wait, lower --concurrency, or set HF_TOKEN: signed-in requests have a higher limit.",
    tries: 1,
    at: "hub",
  },
  {
    name: "a server in trouble",
    fault: { kind: "status", status: 503, headers: { "X-Request-Id": "Root=1-abc" } },
    code: "HTTP_ERROR",
    message: '"HOST" answered 503 (request "Root=1-abc")',
    hint: "The server has trouble: try again later.",
    tries: 5,
  },
  {
    name: "an internal error with a page of HTML",
    fault: { kind: "status", status: 500, headers: { "Content-Type": "text/html" }, body: "<h1>Oops</h1>" },
    code: "HTTP_ERROR",
    message: '"HOST" answered 500',
    hint: "The server has trouble: try again later.",
    tries: 5,
  },
  {
    name: "a sign-in page in place of the file",
    fault: {
      kind: "status",
      status: 200,
      headers: { "Content-Type": "text/html" },
      body: "<!DOCTYPE html><html>Sign in",
    },
    code: "NOT_SAFETENSORS",
    message: "this is an HTML page, not a safetensors file",
  },
  {
    name: "a redirect to nowhere",
    fault: { kind: "redirect", location: "http://[" },
    code: "REDIRECT_REFUSED",
    message: "a redirect was not followed: its address cannot be read",
    hint: REDIRECT_HINT,
  },
  {
    name: "a redirect to another protocol",
    fault: { kind: "redirect", location: "file:///etc/passwd" },
    code: "REDIRECT_REFUSED",
    message: "a redirect was not followed: it leads to something other than http or https",
    hint: REDIRECT_HINT,
  },
  {
    name: "a redirect with credentials",
    fault: { kind: "redirect", location: "http://user:pass@127.0.0.1/" },
    code: "REDIRECT_REFUSED",
    message: "a redirect was not followed: its address holds credentials",
    hint: REDIRECT_HINT,
  },
  {
    name: "a file that the hub does not have",
    fault: { kind: "status", status: 404, headers: { "X-Error-Code": "EntryNotFound" } },
    code: "SHARD_MISSING",
    message: "the shard is missing",
    at: "hub",
  },
  {
    name: "a signature that stays refused",
    fault: { kind: "status", status: 403, headers: { "Content-Type": "application/xml" }, body: "<Error/>" },
    code: "ACCESS_DENIED",
    message: "no permission to read it",
    tries: 2,
  },
];

describe("a shard that cannot be read", () => {
  for (const { name, fault, code, message, hint, tries = 1, at = "cdn" } of FAULTS) {
    test(`tells of ${name}, and reads the others`, async () => {
      const isIt = (request: SeenRequest) => request.origin === at && request.file === SECOND_SHARD;
      hub.fault = (request) => (isIt(request) ? fault : undefined);
      const { checkpoint } = await loadRemote("owner/name", settings(code));
      const [problem, ...more] = checkpoint.problems;
      expect(more).toEqual([]);
      expect(problem).toMatchObject({ code, shard: SECOND_SHARD });
      expect(withoutPorts(problem?.message ?? "")).toBe(message);
      if (hint !== undefined) expect(problem?.hint).toBe(hint);
      expect(checkpoint.components[0]?.shards.map((each) => each.status)).toEqual([
        "read",
        "unreadable",
        "read",
      ]);
      expect(hub.seen.filter(isIt)).toHaveLength(tries);
    });
  }

  test("follows no more than five redirects", async () => {
    const isIt = (request: SeenRequest) => request.file === SECOND_SHARD;
    hub.fault = (request) => (isIt(request) ? { kind: "redirect", location: request.path } : undefined);
    const { checkpoint } = await loadRemote("owner/name", settings());
    expect(checkpoint.problems).toEqual([
      {
        code: "REDIRECT_REFUSED",
        shard: SECOND_SHARD,
        message: "a redirect was not followed: there were more than 5 in a row",
        hint: REDIRECT_HINT,
      },
    ]);
    expect(hub.seen.filter(isIt)).toHaveLength(6);
  });
});

describe("a server that ignores ranges", () => {
  const fileBytes = 5_000_000_000;
  const isBlob = (request: SeenRequest) => request.origin === "cdn";

  test("gives its headers, and is cut off after what was asked for", async () => {
    const beginning = shard.bytes;
    // The header belongs to a smaller file: the claimed 5 GB are told as a fault of the layout, once a shard.
    hub.fault = (request) => (isBlob(request) ? { kind: "endless", beginning, fileBytes } : undefined);
    const { checkpoint, source } = await loadRemote("owner/name", settings());
    expect(checkpoint.components[0]?.shards.map((each) => each.status)).toEqual(["read", "read", "read"]);
    expect(source.stats.bytes).toBeLessThan(3 * 4_000_000);
    expect(hub.bytesSent).toBeLessThan(3 * 8_000_000);
  });

  test("is refused where the header is longer than the first read", async () => {
    const long = makeShard([["a", "BF16", [8]]], 300_000);
    hub.fault = (request) =>
      isBlob(request) ? { kind: "endless", beginning: long.bytes, fileBytes } : undefined;
    const { checkpoint } = await loadRemote("owner/name", settings());
    for (const problem of checkpoint.problems.filter((each) => each.shard?.endsWith(".safetensors"))) {
      expect(problem.code).toBe("RANGE_UNSUPPORTED");
      expect(withoutPorts(problem.message)).toBe(
        '"HOST" does not answer ranged requests; more of the file than its beginning is not fetched',
      );
    }
    expect(checkpoint.components[0]?.shards.map((each) => each.status)).toEqual([
      "unreadable",
      "unreadable",
      "unreadable",
    ]);
  });
});

describe("a file that changes between two reads", () => {
  test("is told, after asking the hub once more where it is", async () => {
    const long = makeShard([["a", "BF16", [8]]], 300_000);
    hub.repos.set("owner/name", { files: new Map([["model.safetensors", long]]) });
    let reads = 0;
    hub.fault = (request) => {
      if (request.origin !== "cdn" || ++reads === 1) return undefined;
      const [begin = 0, end = 0] = (request.range ?? "").slice(6).split("-").map(Number);
      const headers = { ...range(`bytes ${begin}-${end}/${long.fileBytes + 7}`), ETag: '"another"' };
      return { kind: "answer", status: 206, headers, bytes: Buffer.alloc(end + 1 - begin) };
    };
    const { checkpoint } = await loadRemote("owner/name", settings());
    expect(checkpoint.problems).toMatchObject([
      {
        code: "FILE_CHANGED",
        shard: "model.safetensors",
        message: "the file changed while it was being read",
        hint: "It was replaced between two reads: run again.",
      },
    ]);
    expect(
      hub.seen.filter((request) => request.file === "model.safetensors").map((request) => request.origin),
    ).toEqual(["hub", "cdn", "cdn", "hub", "cdn"]);
  });

  test("is read after all where only its signature ran out", async () => {
    const long = makeShard([["a", "BF16", [8]]], 300_000);
    hub.repos.set("owner/name", { files: new Map([["model.safetensors", long]]) });
    let reads = 0;
    hub.fault = (request) =>
      request.origin === "cdn" && ++reads === 2
        ? { kind: "status", status: 403, body: "<Error/>" }
        : undefined;
    const { checkpoint } = await loadRemote("owner/name", settings());
    expect(checkpoint.problems).toEqual([]);
    expect(checkpoint.components[0]?.table.count).toBe(1);
  });
});

describe("a repository that cannot be read", () => {
  const failure = async (target: string, more = {}): Promise<UnfoldError> => {
    const loading = loadRemote(target, settingsFor(hub.endpoint, { limits: PATIENT_LIMITS, ...more }));
    return loading.then(
      () => expect.unreachable(),
      (error: UnfoldError) => error,
    );
  };
  const about = (error: UnfoldError) => [
    error.code,
    withoutPorts(error.message),
    withoutPorts(error.hint ?? ""),
  ];

  test("is missing, or private, without a token", async () => {
    expect(about(await failure("owner/other"))).toEqual([
      "REPO_NOT_FOUND",
      'there is no model "owner/other", or it is private',
      "Check the name; for a private model set HF_TOKEN.",
    ]);
  });

  test("is missing for a token, and a name like it is suggested", async () => {
    hub.repos.set("owner/Qwen3-8B", { files: smallModel() });
    expect(about(await failure("owner/Qwen3-8", { tokenText: "hf_valid" }))).toEqual([
      "REPO_NOT_FOUND",
      'there is no model "owner/Qwen3-8" that this token may see',
      'Did you mean "owner/Qwen3-8B"? Check the name, and whether the token from --token may read it.',
    ]);
  });

  test("lacks the revision, and one like it is suggested", async () => {
    hub.repos.set("owner/name", { files: smallModel(), branches: { "v1.0": COMMIT } });
    expect(about(await failure("owner/name@v1.00"))).toEqual([
      "REVISION_NOT_FOUND",
      '"owner/name" has no revision "v1.00"',
      'Did you mean "v1.0"? Branches and tags are listed at http://HOST/owner/name/tree/main.',
    ]);
  });

  test("refuses the token", async () => {
    expect(about(await failure("owner/name", { tokenText: "refused" }))).toEqual([
      "TOKEN_REFUSED",
      "the token from --token was refused",
      "It may have expired: make a new one in the settings of your account.",
    ]);
  });

  test("was disabled", async () => {
    hub.repos.set("owner/name", { files: smallModel(), isDisabled: true });
    expect(about(await failure("owner/name"))).toEqual([
      "REPO_DISABLED",
      'access to "owner/name" was disabled by the hub',
      "See http://HOST/owner/name.",
    ]);
  });

  test("is an endpoint that is no hub", async () => {
    hub.fault = () => ({ kind: "status", status: 200, body: "<html>Welcome</html>" });
    expect(about(await failure("owner/name"))).toEqual([
      "RESPONSE_INVALID",
      "the hub's answer cannot be used: it is not JSON",
      "Is the endpoint a hub, and no sign-in page or proxy in between?",
    ]);
  });

  test("lists more than is read", async () => {
    hub.fault = () => ({ kind: "status", status: 200, headers: { "Content-Length": 60_000_000 } });
    expect(about(await failure("owner/name"))).toEqual([
      "LIMIT_EXCEEDED",
      "60,000,000 bytes in the listing; unfold reads at most 50,000,000",
      "",
    ]);
  });

  test("is at a port where nobody listens", async () => {
    await hub.stop();
    expect(about(await failure("owner/name"))).toEqual([
      "CONNECTION_FAILED",
      'no connection to "HOST": it refuses connections',
      "Check the network, the address and the proxy settings (HTTPS_PROXY, NO_PROXY).",
    ]);
    hub = await TestHub.start();
  });

  test("does not speak TLS where https was asked for", async () => {
    expect(
      about(await failure("owner/name", { endpoint: new URL(hub.endpoint.replace("http:", "https:")) })),
    ).toEqual([
      "TLS_FAILED",
      'the certificate of "HOST" was not accepted: the server does not speak TLS there',
      "Check the address, the clock of this machine, and whether a proxy is in between.",
    ]);
  });

  test("is gated: the files need a token, the listing does not", async () => {
    hub.repos.set("owner/name", { files: smallModel(), token: "hf_right", isGated: true });
    const cases = [
      [undefined, "no token was sent", "Accept the terms at http://HOST/owner/name, then set HF_TOKEN."],
      ["hf_wrong", "the token sent has no access to them", "Ask for access at http://HOST/owner/name."],
    ] as const;
    for (const [tokenText, reason, hint] of cases) {
      const options = tokenText === undefined ? {} : { tokenText };
      const { checkpoint } = await loadRemote("owner/name", settingsFor(hub.endpoint, options));
      const shards = checkpoint.problems.filter((problem) => problem.shard?.endsWith(".safetensors"));
      expect(shards.length).toBeGreaterThan(0);
      for (const problem of shards) {
        expect(problem).toMatchObject({
          code: "REPO_GATED",
          message: `the files of "owner/name" are gated, and ${reason}`,
        });
        expect(withoutPorts(problem.hint ?? "")).toBe(hint);
      }
    }
    const { checkpoint } = await loadRemote(
      "owner/name",
      settingsFor(hub.endpoint, { tokenText: "hf_right" }),
    );
    expect(checkpoint.problems).toEqual([]);
  });
});
