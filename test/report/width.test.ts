import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CheckpointSpec } from "../../fixtures/checkpoint-spec.ts";
import { diffusersPipeline } from "../../fixtures/stories/diffusers-pipeline.ts";
import { fp8MissingScale } from "../../fixtures/stories/fp8-missing-scale.ts";
import { hostileNames } from "../../fixtures/stories/hostile-names.ts";
import { hybridLayers } from "../../fixtures/stories/hybrid-layers.ts";
import { missingShard } from "../../fixtures/stories/missing-shard.ts";
import { displayWidth } from "../../src/format/display-width.ts";
import { MIN_WIDTH } from "../../src/report/render/view.ts";
import { runMain } from "../support/fake-io.ts";
import { writeStory } from "../support/story.ts";

/** Names that are deep, long, wide, or wider than they are long. */
const strangeNames: CheckpointSpec = {
  shards: ["a-shard-whose-name-is-longer-than-many-a-terminal-is-wide-00001-of-00001.safetensors"],
  rows: [
    [`${"deep.".repeat(60)}weight`, "F32", [4, 4]],
    [`long.${"x".repeat(300)}.weight`, "BF16", [8, 8]],
    ["模型.注意力.查询投影.权重", "F16", [8, 8]],
    [`marks.a${"\u0301".repeat(500)}.weight`, "F32", [2]],
    [`families.${"👨‍👩‍👧‍👦".repeat(60)}.weight`, "F32", [2]],
    ["words with blanks in between and one_that_is_longer_than_any_line_of_a_narrow_terminal", "F32", [2]],
    ["shape.of.many.dimensions", "F32", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]],
  ],
};

const STORIES = {
  strangeNames,
  fp8MissingScale,
  hybridLayers,
  hostileNames,
  diffusersPipeline,
  missingShard,
};

const VIEWS: readonly (readonly string[])[] = [
  ["overview"],
  ["tree"],
  ["tree", "--tensors"],
  ["precision", "--verbose"],
  ["params"],
  ["params", "--by", "role"],
  ["arch"],
  ["arch", "--diagram"],
  ["check"],
  ["ls"],
];

const WIDTHS = [20, 29, 40, 60, 79, 160];

let folder: string;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(fs.realpathSync("test"), ".widths-"));
  for (const [name, spec] of Object.entries(STORIES)) writeStory(name, spec, folder);
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

/** Lines that are wider than they may be. */
async function tooWide(args: readonly string[], width: number): Promise<string[]> {
  const { stdout } = await runMain([...args, "--width", String(width)], { env: { NO_COLOR: "1" } });
  expect(stdout).not.toBe("");
  const most = Math.max(width, MIN_WIDTH);
  return stdout
    .split("\n")
    .filter((line) => displayWidth(line) > most)
    .map((line) => `${width}: ${line}`);
}

describe("no line is wider than asked", () => {
  const runs = Object.keys(STORIES).flatMap((story) =>
    VIEWS.map((view) => ({ story, view: view.join(" ") })),
  );
  it.each(runs)("$view of $story", async ({ story, view }) => {
    const args = [...view.split(" "), path.join(folder, story)];
    for (const width of WIDTHS) {
      expect(await tooWide(args, width)).toEqual([]);
    }
    for (const width of [24, 57]) expect(await tooWide([...args, "--ascii"], width)).toEqual([]);
  });

  it.each([
    ["diff", "hybridLayers", "fp8MissingScale"],
    ["diff", "strangeNames", "hostileNames"],
  ])("%s of %s and %s", async (command, a, b) => {
    for (const width of WIDTHS)
      expect(await tooWide([command, path.join(folder, a), path.join(folder, b)], width)).toEqual([]);
  });

  it("also below what a report is made for", async () => {
    for (const width of [1, 7, 19])
      expect(await tooWide(["tree", path.join(folder, "strangeNames")], width)).toEqual([]);
  });
});

describe("colours", () => {
  // biome-ignore lint/complexity/useRegexLiterals: an escape character in a literal is hard to read
  const COLOR = new RegExp("\\u001b\\[[0-9;]*m", "g");

  it.each(VIEWS.map((view) => view.join(" ")))("change nothing of the text: %s", async (view) => {
    for (const width of [24, 60]) {
      const args = [...view.split(" "), path.join(folder, "fp8MissingScale"), "--width", String(width)];
      const plain = await runMain([...args, "--no-color"]);
      const colored = await runMain([...args, "--color"]);
      expect(colored.stdout.replace(COLOR, "").replace(/ +$/gm, "")).toBe(plain.stdout.replace(/ +$/gm, ""));
    }
  });
});
