import { describe, expect, it } from "vitest";
import { explainByKeys } from "../../src/signatures/causes.ts";
import { compare, placeStored } from "../../src/signatures/compare.ts";
import { expectTensors, nameAt } from "../../src/signatures/expect.ts";
import { buildMatcher } from "../../src/signatures/match.ts";
import type { Condition, Formula, Predicate, Row, Signature } from "../../src/signatures/signature.ts";

const HIDDEN: Formula = ["k", "hidden"];

function row(pattern: string, shape: Row["shape"], more: Partial<Row> = {}): Row {
  return { pattern, counts: [], when: [[]], shape, kind: "parameter", ...more };
}

function signature(rows: readonly Row[], more: Partial<Signature> = {}): Signature {
  return {
    library: "transformers",
    version: "1",
    className: "TinyModel",
    modelTypes: ["tiny"],
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
    ...more,
  };
}

/** Every expected name with its shape. */
function tensorsOf(of: Signature, config: Record<string, unknown>): Record<string, unknown> {
  const expected = expectTensors(of, config);
  if (expected.status !== "known") throw new Error(expected.status);
  const out: Record<string, unknown> = {};
  for (const { pattern, indices, shape } of expected.tensors) {
    let places: number[][] = [[]];
    for (const values of indices)
      places = places.flatMap((place) => values.map((value) => [...place, value]));
    for (const place of places) out[nameAt(pattern, place)] = shape;
  }
  return out;
}

const when = (...predicates: Predicate[]): Condition => [predicates.map((each) => [each, true] as const)];

describe("formulas", () => {
  const config = { hidden: 12, heads: 5, ratio: 2.5, widths: [3, 6, 9] };
  it.each<[string, Formula, number]>([
    ["an integer", 7, 7],
    ["a product", ["*", HIDDEN, ["k", "heads"], 2], 120],
    ["a difference", ["-", HIDDEN, ["k", "heads"]], 7],
    ["a quotient, rounded down", ["//", HIDDEN, ["k", "heads"]], 2],
    [
      "a quotient of a negative, rounded down as well",
      ["+", 10, ["//", ["-", 0, HIDDEN], ["k", "heads"]]],
      7,
    ],
    ["a remainder with the divisor's sign", ["%", ["-", 0, HIDDEN], ["k", "heads"]], 3],
    ["a fraction cut off", ["int", ["*", ["k", "heads"], ["k", "ratio"]]], 12],
    ["a half rounded to the even neighbour", ["round", ["*", ["k", "heads"], ["k", "ratio"]]], 12],
    ["the greater", ["max", HIDDEN, 100], 100],
    ["a power", ["**", 2, ["k", "heads"]], 32],
    ["a member", ["e", "widths", 1], 6],
    ["the last member", ["e", "widths", ["z", 0]], 9],
    ["a length", ["L", "widths"], 3],
    ["a sum of members", ["S", "widths"], 18],
  ])("%s", (_, formula, value) => {
    expect(tensorsOf(signature([row("a", [formula])]), config)).toEqual({ a: [value] });
  });

  it.each<[string, Formula]>([
    ["less than nothing", ["-", 1, HIDDEN]],
    ["a fraction", ["/", HIDDEN, ["k", "heads"]]],
  ])("does not say %s of a dimension", (_, formula) => {
    expect(tensorsOf(signature([row("a", [formula])]), config)).toEqual({ a: [undefined] });
  });

  it("takes the members of a short list over and over", () => {
    const rows = [row("s.{0}", [["e", "widths", ["m", 0, 0]]], { counts: [5] })];
    expect(tensorsOf(signature(rows), config)).toEqual({
      "s.0": [3],
      "s.1": [6],
      "s.2": [9],
      "s.3": [3],
      "s.4": [6],
    });
  });

  it("takes members by the place in the name, from either end", () => {
    const rows = [
      row(
        "s.{0}",
        [
          ["e", "widths", ["i", 0, 0]],
          ["e", "widths", ["r", 0, 0]],
        ],
        { counts: [["L", "widths"]] },
      ),
    ];
    expect(tensorsOf(signature(rows), config)).toEqual({ "s.0": [3, 9], "s.1": [6, 6], "s.2": [9, 3] });
  });
});

