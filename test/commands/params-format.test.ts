import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runMain } from "../support/fake-io.ts";
import { writeSmallCheckpoint } from "../support/small-checkpoint.ts";

let root: string;
beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "unfold-params-"));
  writeSmallCheckpoint(path.join(root, "m"));
});
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

it.each([
  ["Markdown", ["--markdown"], /^## /],
  ["what --format names", ["--format", "json", "--markdown"], /^\{/],
  ["JSON where both are asked for", ["--markdown", "--json"], /^\{/],
])("params --markdown prints %s: %s", async (_, words, begins) => {
  const { code, stdout } = await runMain(["params", path.join(root, "m"), ...words]);
  expect(code).toBe(0);
  expect(stdout).toMatch(begins);
});

it("params --markdown is Markdown in a file of any name", async () => {
  const output = path.join(root, "x.json");
  await runMain(["params", path.join(root, "m"), "--markdown", "-o", output]);
  expect(fs.readFileSync(output, "utf8")).toMatch(/^## /);
});
