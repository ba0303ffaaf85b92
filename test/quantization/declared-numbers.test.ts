import { describe, expect, test } from "vitest";
import { analysePrecision } from "../../src/analysis/precision.ts";
import { parseDeclaration } from "../../src/quantization/dialects/parse.ts";
import { componentOf, type TensorSpec } from "../support/component-of.ts";

type Declare = (bits: number, group: number) => object;

const ct = (weights: object) => ({
  quant_method: "compressed-tensors",
  config_groups: { g: { targets: ["Linear"], weights } },
});

/** Every spelling of bits and groups that a dialect has. */
const DIALECTS: Readonly<Record<string, Declare>> = {
  gptq: (bits, group_size) => ({ quant_method: "gptq", bits, group_size }),
  "GPTQ's dynamic": (bits, group_size) => ({
    quant_method: "gptq",
    bits: 4,
    group_size: 128,
    dynamic: { "+:.*": { bits, group_size } },
  }),
  awq: (w_bit, q_group_size) => ({ quant_method: "awq", w_bit, q_group_size }),
  "auto-round": (bits, group_size) => ({ quant_method: "auto-round", bits, group_size }),
  "AutoRound's extra_config": (bits, group_size) => ({
    quant_method: "auto-round",
    bits: 4,
    extra_config: { lm_head: { bits, group_size } },
  }),
  "compressed-tensors": (num_bits, group_size) => ct({ num_bits, group_size, strategy: "group" }),
  "a later group": (num_bits, group_size) => ({
    quant_method: "compressed-tensors",
    config_groups: {
      a: { targets: ["Linear"], weights: { num_bits: 4, group_size: 128 } },
      b: { targets: ["re:.*"], weights: { num_bits, group_size } },
    },
  }),
  hqq: (nbits, group_size) => ({
    quant_method: "hqq",
    quant_config: { weight_quant_params: { nbits, group_size } },
  }),
  "HQQ's tags": (nbits, group_size) => ({
    quant_method: "hqq",
    quant_config: { "self_attn.q_proj": { weight_quant_params: { nbits, group_size } } },
  }),
  mlx: (bits, group_size) => ({ quant_method: "mlx", bits, group_size }),
  "MLX's paths": (bits, group_size) => ({
    quant_method: "mlx",
    bits: 4,
    group_size: 64,
    "model.a": { bits, group_size },
  }),
  sinq: (nbits, group_size) => ({ quant_method: "sinq", nbits, group_size }),
  higgs: (bits, group_size) => ({ quant_method: "higgs", bits, group_size }),
  prism: (bits, group_size) => ({ quant_method: "prism", bits, group_size }),
  "a method of nobody's": (bits, group_size) => ({ quant_method: "new", bits, group_size }),
};

const GROUPS: Readonly<Record<string, (group: number) => object>> = {
  ModelOpt: (group_size) => ({ quant_method: "modelopt", quant_algo: "NVFP4", group_size }),
  "ModelOpt's layers": (group_size) => ({
    quant_method: "modelopt",
    quant_algo: "MIXED_PRECISION",
    quantized_layers: { "model.a": { quant_algo: "NVFP4", group_size } },
  }),
  Quark: (group_size) => ({
    quant_method: "quark",
    global_quant_config: { weight: { dtype: "int4", group_size } },
  }),
  "Quark's layers": (group_size) => ({
    quant_method: "quark",
    layer_quant_config: { "*a": { weight: { dtype: "int4", group_size } } },
  }),
  torchao: (group_size) => ({ quant_method: "torchao", quant_type: { default: { _data: { group_size } } } }),
  "torchao's kwargs": (group_size) => ({ quant_method: "torchao", quant_type_kwargs: { group_size } }),
};

const BAD_BITS = [0, -0, 1e-320, -1, 33, 64, 1e308, Number.POSITIVE_INFINITY, 2.5];
const BAD_GROUPS = [0, -5, -2, 0.5, 2 ** 31 + 1, 1e308, Number.NEGATIVE_INFINITY];

function unusable(config: object): string[] {
  const declaration = parseDeclaration("config.json", "quantization_config", config);
  return declaration?.unusable.map(({ text }) => text.replace(/^\w+ /, "")) ?? ["none read"];
}

