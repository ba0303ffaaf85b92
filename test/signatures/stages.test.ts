import { describe, expect, it } from "vitest";
import { compare, placeStored } from "../../src/signatures/compare.ts";
import { expectTensors, nameAt } from "../../src/signatures/expect.ts";
import type { Formula, Row, Signature } from "../../src/signatures/signature.ts";
import { numbersOf } from "../../src/signatures/solve.ts";
import { countsByIndex, variablesAt } from "../../src/signatures/stages.ts";
import { openSignatures } from "../../src/signatures/store.ts";
import type { Derived } from "../../tools/signatures/derived.ts";
import { packFile } from "../../tools/signatures/pack-file.ts";
import { unpackClasses } from "../../tools/signatures/unpacked.ts";

const WIDTH: Formula = ["e", "widths", ["i", 0, 0]];
const STEM: Row = {
  pattern: "l.{0}.w",
  counts: [1, 1],
  when: [[]],
  shape: [7],
  kind: "parameter",
  stages: at(0),
};
/** Blocks of all stages, the first of each but the first stage as wide as those before it. */
const BLOCKS: Row = {
  pattern: "l.{0}.w",
  counts: [
    ["L", "depths"],
    ["e", "depths", ["i", 0, 0]],
  ],
  when: [[]],
  shape: [WIDTH],
  kind: "parameter",
  stages: at(1),
};
const DOWN: Row = {
  ...BLOCKS,
  pattern: "l.{0}.down",
  when: [
    [
      [["i==", 1, 0], true],
      [["i==", 0, 0], false],
    ],
  ],
};
const HEAD: Row = { ...STEM, pattern: "l.{0}.head", stages: at(["+", ["S", "depths"], 1]) };
const CONFIG = { depths: [2, 1, 2], widths: [4, 4, 8] };

function at(start: Formula): NonNullable<Row["stages"]> {
  return { variable: 0, start };
}

function signature(rows: readonly Row[]): Signature {
  return {
    library: "diffusers",
    version: "1",
    className: "TinyCodec",
    modelTypes: [],
    rows,
    unknown: [],
    runtime: undefined,
    tied: [],
    ignorable: { missing: [], unexpected: [] },
    defaults: {},
    aliases: {},
    fixed: {},
    lengths: {},
    required: [],
    vocabulary: {},
    synonyms: {},
  };
}

function expected(rows: readonly Row[], config: Record<string, unknown>) {
  const found = expectTensors(signature(rows), config);
  if (found.status !== "known") throw new Error(found.status);
  return found;
}

/** Names of one index, with their shapes. */
function namesOf(rows: readonly Row[], config: Record<string, unknown>): [string, unknown][] {
  return expected(rows, config).tensors.flatMap(({ pattern, indices: [numbers = []], shape }) =>
    numbers.map((number): [string, unknown] => [nameAt(pattern, [number]), shape[0]]),
  );
}

describe("a list that is numbered through over stages", () => {
  it("counts on over stages of lengths of their own, between members of no stage", () => {
    expect(namesOf([STEM, BLOCKS, DOWN, HEAD], CONFIG)).toEqual([
      ["l.0.w", 7],
      ["l.1.w", 4],
      ["l.2.w", 4],
      ["l.3.w", 4],
      ["l.4.w", 8],
      ["l.5.w", 8],
      ["l.3.down", 4],
      ["l.4.down", 8],
      ["l.6.head", 7],
    ]);
  });

  it("tells members of one shape together, whatever their stages", () => {
    const [first] = expected([BLOCKS], CONFIG).tensors;
    expect(first?.indices).toEqual([[1, 2, 3]]);
  });

  it("lies in another list, and holds one whose length is the stage's", () => {
    const row: Row = {
      pattern: "s.{0}.l.{1}.c.{2}",
      counts: [2, ["L", "depths"], 1, ["L", "dilations", ["i", 1, 0]]],
      when: [[[["i==", 0, 1], true]]],
      shape: [["e", "widths", ["i", 1, 0]]],
      kind: "parameter",
      stages: { variable: 1, start: 0 },
    };
    const config = { ...CONFIG, dilations: [[1], [1, 3], []] };
    expect(expected([row], config).tensors.map(({ indices, shape }) => [indices, shape])).toEqual([
      [[[1], [0], [0]], [4]],
      [[[1], [1], [0, 1]], [4]],
    ]);
  });

  it.each([
    [
      "a list that has no such stage",
      { ...CONFIG, widths: [4, 4] },
      [
        ["l.1.w", 4],
        ["l.2.w", 4],
        ["l.3.w", 4],
        ["l.4.w", undefined],
        ["l.5.w", undefined],
      ],
    ],
    ["no list at all", { widths: [4] }, []],
  ])("does not say what the configuration does not tell: %s", (_, config, names) => {
    expect(namesOf([BLOCKS], config)).toEqual(names);
  });

  it("finds stage and place of a member again", () => {
    const { configuration } = expected([BLOCKS], CONFIG);
    const places = [0, 1, 2, 3, 4, 5, 6].map((number) => variablesAt(BLOCKS, configuration, [number]));
    expect(places).toEqual([undefined, [0, 0], [0, 1], [1, 0], [2, 0], [2, 1], undefined]);
    expect(variablesAt({ ...BLOCKS, stages: undefined } as unknown as Row, configuration, [3])).toEqual([3]);
  });

  it("has as many members as its stages have together", () => {
    expect(countsByIndex(BLOCKS)).toEqual([["+", 1, ["S", "depths"]]]);
    expect(countsByIndex({ ...BLOCKS, counts: [["L", "depths"], 3] })).toEqual([
      ["+", 1, ["*", ["L", "depths"], 3]],
    ]);
    expect(countsByIndex({ ...BLOCKS, counts: [2, ["ceil", ["*", WIDTH, 2]]] })).toEqual([undefined]);
  });

  it("is asked for the key of its stage where a width is otherwise", () => {
    const rows = [BLOCKS];
    const stored = [1, 2, 3, 4, 5].map((number) => ({
      segments: ["l", String(number), "w"],
      stored: ["l", String(number), "w"],
      shape: [number > 3 ? 16 : 4],
      elements: number > 3 ? 16 : 4,
      count: 1,
      isBeside: false,
      mayBeTurned: false,
    }));
    const placed = placeStored(rows, [], stored as never);
    const known = expected(rows, CONFIG);
    const differences = compare(known, placed);
    if (differences === undefined) throw new Error("too much to compare");
    expect(differences.missing).toEqual([]);
    const numbers = numbersOf({ signature: signature(rows), rows, config: CONFIG, placed, differences });
    expect(numbers).toEqual([0, 1].map((place) => ({ formula: WIDTH, indices: [2, place], stored: 16 })));
  });

  it("is packed and read again as it was", () => {
    const rows = [STEM, BLOCKS, DOWN, HEAD];
    const derived = {
      ...signature(rows),
      class: "TinyCodec",
      folder: "",
      runtime: null,
      runtimeUnknown: [],
      unknown: [],
      ties: [],
      read: [],
      singles: {},
      base: null,
      rows: rows.map((row) => ({ ...row, shape: row.shape.map((formula) => formula ?? "?") })),
    } as unknown as Derived;
    const packed = packFile([[derived]], () => new Set());
    const found = openSignatures(packed).signatureFor({ library: "diffusers", className: "TinyCodec" });
    expect(found?.rows).toEqual(rows);
    expect(packFile(unpackClasses(packed), () => new Set()).equals(packed)).toBe(true);
  });
});
