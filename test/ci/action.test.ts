import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fp8MissingScale } from "../../fixtures/stories/fp8-missing-scale.ts";
import { hybridLayers } from "../../fixtures/stories/hybrid-layers.ts";
import { writeStory } from "../support/story.ts";

/** The Action's script with the unfold that `npm test` built, as a runner would call it. */
let root: string;
beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "unfold-action-"));
  writeStory("broken", fp8MissingScale, root);
  writeStory("sound", hybridLayers, root);
});
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

function runAction(inputs: Readonly<Record<string, string>>) {
  const [summary, output] = ["summary.md", "output"].map((name) => path.join(root, name)) as [string, string];
  for (const file of [summary, output]) fs.writeFileSync(file, "");
  const run = spawnSync("bash", [".github/action.sh"], {
    encoding: "utf8",
    env: {
      PATH: process.env.PATH ?? "",
      HOME: root,
      UNFOLD: `node ${path.resolve("bin/unfold.js")}`,
      GITHUB_STEP_SUMMARY: summary,
      GITHUB_OUTPUT: output,
      INPUT_VERSION: "0.1.0",
      ...inputs,
    },
  });
  const read = (file: string) => fs.readFileSync(file, "utf8");
  return { code: run.status, stdout: run.stdout, summary: read(summary), output: read(output) };
}

describe("the Action's script", () => {
  it("passes a sound checkpoint", () => {
    const run = runAction({ INPUT_SOURCE: path.join(root, "sound") });
    expect([run.code, run.output]).toEqual([0, "exit-code=0\n"]);
    expect(run.stdout).toMatch(/^unfold check: pass, 0 errors/m);
  });

  it("annotates, sums up, writes SARIF and fails for a broken one", () => {
    const sarif = path.join(root, "out.sarif");
    const run = runAction({ INPUT_SOURCE: path.join(root, "broken"), INPUT_SARIF: sarif });
    expect([run.code, run.output]).toEqual([1, "exit-code=1\n"]);
    expect(run.stdout).toMatch(
      /^::error file=\S*model-00002-of-00002\.safetensors,title=unfold scale-missing::/m,
    );
    expect(run.summary).toContain("### error  scale-missing");
    expect(JSON.parse(fs.readFileSync(sarif, "utf8")).runs[0].results).toHaveLength(1);
  });

  it("takes options, one a line, as arguments and as nothing else", () => {
    const marker = path.join(root, "pwned");
    const options = `--expect-layers=17\n--expect-dtype=$(touch ${marker})=BF16`;
    const run = runAction({ INPUT_SOURCE: path.join(root, "sound"), INPUT_OPTIONS: options });
    expect(run.code).toBe(1);
    expect(run.stdout).toContain("expected 17 layers, found 16");
    expect(fs.existsSync(marker)).toBe(false);
    const hostile = runAction({ INPUT_SOURCE: `"; touch ${marker}; "` });
    expect(hostile.code).toBe(3);
    expect(fs.existsSync(marker)).toBe(false);
  });
});

describe("action.yml", () => {
  const yaml = fs.readFileSync("action.yml", "utf8");
  const script = fs.readFileSync(".github/action.sh", "utf8");

  it("hands every input to the script, and none into a command", () => {
    const inputs =
      yaml.slice(yaml.indexOf("inputs:"), yaml.indexOf("outputs:")).match(/^ {2}[a-z-]+(?=:)/gm) ?? [];
    expect(inputs.length).toBeGreaterThan(5);
    for (const input of inputs.map((name) => name.trim())) {
      const variable = `INPUT_${input.toUpperCase().replaceAll("-", "_")}`;
      expect(yaml).toContain(`${variable}: \${{ inputs.${input} }}`);
      expect(script).toContain(variable);
    }
    expect(yaml.match(/run: .*/g)).toEqual([`run: '"$GITHUB_ACTION_PATH/.github/action.sh"'`]);
  });

  it("names the version of this package", () => {
    const { version } = JSON.parse(fs.readFileSync("package.json", "utf8")) as { version: string };
    expect(yaml).toContain(`default: ${version}\n`);
    expect(fs.readFileSync("docs/ci.md", "utf8")).toContain(`rev: v${version}`);
  });
});

it("the example configuration of docs/ci.md follows the shipped schema and is taken", async () => {
  const { Ajv2020 } = await import("ajv/dist/2020.js");
  const { default: schema } = await import("../../src/checks/config.schema.json", { with: { type: "json" } });
  const { parseUserConfig } = await import("../../src/checks/user-config.ts");
  const [, json] = /```json\n([\s\S]*?)```/.exec(fs.readFileSync("docs/ci.md", "utf8")) ?? [];
  const config: unknown = JSON.parse(json ?? "");
  const validate = new Ajv2020({ strict: false }).compile(schema);
  expect(validate(config)).toBe(true);
  expect(parseUserConfig(config, () => () => true, "docs/ci.md").ignores).toHaveLength(1);
  expect(validate({ ignore: [{ rule: "layer-gap" }] })).toBe(false);
});
