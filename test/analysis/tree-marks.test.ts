import { expect, it } from "vitest";
import { buildTree, type TreeNode, type TreeOptions } from "../../src/analysis/tree.ts";
import { expertModel, fp8Model, latentModel, plainModel } from "../checks/sound-models.ts";
import type { Draft } from "../support/draft.ts";
import { loadFiles } from "../support/run-checks.ts";

/** Paths of the tree that are marked, with what sets them apart; of a fold its own path. */
async function marksOf(draft: Draft, options: TreeOptions = {}): Promise<string[]> {
  const [component] = (await loadFiles(draft.toFiles())).components;
  if (component === undefined) return [];
  const marks: string[] = [];
  const walk = (node: TreeNode, path: string): void => {
    if (node.differs !== undefined) marks.push(`${path} ${node.differs.join("; ")}`);
    for (const child of node.children) walk(child, node.kind === "fold" ? path : child.path);
  };
  walk(buildTree(component, options), "");
  return marks;
}

const without = (draft: Draft, pattern: RegExp) => draft.drop((name) => pattern.test(name));
const NORM = "input_layernorm.weight";

it.each<[string, Draft, string[], TreeOptions?]>([
  ["nothing of a sound model", expertModel(), []],
  ["nothing of a design that begins dense", latentModel(), []],
  [
    "two layers of six that lack the same, in their fold",
    without(plainModel(), /layers\.[25]\.input_layernorm\./),
    [`model.layers.{2,5} lacks input_layernorm`],
  ],
  [
    "each of them where nothing is folded",
    without(plainModel(), /layers\.[25]\.input_layernorm\./),
    ["model.layers.2 lacks input_layernorm", "model.layers.5 lacks input_layernorm"],
    { fold: false },
  ],
  [
    "one of them where it is taken out of the fold",
    without(plainModel(), /layers\.[25]\.input_layernorm\./),
    ["model.layers.2 lacks input_layernorm", "model.layers.5 lacks input_layernorm"],
    { expand: ["model.layers.5"] },
  ],
  [
    "the expert of a layer, and not the layer",
    expertModel().drop((name) => name === "model.layers.3.mlp.experts.4.up_proj.weight"),
    ["model.layers.3.mlp.experts.4 lacks up_proj.weight"],
  ],
  [
    "an expert within a layer that is odd itself",
    expertModel()
      .drop((name) => name === "model.layers.3.mlp.experts.4.up_proj.weight")
      .drop((name) => name === "model.layers.3.input_layernorm.weight"),
    ["model.layers.3 lacks input_layernorm", "model.layers.3.mlp.experts.4 lacks up_proj.weight"],
  ],
  [
    "another shape",
    plainModel().change(`model.layers.3.${NORM}`, { shape: [128] }),
    ["model.layers.3 input_layernorm.weight is [128] instead of [256]"],
  ],
  [
    "what the fault of a scale tells is shown, too",
    fp8Model().drop((name) => name === "model.layers.3.mlp.up_proj.weight_scale_inv"),
    ["model.layers.3 lacks mlp.up_proj.weight_scale_inv"],
  ],
])("the tree marks %s", async (_, draft, expected, options) => {
  expect(await marksOf(draft, options)).toEqual(expected);
});
