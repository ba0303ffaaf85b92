import { describe, expect, it } from "vitest";
import { compareNatural } from "../../src/format/natural.ts";
import { Prng } from "../support/prng.ts";

describe("compareNatural", () => {
  it.each([
    ["a.2", "a.10"],
    ["a.9", "a.10"],
    ["a.10", "a.10.b"],
    ["a", "b"],
    ["a1b2", "a1b10"],
    ["model-00002-of-00003", "model-00010-of-00003"],
    [`a.${"9".repeat(400)}`, `a.1${"0".repeat(400)}`],
    ["", "a"],
  ])("puts %s before %s", (first, second) => {
    expect(compareNatural(first, second)).toBeLessThan(0);
    expect(compareNatural(second, first)).toBeGreaterThan(0);
  });

  it("tells 01 from 1, and takes a name for itself", () => {
    expect(compareNatural("a.01", "a.1")).not.toBe(0);
    expect(compareNatural("a.1", "a.1")).toBe(0);
  });

  it("is an order: whatever the shuffle, the sorted list is the same", () => {
    const random = new Prng(11);
    const parts = ["0", "00", "1", "01", "10", "2", "a", "b", ".", "-", ""];
    const names = Array.from({ length: 80 }, () =>
      Array.from({ length: random.below(5) }, () => random.pick(parts)).join(""),
    );
    const sorted = [...names].sort(compareNatural);
    for (let k = 0; k < 20; k++) expect(random.shuffled(names).sort(compareNatural)).toEqual(sorted);
  });
});
