import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runMain } from "../support/fake-io.ts";
import { entrySchemaFaults, schemaFaults, sourcesSchemaFaults } from "../support/report-schema.ts";
import { writeSmallCheckpoint } from "../support/small-checkpoint.ts";

let root: string;
let sound: string;
let broken: string;
let nowhere: string;
beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "unfold-several-"));
  [sound, broken, nowhere] = ["sound", "broken", "nowhere"].map((name) => path.join(root, name)) as [
    string,
    string,
    string,
  ];
  writeSmallCheckpoint(sound);
  writeSmallCheckpoint(broken);
  const file = path.join(broken, "model.safetensors");
  fs.truncateSync(file, fs.statSync(file).size - 8);
});
afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

const check = (...words: string[]) => runMain(["check", ...words]);

describe("check of several sources", () => {
  it("has a line for each, the details of those with faults, and how many passed", async () => {
    const { code, stdout } = await check(sound, nowhere, broken, "--width", "160");
    expect(code).toBe(3);
    const lines = stdout.split("\n");
    expect(lines[2]).toMatch(/^ +hint: /);
    expect(
      lines
        .toSpliced(2, 1)
        .slice(0, 3)
        .map((line) => line.trim().split(/ {2,}/).slice(0, 2)),
    ).toEqual([
      ["PASS", sound],
      ["NOT READ", nowhere],
      ["FAIL", broken],
    ]);
    expect(stdout).toContain("error  file-truncated");
    expect(lines.at(-2)).toBe("3 sources: 1 passed, 1 failed, 1 could not be read");
  });

  it.each([
    ["0 where all pass", () => [sound, sound], 0],
    ["1 where one has findings", () => [sound, broken], 1],
    ["3 where one cannot be read", () => [broken, nowhere], 3],
  ] as const)("ends with %s", async (_, sources, code) => {
    expect((await check(...sources())).code).toBe(code);
  });

  it("is one document of JSON, whose sources are the lines of NDJSON and of a list", async () => {
    const sources = [sound, nowhere, broken];
    const document = JSON.parse((await check(...sources, "--json")).stdout);
    expect(sourcesSchemaFaults(document)).toEqual([]);
    const { sources: entries, ...rest } = document;
    expect(rest).toEqual({ schemaVersion: 1, command: "check" });
    const lines = (text: string) =>
      text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
    expect(lines((await check(...sources, "--format", "ndjson")).stdout)).toEqual(entries);
    const list = path.join(root, "list.txt");
    fs.writeFileSync(list, sources.join("\n"));
    const listed = lines((await check("--from", list, "--jobs", "1")).stdout);
    expect(listed).toEqual(entries);
    expect(entries.map(({ exitCode }: { exitCode: number }) => exitCode)).toEqual([0, 3, 1]);
    const [first, failed, last] = entries;
    expect([...schemaFaults(first), ...schemaFaults(last)]).toEqual([]);
    expect(entries.flatMap(entrySchemaFaults)).toEqual([]);
    // A report without its place in the list, an error that is one no longer, and both at once are none of it.
    const { listed: _, ...unlisted } = first;
    const { error: __, ...unsaid } = failed;
    for (const wrong of [unlisted, unsaid, { ...first, error: failed.error }])
      expect(entrySchemaFaults(wrong)).not.toEqual([]);
    expect(failed.error.code).toBe("SOURCE_NOT_FOUND");
  });

  it("is one document in each format of a CI, with the source that could not be read", async () => {
    const printed = async (format: string) =>
      (await check(sound, nowhere, broken, "--format", format)).stdout;
    const junit = await printed("junit");
    expect(junit.match(/<testsuite name="[^"]*"/g)).toEqual(
      [path.basename(sound), nowhere, path.basename(broken)].map(
        (name) => `<testsuite name="unfold check ${name}"`,
      ),
    );
    expect(junit).toContain('<error type="SOURCE_NOT_FOUND"');
    const sarif = JSON.parse(await printed("sarif"));
    expect(sarif.runs.map((run: { automationDetails: { id: string } }) => run.automationDetails.id)).toEqual(
      [sound, nowhere, broken].map((source) => `unfold/${source}`),
    );
    expect(sarif.runs[1].invocations[0].executionSuccessful).toBe(false);
    const github = await printed("github");
    expect(github).toContain("::error title=unfold SOURCE_NOT_FOUND::");
    expect(github).toMatch(/^::error file=model\.safetensors,title=unfold file-truncated/m);
    const gitlab = JSON.parse(await printed("gitlab"));
    const names = gitlab.map((entry: { check_name: string }) => entry.check_name);
    expect(names).toEqual(expect.arrayContaining(["SOURCE_NOT_FOUND", "file-truncated"]));
  });

  it("tells equal findings of two sources apart for GitLab", async () => {
    const copy = path.join(root, "copy");
    fs.cpSync(broken, copy, { recursive: true });
    const entries = JSON.parse((await check(broken, copy, "--format", "gitlab")).stdout);
    const prints = entries.map((entry: { fingerprint: string }) => entry.fingerprint);
    expect(new Set(prints).size).toBe(prints.length);
  });

  it.each([
    ["a page", ["--format", "html"]],
    ["a baseline", ["--baseline", "known.json"]],
    ["a list beside them", ["--from", "list.txt"]],
  ])("has no %s", async (_, words) => {
    const { code, stdout } = await check(sound, broken, ...words);
    expect([code, stdout]).toEqual([2, ""]);
  });

  it("says under the name of its source why a file could not be read, and what to try", async () => {
    const refused = "http://127.0.0.1:1/model.safetensors";
    const { code, stderr, stdout } = await check(sound, refused, "--no-cache", "--format", "github");
    expect([code, stdout.includes("no verdict")]).toEqual([3, true]);
    expect(stderr).toContain(`error CONNECTION_FAILED ${refused}: model.safetensors: `);
    expect(stderr).toMatch(/\n {2}hint: /);
  });

  it("writes into none of them", async () => {
    const before = fs.readdirSync(broken);
    const output = path.join(broken, "model.safetensors.index.json");
    expect((await check(sound, broken, "-o", output)).code).toBe(2);
    expect(fs.readdirSync(broken)).toEqual(before);
  });
});
