import { describe, expect, test } from "vitest";
import { analysePrecision } from "../../src/analysis/precision.ts";
import type { Dtype } from "../../src/safetensors/dtype.ts";
import { componentOf, type TensorSpec } from "../support/component-of.ts";
import { growthOf } from "../support/growth.ts";

type Parts = Readonly<Record<string, readonly [Dtype, readonly number[]]>>;

function read(parts: Parts, config?: unknown) {
  const tensors = Object.entries(parts).map(([name, [dtype, shape]]): TensorSpec => [name, dtype, shape]);
  return analysePrecision(
    componentOf(tensors, { configs: config === undefined ? {} : { "config.json": config } }),
  );
}

const ct = (weights: object) => ({
  quantization_config: {
    quant_method: "compressed-tensors",
    format: "pack-quantized",
    config_groups: { group_0: { targets: ["Linear"], weights } },
  },
});
const PACKED: Parts = {
  "a.weight_packed": ["I32", [4096, 512]],
  "a.weight_scale": ["BF16", [4096, 32]],
  "a.weight_shape": ["I64", [2]],
};

describe("odd but legal readings", () => {
  test.each([
    [
      "zero points tell the bits of packed integers",
      { ...PACKED, "a.weight_zero_point": ["I32", [512, 32]] },
      undefined,
      { scheme: "ct-pack-int", bits: 4, group: 128 },
    ],
    [
      "old packing of 3 bits wastes two bits a word",
      {
        "a.weight_packed": ["I32", [4096, 410]],
        "a.weight_scale": ["BF16", [4096, 32]],
        "a.weight_shape": ["I64", [2]],
      },
      ct({ num_bits: 3, group_size: 128 }),
      { bits: 3, group: 128, parametersEach: 4096 * 4096 },
    ],
    [
      "704 inputs in groups of 128 are six groups",
      {
        "a.weight_packed": ["I32", [2048, 88]],
        "a.weight_scale": ["BF16", [2048, 6]],
        "a.weight_shape": ["I64", [2]],
      },
      ct({ num_bits: 4, group_size: 128 }),
      { bits: 4, group: 128, parametersEach: 2048 * 704 },
    ],
    [
      "fused experts packed by compressed-tensors",
      {
        "e.gate_up_proj_packed": ["I32", [8, 512, 32]],
        "e.gate_up_proj_scale": ["BF16", [8, 512, 8]],
        "e.gate_up_proj_shape": ["I64", [3]],
      },
      ct({ num_bits: 4, group_size: 32 }),
      { pattern: "e.gate_up_proj", scheme: "ct-pack-int", parametersEach: 8 * 512 * 256 },
    ],
    [
      "the original gpt-oss spelling",
      { "mlp.mlp1_weight.blocks": ["U8", [4, 64, 3, 16]], "mlp.mlp1_weight.scales": ["U8", [4, 64, 3]] },
      undefined,
      { pattern: "mlp.mlp1_weight", scheme: "mxfp4-gptoss", parametersEach: 4 * 64 * 96 },
    ],
    [
      "one scale for each stacked expert",
      { "e.gate_up_proj": ["F8_E4M3", [8, 512, 256]], "e.gate_up_proj_scale_inv": ["F32", [8, 1, 1]] },
      undefined,
      { scheme: "fp8-tensor", granularity: "tensor" },
    ],
    [
      "bitsandbytes below a parameter",
      {
        "e.gate_up_proj": ["U8", [65536, 1]],
        "e.gate_up_proj.absmax": ["F32", [2048]],
        "e.gate_up_proj.quant_map": ["F32", [16]],
        "e.gate_up_proj.quant_state.bitsandbytes__nf4": ["U8", [90]],
      },
      undefined,
      { pattern: "e.gate_up_proj", scheme: "bnb-nf4", group: 64 },
    ],
    [
      "GPTQ with one group is per channel",
      { "q.qweight": ["I32", [512, 4096]], "q.qzeros": ["I32", [1, 512]], "q.scales": ["F16", [1, 4096]] },
      undefined,
      { granularity: "channel", group: null, parametersEach: 4096 * 4096 },
    ],
    [
      "HQQ at 3 bits packs ten values a word",
      { "q.W_q": ["I32", [103, 64]], "q.scale": ["F16", [1024, 1]], "q.zero": ["F16", [1024, 1]] },
      undefined,
      { scheme: "hqq", bits: 3, parametersEach: 65_536 },
    ],
    [
      "torchao with colons",
      {
        "0.weight:qdata": ["F8_E4M3", [256, 32]],
        "0.weight:scale": ["F32", [256, 1]],
        "0.bias:data": ["BF16", [256]],
      },
      undefined,
      { pattern: "0", scheme: "torchao-float8", parametersEach: 8192 },
    ],
    [
      "a weight at the root",
      { weight: ["F8_E4M3", [256, 256]], weight_scale: ["F32", []] },
      undefined,
      { pattern: "", scheme: "fp8-tensor" },
    ],
    [
      "a ragged group of INT8",
      { "q.weight": ["I8", [256, 300]], "q.weight_scale": ["BF16", [256, 3]] },
      undefined,
      { granularity: "group", group: 128 },
    ],
  ] as const)("%s", (_title, parts, config, expected) => {
    const result = read(parts as unknown as Parts, config);
    expect(result.modules[0]).toMatchObject(expected);
    expect(result.scales.details.filter(({ severity }) => severity === "error")).toEqual([]);
  });
});

