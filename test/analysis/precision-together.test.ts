import { describe, expect, it } from "vitest";
import { analysePrecision } from "../../src/analysis/precision.ts";
import { addPrecision } from "../../src/analysis/precision-together.ts";
import { componentOf } from "../support/component-of.ts";

const PLAIN = componentOf([
  ["proj.weight", "F16", [8, 8]],
  ["norm.weight", "F32", [8]],
]);
const OTHER = componentOf([["proj.weight", "BF16", [4, 8]]]);
const QUANTIZED = componentOf([
  ["proj.weight", "F8_E4M3", [128, 128]],
  ["proj.weight_scale_inv", "F32", [1, 1]],
]);

describe("the precision of a pipeline", () => {
  const parts = [PLAIN, OTHER, QUANTIZED].map((component, k) => ({
    component: `part${k}`,
    result: analysePrecision(component),
  }));
  const whole = addPrecision(parts);

  it("is what its parts store, added up", () => {
    // 64 + 8 of the first, 32 of the second, 128 × 128 of the third.
    expect(whole.dtypes.map(({ dtype, parameters }) => [dtype, parameters])).toEqual([
      ["F8_E4M3", 16_384],
      ["F16", 64],
      ["BF16", 32],
      ["F32", 8],
    ]);
    expect(whole.dtypes.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 3);
    expect(whole.scales).toMatchObject({ paired: 1, missing: 0, orphan: 0, mismatched: 0 });
  });

  it("has one row for a scheme, with what differs as variants", () => {
    const plain = whole.schemes.filter(({ scheme }) => scheme === "none");
    expect(plain.reduce((sum, { parameters }) => sum + parameters, 0)).toBe(64 + 8 + 32);
    expect(new Set(whole.schemes.map(({ scheme, bits }) => `${scheme} ${bits}`)).size).toBe(
      whole.schemes.length,
    );
  });

  it("names the part of each module", () => {
    expect(whole.modules.map(({ pattern }) => pattern.split("/")[0])).toContain("part2");
  });
});
