import { describe, expect, it } from "vitest";
import { describeArchitecture } from "../../src/analysis/arch.ts";
import { diffComponents } from "../../src/analysis/diff.ts";
import { analysePrecision } from "../../src/analysis/precision.ts";
import { buildTree } from "../../src/analysis/tree.ts";
import type { Checkpoint, Component } from "../../src/checkpoint/checkpoint.ts";
import { runChecks } from "../../src/checks/run.ts";
import { tellAdapter } from "../../src/kinds/adapter/story.ts";
import type { BoxData, MapRow } from "../../src/page/data.ts";
import { bestColour } from "../../src/page/icicle.ts";
import { boxData } from "../../src/report/render/html/box-data.ts";
import { diffBoxData } from "../../src/report/render/html/diff-box-data.ts";
import { diffMapData } from "../../src/report/render/html/diff-map-data.ts";
import { adapterMapData, mapData } from "../../src/report/render/html/map-data.ts";
import { componentOf, expandAll, type TensorSpec } from "../support/component-of.ts";

const experts = (layers: string, numbers: string) =>
  `model.layers.${layers}.block_sparse_moe.experts.${numbers}`;

/** Sets in braces with gaps, as two or three ranges. */
const across = (
  ranges: readonly (readonly [string, string])[],
  leaf: string,
  shape: number[],
): TensorSpec[] => ranges.map(([layers, numbers]) => [`${experts(layers, numbers)}.${leaf}`, "F32", shape]);

/** Eight layers of 64 experts; one scale of one expert is gone, a hundred in two layers, and one query was left unquantized. */
const BROKEN: readonly TensorSpec[] = [
  ["model.embed_tokens.weight", "BF16", [2048, 512]],
  ["model.norm.weight", "BF16", [512]],
  ["model.layers.{0-7}.input_layernorm.weight", "BF16", [512]],
  ["model.layers.{0-4}.self_attn.q_proj.weight", "F8_E4M3", [512, 512]],
  ["model.layers.{0-4}.self_attn.q_proj.weight_scale_inv", "F32", [4, 4]],
  ["model.layers.5.self_attn.q_proj.weight", "BF16", [512, 512]],
  ["model.layers.{6-7}.self_attn.q_proj.weight", "F8_E4M3", [512, 512]],
  ["model.layers.{6-7}.self_attn.q_proj.weight_scale_inv", "F32", [4, 4]],
  [`${experts("{0-7}", "{0-63}")}.w1.weight`, "F8_E4M3", [256, 512]],
  [`${experts("{0-7}", "{0-63}")}.w2.weight`, "F8_E4M3", [512, 256]],
  ...across(
    [
      ["{0-2}", "{0-63}"],
      ["{4-7}", "{0-63}"],
      ["3", "{0-6}"],
      ["3", "{8-63}"],
    ],
    "w1.weight_scale_inv",
    [2, 4],
  ),
  ...across(
    [
      ["0", "{0-63}"],
      ["{3-7}", "{0-63}"],
      ["{1-2}", "{0-9}"],
      ["{1-2}", "{60-63}"],
    ],
    "w2.weight_scale_inv",
    [4, 2],
  ),
];

it("marks the cells that findings are about, and no other", () => {
  const component = componentOf(expandAll(BROKEN), {
    configs: {
      "config.json": {
        architectures: ["MiniMaxM2ForCausalLM"],
        model_type: "minimax_m2",
        quantization_config: { quant_method: "fp8", weight_block_size: [128, 128] },
      },
    },
  });
  const { findings } = runChecks(checkpointOf(component));
  const map = mapData(analysePrecision(component), findings, null);
  const [stack] = map.stacks;
  expect([stack?.stack, stack?.first, stack?.columns]).toEqual(["model.layers", 0, 8]);
  const marks = (rows: readonly MapRow[]) =>
    rows.flatMap(({ module, cells }) =>
      cells
        .filter(({ faults }) => faults.length > 0)
        .map(
          ({ layers, isError, faulty }) => `${module} ${layers} ${isError ? "error" : "warning"} ${faulty}`,
        ),
    );
  expect(marks(stack?.rows ?? [])).toEqual([
    "self_attn.q_proj 5 warning null",
    "block_sparse_moe.experts.#.w1 3 error 7",
    "block_sparse_moe.experts.#.w2 1-2 error 10-59",
  ]);
  const unlike = (stack?.rows ?? []).flatMap(({ module, cells }) =>
    cells.filter(({ deviates }) => deviates).map(({ layers }) => `${module} ${layers}`),
  );
  expect(unlike).toEqual(["self_attn.q_proj 5"]);
});