describe("places", () => {
  const COUNT: Formula = ["k", "layers"];
  const config = {
    layers: 4,
    every: 2,
    first: 1,
    kinds: ["a", "b", "a", "b"],
    some: [1, 3],
    cycle: ["b", "a", "a"],
    ratios: [4, 1, 0.5],
    flag: true,
    none: null,
  };
  it.each<[string, Predicate, number[]]>([
    ["a bound", ["i<k", 0, "first"], [0]],
    ["a period that ends a group", ["i%k", 0, "every", -1], [1, 3]],
    ["a period with an offset", ["i%k=k", 0, "every", "first"], [1, 3]],
    ["a word of a list", ["[i]", 0, "kinds", "a"], [0, 2]],
    ["a word of a list that is read over and over", ["[i%]", 0, "cycle", "b"], [0, 3]],
    ["a member below one", ["[i]<", 0, "ratios", 1], [2]],
    ["a period that two keys make", ["i%f", 0, ["//", COUNT, ["k", "every"]], 1], [1, 3]],
    ["a greater member", ["any>", "some", 2], [0, 1, 2, 3]],
    ["no greater member", ["any>", "some", 3], []],
    ["a list of places", ["iin", 0, "some"], [1, 3]],
    ["the last", ["i=last", 0], [3]],
    ["the last few", ["i>=last-k", 0, "every"], [2, 3]],
    ["a flag", ["==", "flag", true], [0, 1, 2, 3]],
    ["an absent part", ["==", "none", null], [0, 1, 2, 3]],
    ["a flag that is off", ["==", "flag", false], []],
  ])("%s", (_, predicate, places) => {
    const rows = [row("l.{0}.w", [1], { counts: [COUNT], when: when(predicate) })];
    expect(Object.keys(tensorsOf(signature(rows), config))).toEqual(places.map((place) => `l.${place}.w`));
  });

  it("counts inner lists that are of another length in each outer one", () => {
    const counts: Formula[] = [
      ["L", "depths"],
      ["e", "depths", ["i", 0, 0]],
    ];
    const expected = tensorsOf(signature([row("s.{0}.{1}.w", [1], { counts })]), { depths: [1, 3] });
    expect(Object.keys(expected)).toEqual(["s.0.0.w", "s.1.0.w", "s.1.1.w", "s.1.2.w"]);
  });

  it("counts experts within those layers that have them", () => {
    const rows = [row("l.{0}.e.{1}", [1], { counts: [COUNT, 2], when: when(["i<k", 0, "first"]) })];
    expect(Object.keys(tensorsOf(signature(rows), config))).toEqual(["l.0.e.0", "l.0.e.1"]);
  });
});

describe("what is said otherwise of single layers", () => {
  const counts: Formula[] = [
    ["k", "vision.num_hidden_layers"],
    ["k", "vision.experts"],
  ];
  const of = signature([
    row("v.{0}.gate", [["k", "vision.experts"]], { counts: counts.slice(0, 1) }),
    row("v.{0}.experts.{1}", [2], { counts }),
    row("t.{0}.gate", [["k", "experts"]], { counts: [["k", "num_hidden_layers"]] }),
  ]);
  it("sets the shapes and the counts of these layers of its part alone", () => {
    const vision = { num_hidden_layers: 3, experts: 1, per_layer_config: { "01": { experts: 2 } } };
    expect(tensorsOf(of, { num_hidden_layers: 1, experts: 7, vision })).toEqual({
      "v.0.gate": [1],
      "v.1.gate": [2],
      "v.2.gate": [1],
      "v.0.experts.0": [2],
      "v.1.experts.0": [2],
      "v.1.experts.1": [2],
      "v.2.experts.0": [2],
      "t.0.gate": [7],
    });
  });
});

