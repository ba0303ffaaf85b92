import { describe, expect, test } from "vitest";
import { analysePrecision, type PrecisionResult } from "../../src/analysis/precision.ts";
import { componentOf, expandAll, type TensorSpec } from "../support/component-of.ts";

const LAYER = "model.layers.0";

function analyse(tensors: Iterable<TensorSpec>, config?: unknown): PrecisionResult {
  return analysePrecision(
    componentOf(tensors, { configs: config === undefined ? {} : { "config.json": config } }),
  );
}

function schemesOf(result: PrecisionResult): Record<string, string> {
  return Object.fromEntries(result.modules.map(({ pattern, scheme }) => [pattern, scheme]));
}

function codesOf(result: PrecisionResult): string[] {
  return [...result.scales.details, ...(result.declared?.disagreements ?? [])].map(({ code }) => code);
}

const fp8 = (name: string, out = 256, input = 256): TensorSpec[] => [
  [`${name}.weight`, "F8_E4M3", [out, input]],
  [`${name}.weight_scale_inv`, "F32", [Math.ceil(out / 128), Math.ceil(input / 128)]],
];

describe("the reference's traps", () => {
  test("1: .scales beside a plain weight is a parameter of its own", () => {
    const result = analyse([
      [`${LAYER}.mix.weight`, "BF16", [64, 64]],
      [`${LAYER}.mix.scales`, "BF16", [64]],
    ]);
    expect(result.schemes.map(({ scheme, parameters }) => [scheme, parameters])).toEqual([
      ["none", 64 * 64 + 64],
    ]);
    expect(codesOf(result)).toEqual([]);
  });

  test("2: bias is a parameter, biases are not", () => {
    const result = analyse([
      [`${LAYER}.q.weight`, "U32", [64, 96]],
      [`${LAYER}.q.scales`, "BF16", [64, 4]],
      [`${LAYER}.q.biases`, "BF16", [64, 4]],
      [`${LAYER}.q.bias`, "BF16", [64]],
    ]);
    expect(result.schemes.map(({ scheme, parameters }) => [scheme, parameters])).toEqual([
      ["mlx-affine", 64 * 512],
      ["none", 64],
    ]);
  });

  test("3: a U8 weight_scale for 16 weights is NVFP4, for 32 MXFP4", () => {
    const packed = (groups: number): TensorSpec[] => [
      [`${LAYER}.q.weight_packed`, "U8", [64, 256]],
      [`${LAYER}.q.weight_scale`, "U8", [64, groups]],
    ];
    expect(schemesOf(analyse(packed(32)))).toEqual({ [`${LAYER}.q`]: "nvfp4-ct" });
    expect(schemesOf(analyse(packed(16)))).toEqual({ [`${LAYER}.q`]: "mxfp4-ct" });
  });

  test("4: a true inverse is not visible; gptq with format fp8 is no other family", () => {
    const config = { quantization_config: { quant_method: "gptq", format: "fp8", bits: 8 } };
    const result = analyse(
      [
        [`${LAYER}.q.weight`, "F8_E4M3", [64, 256]],
        [`${LAYER}.q.weight_scale_inv`, "F32", [64]],
      ],
      config,
    );
    expect(schemesOf(result)).toEqual({ [`${LAYER}.q`]: "fp8-channel" });
    expect(result.declared?.agrees).toBe(true);
  });

  test("6: a two-dimensional weight_scale without _inv is block FP8", () => {
    const result = analyse([
      [`${LAYER}.q.weight`, "F8_E4M3", [256, 512]],
      [`${LAYER}.q.weight_scale`, "BF16", [2, 4]],
    ]);
    expect(result.modules[0]).toMatchObject({ scheme: "fp8-block", block: [128, 128] });
  });

  test.each([
    [
      "bitsandbytes [n, 1]",
      [
        ["weight", "U8", [8192, 1]],
        ["weight.absmax", "F32", [256]],
        ["weight.quant_map", "F32", [16]],
        ["weight.quant_state.bitsandbytes__nf4", "U8", [80]],
      ],
      "bnb-nf4",
    ],
    [
      "NVFP4 [out, in/2]",
      [
        ["weight", "U8", [64, 128]],
        ["weight_scale", "F8_E4M3", [64, 16]],
        ["weight_scale_2", "F32", []],
      ],
      "nvfp4",
    ],
    [
      "MXFP4 [out, in/2]",
      [
        ["weight", "U8", [64, 128]],
        ["weight_scale", "U8", [64, 8]],
      ],
      "mxfp4-u8",
    ],
    [
      "INT4 [out/2, in]",
      [
        ["weight", "U8", [64, 256]],
        ["weight_scale", "F32", [128, 2]],
      ],
      "int4-outpacked",
    ],
    [
      "BitNet [out/4, in]",
      [
        ["weight", "U8", [64, 256]],
        ["weight_scale", "BF16", [1]],
      ],
      "bitnet",
    ],
    [
      "Gemma [out, in/4]",
      [
        ["weight", "U8", [64, 64]],
        ["weight_scale", "F32", [64, 1]],
      ],
      "gemma-qat",
    ],
    [
      "MXFP6 [out, 3/4 in]",
      [
        ["weight", "U8", [64, 192]],
        ["weight_scale", "U8", [64, 8]],
      ],
      "mxfp6",
    ],
  ] as const)("7: a U8 weight: %s", (_title, parts, scheme) => {
    const tensors = parts.map(([name, dtype, shape]): TensorSpec => [`${LAYER}.q.${name}`, dtype, shape]);
    expect(schemesOf(analyse(tensors))).toEqual({ [`${LAYER}.q`]: scheme });
  });

  test.each([
    [
      "INT8",
      [
        ["weight", "I8", [64, 256]],
        ["weight_scale", "BF16", [64, 1]],
      ],
      "int8",
      [64, 256],
    ],
    [
      "FP4 pairs",
      [
        ["weight", "I8", [64, 128]],
        ["scale", "F8_E8M0", [64, 8]],
      ],
      "fp4-e8m0",
      [64, 256],
    ],
    [
      "INT4 pairs of SVDQuant",
      [
        ["qweight", "I8", [64, 128]],
        ["wscales", "BF16", [4, 64]],
      ],
      "svdquant",
      [64, 256],
    ],
    [
      "two rows a byte of Ascend",
      [
        ["weight", "I8", [32, 256]],
        ["weight_scale", "F32", [64, 1]],
        ["weight_offset", "F32", [64, 1]],
      ],
      "ascend-modelslim",
      [64, 256],
    ],
  ] as const)("8: an I8 weight: %s", (_title, parts, scheme, shape) => {
    const tensors = parts.map(([name, dtype, dims]): TensorSpec => [`${LAYER}.q.${name}`, dtype, dims]);
    const [module] = analyse(tensors).modules;
    expect([module?.scheme, module?.weight.logicalShape]).toEqual([scheme, shape]);
  });

  test("9: weight_packed in I32 is integers, in U8 FP4", () => {
    const scale: TensorSpec = [`${LAYER}.q.weight_scale`, "U8", [64, 8]];
    expect(schemesOf(analyse([[`${LAYER}.q.weight_packed`, "U8", [64, 128]], scale]))).toEqual({
      [`${LAYER}.q`]: "mxfp4-ct",
    });
    expect(schemesOf(analyse([[`${LAYER}.q.weight_packed`, "I32", [64, 32]], scale]))).toEqual({
      [`${LAYER}.q`]: "ct-pack-int",
    });
  });

  test("10: GPTQ and AWQ of one square layer differ by the width of qweight", () => {
    const tensors = (shape: number[]): TensorSpec[] => [
      [`${LAYER}.q.qweight`, "I32", shape],
      [`${LAYER}.q.qzeros`, "I32", [8, 128]],
      [`${LAYER}.q.scales`, "F16", [8, 1024]],
    ];
    expect(analyse(tensors([128, 1024])).modules[0]).toMatchObject({
      scheme: "gptq",
      group: 128,
      parametersEach: 1024 * 1024,
    });
    expect(analyse(tensors([1024, 128])).modules[0]).toMatchObject({
      scheme: "awq-gemm",
      group: 128,
      parametersEach: 1024 * 1024,
    });
  });

  test("11: key/value-cache scales are no orphans", () => {
    const result = analyse([
      ...fp8(`${LAYER}.self_attn.k_proj`),
      ...fp8(`${LAYER}.self_attn.v_proj`),
      [`${LAYER}.self_attn.k_proj.k_scale`, "F32", []],
      [`${LAYER}.self_attn.v_proj.v_scale`, "F32", []],
      [`${LAYER}.self_attn.fa_k.scale`, "F32", [1]],
      [`${LAYER}.self_attn.fa_v.scale`, "F32", [1]],
    ]);
    expect(codesOf(result)).toEqual([]);
  });

  test("12: hc_attn_scale is a parameter", () => {
    const result = analyse([
      [`${LAYER}.hc_attn_scale`, "F32", [3]],
      [`${LAYER}.attn_hc.scale`, "F32", [3]],
    ]);
    expect(result.schemes.map(({ scheme, parameters }) => [scheme, parameters])).toEqual([["none", 6]]);
    expect(codesOf(result)).toEqual([]);
  });

  test("13: integer tables hold no parameters", () => {
    const result = analyse([
      [`${LAYER}.ffn.gate.tid2eid`, "I64", [1000, 6]],
      ["embeddings.position_ids", "I64", [1, 512]],
      [`${LAYER}.norm.weight`, "BF16", [8]],
    ]);
    expect(result.schemes.map(({ parameters }) => parameters)).toEqual([8]);
  });

  test("14: stacked experts packed along the second dimension", () => {
    const result = analyse([
      [`${LAYER}.experts.gate_up_proj`, "U8", [16, 1280, 8192]],
      [`${LAYER}.experts.gate_up_proj_weight_scale`, "F8_E4M3", [16, 160, 8192]],
      [`${LAYER}.experts.gate_up_proj_weight_scale_2`, "F32", [16]],
      [`${LAYER}.experts.down_proj`, "F8_E4M3", [16, 4096, 2560]],
      [`${LAYER}.experts.down_proj_scale`, "F32", [16, 1, 2560]],
    ]);
    expect(result.modules).toMatchObject([
      { pattern: `${LAYER}.experts.down_proj`, scheme: "fp8-channel", parametersEach: 16 * 4096 * 2560 },

      { pattern: `${LAYER}.experts.gate_up_proj`, scheme: "nvfp4", parametersEach: 16 * 2560 * 8192 },
    ]);
    expect(codesOf(result)).toEqual([]);
  });

  test.each([
    [
      "the configuration",
      { quantization: { bits: 8, group_size: 32 } },
      [],
      { bits: 8, group: 32, shape: [4096, 4096] },
    ],
    [
      "a sibling norm",
      undefined,
      [["model.layers.0.input_layernorm.weight", "BF16", [8192]]],
      { bits: 4, group: 64, shape: [4096, 8192] },
    ],
    ["hidden_size", { hidden_size: 16384 }, [], { bits: 2, group: 128, shape: [4096, 16384] }],
  ] as const)("15: bits and group told apart by %s", (_title, config, others, expected) => {
    const tensors: TensorSpec[] = [
      [`${LAYER}.self_attn.q_proj.weight`, "U32", [4096, 1024]],
      [`${LAYER}.self_attn.q_proj.scales`, "BF16", [4096, 128]],
      [`${LAYER}.self_attn.q_proj.biases`, "BF16", [4096, 128]],
      ...others.map(([name, dtype, shape]): TensorSpec => [name, dtype, shape]),
    ];
    const module = analyse(tensors, config).modules.find(({ scheme }) => scheme === "mlx-affine");
    expect({ bits: module?.bits, group: module?.group, shape: module?.weight.logicalShape }).toEqual(
      expected,
    );
  });

  test("16: scale_fmt ue8m0 with F32 scales is nothing to speak of", () => {
    const config = {
      quantization_config: { quant_method: "fp8", weight_block_size: [128, 128], scale_fmt: "ue8m0" },
    };
    expect(codesOf(analyse(fp8(`${LAYER}.mlp.up_proj`), config))).toEqual([]);
  });

  test("17, 22: FP4 experts in an FP8 checkpoint are two schemes, and agree with quant_method fp8", () => {
    const config = {
      expert_dtype: "fp4",
      quantization_config: { quant_method: "fp8", weight_block_size: [128, 128], scale_fmt: "ue8m0" },
    };
    const result = analyse(
      [
        ["layers.0.attn.wq_a.weight", "F8_E4M3", [1024, 4096]],
        ["layers.0.attn.wq_a.scale", "F8_E8M0", [8, 32]],
        ["layers.0.ffn.experts.0.w1.weight", "I8", [2048, 2048]],
        ["layers.0.ffn.experts.0.w1.scale", "F8_E8M0", [2048, 128]],
      ],
      config,
    );
    expect(result.schemes.map(({ scheme }) => scheme).sort()).toEqual(["fp4-e8m0", "fp8-block"]);
    expect(result.declared?.disagreements).toEqual([]);
  });

  test("19: fused q/k/v cut by key/value head has the sum of the ceilings", () => {
    const result = analyse(
      [
        ...fp8("model.layers.0.mlp.up_proj", 4096, 4096),
        ["model.layers.0.self_attn.qkv_proj.weight", "F8_E4M3", [13568, 4096]],
        ["model.layers.0.self_attn.qkv_proj.weight_scale_inv", "F32", [108, 32]],
        ["model.layers.0.self_attn.k_proj.weight", "F8_E4M3", [768, 4096]],
        ["model.layers.0.self_attn.k_proj.weight_scale_inv", "F32", [8, 32]],
      ],
      { num_key_value_heads: 4, quantization_config: { quant_method: "fp8", weight_block_size: [128, 128] } },
    );
    expect(codesOf(result)).toEqual(["PER_HEAD_BLOCKS", "PER_HEAD_BLOCKS"]);
  });

  test("20: a skip entry with a wrapper's prefix is drift, not silence", () => {
    const config = {
      quantization_config: {
        quant_method: "compressed-tensors",
        ignore: ["language_model.model.layers.0.mlp.gate"],
        config_groups: {},
      },
    };
    const result = analyse(
      [...fp8("model.layers.0.mlp.up_proj"), ["model.layers.0.mlp.gate.weight", "BF16", [8, 256]]],
      config,
    );
    expect(codesOf(result)).toContain("CONFIG_NAME_DRIFT");
  });

  test("21: a configuration over plain weights lies", () => {
    const config = { quantization_config: { quant_method: "awq", bits: 4, group_size: 128 } };
    const result = analyse([["model.layers.0.mlp.up_proj.weight", "BF16", [256, 256]]], config);
    expect(codesOf(result)).toEqual(["CONFIG_METHOD_MISMATCH"]);
    expect(result.declared?.agrees).toBe(false);
  });

  test("22: several schemes stand side by side, in one layer too", () => {
    const result = analyse([
      ...fp8("model.layers.0.self_attn.q_proj"),
      ["model.layers.0.mlp.up_proj.weight", "U8", [256, 128]],
      ["model.layers.0.mlp.up_proj.weight_scale", "F8_E4M3", [256, 16]],
      ["model.layers.0.mlp.up_proj.weight_scale_2", "F32", []],
    ]);
    expect(schemesOf(result)).toEqual({
      "model.layers.0.self_attn.q_proj": "fp8-block",
      "model.layers.0.mlp.up_proj": "nvfp4",
    });
  });
});

