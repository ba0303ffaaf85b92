import { expect, it } from "vitest";
import { analysePrecision } from "../../src/analysis/precision.ts";
import { runChecks } from "../../src/checks/run.ts";
import type { MapRow } from "../../src/page/data.ts";
import { mapData } from "../../src/report/render/html/map-data.ts";
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
  const source = { kind: "local", id: "x", revision: null, commit: null, subfolder: null } as const;
  const checkpoint = { source, folder: null, components: [component], addUp: true, problems: [], notes: [] };
  const { findings } = runChecks(checkpoint);
  const map = mapData(analysePrecision(component), findings, ".");
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
