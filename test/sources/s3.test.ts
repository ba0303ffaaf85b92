import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { buildCheckpoint } from "../../fixtures/checkpoint-spec.ts";
import { minimaxM2 } from "../../fixtures/minimax-m2.ts";
import { loadCheckpoint } from "../../src/checkpoint/load.ts";
import { StoreSource } from "../../src/sources/s3.ts";
import { parseStorePage } from "../../src/sources/s3-listing.ts";
import { parseStoreTarget } from "../../src/sources/s3-target.ts";
import { runMain } from "../support/fake-io.ts";
import type { Fault } from "../support/faults.ts";
import { PATIENT_LIMITS, type RemoteOptions, settingsFor } from "../support/remote.ts";
import { makeSharded, makeText, toVirtual, type VirtualFile } from "../support/shards.ts";
import { TestStore } from "../support/test-store.ts";

const KEY = "AKIDEXAMPLE";
const SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const TOKEN = "temporary-token/of+the=test";

let store: TestStore;
let home: string;
beforeEach(async () => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), "unfold-s3-"));
  store = await TestStore.start();
  store.keys.set(KEY, { secret: SECRET });
  for (const name of Object.keys(process.env).filter((each) => each.startsWith("AWS_"))) vi.stubEnv(name, "");
  vi.stubEnv("AWS_CONFIG_FILE", path.join(home, "config"));
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", path.join(home, "credentials"));
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
  signIn(KEY, SECRET);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await store.stop();
  fs.rmSync(home, { recursive: true, force: true });
});

function signIn(key: string | undefined, secret: string | undefined, token?: string): void {
  vi.stubEnv("AWS_ACCESS_KEY_ID", key);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", secret);
  vi.stubEnv("AWS_SESSION_TOKEN", token);
}

function put(bucket: string, prefix: string, files: ReadonlyMap<string, VirtualFile>, more = {}): void {
  const keys = [...files].map(([name, file]): [string, VirtualFile] => [`${prefix}${name}`, file]);
  store.buckets.set(bucket, { files: new Map(keys), ...more });
}

/** Two shards with their index and a configuration. */
function small(): Map<string, VirtualFile> {
  const names = ["model.embed_tokens.weight", "model.norm.weight", "lm_head.weight"];
  const files = makeSharded(
    names.map((name) => [name, "BF16", [64, 64]]),
    2,
  );
  return files.set("config.json", makeText("{}"));
}

async function load(target: string, options: RemoteOptions = {}) {
  const parsed = parseStoreTarget(target);
  if (parsed === undefined) throw new Error(`${target} is not meant for a store`);
  const settings = settingsFor(store.endpoint, { limits: PATIENT_LIMITS, ...options });
  const source = await StoreSource.connect(parsed, settings);
  try {
    return { checkpoint: await loadCheckpoint(source, { chosenFile: source.chosenFile }), source };
  } finally {
    await source.close();
  }
}

/** The command line against the store; what it printed and wrote, as one text. */
async function run(...words: string[]) {
  const done = await runMain([...words, "--endpoint", store.endpoint, "--stats"], {
    env: { HF_HOME: home },
    homeFolder: home,
  });
  return { ...done, all: done.stdout + done.stderr };
}

describe("a large model in a bucket", () => {
  it("is one request a shard, and none at the second run", async () => {
    put("weights", "models/m2/", toVirtual(buildCheckpoint(minimaxM2)));
    const first = await load("s3://weights/models/m2", { home });
    expect(first.checkpoint.components[0]?.table.count).toBe(96_103);
    expect(first.checkpoint.problems.filter(({ code }) => code !== "SHARD_MISSING")).toEqual([]);
    expect(store.rangedReads).toBeGreaterThanOrEqual(125);
    expect(store.rangedReads).toBeLessThanOrEqual(130);
    const { length } = store.seen;
    const second = await load("s3://weights/models/m2/", { home });
    expect(second.checkpoint.components[0]?.table.count).toBe(96_103);
    expect(store.seen.slice(length).map(({ key }) => key)).toEqual([null]);
    const offline = await load("s3://weights/models/m2", { home, isOffline: true });
    expect(offline.checkpoint.components[0]?.table.count).toBe(96_103);
    expect(store.seen.length).toBe(length + 1);
  });

  it("is read again where its ETag is another one", async () => {
    put("weights", "m/", small());
    await load("s3://weights/m", { home });
    const files = store.buckets.get("weights")?.files as Map<string, VirtualFile>;
    const [name, file] = [...files].find(([key]) => key.endsWith(".safetensors")) as [string, VirtualFile];
    files.set(name, { ...file, fileBytes: file.fileBytes + 1 });
    const { rangedReads } = store;
    const { checkpoint } = await load("s3://weights/m", { home });
    expect(store.rangedReads).toBe(rangedReads + 1);
    expect(checkpoint.problems.map(({ code }) => code)).toEqual(["DATA_TRAILING"]);
  });
});

