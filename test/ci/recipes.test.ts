import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fp8MissingScale } from "../../fixtures/stories/fp8-missing-scale.ts";
import { hybridLayers } from "../../fixtures/stories/hybrid-layers.ts";
import { writeStory } from "../support/story.ts";

/** The commands of docs/ci.md as a runner of each kind would start them, with the unfold that `npm test` built as `npx`. */
const page = fs.readFileSync("docs/ci.md", "utf8");
let root: string;
beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "unfold-ci-"));
  fs.mkdirSync(path.join(root, "bin"));
  const words = `#!/bin/sh\n[ "$1 $2" = "--yes unfold-cli" ] || exit 99\nshift 2\nexec "${process.execPath}" "${path.resolve("bin/unfold.js")}" "$@"\n`;
  fs.writeFileSync(path.join(root, "bin", "npx"), words, { mode: 0o755 });
  for (const [name, story] of [
    ["sound", hybridLayers],
    ["broken", fp8MissingScale],
  ] as const)
    writeStory("export", story, path.join(root, name));
});
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

function section(title: string): string {
  const at = page.indexOf(`\n## ${title}\n`);
  const end = page.indexOf("\n## ", at + 1);
  return page.slice(at, end < 0 ? undefined : end);
}

function run(name: string, script: string): number | null {
  const env = { PATH: `${path.join(root, "bin")}:${process.env.PATH}`, HOME: root };
  return spawnSync("bash", ["-e", "-c", script], { cwd: path.join(root, name), env }).status;
}

const read = (name: string, file: string) => fs.readFileSync(path.join(root, name, file), "utf8");

describe.each([
  ["sound", 0],
  ["broken", 1],
] as const)("a %s export", (name, code) => {
  it("in GitLab: the job's code, code quality and test cases", () => {
    const [, steps = ""] = /script:\n((?: {4}- .*\n)+)/.exec(section("GitLab")) ?? [];
    expect(run(name, steps.replace(/^ {4}- /gm, ""))).toBe(code);
    const entries = JSON.parse(read(name, "gl-code-quality-report.json")) as { check_name: string }[];
    expect(entries.some(({ check_name }) => check_name === "scale-missing")).toBe(code === 1);
    expect(read(name, "unfold.xml")).toContain('<testcase classname="unfold" name="scale-missing"');
  });

  it("in Jenkins: the step's code and test cases", () => {
    const [, step = ""] = /steps \{\n\s+sh '([^']+)'/.exec(section("Jenkins")) ?? [];
    fs.rmSync(path.join(root, name, "unfold.xml"), { force: true });
    expect(run(name, step)).toBe(code);
    expect(/<failure /.test(read(name, "unfold.xml"))).toBe(code === 1);
  });

  it("in Azure Pipelines: the step's code and test cases", () => {
    const [, step = ""] = /- script: (.*)/.exec(section("Azure Pipelines")) ?? [];
    expect(run(name, step.replace("$(Build.StagingDirectory)", "."))).toBe(code);
    expect(/<failure /.test(read(name, "unfold.xml"))).toBe(code === 1);
  });
});