it("draws a layer once, whatever one of its experts lacks", () => {
  const { structures } = describeArchitecture(componentOf(expandAll(BROKEN)));
  expect(structures.map(({ layers, count }) => [layers, count])).toEqual([["0-7", 8]]);
  const { linears } = structures[0]?.nodes.find(({ kind }) => kind === "moe") ?? { linears: [] };
  expect(linears.map(({ module, perLayer }) => [module, perLayer])).toEqual([
    ["block_sparse_moe.experts.*.w1", 64],
    ["block_sparse_moe.experts.*.w2", 64],
  ]);
});

it.each([
  ["from the last layers", ["{0-5}"], ["self_attn.k_proj 6-7"], []],
  ["from all layers", [], ["self_attn.k_proj 0-7"], []],
] as const)("marks what is gone %s", (_, kept, cells, elsewhere) => {
  const specs: TensorSpec[] = [
    ["model.embed_tokens.weight", "BF16", [2048, 512]],
    ["model.norm.weight", "BF16", [512]],
    ["lm_head.weight", "BF16", [2048, 512]],
    ["model.layers.{0-7}.input_layernorm.weight", "BF16", [512]],
    ["model.layers.{0-7}.post_attention_layernorm.weight", "BF16", [512]],
    ["model.layers.{0-7}.self_attn.q_proj.weight", "BF16", [512, 512]],
    ...kept.map(
      (layers): TensorSpec => [`model.layers.${layers}.self_attn.k_proj.weight`, "BF16", [512, 512]],
    ),
    ["model.layers.{0-7}.self_attn.v_proj.weight", "BF16", [512, 512]],
    ["model.layers.{0-7}.self_attn.o_proj.weight", "BF16", [512, 512]],
    ["model.layers.{0-7}.mlp.gate_proj.weight", "BF16", [1024, 512]],
    ["model.layers.{0-7}.mlp.up_proj.weight", "BF16", [1024, 512]],
    ["model.layers.{0-7}.mlp.down_proj.weight", "BF16", [512, 1024]],
  ];
  const config = {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    hidden_size: 512,
    intermediate_size: 1024,
    num_attention_heads: 8,
    num_key_value_heads: 8,
    num_hidden_layers: 8,
    vocab_size: 2048,
  };
  const component = componentOf(expandAll(specs), { configs: { "config.json": config } });
  const { findings } = runChecks(checkpointOf(component));
  const map = mapData(analysePrecision(component), findings, null);
  const marked = map.stacks[0]?.rows.flatMap((row) =>
    row.cells.filter(({ faults }) => faults.length > 0).map(({ layers }) => `${row.module} ${layers}`),
  );
  expect(marked).toEqual(cells);
  expect(map.stacks[0]?.columns).toBe(8);
  expect(map.outside.filter(({ faults }) => faults.length > 0)).toEqual(elsewhere);
});

it("shows what a comparison changed, before and after, and says nothing of the rest", () => {
  const common: TensorSpec[] = [["model.layers.{0-3}.input_layernorm.weight", "BF16", [512]]];
  const q = "model.layers.{0-3}.self_attn.q_proj.weight";
  const before = componentOf(
    expandAll([...common, [q, "BF16", [512, 512]], ["model.layers.2.extra.weight", "F32", [8, 8]]]),
  );
  const after = componentOf(
    expandAll([
      ...common,
      ...["{0-1}", "3"].flatMap((layers): TensorSpec[] => [
        [`model.layers.${layers}.self_attn.q_proj.weight`, "F8_E4M3", [512, 512]],
        [`model.layers.${layers}.self_attn.q_proj.weight_scale_inv`, "F32", [4, 4]],
      ]),
      ["model.layers.2.self_attn.q_proj.weight", "BF16", [512, 512]],
      ["model.layers.{0-3}.mlp.experts.{0-7}.w1.weight", "BF16", [64, 64]],
    ]),
  );
  const { ways, stacks, outside } = diffMapData(diffComponents(before, after));
  expect(outside).toEqual([]);
  expect(stacks.map(({ stack, columns }) => [stack, columns])).toEqual([["model.layers", 4]]);
  const told = stacks[0]?.rows.map(({ module, cells, note }) => [
    module,
    cells.map(({ layers, ways: own }) => [layers, own.map(([way]) => ways[way]?.bits)]),
    note,
  ]);
  expect(told).toEqual([
    ["extra", [["2", [32]]], "removed: F32 [8, 8]"],
    ["mlp.experts.{0-7}.w1", [["0-3", [16]]], "added: BF16 [64, 64]"],
    ["self_attn.q_proj", [["0-1,3", [16, 8]]], "BF16 [512, 512] → fp8-block [512, 512]"],
  ]);
  expect(stacks[0]?.absent).toContain("not changed");
  const diff = diffComponents(before, after);
  const { bytes } = diff.totals;
  const signed = (box: BoxData): number =>
    box.children.length === 0
      ? box.bytes * (box.role === "grown" ? 1 : -1)
      : box.children.reduce((sum, child) => sum + signed(child), 0);
  const boxes = diffBoxData(diff);
  expect(boxes === null ? 0 : signed(boxes)).toBe(bytes.after - bytes.before);
  expect(boxes?.bytes).toBe(8 * 8 * 4 + 3 * (512 * 512 - 4 * 4 * 4) + 4 * 8 * 64 * 64 * 2);
  expect(diffBoxData(diffComponents(before, before))).toBeNull();
});