describe("listing", () => {
  it("goes on over pages of 1,000 keys", async () => {
    const files = new Map<string, VirtualFile>();
    for (let k = 0; k < 2500; k++)
      files.set(`logs-${String(k).padStart(4, "0")}.txt`, { bytes: Buffer.alloc(0), fileBytes: 0 });
    put("weights", "m/", new Map([...files, ...small()]));
    const { checkpoint } = await load("s3://weights/m");
    expect(checkpoint.problems).toEqual([]);
    expect(store.seen.filter(({ key }) => key === null)).toHaveLength(3);
  });

  it("signs keys with any character in them", async () => {
    put("weights", "a (b)/é+%20&'*!~/", small());
    const { checkpoint } = await load("s3://weights/a (b)/é+%20&'*!~");
    expect(checkpoint.problems).toEqual([]);
  });

  it("leaves aside keys that are no paths, and the key of the folder itself", async () => {
    const strange = [
      "",
      "..\\x.safetensors",
      "\u001b[2J.safetensors",
      "a/../../x.safetensors",
      "/b.safetensors",
    ];
    const empty = { bytes: Buffer.alloc(0), fileBytes: 0 };
    put(
      "weights",
      "m/",
      new Map([...small(), ...strange.map((name): [string, VirtualFile] => [name, empty])]),
    );
    const { checkpoint, source } = await load("s3://weights/m");
    expect(checkpoint.problems).toEqual([]);
    const names = (await source.list("")).map((entry) => entry.path);
    expect(names.sort()).toEqual([...small().keys(), "a"].sort());
  });

  it.each([
    [
      "a page that leads back to itself",
      "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken></ListBucketResult>",
    ],
    ["a page without a way on", "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"],
    ["a web page", "<html><body>Sign in</body></html>"],
    ["a cut page", "<ListBucketResult><Contents><Key>a</Key>"],
  ])("refuses %s", async (_, body) => {
    store.fault = () => ({ kind: "status", status: 200, body });
    await expect(load("s3://weights/m")).rejects.toMatchObject({ code: "RESPONSE_INVALID" });
  });

  it("reads names that are encoded and names that are not", () => {
    const page = (encoding: string, key: string) =>
      `<ListBucketResult>${encoding}<Contents><Key>${key}</Key><Size>7</Size></Contents></ListBucketResult>`;
    const read = (xml: string) => parseStorePage(Buffer.from(xml)).objects[0]?.key;
    expect(read(page("<EncodingType>url</EncodingType>", "a+b%2Bc"))).toBe("a b+c");
    expect(read(page("", "a+b%2Bc&amp;lt;&#x263a;"))).toBe("a+b%2Bc&lt;☺");
  });
});

describe("one file of a bucket", () => {
  it("is read with the configuration beside it", async () => {
    put("weights", "m/", small());
    const { checkpoint, source } = await load("s3://weights/m/model.safetensors.index.json");
    expect(checkpoint.problems).toEqual([]);
    expect(source.facts).toMatchObject({ kind: "s3", id: "s3://weights/m" });
  });
});

