import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runMain } from "../support/fake-io.ts";
import type { Fault } from "../support/faults.ts";
import { makeText, type VirtualFile } from "../support/shards.ts";
import { SECOND_SHARD, smallModel } from "../support/small-model.ts";
import { type SeenRequest, TestHub } from "../support/test-hub.ts";

/**
 * What a hub, or the way to it, may be like when somebody asks for a model: each answer names the thing, the reason and the
 * next step, on stderr, with the exit code of the contract.
 */
interface State {
  readonly args: string;
  /** What the first line says: the code, the thing and the reason. */
  readonly says: RegExp;
  readonly next: RegExp;
  readonly fault?: (request: SeenRequest) => Fault | undefined;
  readonly env?: Readonly<Record<string, string>>;
}

const files = smallModel();
const without = (...names: readonly string[]) =>
  new Map([...files].filter(([name]) => !names.includes(name)));
const withFile = (name: string, file: VirtualFile) => new Map([...files, [name, file]]);
const only = (...names: readonly string[]) => new Map(names.map((name) => [name, makeText("x")]));

const LFS = makeText(
  `version https://git-lfs.github.com/spec/v1\noid sha256:${"0".repeat(64)}\nsize 123456\n`,
);
const answer = (status: number, headers = {}, text = "no"): Fault => ({
  kind: "answer",
  status,
  headers,
  bytes: Buffer.from(text),
});
const always = (fault: Fault) => () => fault;
/** What goes wrong with the second shard alone. */
const atShard = (fault: Fault) => (request: SeenRequest) =>
  request.file === SECOND_SHARD ? fault : undefined;
/** A header that does not end within the beginning of its file. */
function longHeader(): Buffer {
  const beginning = Buffer.from('........{"a":', "latin1");
  beginning.writeBigUInt64LE(50_000_000n);
  return beginning;
}
const onDatasets = ({ path: asked }: SeenRequest) =>
  asked.startsWith("/api/datasets/owner/data") ? answer(200, {}, '{"id":"owner/data"}') : undefined;

