import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { diffusersPipeline } from "../fixtures/stories/diffusers-pipeline.ts";
import { fp8MissingScale } from "../fixtures/stories/fp8-missing-scale.ts";
import { hostileNames } from "../fixtures/stories/hostile-names.ts";
import { hybridLayers } from "../fixtures/stories/hybrid-layers.ts";
import { missingShard } from "../fixtures/stories/missing-shard.ts";
import { sharedBlock } from "../fixtures/stories/shared-block.ts";
import { runMain } from "./support/fake-io.ts";
import { schemaFaults } from "./support/report-schema.ts";
import { writeStory } from "./support/story.ts";

/** What people see: command line, both streams and exit code, each in a file that a review reads like code. */
const STORIES = {
  "fp8-missing-scale": fp8MissingScale,
  "hybrid-layers": hybridLayers,
  "hostile-names": hostileNames,
  "diffusers-pipeline": diffusersPipeline,
  "missing-shard": missingShard,
  "shared-block": sharedBlock,
};
const MINIMAX = "fixtures/minimax-m2.unfold.json.gz";

const SCREENS: readonly {
  readonly name: string;
  readonly args: readonly string[];
  readonly columns?: number;
}[] = [
  ...[60, 100, 160].flatMap((columns) => [
    { name: `minimax-m2-overview-${columns}`, args: [MINIMAX], columns },
    { name: `minimax-m2-tree-${columns}`, args: ["tree", MINIMAX], columns },
    { name: `minimax-m2-params-${columns}`, args: ["params", MINIMAX], columns },
    { name: `minimax-m2-arch-${columns}`, args: ["arch", MINIMAX], columns },
    { name: `minimax-m2-precision-${columns}`, args: ["precision", MINIMAX], columns },
  ]),
  { name: "minimax-m2-tree-piped", args: ["tree", MINIMAX] },
  { name: "minimax-m2-tree-ascii", args: ["tree", MINIMAX, "--ascii"] },
  { name: "minimax-m2-tree-depth", args: ["tree", MINIMAX, "--depth", "2"] },
  {
    name: "minimax-m2-tree-expand",
    args: ["tree", MINIMAX, "--expand", "model.layers.3.block_sparse_moe.experts.7"],
  },
  { name: "minimax-m2-ls", args: ["ls", MINIMAX, "--filter", "*.layers.0.*.experts.0.*"] },
  { name: "minimax-m2-ls-json", args: ["ls", MINIMAX, "--filter", "*.layers.0.*.experts.0.w1.*", "--json"] },
  { name: "minimax-m2-arch-diagram", args: ["arch", MINIMAX, "--diagram"], columns: 60 },
  { name: "minimax-m2-arch-diagram-ascii", args: ["arch", MINIMAX, "--diagram", "--ascii"], columns: 60 },
  { name: "minimax-m2-arch-mermaid", args: ["arch", MINIMAX, "--format", "mermaid"] },
  { name: "minimax-m2-arch-fp8", args: ["arch", MINIMAX, "--context", "131072", "--kv-dtype", "fp8"] },
  { name: "minimax-m2-params-by-role", args: ["params", MINIMAX, "--by", "role", "--markdown"] },
  { name: "hybrid-layers-arch", args: ["arch", "hybrid-layers"] },
  { name: "shared-block-arch", args: ["arch", "shared-block"] },
  { name: "shared-block-params", args: ["params", "shared-block", "--by", "role"] },
  { name: "fp8-missing-scale-tree", args: ["tree", "fp8-missing-scale"] },
  { name: "fp8-missing-scale-precision", args: ["precision", "fp8-missing-scale"] },
  { name: "hybrid-layers-tree", args: ["tree", "hybrid-layers"] },
  { name: "hybrid-layers-tree-size", args: ["tree", "hybrid-layers", "--sort", "size", "--tensors"] },
  { name: "hybrid-layers-params-markdown", args: ["params", "hybrid-layers", "--format", "markdown"] },
  { name: "hostile-names-tree", args: ["tree", "hostile-names"] },
  { name: "hostile-names-ls", args: ["ls", "hostile-names"] },
  { name: "hostile-names-csv", args: ["ls", "hostile-names", "--format", "csv"] },
  { name: "hostile-names-markdown", args: ["tree", "hostile-names", "--format", "markdown"] },
  { name: "diffusers-pipeline-tree", args: ["tree", "diffusers-pipeline"] },
  { name: "minimax-m2-check", args: ["check", MINIMAX] },
  { name: "minimax-m2-check-60", args: ["check", MINIMAX], columns: 60 },
  { name: "fp8-missing-scale-check", args: ["check", "fp8-missing-scale"] },
  { name: "fp8-missing-scale-check-markdown", args: ["check", "fp8-missing-scale", "--format", "markdown"] },
  { name: "fp8-missing-scale-check-github", args: ["check", "fp8-missing-scale", "--format", "github"] },
  { name: "missing-shard-check", args: ["check", "missing-shard"] },
  { name: "hostile-names-check", args: ["check", "hostile-names"] },
  { name: "hybrid-layers-diff", args: ["diff", "hybrid-layers", "fp8-missing-scale"] },
  { name: "explain", args: ["explain", "scale-missing"] },
  { name: "list-rules", args: ["check", "--list-rules"], columns: 100 },
  { name: "nowhere", args: ["tree", "fp8-missing-scal"] },
  { name: "unknown-option", args: ["tree", "--dept", "3", "fp8-missing-scale"] },
  { name: "help", args: ["--help"] },
  { name: "help-tree", args: ["tree", "--help"] },
];

let folder: string;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(fs.realpathSync("test"), ".stories-"));
  for (const [name, spec] of Object.entries(STORIES)) writeStory(name, spec, folder);
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

describe("what people see", () => {
  it.each(SCREENS)("$name", async ({ name, args, columns }) => {
    const typed = args.map((arg) =>
      arg in STORIES || arg === "fp8-missing-scal" ? path.join(folder, arg) : arg,
    );
    const run = await runMain(typed, {
      ...(columns === undefined ? {} : { columns }),
      env: { NO_COLOR: "1" },
    });
    const shown = `$ unfold ${args.join(" ")}\n${run.stdout}--- stderr\n${run.stderr}--- exit code ${run.code}\n`;
    await expect(shown.replaceAll(folder, "…")).toMatchFileSnapshot(`golden/${name}.txt`);
  });

  it.each(SCREENS.filter(({ columns }) => columns !== undefined))(
    "$name keeps to its width",
    async ({ args, columns }) => {
      const run = await runMain(args, { columns: columns as number, env: { NO_COLOR: "1" } });
      for (const line of run.stdout.split("\n"))
        expect([...line].length).toBeLessThanOrEqual(columns as number);
    },
  );
});

describe("reports", () => {
  const commands = ["check", "overview", "tree", "params", "precision", "arch", "ls"];
  const sources = [MINIMAX, ...Object.keys(STORIES)];
  it.each(sources.flatMap((source) => commands.map((command) => ({ source, command }))))(
    "$command of $source follows the schema, twice the same bytes",
    async ({ source, command }) => {
      const target = source in STORIES ? path.join(folder, source) : source;
      const args = source === MINIMAX && command === "ls" ? ["--filter", "*.layers.0.*"] : [];
      const first = await runMain([command, target, "--json", ...args]);
      const second = await runMain([command, target, "--json", ...args]);
      expect(schemaFaults(JSON.parse(first.stdout))).toEqual([]);
      expect(second.stdout).toBe(first.stdout);
      expect(first.stdout).not.toContain(folder);
    },
  );
});