describe("a bucket that may be read and not listed", () => {
  const config = () => makeText("{}");
  const weights = (): VirtualFile => {
    const [file] = makeSharded([["model.norm.weight", "BF16", [64]]], 1).values();
    return file as VirtualFile;
  };
  const single = (name: string, ...configs: string[]) =>
    new Map([[name, weights()], ...configs.map((each): [string, VirtualFile] => [each, config()])]);
  const rangesOf = (from = 0) =>
    store.seen.slice(from).flatMap(({ key, range }) => (range === undefined ? [] : [key]));

  it.each([403, 404] as const)(
    "is read by name, one request a shard (%d for what is absent)",
    async (unlisted) => {
      put("weights", "m/", small(), { unlisted });
      const { checkpoint, source } = await load("s3://weights/m", { home });
      const [component] = checkpoint.components;
      expect([checkpoint.problems, component?.table.count, component?.layout]).toEqual([[], 3, "sharded"]);
      expect([...(component?.configs.keys() ?? [])]).toEqual(["config.json"]);
      expect(component?.beside).toBeNull();
      expect(source.notes).toEqual([expect.stringContaining("by name")]);
      expect(rangesOf().sort()).toEqual(
        [...small().keys()].filter((n) => /tensors$/.test(n)).map((n) => `m/${n}`),
      );
      expect(new Set(store.seen.map(({ key }) => key)).size).toBe(store.seen.length);
    },
  );

  const rows: readonly [title: string, files: Map<string, VirtualFile>, target: string, names: string[]][] = [
    ["a single file", single("model.safetensors", "config.json"), "", ["."]],
    ["a part of a pipeline", single("diffusion_pytorch_model.safetensors"), "", ["."]],
    ["an adapter", single("adapter_model.safetensors", "adapter_config.json"), "", ["."]],
    [
      "a model and its adapter",
      new Map([
        ...single("model.safetensors", "config.json"),
        ...single("adapter_model.safetensors", "adapter_config.json"),
      ]),
      "",
      [".", "adapter_model"],
    ],
    ["a file that is named", single("other.safetensors", "config.json"), "/other.safetensors", ["."]],
  ];
  it.each(rows)("gives %s", async (_, files, target, names) => {
    put("weights", "m/", files, { unlisted: 403 });
    const { checkpoint } = await load(`s3://weights/m${target}`, { home });
    expect(checkpoint.problems).toEqual([]);
    expect(checkpoint.components.map(({ name }) => name)).toEqual(names);
    const shards = [...files.keys()].filter((name) => name.endsWith(".safetensors"));
    expect(
      rangesOf()
        .filter((key) => shards.includes(key?.slice(2) ?? ""))
        .sort(),
    ).toEqual(shards.map((name) => `m/${name}`).sort());
  });

  it("is asked by ETag at the second run, and not at all offline", async () => {
    put("weights", "m/", small(), { unlisted: 403 });
    await load("s3://weights/m", { home });
    const { length } = store.seen;
    const second = await load("s3://weights/m", { home });
    expect(second.checkpoint.components[0]?.table.count).toBe(3);
    const shards = store.seen.slice(length).filter(({ range }) => range !== undefined);
    expect(shards.map(({ headers }) => headers["if-none-match"] !== undefined)).toEqual([true, true]);
    const asked = store.seen.length;
    const offline = await load("s3://weights/m", { home, isOffline: true });
    expect([offline.checkpoint.problems, offline.checkpoint.components[0]?.table.count]).toEqual([[], 3]);
    expect(store.seen.length).toBe(asked);
  });

  it("lacks a shard that it does not give", async () => {
    const files = small();
    const lost = [...files.keys()].find((name) => name.endsWith(".safetensors")) as string;
    files.delete(lost);
    put("weights", "m/", files, { unlisted: 403 });
    const { checkpoint } = await load("s3://weights/m");
    expect(checkpoint.problems.map(({ code, shard }) => [code, shard])).toEqual([["SHARD_MISSING", lost]]);
  });

  it("in another region is found there first", async () => {
    put("weights", "m/", small(), { unlisted: 403, region: "eu-west-3" });
    const { checkpoint, source } = await load("s3://weights/m");
    expect(checkpoint.problems).toEqual([]);
    expect(source.notes).toHaveLength(2);
  });

  it.each([
    ["nothing is there", new Map<string, VirtualFile>(), ""],
    ["only a configuration is", new Map([["config.json", config()]]), ""],
    ["the file that is named is not", single("model.safetensors"), "/other.safetensors"],
  ])("is denied where %s", async (_, files, target) => {
    put("weights", "m/", files, { unlisted: 403 });
    await expect(load(`s3://weights/m${target}`)).rejects.toMatchObject({
      code: "ACCESS_DENIED",
      hint: expect.stringContaining("s3:ListBucket"),
    });
  });
});

