import { expect, it } from "vitest";
import { describeArchitecture } from "../../src/analysis/arch.ts";
import { analysePrecision } from "../../src/analysis/precision.ts";
import { componentOf, type TensorSpec } from "../support/component-of.ts";

const module = (name: string, inputs = 64): TensorSpec[] => [
  [`${name}.lora_down.weight`, "F16", [8, inputs]],
  [`${name}.lora_up.weight`, "F16", [64, 8]],
  [`${name}.alpha`, "F16", []],
];

const text = (layer: number) => `lora_te_text_model_encoder_layers_${layer}_mlp_fc1`;
const unet = (block: number, depth: number) => `lora_unet_blocks_${block}_attn_${depth}_to_q`;

it.each<[string, TensorSpec[], string[]]>([
  [
    "layers that are alike",
    [0, 1, 2].flatMap((layer) => module(text(layer))),
    ["lora_te_text_model_encoder_layers_{0-2}_mlp_fc1.lora_down 3"],
  ],
  [
    "two numbers where all pairs are there",
    [0, 1].flatMap((block) => [0, 1, 2].flatMap((depth) => module(unet(block, depth)))),
    ["lora_unet_blocks_{0-1}_attn_{0-2}_to_q.lora_down 6"],
  ],
  [
    "blocks of different depth apart",
    [unet(0, 0), unet(1, 0), unet(1, 1)].flatMap((name) => module(name)),
    ["lora_unet_blocks_0_attn_0_to_q.lora_down 1", "lora_unet_blocks_1_attn_{0-1}_to_q.lora_down 2"],
  ],
  [
    "no layer of another shape",
    [...module(text(0)), ...module(text(1), 32), ...module(text(2))],
    [
      "lora_te_text_model_encoder_layers_{0,2}_mlp_fc1.lora_down 2",
      "lora_te_text_model_encoder_layers_1_mlp_fc1.lora_down 1",
    ],
  ],
])("folds %s", (_, tensors, expected) => {
  const rows = analysePrecision(componentOf(tensors)).modules;
  const told = rows.map(({ pattern, count }) => `${pattern} ${count}`);
  expect(told.filter((row) => row.includes("lora_down"))).toEqual(expected);
  expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(tensors.length);
});

it("counts the alphas of an adapter with its halves", () => {
  const roles = analysePrecision(componentOf(module(text(0)))).byRole;
  expect(roles.map(({ role }) => role)).toEqual(["adapters"]);
});

it("reads the blocks of a ResNet as convolutions, and its last linear as a head", () => {
  const component = componentOf([
    ["conv1.weight", "F32", [64, 3, 7, 7]],
    ["layer1.0.conv1.weight", "F32", [64, 64, 1, 1]],
    ["layer1.0.conv2.weight", "F32", [64, 64, 3, 3]],
    ["fc.weight", "F32", [10, 64]],
    ["fc.bias", "F32", [10]],
  ]);
  const sums = describeArchitecture(component).parameters.byRole;
  expect(Object.fromEntries(sums.map(({ role, parameters }) => [role, parameters]))).toEqual({
    embedding: 64 * 3 * 49,
    convolution: 64 * 64 + 64 * 64 * 9,
    head: 10 * 64 + 10,
  });
});