describe("what the headers leave open is said", () => {
  test("the candidates of an ambiguous product", () => {
    const [module] = read({
      "a.weight_packed": ["I32", [4096, 512]],
      "a.weight_scale": ["BF16", [4096, 128]],
      "a.weight_shape": ["I64", [2]],
    }).modules;
    expect(module).toMatchObject({
      parametersEach: null,
      bits: null,
      bitsPerWeight: null,
      weight: { logicalShape: null },
    });
    expect(module?.candidates).toEqual([
      { bits: 4, group: 32, logicalShape: [4096, 4096] },
      { bits: 2, group: 64, logicalShape: [4096, 8192] },
    ]);
  });

  test("a lone flat weight is bitsandbytes, of the type that the configuration names", () => {
    const flat: Parts = { "q.weight": ["U8", [8192, 1]] };
    expect(read(flat).modules[0]?.scheme).toBe("bnb-4bit");
    expect(
      read(flat, { quantization_config: { load_in_4bit: true, bnb_4bit_quant_type: "nf4" } }).modules[0]
        ?.scheme,
    ).toBe("bnb-nf4");
  });
});

describe("what is broken", () => {
  const codes = (parts: Parts, config?: unknown) => {
    const { scales, declared } = read(parts, config);
    return [...scales.details, ...(declared?.disagreements ?? [])].map(({ code }) => code);
  };

  test("int8 claimed over int4", () =>
    expect(codes(PACKED, ct({ num_bits: 8, group_size: 128 }))).toEqual(["CONFIG_BITS_MISMATCH"]));

  test("MLX groups of 64 claimed over 32", () => {
    const affine: Parts = {
      "a.weight": ["U32", [4096, 512]],
      "a.scales": ["BF16", [4096, 128]],
      "a.biases": ["BF16", [4096, 128]],
    };
    expect(codes(affine, { quantization: { bits: 4, group_size: 64 } })).toEqual(["CONFIG_GROUP_MISMATCH"]);
  });

  test.each([[[47, 24]], [[24, 48]]])("block scales of shape %j for [6144, 3072]", (shape) => {
    expect(codes({ "a.weight": ["F8_E4M3", [6144, 3072]], "a.weight_scale_inv": ["F32", shape] })).toEqual([
      "SCALE_SHAPE_MISMATCH",
    ]);
  });

  test("GPTQ without its values is three orphans", () => {
    expect(
      codes({ "q.scales": ["F16", [32, 4096]], "q.qzeros": ["I32", [32, 512]], "q.g_idx": ["I32", [4096]] }),
    ).toEqual(["ORPHAN_SCALE", "ORPHAN_SCALE", "ORPHAN_SCALE"]);
  });

  test("quantizer internals that leaked", () => {
    expect(codes({ "q.weight": ["BF16", [64, 64]], "q.weight_quantizer._scale": ["F32", [64, 4]] })).toEqual([
      "ORPHAN_SCALE",
    ]);
  });

  test("a value scale without its key scale", () => {
    expect(
      codes({ "l.0.self_attn.k_proj.weight": ["BF16", [8, 8]], "l.0.self_attn.v_scale": ["F32", []] }),
    ).toEqual(["KV_SCALE_MISSING"]);
  });

  test("names without a dot stay linear", () => {
    const run = (count: number) => {
      const tensors = Array.from({ length: count }, (_, n): TensorSpec => [`tensor_${n}_scale`, "F32", [1]]);
      expect(analysePrecision(componentOf(tensors)).schemes[0]?.modules).toBe(count);
    };
    // Eight times the names: 64 where each is compared with each.
    expect(growthOf(run, 1_250, 10_000)).toBeLessThan(24);
  });
});
