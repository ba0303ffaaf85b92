import { describe, expect, it } from "vitest";
import { classifyScale } from "../../src/quantization/schemes/fp8-scale.ts";

describe("what a scale is to an FP8 weight, by its shape", () => {
  it.each([
    ["one a row", [512, 256], [512, 1], "channel"],
    ["one a row of a weight that was turned: two rows a scale are no block", [512, 256], [256, 1], "none"],
    ["one a block, as many rows as the weight has columns", [16_384, 128], [128, 1], "block"],
    ["one a block with a ragged edge", [576, 7168], [5, 56], "block"],
    ["one for 128 values of a row", [512, 256], [512, 2], "group"],
    ["one for all", [512, 256], [], "tensor"],
  ] as const)("%s", (_, weight, scale, kind) => {
    expect(classifyScale(weight, scale)).toBe(kind);
  });
});
