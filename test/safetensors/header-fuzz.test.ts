import { describe, expect, it } from "vitest";
import { fuzzHeaders } from "../support/fuzz-headers.ts";

const RUNS = 3000;
const SEED = Number(process.env.FUZZ_SEED ?? 7);

describe("the header scanner and the oracle", () => {
  const summary = fuzzHeaders(RUNS, SEED);

  it("agree on every verdict and on every tensor of what is accepted", () => {
    expect(summary.failures).toEqual([]);
  });

  it("were both asked about headers of every kind", () => {
    for (const verdict of ["accept", "bad-header", "bad-layout"] as const)
      expect(summary.verdicts.get(verdict), verdict).toBeGreaterThan(RUNS / 60);
    for (const code of [
      "HEADER_SYNTAX",
      "DUPLICATE_KEY",
      "DTYPE_UNKNOWN",
      "SHAPE_INVALID",
      "OFFSETS_INVALID",
    ])
      expect(summary.codes.get(code), code).toBeGreaterThan(0);
  });
});