describe("what a store refuses", () => {
  const rows: readonly [title: string, arrange: () => void, code: string, hint: RegExp][] = [
    ["an unknown key", () => signIn("AKIDOTHER", SECRET), "CREDENTIALS_REFUSED", /AWS_ACCESS_KEY_ID/],
    ["a wrong secret", () => signIn(KEY, "another"), "CREDENTIALS_REFUSED", /AWS_SECRET_ACCESS_KEY/],
    [
      "an expired token",
      () => {
        store.keys.set(KEY, { secret: SECRET, token: TOKEN, isExpired: true });
        signIn(KEY, SECRET, TOKEN);
      },
      "CREDENTIALS_REFUSED",
      /aws sso login/,
    ],
    ["a wrong token", () => signIn(KEY, SECRET, "other"), "CREDENTIALS_REFUSED", /AWS_SESSION_TOKEN/],
    [
      "a key without the right",
      () => store.keys.set(KEY, { secret: SECRET, isDenied: true }),
      "ACCESS_DENIED",
      /s3:ListBucket on "weights"/,
    ],
    ["nobody", () => signIn(undefined, undefined), "ACCESS_DENIED", /asked anonymously/],
    [
      "who does not pay",
      () => put("weights", "m/", small(), { wantsPayer: true }),
      "ACCESS_DENIED",
      /--requester-pays/,
    ],
    ["a bucket that is not there", () => store.buckets.clear(), "BUCKET_NOT_FOUND", /AWS_ENDPOINT_URL/],
    [
      "a prefix that is not there",
      () => put("weights", "other/", small()),
      "SOURCE_NOT_FOUND",
      /case-sensitive/,
    ],
    [
      "a profile that is not there",
      () => {
        signIn(undefined, undefined);
        vi.stubEnv("AWS_PROFILE", "nobody");
      },
      "CREDENTIALS_UNUSABLE",
      /AWS_PROFILE/,
    ],
  ];
  it.each(rows)("%s: says what is wrong and what to do", async (_, arrange, code, hint) => {
    put("weights", "m/", small());
    arrange();
    await expect(load("s3://weights/m")).rejects.toMatchObject({ code, hint: expect.stringMatching(hint) });
  });

  it("takes the right region from a refusal, once", async () => {
    put("weights", "m/", small(), { region: "eu-west-3" });
    const { checkpoint, source } = await load("s3://weights/m");
    expect(checkpoint.problems).toEqual([]);
    expect(source.notes).toEqual([expect.stringContaining("eu-west-3")]);
    expect(store.seen.filter(({ key }) => key === null)).toHaveLength(2);
    vi.stubEnv("AWS_REGION", "eu-west-3");
    expect((await load("s3://weights/m")).source.notes).toEqual([]);
  });

  it("ends where every region is called wrong", async () => {
    const fault: Fault = { kind: "status", status: 301, headers: { "x-amz-bucket-region": "us-west-9" } };
    store.fault = () => fault;
    await expect(load("s3://weights/m")).rejects.toMatchObject({
      code: "REGION_WRONG",
      hint: expect.stringContaining("AWS_REGION"),
    });
    expect(store.seen).toHaveLength(2);
  });

  it("is asked again after a 503, and slower", async () => {
    put("weights", "m/", small());
    let left = 2;
    store.fault = ({ range }) =>
      range !== undefined && left-- > 0
        ? { kind: "status", status: 503, body: "<Error><Code>SlowDown</Code></Error>" }
        : undefined;
    const { checkpoint, source } = await load("s3://weights/m");
    expect(checkpoint.problems).toEqual([]);
    expect(source.stats.retries).toBe(2);
  });

  it("need not know ranges where the beginning is enough", async () => {
    put("weights", "m/", small());
    store.fault = ({ key, range }) => {
      const file = range === undefined ? undefined : store.buckets.get("weights")?.files.get(key ?? "");
      if (file === undefined) return undefined;
      return { kind: "endless", beginning: file.bytes, fileBytes: file.fileBytes };
    };
    expect((await load("s3://weights/m")).checkpoint.problems).toEqual([]);
  });

  it("gives no file of another version than it listed", async () => {
    put("weights", "m/", small());
    store.fault = ({ range }) => (range === undefined ? undefined : { kind: "status", status: 412 });
    const { checkpoint } = await load("s3://weights/m");
    expect(new Set(checkpoint.problems.map(({ code }) => code))).toEqual(new Set(["FILE_CHANGED"]));
  });
});

