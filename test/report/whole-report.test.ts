import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { CheckpointSpec } from "../../fixtures/checkpoint-spec.ts";
import { brokenExport } from "../../fixtures/stories/broken-export.ts";
import { diffusersPipeline } from "../../fixtures/stories/diffusers-pipeline.ts";
import { fp8MissingScale } from "../../fixtures/stories/fp8-missing-scale.ts";
import { hostileNames } from "../../fixtures/stories/hostile-names.ts";
import { hybridLayers } from "../../fixtures/stories/hybrid-layers.ts";
import { missingShard } from "../../fixtures/stories/missing-shard.ts";
import { sharedBlock } from "../../fixtures/stories/shared-block.ts";
import { describeArchitecture } from "../../src/analysis/arch.ts";
import { listTensors } from "../../src/analysis/list.ts";
import { countParameters } from "../../src/analysis/params.ts";
import { analysePrecision } from "../../src/analysis/precision.ts";
import type { TensorFold } from "../../src/analysis/tensor-rows.ts";
import { buildTree, type TreeNode } from "../../src/analysis/tree.ts";
import { loadCheckpoint } from "../../src/checkpoint/load.ts";
import { runChecks } from "../../src/checks/run.ts";
import { buildReport } from "../../src/report/report.ts";
import { buildWholeReport } from "../../src/report/whole-report.ts";
import { openSource } from "../../src/sources/open-source.ts";
import { schemaFaults } from "../support/report-schema.ts";
import { writeStory } from "../support/story.ts";

const parent = fs.mkdtempSync(path.join(os.tmpdir(), "unfold-report-"));
afterAll(() => fs.rmSync(parent, { recursive: true, force: true }));

/** Names below tensors, in other shards than these; and a list longer than what is walked, of which few are alike. */
const belowTensors: CheckpointSpec = {
  shards: ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"],
  rows: [
    ["model.layers.{0-5}.mlp.up_proj.weight", "U8", [2048, 1], 0],
    ["model.layers.{0-5}.mlp.up_proj.weight.absmax", "F32", [64], 1],
    ["model.layers.{0-5}.mlp.up_proj.weight.quant_map", "F32", [16], 0],
    ["model.layers.{6-11}.mlp.up_proj.weight", "BF16", [64, 64], 1],
    ["model.tables.{0-299}.weight", "BF16", [4], 0],
    ["model.tables.{300-301}.weight", "F32", [4], 0],
    ["model.tables.{0-301}.bias", "BF16", [4], 1],
  ],
};

const STORIES = {
  "below-tensors": belowTensors,
  "broken-export": brokenExport,
  "diffusers-pipeline": diffusersPipeline,
  "fp8-missing-scale": fp8MissingScale,
  "hostile-names": hostileNames,
  "hybrid-layers": hybridLayers,
  "missing-shard": missingShard,
  "shared-block": sharedBlock,
} as const;

async function load(name: keyof typeof STORIES | "minimax-m2") {
  const where =
    name === "minimax-m2"
      ? path.resolve("fixtures/minimax-m2.unfold.json.gz")
      : writeStory(name, STORIES[name], parent);
  const source = await openSource(where);
  try {
    return await loadCheckpoint(source, {});
  } finally {
    await source.close();
  }
}

const NAMES = [...(Object.keys(STORIES) as (keyof typeof STORIES)[]), "minimax-m2"] as const;

