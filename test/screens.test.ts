import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CheckpointSpec } from "../fixtures/checkpoint-spec.ts";
import { diffusersPipeline } from "../fixtures/stories/diffusers-pipeline.ts";
import { fp8MissingScale } from "../fixtures/stories/fp8-missing-scale.ts";
import * as kinds from "../fixtures/stories/kinds.ts";
import { missingShard } from "../fixtures/stories/missing-shard.ts";
import { displayWidth } from "../src/format/display-width.ts";
import { runMain } from "./support/fake-io.ts";
import { schemaFaults } from "./support/report-schema.ts";
import { writeStory } from "./support/story.ts";

/** Widths that every screen is kept for. */
const WIDTHS = [60, 80, 100, 160] as const;

const STORIES: Readonly<Record<string, CheckpointSpec>> = {
  ...kinds,
  diffusersPipeline,
  fp8MissingScale,
  missingShard,
};
const MINIMAX = "fixtures/minimax-m2.unfold.json.gz";
const SOURCES = ["languageModel", ...Object.keys(STORIES)];

/** Screens of which each width is kept, in one file a source and command: what every kind of thing is met with. */
const COMMANDS = ["overview", "tree"] as const;

/** The other views, of what differs most in them: experts, a fault, several parts, an adapter. */
const FURTHER = ["precision", "params", "arch", "check", "fit"] as const;
const FURTHER_SOURCES = ["languageModel", "fp8MissingScale", "diffusersPipeline", "adapter"] as const;

const SCREENS: readonly { readonly command: string; readonly source: string }[] = [
  ...COMMANDS.flatMap((command) => SOURCES.map((source) => ({ command, source }))),
  ...FURTHER.flatMap((command) => FURTHER_SOURCES.map((source) => ({ command, source }))),
];

let folder: string;
beforeAll(() => {
  // Relative, so that no line breaks where the folder of the project is called otherwise.
  folder = fs.mkdtempSync(path.join("test", ".screens-"));
  for (const [name, spec] of Object.entries(STORIES)) writeStory(name, spec, folder);
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const targetOf = (source: string) => (source in STORIES ? path.join(folder, source) : MINIMAX);
const withoutColour = (text: string) => text.replaceAll(/\u001b\[[0-9;]*m/g, "");

describe("screens of every kind of thing", () => {
  it.each(SCREENS)("$command of $source", async ({ command, source }) => {
    const shown: string[] = [];
    for (const columns of WIDTHS) {
      const run = await runMain([command, targetOf(source)], { columns, env: { NO_COLOR: "1" } });
      const painted = await runMain([command, targetOf(source)], { columns, env: { TERM: "xterm" } });
      expect(withoutColour(painted.stdout)).toBe(run.stdout);
      expect(painted.stdout).not.toBe(run.stdout);
      for (const line of run.stdout.split("\n"))
        expect(displayWidth(line), line).toBeLessThanOrEqual(columns);
      shown.push(`${columns} columns, exit code ${run.code}`, run.stdout);
      if (columns === 80) shown.push("80 columns, in colour", visible(painted.stdout));
    }
    // How many rules there are is no part of the screen: a new one moves none of these files.
    const text = shown
      .join("\n")
      .replaceAll(folder, "…")
      .replace(/\d+ rules\s+run,\s+\d+ not|\d+ checks passed, \d+\s+skipped|\d+\s+rules\b/g, (counts) =>
        counts.replace(/\d/g, "#"),
      );
    await expect(text).toMatchFileSnapshot(`golden/screens/${command}-${source}.txt`);
  });

  it.each(SOURCES)(
    "what %s is stands in the second line, and nothing but ASCII with --ascii",
    async (source) => {
      const run = await runMain(["overview", targetOf(source), "--ascii", "--width", "80"]);
      expect(run.stdout).toMatch(/^[\n\x20-\x7e]*$/);
      const report = await runMain(["overview", targetOf(source), "--json"]);
      expect(schemaFaults(JSON.parse(report.stdout))).toEqual([]);
    },
  );
});

/** Colours as a reader of a file sees them: `⟨31⟩` for what turns red on. */
function visible(text: string): string {
  return text.replaceAll(/\u001b\[([0-9;]*)m/g, "⟨$1⟩");
}
