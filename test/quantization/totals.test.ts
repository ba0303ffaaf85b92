import { describe, expect, test } from "vitest";
import { quantizationOf } from "../../src/quantization/quantization.ts";
import { componentOf, expandAll } from "../support/component-of.ts";
import { MINIMAX_M2 } from "../support/minimax-m2.ts";

describe("totals over a component", () => {
  test("MiniMax-M2 has 228,689,764,864 parameters in 228,703,644,928 stored elements", () => {
    const component = componentOf(expandAll(MINIMAX_M2));
    const quantization = quantizationOf(component);
    const { kinds } = component;
    expect(component.table.count).toBe(96_103);
    expect(kinds.elements(kinds.root)).toBe(228_703_644_928);
    expect(quantization.parameters(kinds.root)).toBe(228_689_764_864);
    expect(quantization.auxiliaryElements(kinds.root)).toBe(13_880_064);
    expect(quantization.auxiliaryBytes(kinds.root)).toBe(4 * 13_880_064);
  });

  test("one plain tensor counts what it stores", () => {
    const component = componentOf([["weight", "BF16", [3, 5]]]);
    const quantization = quantizationOf(component);
    expect(quantization.totals(component.kinds.root)).toEqual({
      parameters: 15,
      auxiliaryElements: 0,
      auxiliaryBytes: 0,
      bufferElements: 0,
      bufferBytes: 0,
    });
  });
});