const STATES: Readonly<Record<string, State>> = {
  "has no such model": {
    args: "tree owner/nobody",
    says: /REPO_NOT_FOUND there is no model "owner\/nobody", or it is private/,
    next: /Check the name; for a private model set HF_TOKEN/,
  },
  "has no such model, for one with a token": {
    args: "tree owner/nobody --token right",
    says: /REPO_NOT_FOUND .*"owner\/nobody"/,
    next: /HF_TOKEN|token/,
  },
  "has it for others": {
    args: "tree owner/secret",
    says: /REPO_NOT_FOUND .*"owner\/secret", or it is private/,
    next: /HF_TOKEN/,
  },
  "gates it, and no token was sent": {
    args: "params owner/gated",
    says: /REPO_GATED .*files of "owner\/gated" are gated, and no token was sent/,
    next: /Accept the terms at .*owner\/gated, then set HF_TOKEN/,
  },
  "has closed it": {
    args: "check owner/off",
    says: /REPO_DISABLED .*"owner\/off" was disabled/,
    next: /See .*owner\/off/,
  },
  "has no such revision": {
    args: "arch owner/name@nowhere",
    says: /REVISION_NOT_FOUND "owner\/name" has no revision "nowhere"/,
    next: /Branches and tags are listed at .*owner\/name/,
  },
  "has nothing in it": {
    args: "tree owner/empty",
    says: /NO_CHECKPOINT .*no safetensors files/,
    next: /./,
  },
  "has pickles alone": {
    args: "tree owner/pickles",
    says: /NO_CHECKPOINT owner\/pickles: .*PyTorch pickle/,
    next: /weights_only=True|safetensors/,
  },
  "has GGUF alone": {
    args: "tree owner/gguf",
    says: /NO_CHECKPOINT owner\/gguf: .*GGUF/,
    next: /gguf-dump/,
  },
  "has a dataset of that name": {
    args: "tree owner/data",
    says: /REPO_NOT_FOUND there is no model "owner\/data"/,
    next: /A dataset has that name: .*load_dataset/,
    fault: onDatasets,
  },
  "has no such folder": {
    args: "tree owner/name --subfolder unet",
    says: /NO_CHECKPOINT owner\/name\/unet: no safetensors/,
    next: /./,
  },
  "lacks a shard of the index": {
    args: "params owner/part",
    says: new RegExp(`SHARD_MISSING ${SECOND_SHARD}`),
    next: /Fetch or copy the missing files/,
  },
  "holds a pointer of Git LFS for a shard": {
    args: "params owner/lfs",
    says: new RegExp(`${SECOND_SHARD}: .*Git LFS pointer`),
    next: /git lfs pull/,
  },
  "lists another size than it sends": {
    args: "params owner/short",
    says: new RegExp(`FILE_TRUNCATED ${SECOND_SHARD}: truncated`),
    next: /fetch the file again/,
  },
  "asks for patience, and says how long": {
    args: "tree owner/name",
    says: /RATE_LIMITED .*asks to slow down \(429\) for 9,999 seconds/,
    next: /token|--concurrency/,
    fault: always(answer(429, { "retry-after": "9999" })),
  },
  "is broken": {
    args: "tree owner/name",
    says: /HTTP_ERROR .* answered 500/,
    next: /The server has trouble: try again/,
    fault: always(answer(500)),
  },
  "is overloaded": {
    args: "tree owner/name",
    says: /HTTP_ERROR .* answered 503/,
    next: /The server has trouble: try again/,
    fault: always(answer(503)),
  },
  forbids: {
    args: "tree owner/name",
    says: /(?:HTTP_ERROR|ACCESS_DENIED|REPO_\w+) /,
    next: /./,
    fault: always(answer(403)),
  },
  "has let it go": {
    args: "tree owner/name",
    says: /HTTP_ERROR .* answered 410/,
    next: /will say so again: .*browser.*mirror/,
    fault: always(answer(410)),
  },
  "may not show it here": {
    args: "tree owner/name",
    says: /HTTP_ERROR .* answered 451/,
    next: /will say so again/,
    fault: always(answer(451)),
  },
  "takes a range for one beyond the file": {
    args: "tree owner/name",
    says: new RegExp(`HTTP_ERROR ${SECOND_SHARD}: .* answered 416`),
    next: /will say so again/,
    fault: atShard(answer(416)),
  },
  "sends a message for a shard": {
    args: "tree owner/name",
    says: new RegExp(`NOT_SAFETENSORS ${SECOND_SHARD}: this is a server's answer in JSON`),
    next: /fetch the file again/,
    fault: atShard(answer(200, {}, '{"error":"Entry not found"}')),
  },
  "keeps a shard for itself": {
    args: "tree owner/name",
    says: new RegExp(`ACCESS_DENIED ${SECOND_SHARD}: no permission`),
    next: /See http/,
    fault: atShard(answer(403)),
  },
  "keeps the index for itself": {
    args: "tree owner/name",
    says: /ACCESS_DENIED model\.safetensors\.index\.json: no permission/,
    next: /See http/,
    fault: ({ file }) => (file === "model.safetensors.index.json" ? answer(403) : undefined),
  },
  "sends a page for the index": {
    args: "tree owner/name",
    says: /INDEX_INVALID .*not JSON/,
    next: /Write the index anew/,
    fault: ({ file }) =>
      file === "model.safetensors.index.json" ? answer(200, {}, "<html>x</html>") : undefined,
  },
  "lists what is no listing": {
    args: "tree owner/name",
    says: /RESPONSE_INVALID .*names no commit/,
    next: /Is the endpoint a hub/,
    fault: always(answer(200, { "content-type": "application/json" }, '{"hello":1}')),
  },
  "ends in the middle of its listing": {
    args: "tree owner/name",
    says: /RESPONSE_INVALID .*not JSON/,
    next: /Is the endpoint a hub/,
    fault: always(answer(200, { "content-type": "application/json" }, '[{"path":"a')),
  },
  "sends on to a store that is not there": {
    args: "tree owner/name",
    says: new RegExp(`CONNECTION_FAILED ${SECOND_SHARD}: no connection to "127\\.0\\.0\\.1:1"`),
    next: /network/,
    fault: atShard({ kind: "redirect", location: "http://127.0.0.1:1/x" }),
  },
  "has no such request for changes": {
    args: "tree owner/name@refs/pr/999",
    says: /REVISION_NOT_FOUND .*"refs\/pr\/999"/,
    next: /Branches and tags/,
  },
  "answers with a sign-in page": {
    args: "tree owner/name",
    says: /RESPONSE_INVALID .*cannot be used/,
    next: /endpoint|proxy|HF_ENDPOINT/,
    fault: always(answer(200, { "content-type": "text/html" }, "<!DOCTYPE html><html>log in</html>")),
  },
  "sends whole files for ranges": {
    args: "params owner/name",
    says: new RegExp(`RANGE_UNSUPPORTED ${SECOND_SHARD}`),
    next: /Download the file|mirror/,
    fault: atShard({ kind: "endless", beginning: longHeader(), fileBytes: 200_000_000 }),
  },
  "redirects for ever": {
    args: "tree owner/name",
    says: /REDIRECT_REFUSED .*redirect/,
    next: /endpoint|mirror|proxy/,
    fault: ({ path: asked }) => ({ kind: "redirect", location: asked }),
  },
  "never answers": {
    args: "tree owner/name --timeout 1",
    says: /TIMEOUT the run did not end within 1 second/,
    next: /--timeout/,
    fault: always({ kind: "silence" }),
  },
  "hangs up": {
    args: "tree owner/name",
    says: /CONNECTION_FAILED no connection to|RESPONSE_CUT/,
    next: /network|Run again/,
    fault: always({ kind: "reset" }),
  },
  "is not asked, as the run is offline": {
    args: "tree owner/name --offline",
    says: /OFFLINE .*"owner\/name" at "main"/,
    next: /without --offline/,
  },
  "is not asked, as the environment says so": {
    args: "tree owner/name",
    says: /OFFLINE .*"owner\/name" at "main"/,
    next: /HF_HUB_OFFLINE/,
    env: { HF_HUB_OFFLINE: "1" },
  },
  "is not there": {
    args: "tree owner/name",
    says: /CONNECTION_FAILED no connection to "127\.0\.0\.1:1"/,
    next: /network, the address and the proxy/,
    env: { HF_ENDPOINT: "http://127.0.0.1:1" },
  },
  "has a name that nobody knows": {
    args: "tree owner/name",
    says: /CONNECTION_FAILED no connection to "nowhere\.invalid"/,
    next: /network, the address and the proxy/,
    env: { HF_ENDPOINT: "http://nowhere.invalid" },
  },
  "lies behind a proxy that is not there": {
    args: "tree owner/name",
    says: /CONNECTION_FAILED .*127\.0\.0\.1:1/,
    next: /proxy/i,
    env: { HF_ENDPOINT: "https://hub.example", HTTPS_PROXY: "http://127.0.0.1:1" },
  },
  "has an address that is none": {
    args: "tree owner/name",
    says: /endpoint "hub\.example" is no address/,
    next: /HF_ENDPOINT/,
    env: { HF_ENDPOINT: "hub.example" },
  },
};