describe("what only modules together show", () => {
  test("a scale dropped in one layer keeps the scheme of its siblings", () => {
    const tensors = [...expandAll(fp8("model.layers.{0-3}.mlp.up_proj"))].filter(
      ([name]) => name !== "model.layers.2.mlp.up_proj.weight_scale_inv",
    );
    const result = analyse(tensors);
    expect(result.scales).toMatchObject({ paired: 3, missing: 1, orphan: 0 });
    expect(result.scales.details).toMatchObject([
      { code: "MISSING_SCALE", tensor: "model.layers.2.mlp.up_proj.weight_scale_inv" },
    ]);
    expect(result.modules.every(({ scheme }) => scheme === "fp8-block")).toBe(true);
  });

  test("a scale without its weight is an orphan", () => {
    const result = analyse([
      ...fp8("a"),
      ["mtp.head.weight", "BF16", [8, 8]],
      ["mtp.head.weight_scale", "F32", [1]],
    ]);
    expect(result.scales.details).toMatchObject([{ code: "ORPHAN_SCALE", tensor: "mtp.head.weight_scale" }]);
  });

  test("a plain k_proj beside a quantized q_proj splits a fused group", () => {
    const result = analyse([
      ...fp8("model.layers.0.self_attn.q_proj"),
      ["model.layers.0.self_attn.k_proj.weight", "BF16", [256, 256]],
      ...fp8("model.layers.0.self_attn.v_proj"),
    ]);
    expect(result.scales.details).toMatchObject([
      { code: "PARTIAL_FUSED_GROUP", severity: "error", module: "model.layers.0.self_attn" },
    ]);
  });

  test("an expert without the input_scale of the others is an error", () => {
    const expert = (n: number): TensorSpec[] => [
      [`experts.${n}.up_proj.weight`, "U8", [64, 64]],
      [`experts.${n}.up_proj.weight_scale`, "F8_E4M3", [64, 8]],
      [`experts.${n}.up_proj.weight_scale_2`, "F32", []],
    ];
    const result = analyse([
      ...expert(0),
      ["experts.0.up_proj.input_scale", "F32", []],
      ...expert(1),
      ["experts.1.up_proj.input_scale", "F32", []],
      ...expert(2),
    ]);
    expect(result.scales.details).toMatchObject([
      { code: "MISSING_INPUT_SCALE", severity: "error", tensor: "experts.2.up_proj.input_scale" },
    ]);
  });

  test("a ragged module is explained, and the block of the others holds for a small one", () => {
    const result = analyse([
      ...fp8("model.layers.0.a", 576, 7168),
      ...fp8("model.layers.0.b", 64, 100),
      ...fp8("model.layers.0.c", 1024, 1024),
    ]);
    expect(result.modules.map(({ block }) => block)).toEqual([
      [128, 128],
      [128, 128],
      [128, 128],
    ]);
    expect(codesOf(result)).toEqual(["RAGGED_BLOCKS"]);
    expect(result.scales.details).toMatchObject([
      {
        expected: "whole blocks of 128×128",
        found: "576 rows are 4.5 blocks of 128: the last block is partial",
      },
    ]);
  });

  test("gptq at 3 bits counts every value", () => {
    const result = analyse([
      ["q.qweight", "I32", [384, 1024]],
      ["q.qzeros", "I32", [32, 96]],
      ["q.scales", "F16", [32, 1024]],
    ]);
    expect(result.modules[0]).toMatchObject({ scheme: "gptq", bits: 3, parametersEach: 4096 * 1024 });
  });
});