describe("numbers that cannot be are not used, and told", () => {
  test.each(Object.entries(DIALECTS))("%s", (method, declare) => {
    for (const bits of BAD_BITS) {
      if (bits === 2.5 && /hqq/i.test(method)) continue;
      expect([bits, unusable(declare(bits, 128))]).toEqual([bits, [String(bits)]]);
    }
    for (const group of BAD_GROUPS)
      expect([group, unusable(declare(4, group))]).toEqual([group, [String(group)]]);
    for (const [bits, group] of [
      [1, 1],
      [32, 2 ** 31],
      [4, -1],
    ] as const)
      expect(unusable(declare(bits, group))).toEqual([]);
  });

  test.each(Object.entries(GROUPS))("%s", (_, declare) => {
    for (const group of BAD_GROUPS)
      expect([group, unusable(declare(group))]).toEqual([group, [String(group)]]);
    for (const group of [1, 16, -1, 2 ** 31]) expect(unusable(declare(group))).toEqual([]);
  });

  test.each([
    [{ quant_method: "fp8", weight_block_size: [0, 128] }, ["0×128"]],
    [{ quant_method: "fp8", weight_block_size: [128, -128] }, ["128×-128"]],
    [{ quant_method: "fp8", weight_block_size: [128.5, 128] }, ["128.5×128"]],
    [{ quant_method: "fp8", weight_block_size: [128, 128] }, []],
    [{ quant_method: "fp8", weight_block_size: null }, []],
    [ct({ num_bits: 8, block_structure: "0x128" }), ["0×128"]],
    [ct({ num_bits: 8, block_structure: "128x128" }), []],
    [{ quant_method: "quanto", weights: "int0" }, ["int0"]],
    [{ quant_method: "quanto", weights: "qfloat8_e4m3fn" }, []],
    [{ quant_method: "quark", global_quant_config: { weight: { dtype: "int64" } } }, ["int64"]],
    [{ quant_method: "gemma", num_bits: 0 }, ["0"]],
    [
      { quant_method: "vptq", config_for_layers: { a: { in_features: -4, out_features: 8.5 } } },
      ["8.5", "-4"],
    ],
    [{ quant_method: "exl2", bits: 4.25 }, []],
    [{ quant_method: "exl3", bits: 0.5 }, ["0.5"]],
    [{ quant_method: "hqq", quant_config: { weight_quant_params: { nbits: 1.58 } } }, []],
  ] as [object, string[]][])("%j", (config, texts) => {
    expect(unusable(config)).toEqual(texts);
  });

  test("of many unusable ones a few are kept", () => {
    const dynamic = Object.fromEntries(Array.from({ length: 1000 }, (_, k) => [`+:m${k}`, { bits: -k - 1 }]));
    expect(unusable({ quant_method: "gptq", bits: 4, dynamic }).length).toBeLessThan(100);
  });
});

describe("no declaration makes parameters that cannot be", () => {
  const STORED: Readonly<Record<string, readonly TensorSpec[]>> = {
    gptq: [
      ["q.qweight", "I32", [128, 1000]],
      ["q.scales", "F16", [8, 1000]],
    ],
    awq: [
      ["q.qweight", "I32", [1024, 77]],
      ["q.qzeros", "I32", [8, 77]],
    ],
    "ct-pack-int": [["q.weight_packed", "I32", [64, 77]]],
    mlx: [
      ["q.weight", "U32", [64, 77]],
      ["q.scales", "F16", [64, 7]],
      ["q.biases", "F16", [64, 7]],
    ],
    hqq: [
      ["q.W_q", "U8", [77, 13]],
      ["q.scale", "F16", [1, 13]],
      ["q.zero", "F16", [1, 13]],
    ],
    torchao: [
      ["q._weight_qdata", "U8", [64, 77]],
      ["q._weight_scale", "BF16", [64, 7]],
    ],
    bitnet: [
      ["q.weight", "U8", [77, 13]],
      ["q.weight_scale", "BF16", [1]],
    ],
  };

  test.each(Object.entries(STORED))("%s", (_, tensors) => {
    for (const declare of Object.values(DIALECTS))
      for (const bits of [0, 2.5, 3, 11, 1e308])
        for (const group of [0, -5, 3]) {
          const configs = { "config.json": { quantization_config: declare(bits, group) } };
          const { byRole } = analysePrecision(componentOf(tensors, { configs }));
          for (const { parameters } of byRole)
            expect([bits, group, Number.isSafeInteger(parameters) && parameters >= 0]).toEqual([
              bits,
              group,
              true,
            ]);
        }
  });
});