describe("a hub that", () => {
  let hub: TestHub;
  let home: string;
  beforeAll(async () => {
    home = fs.mkdtempSync(path.join(os.tmpdir(), "unfold-hub-"));
    hub = await TestHub.start();
    const second = files.get(SECOND_SHARD) as VirtualFile;
    const repos = {
      name: { files },
      secret: { files, token: "right" },
      gated: { files, token: "right", isGated: true },
      off: { files, isDisabled: true },
      empty: { files: new Map() },
      pickles: { files: only("config.json", "pytorch_model.bin") },
      gguf: { files: only("README.md", "model-Q4_K_M.gguf") },
      part: { files: without(SECOND_SHARD) },
      lfs: { files: withFile(SECOND_SHARD, LFS) },
      short: { files: withFile(SECOND_SHARD, { ...second, fileBytes: second.fileBytes - 1000 }) },
      old: { files, renamedTo: "owner/name" },
    };
    for (const [name, repo] of Object.entries(repos)) hub.repos.set(`owner/${name}`, repo);
  });
  afterAll(async () => {
    await hub.stop();
    fs.rmSync(home, { recursive: true, force: true });
  });

  const ask = (args: string, env: Readonly<Record<string, string>> = {}) =>
    runMain([...args.split(" "), "--no-cache"], {
      env: { HF_ENDPOINT: hub.endpoint, ...env },
      homeFolder: home,
    });

  it.each(Object.entries(STATES))("%s", async (_, { args, says, next, fault, env }) => {
    hub.fault = fault ?? (() => undefined);
    try {
      const run = await ask(args, env);
      const isUsage = says.source.includes("is no address");
      expect({ args, code: run.code, told: run.stderr }).toMatchObject({ args, code: isUsage ? 2 : 3 });
      expect(run.stderr).toMatch(says);
      expect(run.stderr).toMatch(/^ {2}hint: /m);
      expect(run.stderr.slice(run.stderr.indexOf("hint: "))).toMatch(next);
      expect(run.stderr).not.toMatch(/undefined|\[object|INTERNAL|secret-of-the-cdn/);
      // Told once, and in a few lines: what stands there is for people.
      expect(run.stderr.trimEnd().split("\n").length).toBeLessThanOrEqual(4);
    } finally {
      hub.fault = () => undefined;
    }
  });

  it("has renamed it is followed, and says so nowhere as an error", async () => {
    const run = await ask("params owner/old");
    expect(run.code).toBe(0);
    expect(run.stdout).toContain("logical parameters");
  });

  it("keeps the index for itself, which is called no shard", async () => {
    hub.fault = ({ file }) => (file === "model.safetensors.index.json" ? answer(403) : undefined);
    const run = await ask("tree owner/name");
    hub.fault = () => undefined;
    expect(run.stdout).toContain("NOT WHOLE: the index may not be read");
  });

  it("is held for more than thirty states", () => {
    expect(Object.keys(STATES).length).toBeGreaterThan(30);
  });
});
