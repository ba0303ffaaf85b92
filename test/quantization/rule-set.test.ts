import { describe, expect, test } from "vitest";
import { disagreementRows } from "../../src/analysis/precision-faults.ts";
import { packingFaultsOf } from "../../src/faults/faults-of.ts";
import { DeclarationLookup, MAX_RULE_STEPS } from "../../src/quantization/declared.ts";
import { parseDeclaration } from "../../src/quantization/dialects/parse.ts";
import { type Quantization, quantizationOf } from "../../src/quantization/quantization.ts";
import { componentOf, expandAll, type TensorSpec } from "../support/component-of.ts";

const range = (count: number): number[] => Array.from({ length: count }, (_, k) => k);

/** Modules of some thousand names, as many in each of sixty layers, all in FP8. */
function modules(count: number): TensorSpec[] {
  return range(count).flatMap((k): TensorSpec[] => [
    [`model.layers.${k % 60}.m${k}.proj.weight`, "F8_E4M3", [16, 16]],
    [`model.layers.${k % 60}.m${k}.proj.weight_scale`, "F32", [1]],
  ]);
}

function quantizationWith(config: object, tensors: Iterable<TensorSpec>): Quantization {
  return quantizationOf(
    componentOf(tensors, { configs: { "config.json": { quantization_config: config } } }),
  );
}

function stepsOf(config: object, count: number): number {
  return MAX_RULE_STEPS - quantizationWith(config, modules(count)).ruleStepsLeft;
}

function unjudged(config: object, tensors: Iterable<TensorSpec>): string[] {
  const { component } = quantizationWith(config, tensors);
  return disagreementRows(packingFaultsOf(component))
    .filter(({ code }) => code === "CONFIG_ENTRIES_UNJUDGED")
    .map(({ count, declared, stored }) => `${count} ${declared} ${stored}`);
}

const group = (targets: readonly string[]) => ({
  targets,
  weights: { num_bits: 8, type: "float", strategy: "tensor" },
});
const ct = (ignore: readonly string[], groups: object = { g: group(["Linear"]) }) => ({
  quant_method: "compressed-tensors",
  format: "float-quantized",
  ignore,
  config_groups: groups,
});

/** One list of each kind that a configuration may hold, of so many entries. */
const LISTS: readonly (readonly [string, (count: number) => object])[] = [
  ["ignore of patterns", (count) => ct(range(count).map((k) => `re:.*x${k}.*y`))],
  ["ignore of patterns that match", (count) => ct(range(count).map((k) => `re:.*\\.m${k}\\..*`))],
  ["targets of one group", (count) => ct([], { g: group(range(count).map((k) => `re:.*m${k}\\.proj`)) })],
  [
    "many groups",
    (count) => ct([], Object.fromEntries(range(count).map((k) => [`g${k}`, group([`re:.*m${k}\\.proj`])]))),
  ],
  [
    "GPTQ's dynamic",
    (count) => ({
      quant_method: "gptq",
      bits: 4,
      dynamic: Object.fromEntries(range(count).map((k) => [`-:.*m${k}.*gate`, {}])),
    }),
  ],
  [
    "modules_to_not_convert of transformers",
    (count) => ({ quant_method: "fp8", modules_to_not_convert: range(count).map((k) => `m${k}.proj`) }),
  ],
  [
    "modules_to_not_convert of AWQ",
    (count) => ({ quant_method: "awq", bits: 4, modules_to_not_convert: range(count).map((k) => `.m${k}.`) }),
  ],
  [
    "globs of ModelOpt",
    (count) => ({ quant_method: "modelopt", quant_algo: "FP8", ignore: range(count).map((k) => `*.m${k}*`) }),
  ],
  [
    "exclude of Quark",
    (count) => ({ quant_method: "quark", exclude: range(count).map((k) => `re:.*m${k}`) }),
  ],
  [
    "layer_quant_config of Quark",
    (count) => ({
      quant_method: "quark",
      layer_quant_config: Object.fromEntries(range(count).map((k) => [`*m${k}.*`, { weight: {} }])),
    }),
  ],
];