describe("who asks", () => {
  it("asks anonymously where there are no credentials", async () => {
    put("weights", "m/", small(), { isPublic: true });
    signIn(undefined, undefined);
    expect((await load("s3://weights/m")).checkpoint.problems).toEqual([]);
    expect(store.seen.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
  });

  it("is the profile, its region and its endpoint, where the environment names none", async () => {
    put("weights", "m/", small(), { region: "eu-north-1" });
    signIn(undefined, undefined);
    vi.stubEnv("AWS_PROFILE", "lab");
    const key = `aws_access_key_id = ${KEY}\naws_secret_access_key = ${SECRET}\n`;
    fs.writeFileSync(path.join(home, "credentials"), `[lab]\n${key}`);
    fs.writeFileSync(
      path.join(home, "config"),
      `[profile lab]\nregion = eu-north-1\nendpoint_url = ${store.endpoint}\n`,
    );
    const { source, checkpoint } = await load("s3://weights/m", { storeEndpoint: null });
    expect([checkpoint.problems, source.notes]).toEqual([[], []]);
  });

  it("pays where that was said", async () => {
    put("weights", "m/", small(), { wantsPayer: true });
    const done = await run("params", "s3://weights/m", "--requester-pays");
    expect(done.code, done.stderr).toBe(0);
  });

  it("is in no byte of output, cache or snapshot", async () => {
    store.keys.set(KEY, { secret: SECRET, token: TOKEN });
    signIn(KEY, SECRET, TOKEN);
    put("weights", "m/", small());
    const file = path.join(home, "m.unfold.json");
    const runs = [
      await run("params", "s3://weights/m", "--json"),
      await run("check", "s3://weights/m", "--format", "sarif"),
      await run("snapshot", "s3://weights/m", "-o", file),
      await run("cache"),
    ];
    signIn(KEY, "wrong", TOKEN);
    runs.push(await run("params", "s3://weights/m", "--json", "--no-cache"));
    expect(runs.at(-1)?.code).toBe(3);
    const written = fs
      .readdirSync(home, { recursive: true, encoding: "utf8" })
      .map((name) => path.join(home, name))
      .filter((name) => fs.statSync(name).isFile());
    expect(written.length).toBeGreaterThan(3);
    const texts = [
      ...runs.map(({ all }) => all),
      ...written,
      ...written.map((name) => fs.readFileSync(name, "latin1")),
    ];
    for (const text of texts)
      for (const secret of [KEY, SECRET, TOKEN, "Signature=", "aws4_request"])
        expect(text).not.toContain(secret);
    expect(fs.readFileSync(file, "utf8")).toContain("s3://weights/m");
  });
});

describe("what can be no place in a store", () => {
  it.each(["s3://", "s3://-x/y", "s3://we ights/m", "s3://weights/../m", "s3://data--use1-az4--x-s3/m"])(
    "%s",
    (target) => {
      expect(() => parseStoreTarget(target)).toThrowError(expect.objectContaining({ code: "USAGE" }));
    },
  );

  it("takes no revision", async () => {
    const done = await run("params", "s3://weights/m", "--revision", "main");
    expect([done.code, done.stderr]).toEqual([2, expect.stringContaining("object store")]);
  });
});
