import { describe, expect, it } from "vitest";
import { PatternJoiner } from "../../src/checkpoint/pattern-joiner.ts";
import { formatPattern, type PatternSegment } from "../../src/checkpoint/repeats.ts";

function list(...members: number[]): PatternSegment {
  return { prefix: "", members };
}

function join(...patterns: readonly (readonly PatternSegment[])[]): string[] {
  const joiner = new PatternJoiner();
  for (const parts of patterns) joiner.add(parts);
  return joiner.patterns().map(formatPattern);
}

describe("PatternJoiner", () => {
  it.each<[string, readonly (readonly PatternSegment[])[], string[]]>([
    [
      "joins lists around a hole",
      [
        ["layers", list(0, 1)],
        ["layers", list(3)],
      ],
      ["layers.{0-1,3}"],
    ],
    [
      "joins lone members, in any order",
      [
        ["layers", "5"],
        ["layers", "3"],
        ["layers", "4"],
      ],
      ["layers.{3-5}"],
    ],
    [
      "keeps a lone member as it is written",
      [
        ["layers", "5", "a"],
        ["layers", "3", "b"],
      ],
      ["layers.5.a", "layers.3.b"],
    ],
    ["keeps stems apart", [["block_1"], ["stage_2"]], ["block_1", "stage_2"]],
    [
      "joins in one list at a time",
      [
        ["layers", list(0, 1), "experts", list(0)],
        ["layers", list(0, 1), "experts", list(1)],
        ["layers", list(2), "experts", list(0)],
        ["layers", list(2), "experts", list(1)],
      ],
      ["layers.{0-2}.experts.{0-1}"],
    ],
    [
      "leaves apart what differs in two lists",
      [
        ["layers", list(0), "experts", list(0)],
        ["layers", list(1), "experts", list(1)],
      ],
      ["layers.{0}.experts.{0}", "layers.{1}.experts.{1}"],
    ],
    [
      "tells sets of one size apart",
      [
        [list(0, 3), list(0)],
        [list(1, 2), list(1)],
      ],
      ["{0,3}.{0}", "{1-2}.{1}"],
    ],
    [
      "takes no dot in a name for two names",
      [
        ["a.b", "c", "1"],
        ["a", "b.c", "2"],
      ],
      ["a.b.c.1", "a.b.c.2"],
    ],
  ])("%s", (_, patterns, expected) => {
    expect(join(...patterns)).toEqual(expected);
  });
});
