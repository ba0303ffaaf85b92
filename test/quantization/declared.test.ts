import { describe, expect, test } from "vitest";
import { analysePrecision } from "../../src/analysis/precision.ts";
import { DeclarationLookup } from "../../src/quantization/declared.ts";
import { parseDeclaration } from "../../src/quantization/dialects/parse.ts";
import { componentOf, expandAll, type TensorSpec } from "../support/component-of.ts";

function lookup(config: unknown, place = "quantization_config", file = "config.json"): DeclarationLookup {
  const declaration = parseDeclaration(file, place, config);
  if (declaration === undefined) throw new Error("no declaration");
  return new DeclarationLookup(declaration);
}

const CT = {
  quant_method: "compressed-tensors",
  config_groups: { group_0: { targets: ["Linear"], weights: { num_bits: 4, group_size: 32 } } },
};

describe("skip lists follow the rule of their dialect", () => {
  test.each([
    [
      "compressed-tensors: re: matches at the start",
      { ...CT, ignore: ["re:.*gate$"] },
      "model.layers.0.mlp.gate",
      "ignored",
    ],
    [
      "compressed-tensors: re: is no substring",
      { ...CT, ignore: ["re:mlp"] },
      "model.layers.0.mlp.gate",
      "quantized",
    ],
    [
      "compressed-tensors: a plain name is exact",
      { ...CT, ignore: ["lm_head"] },
      "model.lm_head",
      "quantized",
    ],
    [
      "transformers: a key may end the name",
      { quant_method: "fp8", modules_to_not_convert: ["gate"] },
      "model.layers.0.mlp.gate",
      "ignored",
    ],
    [
      "transformers: a key is a regular expression at the start",
      { quant_method: "fp8", modules_to_not_convert: ["model.layers.1"] },
      "model.layers.10.mlp.up_proj",
      "ignored",
    ],
    [
      "transformers: the middle of a name is nothing",
      { quant_method: "fp8", modules_to_not_convert: ["mlp"] },
      "model.layers.1.mlp.up_proj",
      "quantized",
    ],
    [
      "transformers: a star repeats the dot",
      { quant_method: "mxfp4", modules_to_not_convert: ["model.layers.*.self_attn"] },
      "model.layers.3.self_attn.q_proj",
      "ignored",
    ],
    [
      "ModelOpt: a glob",
      { quant_algo: "NVFP4", exclude_modules: ["*lm_head", "model.layers.0.*"] },
      "model.layers.0.mlp.gate",
      "ignored",
    ],
    [
      "ModelOpt: a glob must match whole",
      { quant_algo: "NVFP4", exclude_modules: ["model.layers.0.*"] },
      "language.model.layers.0.mlp",
      "quantized",
    ],
    [
      "AWQ: a substring",
      { quant_method: "awq", bits: 4, modules_to_not_convert: ["visual"] },
      "model.visual.blocks.0.attn",
      "ignored",
    ],
    [
      "GPTQ: -: skips",
      { quant_method: "gptq", bits: 4, dynamic: { "-:.*\\.down_proj": {} } },
      "model.layers.0.mlp.down_proj",
      "ignored",
    ],
    [
      "GPTQ: other modules stay",
      { quant_method: "gptq", bits: 4, dynamic: { "-:.*\\.down_proj": {} } },
      "model.layers.0.mlp.up_proj",
      "quantized",
    ],
    [
      "AutoRound: 16 bits are plain",
      { quant_method: "auto-round", bits: 4, extra_config: { lm_head: { bits: 16 } } },
      "lm_head",
      "ignored",
    ],
    [
      "Quark: re: or exact",
      { quant_method: "quark", exclude: ["re:.*o_proj"] },
      "model.layers.0.self_attn.o_proj",
      "ignored",
    ],
    [
      "fused names stand for their shards",
      { ...CT, ignore: ["model.layers.0.self_attn.qkv_proj"] },
      "model.layers.0.self_attn.k_proj",
      "ignored",
    ],
  ] as const)("%s", (_title, config, name, state) => {
    expect(lookup(config).lookup(name).state).toBe(state);
  });

  test("AQLM names weights, not modules", () => {
    const aqlm = lookup({ quant_method: "aqlm", linear_weights_not_to_quantize: ["lm_head.weight"] });
    expect(aqlm.lookup("lm_head").state).toBe("ignored");
  });

  test("MLX sets single paths, or false", () => {
    const mlx = lookup(
      { bits: 4, group_size: 64, "model.a": { bits: 8, group_size: 32 }, "model.b": false },
      "quantization",
    );
    expect(mlx.lookup("model.a")).toMatchObject({ state: "quantized", weight: { bits: 8, group: 32 } });
    expect(mlx.lookup("model.b").state).toBe("ignored");
    expect(mlx.lookup("model.c")).toMatchObject({ state: "quantized", weight: { bits: 4, group: 64 } });
  });
});

