import { describe, expect, test } from "vitest";
import { quantizationOf } from "../../src/quantization/quantization.ts";
import { componentOf, expandAll, type TensorSpec } from "../support/component-of.ts";

const LLAMA_8B = { layers: 32, hidden: 4096, kv: 1024, ffn: 14336 };
const LLAMA_70B = { layers: 80, hidden: 8192, kv: 1024, ffn: 28672 };

type Make = (name: string, out: number, input: number) => TensorSpec[];

/** The seven linears of a Llama layer, each as `make` stores it. */
function llama({ layers, hidden, kv, ffn }: typeof LLAMA_8B, make: Make): TensorSpec[] {
  const at = (name: string) => `model.layers.{0-${layers - 1}}.${name}`;
  return [
    ...make(at("self_attn.q_proj"), hidden, hidden),
    ...make(at("self_attn.k_proj"), kv, hidden),
    ...make(at("self_attn.v_proj"), kv, hidden),
    ...make(at("self_attn.o_proj"), hidden, hidden),
    ...make(at("mlp.gate_proj"), ffn, hidden),
    ...make(at("mlp.up_proj"), ffn, hidden),
    ...make(at("mlp.down_proj"), hidden, ffn),
  ];
}

/** What is not quantized, as one tensor: the published count of it. */
const plain = (dtype: "BF16" | "F16" | "F32", count: number): TensorSpec => [`rest_${dtype}`, dtype, [count]];

function gptOss(layers: number, experts: number, plainTotal: number): TensorSpec[] {
  const at = (name: string) => `model.layers.{0-${layers - 1}}.mlp.experts.${name}`;
  const biases = layers * experts * (5760 + 2880);
  return [
    [at("gate_up_proj_blocks"), "U8", [experts, 5760, 90, 16]],
    [at("gate_up_proj_scales"), "U8", [experts, 5760, 90]],
    [at("gate_up_proj_bias"), "BF16", [experts, 5760]],
    [at("down_proj_blocks"), "U8", [experts, 2880, 90, 16]],
    [at("down_proj_scales"), "U8", [experts, 2880, 90]],
    [at("down_proj_bias"), "BF16", [experts, 2880]],
    plain("BF16", plainTotal - biases),
  ];
}

const packInt: Make = (name, out, input) => [
  [`${name}.weight_packed`, "I32", [out, input / 8]],
  [`${name}.weight_scale`, "BF16", [out, input / 128]],
  [`${name}.weight_shape`, "I64", [2]],
  [`${name}.weight_g_idx`, "I32", [input]],
];
const gptq: Make = (name, out, input) => [
  [`${name}.qweight`, "I32", [input / 8, out]],
  [`${name}.qzeros`, "I32", [input / 128, out / 8]],
  [`${name}.scales`, "F16", [input / 128, out]],
  [`${name}.g_idx`, "I32", [input]],
  [`${name}.bias`, "F16", [out]],
];
const nf4: Make = (name, out, input) => [
  [`${name}.weight`, "U8", [(out * input) / 2, 1]],
  [`${name}.weight.absmax`, "U8", [(out * input) / 64]],
  [`${name}.weight.quant_map`, "F32", [16]],
  [`${name}.weight.nested_absmax`, "F32", [(out * input) / 64 / 256]],
  [`${name}.weight.nested_quant_map`, "F32", [256]],
  [`${name}.weight.quant_state.bitsandbytes__nf4`, "U8", [90]],
];

const KIMI_K2_5: TensorSpec[] = (["gate_proj", "up_proj", "down_proj"] as const).flatMap(
  (name): TensorSpec[] => {
    const [out, input] = name === "down_proj" ? [7168, 2048] : [2048, 7168];
    const at = `language_model.model.layers.{1-60}.mlp.experts.{0-383}.${name}`;
    return [
      [`${at}.weight_packed`, "I32", [out, input / 8]],
      [`${at}.weight_scale`, "BF16", [out, input / 32]],
      [`${at}.weight_shape`, "I32", [2]],
    ];
  },
);

