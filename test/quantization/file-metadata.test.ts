import { expect, test } from "vitest";
import { analysePrecision } from "../../src/analysis/precision.ts";
import { componentOf, type TensorSpec } from "../support/component-of.ts";

const NVFP4 = (name: string): TensorSpec[] => [
  [`${name}.weight`, "U8", [512, 256]],
  [`${name}.weight_scale`, "F8_E4M3", [512, 32]],
  [`${name}.weight_scale_2`, "F32", []],
];
const FP8 = (name: string): TensorSpec[] => [
  [`${name}.weight`, "F8_E4M3", [512, 512]],
  [`${name}.weight_scale`, "F32", []],
];
const PLAIN = (name: string): TensorSpec[] => [[`${name}.weight`, "BF16", [512, 512]]];

function declaredBy(layers: unknown, tensors: readonly TensorSpec[], configs = {}) {
  const metadata = { _quantization_metadata: JSON.stringify({ format_version: "1.0", layers }) };
  return analysePrecision(componentOf(tensors, { metadata, configs })).declared;
}

test("the headers' own list of quantized layers is a declaration, and agrees where it is true", () => {
  const layers = {
    "blocks.0.attn.qkv": { format: "nvfp4" },
    "blocks.0.mlp.fc1": { format: "float8_e4m3fn" },
  };
  const declared = declaredBy(layers, [
    ...NVFP4("blocks.0.attn.qkv"),
    ...FP8("blocks.0.mlp.fc1"),
    ...PLAIN("blocks.0.mlp.fc2"),
  ]);
  expect(declared).toMatchObject({ file: "model.safetensors", method: "comfy", agrees: true });
  expect(declared?.disagreements).toEqual([]);
});

test.each([
  ["stored in another format", "nvfp4", FP8("a"), "CONFIG_BITS_MISMATCH"],
  ["stored plain", "float8_e4m3fn", PLAIN("a"), "CONFIG_QUANTIZED_BUT_PLAIN"],
])("a listed layer that is %s is told", (_, format, tensors, code) => {
  const layers = { a: { format }, b: { format: "float8_e4m3fn" } };
  const declared = declaredBy(layers, [...tensors, ...FP8("b")]);
  expect(declared?.disagreements.map(({ code, module }) => [code, module])).toEqual([[code, "a"]]);
});

test("a format that is not known is nothing to disagree with", () => {
  expect(declaredBy({ a: { format: "asym_w4a8_int8" } }, FP8("a"))?.disagreements).toEqual([]);
});

test("a configuration goes first", () => {
  const configs = { "config.json": { quantization_config: { quant_method: "fp8" } } };
  expect(declaredBy({ a: { format: "nvfp4" } }, FP8("a"), configs)).toMatchObject({
    file: "config.json",
    method: "fp8",
  });
});

test.each([["{"], ["[]"], ["null"], ['{"layers":[]}'], ['{"layers":{"a":7,"b":{"format":3}}}']])(
  "text that is no such list is nobody's claim: %s",
  (text) => {
    const component = componentOf(FP8("a"), { metadata: { _quantization_metadata: text } });
    expect(analysePrecision(component).declared).toBeNull();
  },
);