const fp8 = (name: string): TensorSpec[] => [
  [`${name}.weight`, "F8_E4M3", [256, 256]],
  [`${name}.weight_scale_inv`, "F32", [2, 2]],
];

function disagreements(tensors: Iterable<TensorSpec>, configs: Readonly<Record<string, unknown>>) {
  const found = analysePrecision(componentOf(tensors, { configs })).declared?.disagreements ?? [];
  return found.map(({ code, severity, module, count }) => [code, severity, module, count]);
}

describe("declared against stored", () => {
  const layers = [...expandAll(fp8("model.layers.{0-3}.mlp.up_proj"))];
  const declare = (more: object) => ({
    "config.json": { quantization_config: { quant_method: "fp8", weight_block_size: [128, 128], ...more } },
  });

  test("agreement is silence", () => {
    expect(disagreements(layers, declare({ modules_to_not_convert: ["lm_head"] }))).toEqual([]);
  });

  test("another block size", () => {
    expect(disagreements(layers, declare({ weight_block_size: [64, 64] }))).toEqual([
      ["CONFIG_BLOCK_MISMATCH", "error", "model.layers.{0-3}.mlp.up_proj", 4],
    ]);
  });

  test("single layers that are skipped yet quantized", () => {
    expect(
      disagreements(layers, declare({ modules_to_not_convert: ["model.layers.2.mlp.up_proj"] })),
    ).toEqual([["CONFIG_IGNORED_BUT_QUANTIZED", "error", "model.layers.2.mlp.up_proj", 1]]);
  });

  test("a plain linear that is targeted", () => {
    const plain: TensorSpec = ["model.layers.9.mlp.up_proj.weight", "BF16", [256, 256]];
    expect(disagreements([...layers, plain], declare({ modules_to_not_convert: ["lm_head"] }))).toEqual([
      ["CONFIG_QUANTIZED_BUT_PLAIN", "warning", "model.layers.9.mlp.up_proj", 1],
    ]);
    // Without a list: on purpose where no layer has it packed, else one layer was forgotten.
    expect(disagreements([...layers, plain], declare({}))[0]?.[1]).toBe("warning");
    const everywhere: TensorSpec = ["model.layers.9.mlp.extra_proj.weight", "BF16", [256, 256]];
    expect(disagreements([...layers, everywhere], declare({}))[0]?.[1]).toBe("info");
  });

  test("gates, norms, embedding and head are left alone", () => {
    const plain: TensorSpec[] = [
      "lm_head",
      "model.embed_tokens",
      "model.layers.0.mlp.gate",
      "mtp.fc",
      "visual.blocks.0.attn.qkv",
    ].map((name): TensorSpec => [`${name}.weight`, "BF16", [256, 256]]);
    expect(disagreements([...layers, ...plain], declare({ modules_to_not_convert: ["none"] }))).toEqual([]);
  });

  test("two places that differ", () => {
    const configs = {
      ...declare({}),
      "hf_quant_config.json": { quantization: { quant_algo: "NVFP4", group_size: 16 } },
    };
    expect(disagreements(layers, configs)).toEqual([["CONFIG_PLACES_DISAGREE", "warning", "", 0]]);
  });

  test("quantized tensors under a configuration that declares nothing", () => {
    expect(disagreements(layers, { "config.json": {} })).toEqual([
      ["CONFIG_METHOD_MISMATCH", "error", "", 4],
    ]);
    expect(disagreements(layers, {})).toEqual([]);
    expect(disagreements([["a.weight", "F8_E4M3", [8, 8]]], { "config.json": {} })[0]?.[1]).toBe("warning");
  });

  test("GPTQ of other bits and groups", () => {
    const gptq: TensorSpec[] = [
      ["q.qweight", "I32", [128, 1024]],
      ["q.qzeros", "I32", [8, 128]],
      ["q.scales", "F16", [8, 1024]],
      ["q.g_idx", "I32", [1024]],
    ];
    const config = { "quantize_config.json": { bits: 8, group_size: 64 } };
    expect(disagreements(gptq, config).map(([code]) => code)).toEqual([
      "CONFIG_BITS_MISMATCH",
      "CONFIG_GROUP_MISMATCH",
    ]);
  });

  test("values of wrong types declare nothing", () => {
    const config = {
      quantization_config: {
        quant_method: "gptq",
        bits: "4",
        group_size: [1],
        dynamic: "x",
        modules_to_not_convert: { a: 1 },
      },
    };
    expect(() => disagreements(layers, { "config.json": config })).not.toThrow();
  });
});

