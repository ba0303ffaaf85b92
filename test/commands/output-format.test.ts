import fs from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { formatOfOutput } from "../../src/commands/output-format.ts";
import { runMain } from "../support/fake-io.ts";
import { writeSmallCheckpoint } from "../support/small-checkpoint.ts";
import { tempFolder } from "../support/temp-folder.ts";

const ALL = {
  text: { extensions: [".txt"] },
  json: { extensions: [".json"] },
  markdown: { extensions: [".md", ".markdown"] },
  sarif: { extensions: [".sarif", ".sarif.json"] },
  github: { extensions: [] },
};

describe("the format that an extension stands for", () => {
  it.each([
    ["a.json", "json"],
    ["folder.md/a.JSON", "json"],
    ["a.md", "markdown"],
    ["a.markdown", "markdown"],
    ["a.sarif", "sarif"],
    ["a.sarif.json", "sarif"],
    ["a.txt", "text"],
    ["a.html", undefined],
    ["json", undefined],
    ["a.json.bak", undefined],
    ["-", undefined],
  ])("%s: %s", (output, format) => {
    expect(formatOfOutput(output, ALL)).toBe(format);
  });

  it("is one that the command has", () => {
    const { text, json } = ALL;
    expect(formatOfOutput("a.md", { text, json })).toBeUndefined();
    expect(formatOfOutput("a.sarif.json", { text, json })).toBe("json");
  });
});

describe("--output", () => {
  let root: string;
  beforeEach(() => {
    root = tempFolder();
    writeSmallCheckpoint(path.join(root, "m"));
  });

  async function written(command: string, name: string, ...options: string[]): Promise<string> {
    const output = path.join(root, name);
    const run = await runMain([command, path.join(root, "m"), "-o", output, ...options]);
    expect([run.code, run.stdout]).toEqual([0, ""]);
    return fs.readFileSync(output, "utf8");
  }

  it.each([
    ["params", "a.json", /^\{\n {2}"schemaVersion": 1,\n {2}"command": "params"/],
    ["overview", "a.md", /^## /],
    ["ls", "a.csv", /^name,dtype,/],
    ["ls", "a.ndjson", /^\{"name":/],
    ["check", "a.sarif", /sarif-2\.1\.0/],
    ["check", "a.xml", /^<\?xml/],
    ["arch", "a.mmd", /^flowchart TD/],
    ["ls", "a.jsonl", /^\{"name":/],
    ["tree", "a.txt", /^m /],
    ["tree", "a.csv", /^m /],
  ])("of %s to %s", async (command, name, start) => {
    expect(await written(command, name)).toMatch(start);
  });

  it("gives way to a format that was asked for", async () => {
    expect(await written("params", "a.md", "--json")).toMatch(/^\{/);
    expect(await written("params", "a.json", "--format", "markdown")).toMatch(/^## /);
    expect(await written("params", "b.json", "--format", "text")).not.toMatch(/^[{#]/);
  });

  it("of a snapshot says nothing of its report", async () => {
    const output = path.join(root, "a.unfold.json");
    const run = await runMain(["snapshot", path.join(root, "m"), "-o", output]);
    expect(run.stdout).toBe(`${output}: ${run.stdout.split(": ")[1]}`);
    expect(run.stdout).toContain("of headers\n");
    const asJson = await runMain(["snapshot", path.join(root, "m"), "-o", output, "--json"]);
    expect(JSON.parse(asJson.stdout)).toMatchObject({
      command: "snapshot",
      result: { file: "a.unfold.json" },
    });
  });

  it("- prints a snapshot, which then leaves no place for a report", async () => {
    const run = await runMain(["snapshot", path.join(root, "m"), "-o", "-"]);
    expect(JSON.parse(run.stdout)).toMatchObject({ unfoldSnapshot: 1 });
    expect((await runMain(["snapshot", path.join(root, "m"), "-o", "-", "--json"])).code).toBe(2);
  });
});

describe("--output of commands without a source", () => {
  it("writes the page of a check", async () => {
    const root = tempFolder();
    const output = path.join(root, "page.md");
    const shown = await runMain(["explain", "scale-missing"]);
    const run = await runMain(["explain", "scale-missing", "-o", output]);
    expect([run.code, run.stdout, fs.readFileSync(output, "utf8")]).toEqual([0, "", shown.stdout]);
  });

  it.each([
    ["list.json", /^\{\n {2}"bytes": 0,\n {2}"checkpoints": \[\]\n\}\n$/],
    ["list.txt", /^0 B in 0 checkpoints, kept in /],
  ])("writes what the cache holds (%s)", async (name, expected) => {
    const root = tempFolder();
    const output = path.join(root, name);
    const run = await runMain(["cache", "-o", output], { env: { XDG_CACHE_HOME: root } });
    expect([run.code, run.stdout]).toEqual([0, ""]);
    expect(fs.readFileSync(output, "utf8")).toMatch(expected);
  });

  it("writes nothing into the cache, and clears nothing then", async () => {
    const root = tempFolder();
    const env = { XDG_CACHE_HOME: root };
    const { stdout } = await runMain(["cache"], { env });
    const folder = /kept in (.*)\n$/.exec(stdout)?.[1] ?? "";
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, "left.txt"), "");
    for (const command of ["show", "clear"]) {
      const run = await runMain(["cache", command, "-o", path.join(folder, "list.txt")], { env });
      expect([run.code, run.stdout]).toEqual([2, ""]);
    }
    expect(fs.readdirSync(folder)).toEqual(["left.txt"]);
  });
});
