import { describe, expect, it } from "vitest";
import type { Formula } from "../../src/signatures/signature.ts";
import type { Derived, DerivedRow } from "../../tools/signatures/derived.ts";
import { learnOfParts } from "../../tools/signatures/parts.ts";

function row(pattern: string, shape: readonly Formula[], more: Partial<DerivedRow> = {}): DerivedRow {
  return { pattern, counts: [], when: [[]], shape, kind: "parameter", ...more };
}

function derived(
  rows: readonly DerivedRow[],
  unknown: readonly string[],
  more: Partial<Derived> = {},
): Derived {
  return {
    library: "transformers",
    folder: "tiny",
    class: "TinyVocoder",
    modelTypes: ["tiny"],
    rows,
    unknown: unknown.map((pattern) => [pattern, "packed"] as const),
    runtime: null,
    runtimeUnknown: [],
    ties: [],
    ignorable: { missing: [], unexpected: [] },
    aliases: {},
    defaults: {},
    fixed: {},
    lengths: {},
    read: [],
    singles: {},
    base: null,
    ...more,
  };
}

const PACKED = { packed: { vocabulary: {}, required: [] } };
const STAGES = { counts: [["L", "rates"], 2] as const, stages: { variable: 0, start: 0 } };
const before = derived([row("pre.weight", [["k", "width"]])], ["blocks.{0}.{1}.weight", "gain"], PACKED);
const now = derived(
  [
    row("pre.weight", [["k", "width"]]),
    row("blocks.{0}.0.weight", [["e", "rates", ["i", 0, 0]]], STAGES),
    row("blocks.{0}.1.weight", [["k", "width"]], STAGES),
  ],
  ["gain"],
  { defaults: { rates: ["=", [8, 8]], width: ["f", ["k", "size"]] }, lengths: { width: 2 }, read: ["width"] },
);
const part = { before, now, wrong: new Set<string>() };
const speech = (rows: readonly DerivedRow[], more: Partial<Derived> = {}): Derived =>
  derived(rows, ["vocoder.blocks.{0}.{1}.weight", "vocoder.gain", "text"], {
    class: "TinySpeech",
    defaults: { "vocoder_config.rates": ["=", [4]] },
    ...PACKED,
    ...more,
  });
const whole = speech([row("vocoder.pre.weight", [["k", "vocoder_config.width"]]), row("head", [7])]);

describe("a class that holds another as a part", () => {
  it("takes over what was found out of the part, under its own names and keys", () => {
    const learned = learnOfParts(whole, [part]);
    expect(learned.unknown.map(([pattern]) => pattern)).toEqual(["vocoder.gain", "text"]);
    expect(learned.rows.slice(2)).toEqual([
      row("vocoder.blocks.{0}.0.weight", [["e", "vocoder_config.rates", ["i", 0, 0]]], {
        ...STAGES,
        counts: [["L", "vocoder_config.rates"], 2],
      }),
      row("vocoder.blocks.{0}.1.weight", [["k", "vocoder_config.width"]], {
        ...STAGES,
        counts: [["L", "vocoder_config.rates"], 2],
      }),
    ]);
    // What it says itself of a key stays.
    expect(learned.defaults).toEqual({
      "vocoder_config.rates": ["=", [4]],
      "vocoder_config.width": ["f", ["k", "vocoder_config.size"]],
    });
    expect(learned.lengths).toEqual({ "vocoder_config.width": 2 });
  });

  it.each<[string, Derived, ReadonlySet<string>]>([
    ["does not store all of it", speech([row("head", [7])]), new Set()],
    ["has it in another shape", speech([row("vocoder.pre.weight", [3]), row("head", [7])]), new Set()],
    ["was derived anew itself", { ...whole, packed: undefined } as unknown as Derived, new Set()],
    ["would take over what is not to be believed", whole, new Set(["blocks.{0}.0.weight"])],
  ])("stays as it is where it %s", (_, other, wrong) => {
    expect(learnOfParts(other, [{ ...part, wrong }])).toBe(other);
  });
});