describe("rules times modules", () => {
  test.each(LISTS)("%s: ten thousand on two thousand modules are judged", (_, list) => {
    expect(unjudged(list(10_000), modules(2000))).toEqual([]);
  });

  test.each(LISTS)("%s: twice the rules are no more than twice the steps", (_, list) => {
    expect(stepsOf(list(2000), 500)).toBeLessThan(2.2 * stepsOf(list(1000), 500));
  });

  test.each(LISTS)("%s: twice the modules are no more than twice the steps", (_, list) => {
    expect(stepsOf(list(500), 2000)).toBeLessThan(2.2 * stepsOf(list(500), 1000));
  });

  test("names without a wildcard take none", () => {
    const names = range(50_000).map((k) => `model.layers.${k % 60}.m${k}.proj`);
    expect(stepsOf(ct(names), 4000)).toBe(0);
    expect(stepsOf(ct([], { g: group(names) }), 4000)).toBe(0);
  });

  test("five hundred names of a real list on a hundred thousand modules are far from the bound", () => {
    const names = range(60).flatMap((layer) =>
      [
        "mlp.gate",
        "input_layernorm",
        "self_attn.q_proj",
        "self_attn.k_proj",
        "self_attn.v_proj",
        "mlp.up",
      ].map((name) => `model.layers.${layer}.${name}`),
    );
    const tensors = expandAll([
      ["model.layers.{0-59}.mlp.experts.{0-255}.{0-5}.weight", "F8_E4M3", [16, 16]],
      ["model.layers.{0-59}.mlp.experts.{0-255}.{0-5}.weight_scale", "F32", [1]],
    ]);
    const config = { quant_method: "fp8", modules_to_not_convert: names };
    const { ruleStepsLeft } = quantizationWith(config, tensors);
    expect(MAX_RULE_STEPS - ruleStepsLeft).toBeLessThan(MAX_RULE_STEPS / 10);
  });
});

describe("what is not judged is said", () => {
  const few = modules(60);

  test("patterns beyond the subset", () => {
    expect(unjudged(ct(["re:(?!x).*", "re:(){64}{64}", "lm_head"]), few)).toEqual([
      "2 config.json: re:(?!x).* and 1 more not judged: patterns beyond those that unfold reads",
    ]);
  });

  test("patterns beyond the budget, all of them", () => {
    const config = ct(range(20_000).map((k) => `re:.*[m${k}].*[p].*${k}$`));
    expect(unjudged(config, modules(1000))).toEqual([
      "20000 config.json: re:.*[m0].*[p].*0$ and 19999 more not judged: more work than one configuration is given",
    ]);
  });

  test("entries whose like names are too many to look through", () => {
    const config = ct(range(100_000).map((k) => `language_model.layers.${k % 60}`));
    const told = unjudged(config, modules(4000));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain("whether they match under another name is too much work");
  });
});

describe("a name is judged by the entries that are", () => {
  const lookup = (config: object) => {
    const declaration = parseDeclaration("config.json", "quantization_config", config);
    if (declaration === undefined) throw new Error("no declaration");
    const found = new DeclarationLookup(declaration);
    return (name: string) => found.lookup(name).state;
  };

  test("skip lists", () => {
    const state = lookup(ct(["re:(?!x).*", "re:.*gate$", "lm_head"]));
    expect([state("lm_head"), state("mlp.gate"), state("mlp.up_proj")]).toEqual([
      "ignored",
      "ignored",
      "unjudged",
    ]);
  });

  test("overrides, of which the first counts", () => {
    const state = lookup({
      quant_method: "gptq",
      bits: 4,
      dynamic: { "+:.*q_proj": { bits: 8 }, "-:(?!x).*": {}, "-:.*up_proj": {} },
    });
    expect([state("q_proj"), state("up_proj"), state("o_proj")]).toEqual([
      "quantized",
      "unjudged",
      "unjudged",
    ]);
  });

  test("targets", () => {
    const state = lookup(ct([], { g: group(["re:.*q_proj", "Embedding", "re:(?!x).*"]) }));
    expect([state("q_proj"), state("o_proj")]).toEqual(["quantized", "unjudged"]);
  });
});
