import { describe, expect, it } from "vitest";
import { formatBytes } from "../../src/format/bytes.ts";
import { formatCount, formatQuantity, formatShare, formatShortCount } from "../../src/format/count.ts";
import { formatIndexRanges, formatIndexSummary } from "../../src/format/ranges.ts";
import { formatShape } from "../../src/format/shape.ts";

describe("formatBytes", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [999_949, "999.9 kB"],
    [999_950, "1.0 MB"],
    [230_121_630_720, "230.1 GB"],
    [2n ** 64n - 1n, "18.4 EB"],
  ])("%s", (bytes, shown) => {
    expect(formatBytes(bytes)).toBe(shown);
  });
});

describe("formatCount", () => {
  it.each([
    [0, "0"],
    [999, "999"],
    [1000, "1,000"],
    [8_030_261_248, "8,030,261,248"],
    [Number.MAX_SAFE_INTEGER, "9,007,199,254,740,991"],
    [2n ** 64n - 1n, "18,446,744,073,709,551,615"],
  ])("%s", (count, shown) => {
    expect(formatCount(count)).toBe(shown);
  });
});

describe("formatShortCount", () => {
  it.each([
    [999, "999"],
    [1000, "1.00K"],
    [999_994, "999.99K"],
    [999_996, "1.00M"],
    [228_689_764_864, "228.69B"],
    [1_026_408_232_448, "1.03T"],
  ])("%s", (count, shown) => {
    expect(formatShortCount(count)).toBe(shown);
  });
});

describe("formatQuantity", () => {
  it.each([
    [0, "0 tensors"],
    [1, "1 tensor"],
    [1n, "1 tensor"],
    [96_103, "96,103 tensors"],
  ])("%s", (count, shown) => {
    expect(formatQuantity(count, "tensor")).toBe(shown);
  });

  it("takes a plural of its own", () => {
    expect(formatQuantity(2, "entry", "entries")).toBe("2 entries");
  });
});

describe("formatShare", () => {
  it.each([
    [0, "0.00 %"],
    [0.00001, "< 0.01 %"],
    [0.00005, "0.01 %"],
    [0.98252, "98.25 %"],
    [0.99999, "> 99.99 %"],
    [1, "100.00 %"],
  ])("%s: something never shows as nothing, nearly all never as all", (share, shown) => {
    expect(formatShare(share)).toBe(shown);
  });
});

describe("formatShape", () => {
  it("writes a scalar and dimensions without separators", () => {
    expect(formatShape([])).toBe("[]");
    expect(formatShape([200064, 3072])).toBe("[200064, 3072]");
  });
});

describe("index ranges", () => {
  it.each([
    [[], "", ""],
    [[5], "5", "5"],
    [[0, 1, 2, 5], "0-2,5", "0-2,5"],
    [[0, 1], "0-1", "0-1"],
    [[3, 7, 11, 15, 19], "3,7,11,15,19", "3,7,…,19"],
    [[0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13], "0-2,4-6,8-10,12-13", "0-2,4-6,…,12-13"],
    [[1, 3, 5, 8], "1,3,5,8", "1,3,5,8"],
  ])("%j", (indices, exact, summary) => {
    expect(formatIndexRanges(indices)).toBe(exact);
    expect(formatIndexSummary(indices)).toBe(summary);
  });
});
