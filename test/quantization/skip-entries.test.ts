import { describe, expect, test } from "vitest";
import { analysePrecision } from "../../src/analysis/precision.ts";
import { componentOf, expandAll, type TensorSpec } from "../support/component-of.ts";

const fp8 = (name: string): TensorSpec[] => [
  [`${name}.weight`, "F8_E4M3", [256, 256]],
  [`${name}.weight_scale_inv`, "F32", [2, 2]],
];

/** Six layers: attention and experts in FP8, routers and norms plain. */
const TENSORS: readonly TensorSpec[] = [
  ["model.embed_tokens.weight", "BF16", [1024, 256]],
  ["lm_head.weight", "BF16", [1024, 256]],
  ...expandAll([
    ["model.layers.{0-5}.input_layernorm.weight", "BF16", [256]],
    ["model.layers.{0-5}.mlp.gate.weight", "BF16", [8, 256]],
    ...fp8("model.layers.{0-5}.self_attn.q_proj"),
    ...fp8("model.layers.{0-5}.self_attn.o_proj"),
    ...fp8("model.layers.{0-5}.mlp.experts.{0-7}.up_proj"),
  ]),
];

const TRANSFORMERS = { quant_method: "fp8", weight_block_size: [128, 128] };
const skip = (...names: string[]) => ({ ...TRANSFORMERS, modules_to_not_convert: names });
const ct = (...ignore: string[]) => ({ quant_method: "compressed-tensors", config_groups: {}, ignore });
const modelOpt = (...names: string[]) => ({ quant_algo: "FP8", exclude_modules: names });

function told(quantization: object, tensors: readonly TensorSpec[] = TENSORS) {
  const configs = { "config.json": { quantization_config: quantization } };
  const found = analysePrecision(componentOf(tensors, { configs })).declared?.disagreements ?? [];
  return found
    .filter(({ code }) => code === "CONFIG_NAME_DRIFT" || code === "CONFIG_IGNORED_BUT_QUANTIZED")
    .map(
      ({ code, severity, module, count, declared }) =>
        `${severity} ${code} ${module} ×${count} by ${declared.replace(/, by the rule of .*$/, "")}`,
    );
}

const gates = [0, 1, 2, 3, 4, 5].map((layer) => `model.layers.${layer}.mlp.gate`);

describe("entries that skip what they name are silent", () => {
  test.each([
    ["every layer by its number", skip("lm_head", ...gates)],
    ["every layer by its number, exactly", ct("lm_head", ...gates)],
    ["the end of a name", skip("gate", "lm_head")],
    ["a parameter", ct("lm_head.weight", "model.layers.3.mlp.gate.weight")],
    ["a parameter of one layer, by a regular expression", skip("model.layers.3.mlp.gate.weight")],
    ["a glob over one layer", modelOpt("model.layers.3.mlp.gate*", "lm_head")],
    ["names of nothing that is here", skip("visual", "model.layers.61.eh_proj", "mtp.fc")],
    ["a norm, which nobody quantizes", ct("model.layers.3.input_layernorm")],
  ] as const)("%s", (_, quantization) => {
    expect(told(quantization)).toEqual([]);
  });

  test("a holder whose modules are plain", () => {
    const visual: TensorSpec[] = [...expandAll([["visual.blocks.{0-3}.attn.qkv.weight", "BF16", [96, 32]]])];
    expect(told(ct("visual", "visual.blocks"), [...TENSORS, ...visual])).toEqual([]);
  });
});

describe("one wrong entry among those of all layers is found", () => {
  const wrong = gates.map((name, layer) => (layer === 3 ? `language_model.${name}` : name));
  test.each([
    ["regular expressions", skip(...wrong), "warning"],
    ["exact names of a declaration that targets nothing", ct(...wrong), "info"],
    ["globs", modelOpt(...wrong), "warning"],
  ])("%s", (_, quantization, severity) => {
    expect(told(quantization)).toEqual([
      `${severity} CONFIG_NAME_DRIFT model.layers.3.mlp.gate ×1 by language_model.model.layers.3.mlp.gate`,
    ]);
  });

  test("also where that layer is quantized", () => {
    const tensors = TENSORS.filter(([name]) => name !== "model.layers.3.mlp.gate.weight");
    tensors.push(...fp8("model.layers.3.mlp.gate"));
    expect(told(ct(...wrong), tensors)).toEqual([
      "warning CONFIG_NAME_DRIFT model.layers.3.mlp.gate ×1 by language_model.model.layers.3.mlp.gate",
    ]);
  });

  test("and an expert by its number", () => {
    expect(told(ct("layers.2.mlp.experts.5.up_proj"))).toEqual([
      "warning CONFIG_NAME_DRIFT model.layers.2.mlp.experts.5.up_proj ×1 by layers.2.mlp.experts.5.up_proj",
    ]);
  });
});

