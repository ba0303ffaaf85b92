import { expect, test } from "vitest";
import type { Condition } from "../../src/signatures/signature.ts";
import type { Derived, DerivedRow } from "../../tools/signatures/derived.ts";
import { distrustedPatterns } from "../../tools/signatures/distrust.ts";
import { openPatterns } from "../../tools/signatures/refuted.ts";

const row = (pattern: string, more: Partial<DerivedRow> = {}): DerivedRow => ({
  pattern,
  counts: [],
  when: [[]],
  shape: [["k", "hidden_size"]],
  kind: "parameter",
  ...more,
});

function doubted(rows: readonly DerivedRow[], isPacked = true): string[] {
  const each: Derived = {
    library: "transformers",
    folder: "some",
    class: "SomeModel",
    modelTypes: ["some"],
    rows,
    unknown: [],
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
    base: {},
    ...(isPacked && { packed: { vocabulary: {}, required: [] } }),
  };
  return [...distrustedPatterns(each, new Map())];
}

const asks = (...all: Condition[number]): Condition => [all];
const width = ["//", ["k", "hidden_size"], ["k", "num_attention_heads"]] as const;

test.each<[string, DerivedRow, DerivedRow]>([
  [
    "a list as long as the samples had layers",
    row("h.{0}.ln.weight", { counts: [3], when: asks([[">", "n_layer", 0], true]) }),
    row("h.{0}.ln.weight", { counts: [["k", "n_layer"]], when: asks([[">", "n_layer", 0], true]) }),
  ],
  [
    "a certain number above one",
    row("block_4.weight", { when: asks([["==", "blocks_per_group", 4], true]) }),
    row("block_4.weight", { when: asks([["==", "blocks_per_group", 1], false]) }),
  ],
  [
    "a period in a list of stages",
    row("stages.{0}.token", { counts: [["L", "depths"]], when: asks([["i%", 0, 3, 2], false]) }),
    row("stages.{0}.token", { counts: [["k", "layers"]], when: asks([["i%", 0, 3, 2], false]) }),
  ],
  [
    "one stage's own member beside another's fixed one",
    row("stages.{0}.q", { counts: [4], shape: [["*", ["e", "dims", ["i", 0, 0]], ["e", "ratios", 1]]] }),
    row("stages.{0}.q", {
      counts: [4],
      shape: [["*", ["e", "dims", ["i", 0, 0]], ["e", "ratios", ["i", 0, 0]]]],
    }),
  ],
  [
    "which activation a model has",
    row("map.bias", { when: asks([["==", "hidden_act", "gelu"], true]) }),
    row("map.bias", { when: asks([["==", "hidden_act", "prelu"], true]) }),
  ],
  [
    "what a label is called",
    row("adapter.weight", { when: asks([["any", "id2label", "LABEL_3"], true]) }),
    row("adapter.weight", { when: asks([["any", "layer_types", "conv"], true]) }),
  ],
  [
    "two numbers that no code compares",
    row("pos_embed", { when: asks([["=k", "image_dim", "pos_embed_seq_len"], true]) }),
    row("pos_embed", { when: asks([["=k", "image_dim", "text_dim"], false]) }),
  ],
  [
    "a stride as often as there were convolutions",
    row("linear.weight", { shape: [["//", ["k", "bins"], ["**", ["k", "conv_stride"], 3]]] }),
    row("linear.weight", { shape: [["//", ["k", "bins"], ["**", 2, ["k", "layers"]]]] }),
  ],
])("doubts %s, packed or not", (_, wrong, right) => {
  expect(doubted([wrong])).toEqual([wrong.pattern]);
  expect(doubted([wrong], false)).toEqual([wrong.pattern]);
  expect(doubted([right])).toEqual([]);
});

test("doubts heads by their number where their width is a key, under a switch alone", () => {
  const q = [
    row("q.weight", { shape: [width], when: asks([["==", "head_dim", null], true]) }),
    row("q.weight", { shape: [["k", "head_dim"]], when: asks([["==", "head_dim", null], false]) }),
  ];
  const norm = row("norm.weight", { shape: [width], when: asks([["==", "qk_norm", true], true]) });
  expect(doubted([...q, norm])).toEqual(["norm.weight"]);
  expect(doubted([...q, { ...norm, when: [[]] }])).toEqual([]);
});

test("doubts the one member of what a switch makes a list", () => {
  const off = row("embedding.weight", { when: asks([["==", "share", true], true]) });
  const on = row("embedding.0.weight", { when: asks([["==", "share", true], false]) });
  expect(doubted([off, on])).toEqual(["embedding.0.weight"]);
  expect(doubted([on])).toEqual([]);
});

test("leaves open what members follow those that samples had", () => {
  const more = (bound: number): Condition => asks([[">", "num_lstm_layers", bound], true]);
  const rows = [row("lstm.weight_ih_l1", { when: more(1) }), row("layers.{0}.weight", { when: more(1) })];
  expect(openPatterns(rows)).toEqual(["lstm.weight_ih_l{0}"]);
});