describe("what is not known", () => {
  it("leaves a pattern out whose key is neither stated nor has a default", () => {
    const expected = expectTensors(signature([row("a", [1], { when: when(["==", "flag", true]) })]), {});
    expect(expected).toMatchObject({ status: "known", tensors: [], unknown: ["a"] });
  });

  it("keeps a dimension undefined", () => {
    expect(tensorsOf(signature([row("a", [undefined, 2])]), {})).toEqual({ a: [undefined, 2] });
  });

  it("says which value goes beyond what was tried", () => {
    const beyond = signature([row("a", [1])], { fixed: { "text.model_type": "tiny" } });
    expect(expectTensors(beyond, { text: { model_type: "other" } })).toMatchObject({
      status: "beyond",
      path: "text.model_type",
      value: "other",
    });
    expect(expectTensors(beyond, {}).status).toBe("known");
  });

  it("says which word goes beyond those that were seen, and takes an older one for the newer", () => {
    const of = signature([row("l.{0}.w", [1], { counts: [2], when: when(["[i]", 0, "kinds", "linear"]) })], {
      vocabulary: { kinds: ["full", "linear"] },
      synonyms: { kinds: { mamba: "linear" } },
    });
    expect(expectTensors(of, { kinds: ["full", "conv"] })).toMatchObject({ status: "beyond", path: "kinds" });
    expect(tensorsOf(of, { kinds: ["full", "mamba"] })).toEqual({ "l.1.w": [1] });
  });

  it("does not believe a list of a billion members", () => {
    const rows = [row("l.{0}", [1], { counts: [["k", "layers"]] })];
    expect(expectTensors(signature(rows), { layers: 1e9 })).toMatchObject({
      tensors: [],
      unknown: ["l.{0}"],
    });
  });
});

describe("keys that config.json leaves out", () => {
  const rows = [row("a", [["k", "head"]])];
  it.each<[string, Partial<Signature>, Record<string, unknown>, number]>([
    ["a default", { defaults: { head: ["=", 64] } }, {}, 64],
    ["a formula", { defaults: { head: ["f", ["//", HIDDEN, 4]] } }, { hidden: 32 }, 8],
    ["another name", { aliases: { head_dim: "head" } }, { head_dim: 5 }, 5],
    ["what is stated, before all", { defaults: { head: ["=", 64] } }, { head: 7 }, 7],
    [
      "a null, where the library computes a value",
      { defaults: { head: ["f", HIDDEN] } },
      { head: null, hidden: 3 },
      3,
    ],
  ])("%s", (_, more, config, value) => {
    expect(tensorsOf(signature(rows, more), config)).toEqual({ a: [value] });
  });

  it("keeps a stated null where the default is a value", () => {
    const optional = signature([row("a", [1], { when: when(["==", "rank", null]) })], {
      defaults: { rank: ["=", 8] },
    });
    expect(Object.keys(tensorsOf(optional, { rank: null }))).toEqual(["a"]);
    expect(Object.keys(tensorsOf(optional, {}))).toEqual([]);
  });

  it("a list that follows from the place", () => {
    const told = signature(
      [row("l.{0}", [1], { counts: [["k", "layers"]], when: when(["[i]", 0, "kinds", "full"]) })],
      {
        defaults: {
          kinds: [
            "l",
            ["k", "layers"],
            [
              [[[["i%", 0, 3, 2], true]], "full"],
              [[[["i%", 0, 3, 2], false]], "sliding"],
            ],
          ],
        },
      },
    );
    expect(Object.keys(tensorsOf(told, { layers: 7 }))).toEqual(["l.2", "l.5"]);
  });

  it("labels by their number", () => {
    expect(tensorsOf(signature([row("a", [["L", "id2label"]])]), { num_labels: 9 })).toEqual({ a: [9] });
  });
});