describe.each(NAMES)("the report of %s", (name) => {
  it("holds what the views hold, and no other number", async () => {
    const checkpoint = await load(name);
    const { components, check } = buildWholeReport(checkpoint);
    expect(check).toEqual(runChecks(checkpoint));
    expect(components.map(({ component }) => component)).toEqual(
      checkpoint.components.map((component) => component.name),
    );
    for (const [at, own] of components.entries()) {
      const component = checkpoint.components[at] as (typeof checkpoint.components)[number];
      expect(own.params).toEqual(countParameters(component));
      expect(own.precision).toEqual(analysePrecision(component));
      expect(own.arch).toEqual(describeArchitecture(component));
      expect(own.tree).toMatchObject(totalsOf(buildTree(component)));
    }
  });

  it("fits the schema", async () => {
    const checkpoint = await load(name);
    const report = buildReport("report", checkpoint, buildWholeReport(checkpoint));
    expect(schemaFaults(JSON.parse(JSON.stringify(report)))).toEqual([]);
  });

  it("folds the tensors so that every one of them can be made again", async () => {
    const checkpoint = await load(name);
    for (const [at, { tensors }] of buildWholeReport(checkpoint).components.entries()) {
      const component = checkpoint.components[at] as (typeof checkpoint.components)[number];
      const made = tensors.rows.flatMap((row) => unfoldRow(row, tensors.shards));
      const listed = Array.from(
        listTensors(component),
        (row) => `${row.name} ${row.dtype} ${row.shape} ${row.bytes} ${row.shard}`,
      );
      expect(made.sort()).toEqual(listed.sort());
    }
  });

  it("draws structures whose boxes add up, and whose layers are all there", async () => {
    for (const { arch, params } of buildWholeReport(await load(name)).components) {
      const byStack = new Map<string, number>();
      for (const structure of arch.structures) {
        const sum = (of: (node: (typeof structure.nodes)[number]) => number) =>
          structure.nodes.reduce((total, node) => total + of(node), 0);
        expect(structure.parametersEach).toBe(sum((node) => node.parametersEach));
        expect(structure.bytes).toBe(sum((node) => node.bytes));
        const total = structure.parametersEach * structure.count;
        byStack.set(structure.stack, (byStack.get(structure.stack) ?? 0) + total);
        const ids = new Set(["in", "out", ...structure.nodes.map(({ id }) => id)]);
        for (const { from, to } of structure.edges) expect(ids.has(from) && ids.has(to)).toBe(true);
      }
      for (const [stack, total] of byStack) {
        const layers = params.byLayer.filter((row) => row.stack === stack);
        expect(total, stack).toBe(layers.reduce((all, row) => all + row.parameters, 0));
      }
    }
  });

  it("opens every module: children add up to their parents", async () => {
    for (const { tree } of buildWholeReport(await load(name)).components) {
      const visit = (node: TreeNode): void => {
        if (node.kind === "module" && node.collapsed !== true && node.children.length > 0) {
          const bytes = node.children.reduce((sum, child) => sum + child.bytes, 0);
          expect(bytes, node.path).toBe(node.bytes);
        }
        if (node.kind === "module") expect(node.collapsed, node.path).toBeUndefined();
        for (const child of node.children) visit(child);
      };
      visit(tree);
    }
  });
});

function totalsOf({ parameters, elements, bytes, tensors }: TreeNode) {
  return { parameters, elements, bytes, tensors };
}

/** Names of a folded row, the last set of numbers fastest, with what `ls` says of each. */
function unfoldRow(row: TensorFold, shards: readonly string[]): string[] {
  let names = [row.parts[0] as string];
  for (let at = 1; at < row.parts.length; at += 2) {
    const members = (row.parts[at] as string).split(",").flatMap((range) => {
      const [first, last = first] = range.split("-").map(Number) as [number, number?];
      return Array.from({ length: last - first + 1 }, (_, k) => first + k);
    });
    names = names.flatMap((name) => members.map((member) => `${name}${member}${row.parts[at + 1]}`));
  }
  const owners = row.shards.flatMap(([shard, tensors]) =>
    Array<string>(tensors).fill(shards[shard] as string),
  );
  expect(names.length).toBe(row.count);
  expect(owners.length).toBe(row.count);
  return names.map((name, at) => `${name} ${row.dtype} ${row.shape} ${row.bytesEach} ${owners[at]}`);
}
