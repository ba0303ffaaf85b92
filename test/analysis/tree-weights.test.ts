import { describe, expect, it } from "vitest";
import { buildTree, type TreeNode } from "../../src/analysis/tree.ts";
import type { Component } from "../../src/checkpoint/checkpoint.ts";
import { quantizationOf } from "../../src/quantization/quantization.ts";
import { renderText } from "../../src/report/render/text.ts";
import { treeDocument } from "../../src/report/render/tree-document.ts";
import { PLAIN_STYLE } from "../../src/report/render/view.ts";
import type { Report } from "../../src/report/report.ts";
import { componentOf, type TensorSpec } from "../support/component-of.ts";
import { quantizedModule, RECIPES } from "../support/quantized-modules.ts";

const SCHEMES = Object.keys(RECIPES) as (keyof typeof RECIPES)[];

/** Three layers of one module in a scheme, between plain neighbours. */
function modelIn(scheme: keyof typeof RECIPES): Component {
  const layers = [0, 1, 2].flatMap((layer): TensorSpec[] => [
    ...quantizedModule(scheme, `model.layers.${layer}.mlp.down_proj`, { out: 256, in: 512, bias: true }),
    [`model.layers.${layer}.norm.weight`, "BF16", [512]],
  ]);
  return componentOf([["model.embed_tokens.weight", "BF16", [1024, 512]], ...layers]);
}

/** Places where a parent is not what its children are together. */
function wrongSums(node: TreeNode): string[] {
  const { children } = node;
  const isWhole = children.length > 0 && node.kind !== "tensor";
  const times = node.kind === "fold" ? node.count : 1;
  const sum = (of: (each: TreeNode) => number) =>
    children.reduce((total, each) => total + of(each), 0) * times;
  const wrong =
    isWhole &&
    (sum((each) => each.bytes) !== node.bytes || sum((each) => each.parameters) !== node.parameters);
  return [
    ...(wrong ? [`${node.path}: ${node.parameters} is not ${sum((each) => each.parameters)}`] : []),
    ...children.flatMap(wrongSums),
  ];
}

async function rowsOf(component: Component, stored = false): Promise<string[]> {
  const report = {
    source: { id: "model", revision: null },
    checkpoint: {
      shards: 1,
      shardsRead: 1,
      tensors: component.table.count,
      tensorsIndexed: null,
      tensorBytes: 0,
      whole: true,
    },
    problems: [],
    result: buildTree(component),
  } as unknown as Report<TreeNode>;
  const blocks = treeDocument(report, { tensors: false, stored, shares: false, whole: true });
  const view = { width: 160, style: PLAIN_STYLE, unicode: true };
  const lines: string[] = [];
  for await (const chunk of renderText(blocks, view)) lines.push(...chunk.split("\n"));
  return lines;
}

describe.each(SCHEMES)("a weight in %s", (scheme) => {
  const component = modelIn(scheme);

  it("is the sum of its tensors, as every row is of those below", () => {
    expect(wrongSums(buildTree(component))).toEqual([]);
    const stored = wrongSums(buildTree(component, { fold: false }));
    expect(stored).toEqual([]);
  });

  it("stands on one row, values before scales", async () => {
    const rows = (await rowsOf(component)).filter((row) => row.includes("down_proj"));
    expect(rows).toHaveLength(1);
    const module = component.kinds.kindOf(component.table.names.find("model.layers.0.mlp.down_proj"));
    const { weights } = quantizationOf(component).module(module);
    const weight = weights.find(({ scheme: own }) => own !== "none");
    // What comes first is the scheme or a dtype: never the name of a scale.
    expect(rows[0]).toMatch(/down_proj {2}[A-Z0-9a-z#][\w :#()-]*(?: of [\w' ]+)? ?\[/);
    const first = (await rowsOf(component, true)).find((row) => row.includes("down_proj"));
    expect(first).toContain(weight?.payloadTensor.dtype);
    expect(first?.indexOf(weight?.payloadTensor.dtype ?? "?")).toBeLessThan(first?.indexOf(" + ") ?? 0);
  });
});

it("shows stacked experts as one row a weight, and a router before its correction", async () => {
  const rows = await rowsOf(
    componentOf(
      [0, 1, 2].flatMap((layer): TensorSpec[] => [
        [`model.layers.${layer}.mlp.experts.gate_up_proj_blocks`, "U8", [4, 128, 2, 16]],
        [`model.layers.${layer}.mlp.experts.gate_up_proj_scales`, "U8", [4, 128, 2]],
        [`model.layers.${layer}.mlp.experts.gate_up_proj_bias`, "BF16", [4, 128]],
        [`model.layers.${layer}.mlp.experts.down_proj_blocks`, "U8", [4, 64, 2, 16]],
        [`model.layers.${layer}.mlp.experts.down_proj_scales`, "U8", [4, 64, 2]],
        [`model.layers.${layer}.mlp.experts.down_proj_bias`, "BF16", [4, 64]],
        [`model.layers.${layer}.mlp.gate.weight`, "BF16", [4, 64]],
        [`model.layers.${layer}.mlp.gate.e_score_correction_bias`, "F32", [4]],
      ]),
    ),
  );
  const text = rows.join("\n");
  expect(text).toMatch(/─ gate_up_proj {2}MXFP4 \[4, 128, 64\] g32 · scales \+ bias/);
  expect(text).toMatch(/─ down_proj {2}MXFP4 \[4, 64, 64\] g32 · scales \+ bias/);
  expect(text).toMatch(/─ gate {2}BF16 \[4, 64\] \+ e_score_correction_bias/);
});