const DEEPSEEK_V4_PRO: TensorSpec[] = [
  ...(["w1", "w2", "w3"] as const).flatMap((name): TensorSpec[] => {
    const [out, input] = name === "w2" ? [7168, 3072] : [3072, 7168];
    const at = `layers.{0-61}.ffn.experts.{0-383}.${name}`;
    return [
      [`${at}.weight`, "I8", [out, input / 2]],
      [`${at}.scale`, "F8_E8M0", [out, input / 32]],
    ];
  }),
  ["layers.0.attn.wq_b.weight", "F8_E4M3", [128 * 1381, 128 * 1024]],
  ["layers.0.attn.wq_b.scale", "F8_E8M0", [1381, 1024]],
  ["layers.{0-2}.ffn.gate.tid2eid", "I64", [129_280, 6]],
  plain("BF16", 2_816_899_328),
  plain("F32", 87_776_414),
];

const KIMI_CONFIG = {
  text_config: {
    quantization_config: {
      quant_method: "compressed-tensors",
      format: "pack-quantized",
      config_groups: {
        group_0: { targets: ["Linear"], weights: { num_bits: 4, group_size: 32, strategy: "group" } },
      },
    },
  },
};

describe("published totals, to the last parameter", () => {
  test.each([
    ["gpt-oss-20b: 19,110,297,600 + 1,804,459,584", gptOss(24, 32, 1_804_459_584), undefined, 20_914_757_184],
    [
      "gpt-oss-120b: 114,661,785,600 + 2,167,371,072",
      gptOss(36, 128, 2_167_371_072),
      undefined,
      116_829_156_672,
    ],
    [
      "Kimi-K2.5: 60 × 384 × 3 × 7168 × 2048 + 12,193,352,688",
      [...KIMI_K2_5, plain("BF16", 12_193_329_648), plain("F32", 23_040)],
      KIMI_CONFIG,
      1_026_879_376_368,
    ],
    [
      "Kimi-K3: 2,722,740,830,208 in MXFP4 + 57,191,006,976",
      [
        ["experts.weight_packed", "U8", [379_846_656, 3584]],
        ["experts.weight_scale", "U8", [379_846_656, 224]],
        plain("BF16", 57_179_884_544),
        plain("F32", 11_122_432),
      ],
      undefined,
      2_779_931_837_184,
    ],
    ["DeepSeek-V4-Pro without its routing table", DEEPSEEK_V4_PRO, undefined, 1_598_837_347_742],
    [
      "Llama-3.3-70B w4a16: 68,451,041,280 + 2,102,665,216",
      [...llama(LLAMA_70B, packInt), plain("BF16", 2_102_665_216)],
      undefined,
      70_553_706_496,
    ],
    [
      "Llama-3.1-8B w4a16: with 1,376,256 phantom biases",
      [...llama(LLAMA_8B, gptq), plain("F16", 1_050_939_392)],
      undefined,
      8_031_637_504,
    ],
    [
      "Llama-3.1-8B NF4: 6,979,321,856 + 1,050,939,392",
      [...llama(LLAMA_8B, nf4), plain("BF16", 1_050_939_392)],
      undefined,
      8_030_261_248,
    ],
  ] as const)("%s", (_title, specs, config, total) => {
    const tensors = expandAll(specs as readonly TensorSpec[]);
    const component = componentOf(tensors, {
      configs: config === undefined ? {} : { "config.json": config },
    });
    expect(quantizationOf(component).parameters(component.kinds.root)).toBe(total);
  });

  test("DeepSeek-V4-Pro: scales are experts/32 + FP8/16384", () => {
    const component = componentOf(expandAll(DEEPSEEK_V4_PRO));
    expect(quantizationOf(component).auxiliaryElements(component.kinds.root)).toBe(49_150_268_416);
  });
});