describe("one scale a tensor, or one a row", () => {
  const stored = (...scale: number[]): TensorSpec[] => [
    ["model.layers.0.mlp.up_proj.weight", "F8_E4M3", [512, 256]],
    ["model.layers.0.mlp.up_proj.weight_scale", "F32", scale],
  ];
  const ct = (strategy: string) => ({
    "config.json": {
      quantization_config: {
        quant_method: "compressed-tensors",
        format: "float-quantized",
        config_groups: {
          group_0: { targets: ["Linear"], weights: { num_bits: 8, type: "float", strategy } },
        },
      },
    },
  });
  const modelopt = (algorithm: string) => ({
    "hf_quant_config.json": { quantization: { quant_algo: algorithm } },
  });

  test.each([
    ["one a row under strategy tensor", stored(512, 1), ct("tensor")],
    ["one under strategy channel", stored(1), ct("channel")],
    ["one a row under ModelOpt's FP8", stored(512), modelopt("FP8")],
    ["one under FP8_PER_CHANNEL_PER_TOKEN", stored(), modelopt("FP8_PER_CHANNEL_PER_TOKEN")],
  ])("%s is told", (_, tensors, configs) => {
    expect(disagreements(tensors, configs)).toEqual([
      ["CONFIG_STRATEGY_MISMATCH", "error", "model.layers.0.mlp.up_proj", 1],
    ]);
  });

  test.each([
    ["tensor", stored(1), ct("tensor")],
    ["channel", stored(512, 1), ct("channel")],
    ["FP8", stored(), modelopt("FP8")],
    [
      "a weight of one row",
      [
        ["a.weight", "F8_E4M3", [1, 256]],
        ["a.weight_scale", "F32", [1]],
      ],
      ct("channel"),
    ],
  ] as [string, TensorSpec[], object][])("%s that is so is not", (_, tensors, configs) => {
    expect(disagreements(tensors, configs as Record<string, unknown>)).toEqual([]);
  });
});

describe("the name of a scale", () => {
  const tensors: TensorSpec[] = [
    ["model.layers.0.mlp.up_proj.weight", "F8_E4M3", [512, 256]],
    ["model.layers.0.mlp.up_proj.weight_scale_inv", "F32", [4, 2]],
  ];

  test("is the declared method's", () => {
    const declare = (config: object) => ({ "config.json": { quantization_config: config } });
    const ct = {
      quant_method: "compressed-tensors",
      config_groups: {
        group_0: {
          targets: ["Linear"],
          weights: { num_bits: 8, strategy: "block", block_structure: [128, 128] },
        },
      },
    };
    expect(disagreements(tensors, declare(ct))).toEqual([
      ["CONFIG_SUFFIX_MISMATCH", "warning", "model.layers.0.mlp.up_proj", 1],
    ]);
    expect(disagreements(tensors, declare({ quant_method: "fp8", weight_block_size: [128, 128] }))).toEqual(
      [],
    );
  });

  test("of an old exporter's activation scale is told", () => {
    const old: TensorSpec[] = [
      ["a.weight", "F8_E4M3", [512, 256]],
      ["a.weight_scale", "F32", []],
      ["a.act_scale", "F32", []],
    ];
    const configs = {
      "config.json": { quantization_config: { quant_method: "fp8", activation_scheme: "static" } },
    };
    expect(disagreements(old, configs).map(([code]) => code)).toEqual(["CONFIG_SUFFIX_MISMATCH"]);
  });
});
