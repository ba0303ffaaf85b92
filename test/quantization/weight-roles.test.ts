import { expect, test } from "vitest";
import { diffComponents } from "../../src/analysis/diff.ts";
import { analysePrecision } from "../../src/analysis/precision.ts";
import { componentOf, expandAll, type TensorSpec } from "../support/component-of.ts";

const linear = (name: string): TensorSpec[] => [
  ...expandAll([[`${name}.weight`, "F8_E4M3", [256, 256]]]),
  ...expandAll([[`${name}.weight_scale_inv`, "F32", [2, 2]]]),
];
const CONFIG = {
  "config.json": { model_type: "deepseek_v3", num_hidden_layers: 3, num_nextn_predict_layers: 1 },
};

test("a layer that predicts ahead has a role of its own, though it folds with the layers before it", () => {
  const component = componentOf(
    [
      ["model.embed_tokens.weight", "BF16", [512, 256]],
      ...linear("model.layers.{0-3}.mlp.up_proj"),
      ...linear("model.layers.{0-3}.self_attn.o_proj"),
      ["model.layers.3.eh_proj.weight", "BF16", [256, 512]],
      ["model.layers.3.enorm.weight", "BF16", [256]],
      ["model.layers.3.hnorm.weight", "BF16", [256]],
    ],
    { configs: CONFIG },
  );
  const { byRole } = analysePrecision(component);
  const schemes = Object.fromEntries(byRole.map((row) => [row.role, row.schemes]));
  expect(schemes).toMatchObject({
    mlp: { "fp8-block": 3 },
    attention: { "fp8-block": 3 },
    mtp: { "fp8-block": 2, none: 3 },
  });
});

test("scales that only one side has are a difference", () => {
  const whole = linear("model.layers.{0-3}.mlp.up_proj");
  const part = whole.filter(([name]) => !name.startsWith("model.layers.2.mlp.up_proj.weight_scale"));
  const result = diffComponents(componentOf(part), componentOf(whole));
  expect(result.same).toBe(false);
  expect(result.changed).toEqual([
    expect.objectContaining({
      pattern: "model.layers.2.mlp.up_proj",
      what: "storage",
      before: "not there",
      after: "weight_scale_inv F32 [2, 2]",
    }),
  ]);
});