it("colours a box whose inside is left out where all of that is stored alike, and no other", () => {
  // More modules than a page holds boxes of, none like another.
  const specs = ["plain", "mixed"].flatMap((half): TensorSpec[] =>
    Array.from({ length: 600 }, (_, at) => [
      `${half}.part_${String.fromCharCode(97 + (at % 26))}${at}x.inner.weight`,
      half === "mixed" && at === 7 ? "F32" : "BF16",
      [8, at + 1],
    ]),
  );
  const boxes = boxData(buildTree(componentOf(specs), { opensDeviants: true }));
  const { children, isCut } = boxes;
  // What is left out has many roles: none of them colours it.
  expect(bestColour(boxes)).toBe("bits");
  expect(isCut ?? children.every((child) => child.isCut)).toBe(true);
  expect(children.map(({ name, bits, dtype }) => [name, bits, dtype])).toEqual([
    ["mixed", null, null],
    ["plain", 16, "BF16"],
  ]);
});

describe("the map of an adapter", () => {
  const peft = (layers: string, rank: number): TensorSpec[] => [
    [`base_model.model.model.layers.${layers}.self_attn.q_proj.lora_A.weight`, "F16", [rank, 64]],
    [`base_model.model.model.layers.${layers}.self_attn.q_proj.lora_B.weight`, "F16", [128, rank]],
  ];
  const kohya = (layers: string, rank: number, factors = rank): TensorSpec[] => [
    [`lora_te_text_model_encoder_layers_${layers}_self_attn_q_proj.lora_down.weight`, "F16", [rank, 64]],
    [`lora_te_text_model_encoder_layers_${layers}_self_attn_q_proj.lora_up.weight`, "F16", [128, factors]],
    [`lora_te_text_model_encoder_layers_${layers}_self_attn_q_proj.alpha`, "F16", []],
  ];

  it.each([
    [
      "names with dots",
      [...peft("{0-3}", 8), ...peft("{5-7}", 8), ...peft("8", 16)],
      "base_model.model.model.layers",
    ],
    [
      "names without",
      [...kohya("{0-3}", 8), ...kohya("{5-7}", 8), ...kohya("8", 16)],
      "lora_te.text_model.encoder.layers",
    ],
  ] as const)("has the modules that it is put on, and their ranks: %s", (_, specs, name) => {
    const { map } = draw(specs);
    expect(map.outside).toEqual([]);
    expect(map.stacks.map(({ stack, first, columns }) => [stack, first, columns])).toEqual([[name, 0, 9]]);
    expect(map.stacks[0]?.rows.map(({ module, shape }) => [module, shape])).toEqual([
      ["self_attn.q_proj", "64 → 128"],
    ]);
    const told = map.stacks[0]?.rows[0]?.cells.map(({ layers, ways, deviates }) => [
      layers,
      map.ways[ways[0]?.[0] ?? -1],
      deviates,
    ]);
    expect(told).toEqual([
      ["0-3,5-7", { bits: 16, words: "rank 8" }, false],
      ["8", { bits: 16, words: "rank 16" }, true],
    ]);
  });

  it("marks the one pair that does not fit, in names without dots too", () => {
    const { map, findings } = draw([...kohya("{0-4}", 8), ...kohya("5", 8, 4), ...kohya("{6-9}", 8)]);
    const faulty = map.stacks[0]?.rows.flatMap(({ cells }) =>
      cells.filter(({ faults }) => faults.length > 0),
    );
    expect(faulty?.map(({ layers, isError }) => [layers, isError])).toEqual([["5", true]]);
    expect(faulty?.[0]?.faults.map((at) => findings[at]?.rule)).toContain("adapter-pair-broken");
  });
});

function draw(specs: readonly TensorSpec[]) {
  const component = componentOf(expandAll(specs));
  const { findings } = runChecks(checkpointOf(component));
  const adapter = tellAdapter(component);
  if (adapter === null) throw new Error("no adapter");
  return { map: adapterMapData(adapter, analysePrecision(component), findings, null), findings };
}

function checkpointOf(component: Component): Checkpoint {
  const source = { kind: "local", id: "x", revision: null, commit: null, subfolder: null } as const;
  return { source, folder: null, components: [component], addUp: true, problems: [], notes: [] };
}