describe("what holds quantized modules is no skip of them", () => {
  test.each([
    [
      "transformers: the end of a holder's name",
      skip("self_attn"),
      "model.layers.{0-5}.self_attn",
      12,
      "self_attn",
    ],
    [
      "compressed-tensors: a holder's name",
      ct("model.layers.3.self_attn"),
      "model.layers.3.self_attn",
      2,
      "model.layers.3.self_attn",
    ],
    [
      "ModelOpt: a glob without a star",
      modelOpt("model.layers.3.mlp.experts"),
      "model.layers.3.mlp.experts",
      8,
      "model.layers.3.mlp.experts",
    ],
  ] as const)("%s", (_, quantization, module, count, entry) => {
    const severity = "config_groups" in quantization ? "info" : "warning";
    expect(told(quantization)).toEqual([
      `${severity} CONFIG_IGNORED_BUT_QUANTIZED ${module} ×${count} by skipped by ${entry} if read loosely`,
    ]);
  });

  test("where the dialect takes it for all below, it is an error", () => {
    expect(told(skip("model.layers.3.self_attn"))).toEqual([
      "error CONFIG_IGNORED_BUT_QUANTIZED model.layers.3.self_attn.o_proj ×1 by skipped by model.layers.3.self_attn",
      "error CONFIG_IGNORED_BUT_QUANTIZED model.layers.3.self_attn.q_proj ×1 by skipped by model.layers.3.self_attn",
    ]);
  });
});

describe("entries that match nothing and mean a plain module by a near name", () => {
  const plain: TensorSpec[] = [
    ...expandAll([
      ["model.layers.{0-5}.linear_attn.in_proj_qkvz.weight", "BF16", [512, 256]],
      ["model.layers.{0-5}.linear_attn.in_proj_ba.weight", "BF16", [8, 256]],
    ]),
  ];
  const all = [...TENSORS, ...plain];
  const group = { targets: ["Linear"], weights: { num_bits: 8, type: "float" } };
  const list = (...ignore: string[]) => ({
    quant_method: "compressed-tensors",
    config_groups: { group_0: group },
    ignore: ["lm_head", "re:.*mlp.gate$", ...ignore],
  });
  const layers = [0, 1, 2, 3, 4, 5];
  const split = layers.flatMap((layer) =>
    ["in_proj_qkv", "in_proj_z", "in_proj_b", "in_proj_a"].map(
      (leaf) => `model.layers.${layer}.linear_attn.${leaf}`,
    ),
  );
  const drifts = (quantization: object) => told(quantization, all).filter((text) => /DRIFT/.test(text));

  test("split projections where joined ones are stored, one finding for all", () => {
    expect(drifts(list(...split))).toEqual([
      expect.stringMatching(
        /^warning CONFIG_NAME_DRIFT .*×12 by model.layers.0.linear_attn.in_proj_qkv and 23 more$/,
      ),
    ]);
  });

  test.each([
    ["a letter too many", "re:.*linear_atttn.in_proj_.*"],
    ["two letters in turn", "model.layers.*.linear_atnt.in_proj_qkvz"],
    ["a regular expression without its lead", "re:linear_attn.in_proj_ba$"],
    ["a dot at the end", "model.layers.0.linear_attn.in_proj_ba."],
  ])("%s", (_, entry) => {
    expect(drifts(list(entry))).toEqual([expect.stringMatching(/^warning CONFIG_NAME_DRIFT/)]);
  });

  test.each([
    ["joined names that are stored", "re:.*linear_attn.in_proj_.*"],
    ["parts that are not stored", "re:.*visual.*", "model.visual.blocks.0.attn.qkv", "mtp.fc"],
    ["near names of what another entry skips", "re:.*linear_attn.*", ...split],
  ])("%s are silent", (_, ...entries) => {
    expect(drifts(list(...entries)).filter((text) => !text.startsWith("info"))).toEqual([]);
  });
});