describe("matching names", () => {
  const match = buildMatcher([
    "l.{0}.w",
    "l.0.w",
    "l.{0}.e.{1}.w",
    "l.{0}.e.expert_{1}.w",
    "r.weight_ih_l{0}",
  ]);
  it.each([
    ["a number of the pattern goes first", "l.0.w", { pattern: "l.0.w", indices: [] }],
    ["an index", "l.12.w", { pattern: "l.{0}.w", indices: [12] }],
    ["two indices", "l.0.e.3.w", { pattern: "l.{0}.e.{1}.w", indices: [0, 3] }],
    ["a word and an index", "l.0.e.expert_3.w", { pattern: "l.{0}.e.expert_{1}.w", indices: [0, 3] }],
    ["a layer of a recurrent module", "r.weight_ih_l2", { pattern: "r.weight_ih_l{0}", indices: [2] }],
    ["another word and a number", "l.0.e.other_3.w", undefined],
    ["another name", "l.x.w", undefined],
    ["no number as Python writes one", "l.01.w", undefined],
    ["a name that goes on", "l.1.w.x", undefined],
  ])("%s", (_, name, found) => {
    expect(match(name)).toEqual(found);
  });
});

describe("solving for a key", () => {
  const rows = [
    row("embed", [["k", "vocab"], HIDDEN]),
    row("l.{0}.q", [["*", ["k", "heads"], ["k", "head"]], HIDDEN], { counts: [["k", "layers"]] }),
    row("l.{0}.up", [["*", HIDDEN, 4], HIDDEN], { counts: [["k", "layers"]] }),
    row("l.{0}.bias", [HIDDEN], { counts: [["k", "layers"]], when: when(["==", "bias", true]) }),
  ];
  const config = { vocab: 100, hidden: 8, heads: 2, head: 4, layers: 2, bias: true };
  const stored = (hidden: number, layers = 2): [string, number[]][] => [
    ["embed", [100, hidden]],
    ...Array.from({ length: layers }, (_, layer): [string, number[]][] => [
      [`l.${layer}.q`, [8, hidden]],
      [`l.${layer}.up`, [4 * hidden, hidden]],
      [`l.${layer}.bias`, [hidden]],
    ]).flat(),
  ];
  const explain = (tensors: [string, number[]][]) => {
    const of = signature(rows);
    const expected = expectTensors(of, config);
    if (expected.status !== "known") throw new Error(expected.status);
    const placed = placeStored(
      rows,
      [],
      tensors.map(([name, shape]) => {
        const segments = name.split(".");
        const elements = shape.reduce((all, side) => all * side, 1);
        return { segments, stored: segments, count: 1, shape, elements, mayBeTurned: false, isBeside: false };
      }),
    );
    const differences = compare(expected, placed);
    if (differences === undefined) throw new Error("too much");
    const sides = { signature: of, layout: "published", rows, config, placed, reckon: same } as const;
    const { causes, left } = explainByKeys(sides, differences);
    return {
      causes: causes.map(({ key, told }) => [key, told]),
      left: [left.missing.length, left.excess.length, left.mismatched.length],
    };
  };

  it.each<[string, [string, number[]][], unknown]>([
    ["finds nothing to say where all fits", stored(8), { causes: [], left: [0, 0, 0] }],
    [
      "names the one value that explains every place",
      stored(10),
      { causes: [["hidden", 10]], left: [0, 0, 0] },
    ],
    ["names the number of layers", stored(8, 3), { causes: [["layers", 3]], left: [0, 0, 0] }],
    [
      "names a switch",
      stored(8).filter(([name]) => !name.endsWith("bias")),
      { causes: [["bias", false]], left: [0, 0, 0] },
    ],
    [
      "names two keys that are both wrong",
      stored(10).map(([name, shape]) => [name, name === "embed" ? [90, 10] : shape]),
      {
        causes: [
          ["hidden", 10],
          ["vocab", 90],
        ],
        left: [0, 0, 0],
      },
    ],
    [
      "leaves to the tensors what one that is cut would ask for",
      stored(8).map(([name, shape]) => [name, name === "l.1.up" ? [28, 8] : shape]),
      { causes: [], left: [0, 0, 1] },
    ],
    [
      "leaves what is not there",
      stored(8).filter(([name]) => name !== "l.1.q"),
      { causes: [], left: [1, 0, 0] },
    ],
  ])("%s", (_, tensors, wanted) => {
    expect(explain(tensors)).toEqual(wanted);
  });
});

function same<All>(all: All): All {
  return all;
}
