import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runMain } from "../support/fake-io.ts";
import { makeText } from "../support/shards.ts";
import { TestHub } from "../support/test-hub.ts";

let root: string;
let hub: TestHub;
beforeAll(async () => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "unfold-other-"));
  hub = await TestHub.start();
  hub.repos.set("owner/name", { files: new Map([["q/model.Q4_K_M.gguf", makeText("GGUF")]]) });
});
afterAll(async () => {
  fs.rmSync(root, { recursive: true, force: true });
  await hub.stop();
});

describe("a file of another format, named as a source", () => {
  it.each([
    ["model.Q4_K_M.gguf", "a GGUF file", "gguf-dump"],
    ["pytorch_model.bin", "a PyTorch pickle file", "torch.load"],
    ["pytorch_model.bin.index.json", "a PyTorch pickle file", "torch.load"],
    ["consolidated.00.pth", "a PyTorch pickle file", "save_file"],
    ["MODEL.ONNX", "an ONNX file", "onnx.load"],
    ["tf_model.h5", "a TensorFlow file", "h5ls"],
    ["train.parquet", "a Parquet file", "DuckDB"],
  ])("%s: here, on a web server and in a bucket", async (name, what, reader) => {
    const file = path.join(root, name);
    fs.writeFileSync(file, "whatever");
    for (const target of [file, `https://example.invalid/m/${name}`, `s3://bucket/m/${name}`]) {
      const run = await runMain(["params", target]);
      expect([target, run.code]).toEqual([target, 3]);
      expect(run.stderr).toMatch(/^error NOT_SAFETENSORS /);
      expect(run.stderr).toContain(`this is ${what}, not a safetensors file`);
      expect(run.stderr).toContain(reader);
    }
  });

  it("in a repository of the hub", async () => {
    const words = ["--endpoint", hub.endpoint, "--no-cache"];
    const file = await runMain(["params", "hf://owner/name/q/model.Q4_K_M.gguf", ...words]);
    expect([file.code, file.stderr]).toEqual([3, expect.stringContaining("gguf-dump")]);
    const folder = await runMain(["params", "hf://owner/name/q", ...words]);
    expect([folder.code, folder.stderr]).toEqual([3, expect.stringMatching(/1 GGUF file[\s\S]*gguf-dump/)]);
  });

  it("a dataset under a plain name", async () => {
    hub.fault = ({ path: asked }) =>
      asked === "/api/datasets/owner/rows" ? { kind: "status", status: 200, body: "{}" } : undefined;
    const run = await runMain(["params", "hf://owner/rows", "--endpoint", hub.endpoint, "--no-cache"]);
    expect([run.code, run.stderr]).toEqual([
      3,
      expect.stringMatching(/REPO_NOT_FOUND[\s\S]*A dataset has that name/),
    ]);
  });

  it("a repository of another kind", async () => {
    const run = await runMain(["params", "hf://datasets/owner/name"]);
    expect([run.code, run.stderr]).toEqual([2, expect.stringMatching(/a dataset[\s\S]*load_dataset/)]);
  });
});
