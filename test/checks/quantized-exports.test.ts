import { describe, expect, it } from "vitest";
import { analysePrecision } from "../../src/analysis/precision.ts";
import { checkDraft, faultsOf, loadFiles } from "../support/run-checks.ts";
import { type Packing, TINY_PARAMETERS, type TinyExport, tinyExport } from "../support/tiny-export.ts";

/** Exports as the tools write them: layout, declaration, and what of it must be read. */

interface Sound extends TinyExport {
  readonly title: string;
  readonly scheme: string;
  readonly bits: number | null;
  readonly group?: number;
}

const declared = (quantization_config: object) => ({ quantization_config });

const bnb: Packing = (name, out, input) => [
  [`${name}.weight`, "BF16", [(out * input) / 4, 1]],
  [`${name}.weight.absmax`, "U8", [(out * input) / 64]],
  [`${name}.weight.nested_absmax`, "F32", [(out * input) / 64 / 256]],
  [`${name}.weight.nested_quant_map`, "F32", [256]],
  [`${name}.weight.quant_map`, "F32", [16]],
  [`${name}.weight.quant_state.bitsandbytes__nf4`, "U8", [97]],
];
const quarkAwq: Packing = (name, out, input) => [
  [`${name}.weight`, "I32", [input, out / 8]],
  [`${name}.weight_scale`, "BF16", [input / 128, out]],
  [`${name}.weight_zero_point`, "I32", [input / 128, out / 8]],
];
const nvfp4: (group: number) => Packing = (group) => (name, out, input) => [
  [`${name}.weight`, "U8", [out, input / 2]],
  [`${name}.weight_scale`, "F8_E4M3", [out, input / group]],
  [`${name}.weight_scale_2`, "F32", []],
  [`${name}.input_scale`, "F32", []],
];
const mlx: Packing = (name, out, input) => [
  [`${name}.weight`, "U32", [out, input / 8]],
  [`${name}.scales`, "BF16", [out, input / 64]],
  [`${name}.biases`, "BF16", [out, input / 64]],
];
const packed: Packing = (name, out, input) => [
  [`${name}.weight_packed`, "I32", [out, input / 8]],
  [`${name}.weight_scale`, "BF16", [out, input / 128]],
  [`${name}.weight_shape`, "I64", [2]],
];

const ct = (group: object, more: object = {}) =>
  declared({
    quant_method: "compressed-tensors",
    config_groups: { group_0: group },
    ignore: ["lm_head"],
    ...more,
  });
const W4 = { num_bits: 4, type: "int", symmetric: true, strategy: "group", group_size: 128 };

const SOUND: Sound[] = [
  {
    title: "bitsandbytes in bytes that are called BF16",
    pack: bnb,
    config: declared({ load_in_4bit: true, bnb_4bit_quant_type: "nf4", bnb_4bit_quant_storage: "bfloat16" }),
    scheme: "bnb-nf4",
    bits: 4,
    group: 64,
  },
  {
    title: "Quark's 4-bit integers in the layout of AWQ",
    pack: quarkAwq,
    config: declared({
      quant_method: "quark",
      exclude: ["lm_head"],
      global_quant_config: {
        weight: { dtype: "uint4", group_size: 128, is_dynamic: false },
        input_tensors: null,
      },
    }),
    scheme: "quark-awq",
    bits: 4,
    group: 128,
  },
  {
    title: "ModelOpt's NVFP4 with FP8 activations, in blocks of 32",
    pack: nvfp4(32),
    config: declared({ quant_method: "modelopt", quant_algo: "W4A8_NVFP4_FP8", ignore: ["lm_head"] }),
    files: {
      "hf_quant_config.json": {
        quantization: { quant_algo: "W4A8_NVFP4_FP8", group_size: 32, exclude_modules: ["lm_head"] },
      },
    },
    scheme: "nvfp4",
    bits: 4,
    group: 32,
  },
  {
    title: "MLX with a layer that was left plain, which needs no entry",
    pack: mlx,
    config: { quantization: { group_size: 64, bits: 4 } },
    plain: /layers\.0\./,
    scheme: "mlx-affine",
    bits: 4,
    group: 64,
  },
  {
    title: "an embedding that the configuration targets by its class",
    pack: packed,
    config: ct({ targets: ["Linear", "Embedding"], format: "pack-quantized", weights: W4 }),
    more: packed("model.embed_tokens", 512, 256),
    scheme: "ct-pack-int",
    bits: 4,
    group: 128,
  },
];

const intx =
  (type: string): Packing =>
  (name, out, input) => {
    const groups = type === "Int8Tensor" ? 1 : input / 32;
    return [
      [`${name}._weight_qdata`, "I8", [out, input]],
      [`${name}._weight_scale`, "BF16", [out, groups]],
      [`${name}._weight_zero_point`, "I8", [out, groups]],
    ];
  };
const torchao = (type: string) => ({
  quant_method: "torchao",
  quant_type: { default: { _type: type, _data: {} } },
});
const int8OnePerByte: Packing = (name, out, input) => [
  [`${name}.weight`, "I8", [out, input]],
  [`${name}.weight_scale`, "BF16", [out, input / 128]],
];
const nvfp4Packed: Packing = (name, out, input) => [
  [`${name}.weight_packed`, "U8", [out, input / 2]],
  [`${name}.weight_scale`, "F8_E4M3", [out, input / 16]],
  [`${name}.weight_global_scale`, "F32", [1]],
];
const gptq: Packing = (name, out, input) => [
  [`${name}.qweight`, "I32", [input / 8, out]],
  [`${name}.qzeros`, "I32", [input / 128, out / 8]],
  [`${name}.scales`, "F16", [input / 128, out]],
  [`${name}.g_idx`, "I32", [input]],
];
const fp8 =
  (scale: number[] = []): Packing =>
  (name, out, input) => [
    [`${name}.weight`, "F8_E4M3", [out, input]],
    [`${name}.weight_scale`, "BF16", scale],
    [`${name}.input_scale`, "BF16", []],
  ];
const FLOAT4 = { num_bits: 4, type: "float", strategy: "tensor_group", group_size: 16, symmetric: true };

SOUND.push(
  {
    title: "torchao's Int8Tensor, which has a zero point",
    pack: intx("Int8Tensor"),
    config: declared(torchao("Int8WeightOnlyConfig")),
    scheme: "torchao-int8",
    bits: 8,
  },
  {
    title: "torchao's 4-bit integers, one a byte",
    pack: intx("IntxUnpackedToInt8Tensor"),
    config: declared({
      quant_method: "torchao",
      quant_type: {
        default: {
          _type: "IntxWeightOnlyConfig",
          _data: { weight_dtype: { _type: "torch.dtype", _data: "int4" } },
        },
      },
    }),
    scheme: "torchao-intx",
    bits: 4,
    group: 32,
  },
  {
    title: "4-bit integers of compressed-tensors, one a byte",
    pack: int8OnePerByte,
    config: ct({
      targets: ["Linear"],
      format: "int-quantized",
      weights: W4,
      input_activations: { num_bits: 8, type: "float", dynamic: true, strategy: "token" },
    }),
    scheme: "int8",
    bits: 4,
    group: 128,
  },
  {
    title: "rotations of compressed-tensors, at the first module that uses them",
    pack: packed,
    config: ct(
      { targets: ["Linear"], format: "pack-quantized", weights: W4 },
      { transform_config: { config_groups: { v: { apply: [{ location: "input" }] } } } },
    ),
    more: [["model.layers.0.mlp.down_proj.v_input.weight", "F64", [512, 512]]],
    scheme: "ct-pack-int",
    bits: 4,
    group: 128,
  },
  {
    title: "NVFP4 of weights alone, declared so by null",
    pack: nvfp4Packed,
    config: ct({
      targets: ["Linear"],
      format: "nvfp4-pack-quantized",
      weights: FLOAT4,
      input_activations: null,
    }),
    scheme: "nvfp4-ct",
    bits: 4,
    group: 16,
  },
  {
    title: "Quark's FP8 with a quantized cache",
    pack: fp8(),
    config: declared({
      quant_method: "quark",
      exclude: ["lm_head"],
      global_quant_config: {
        weight: { dtype: "fp8_e4m3", qscheme: "per_tensor" },
        input_tensors: { dtype: "fp8_e4m3", qscheme: "per_tensor", is_dynamic: false },
      },
      kv_cache_quant_config: { "*k_proj": { output_tensors: { dtype: "fp8_e4m3", is_dynamic: false } } },
    }),
    more: [
      ["model.layers.{0-2}.self_attn.k_proj.output_scale", "BF16", []],
      ["model.layers.{0-2}.self_attn.v_proj.output_scale", "BF16", []],
    ],
    scheme: "fp8-tensor",
    bits: 8,
  },
);

SOUND.push(
  {
    title: "AutoRound's MXINT4, in the tensors of MXFP4",
    pack: (name, out, input) => [
      [`${name}.weight_packed`, "U8", [out, input / 2]],
      [`${name}.weight_scale`, "U8", [out, input / 32]],
    ],
    config: declared({
      quant_method: "auto-round",
      bits: 4,
      group_size: 32,
      data_type: "mx_int",
      sym: true,
      block_name_to_quantize: "model.layers",
      packing_format: "auto_round:llm_compressor",
    }),
    scheme: "mxint4",
    bits: 4,
    group: 32,
  },
  {
    title: "ModelOpt's affine cache, whose biases have a value for each channel",
    pack: fp8(),
    config: declared({
      quant_method: "modelopt",
      quant_algo: "FP8",
      ignore: ["lm_head"],
      kv_cache_scheme: { dynamic: false, num_bits: 8, type: "float" },
    }),
    more: ["k", "v"].flatMap((side): TinyExport["more"] & object => [
      [`model.layers.{0-2}.self_attn.${side}_proj.${side}_scale`, "F32", []],
      [`model.layers.{0-2}.self_attn.${side}_proj.${side}_bias`, "BF16", [1, 2, 1, 64]],
    ]),
    scheme: "fp8-tensor",
    bits: 8,
  },
  {
    title: "torchao's NVFP4 with scales in the order of the kernel",
    pack: (name, out, input) => [
      [`${name}._weight_qdata`, "U8", [out, input / 2]],
      [`${name}._weight_scale`, "F8_E4M3", [32 * Math.ceil(out / 128), 16 * Math.ceil(input / 64)]],
      [`${name}._weight_per_tensor_scale`, "F32", []],
    ],
    config: declared(torchao("NVFP4WeightOnlyConfig")),
    scheme: "torchao-nvfp4",
    bits: 4,
    group: 16,
  },
  {
    title: "torchao's MXFP8 with scales in the order of the kernel",
    pack: (name, out, input) => [
      [`${name}._weight_qdata`, "F8_E4M3", [out, input]],
      [`${name}._weight_scale`, "F8_E8M0", [32 * Math.ceil(out / 128), 16 * Math.ceil(input / 128)]],
    ],
    config: declared(torchao("MXDynamicActivationMXWeightConfig")),
    scheme: "torchao-mx",
    bits: 8,
    group: 32,
  },
  {
    title: "Quark's INT8 with zero points although it is symmetric",
    pack: (name, out, input) => [
      [`${name}.weight`, "I8", [out, input]],
      [`${name}.weight_scale`, "F32", []],
      [`${name}.weight_zero_point`, "I8", []],
      [`${name}.input_scale`, "F32", []],
      [`${name}.input_zero_point`, "I8", []],
    ],
    config: declared({
      quant_method: "quark",
      exclude: ["lm_head"],
      global_quant_config: {
        weight: { dtype: "int8", qscheme: "per_tensor", symmetric: true },
        input_tensors: { dtype: "int8", qscheme: "per_tensor", is_dynamic: false },
      },
    }),
    scheme: "int8",
    bits: 8,
  },
  {
    title: "AutoRound's FP8 weights with one scale",
    pack: (name, out, input) => [
      [`${name}.weight`, "F8_E4M3", [out, input]],
      [`${name}.weight_scale`, "BF16", [1]],
    ],
    config: declared({
      quant_method: "auto-round",
      bits: 8,
      group_size: 0,
      data_type: "fp",
      act_bits: 16,
      sym: true,
      block_name_to_quantize: "model.layers",
      packing_format: "auto_round:fp8",
    }),
    scheme: "fp8-tensor",
    bits: 8,
  },
  {
    title: "bitsandbytes in bytes that are called floats of 32 bits",
    pack: (name, out, input) =>
      bnb(name, out, input).map((each) =>
        each[0].endsWith(".weight") ? [each[0], "F32", [(out * input) / 8, 1]] : each,
      ),
    config: declared({ load_in_4bit: true, bnb_4bit_quant_type: "nf4", bnb_4bit_quant_storage: "float32" }),
    scheme: "bnb-nf4",
    bits: 4,
    group: 64,
  },
);

interface Broken extends TinyExport {
  readonly title: string;
  readonly finds: string;
}

const CACHE_OF_QUARK = { "*k_proj": { output_tensors: { dtype: "fp8_e4m3", is_dynamic: false } } };

const BROKEN: readonly Broken[] = [
  {
    title: "a zero point that the declaration knows nothing of",
    pack: (name, out, input) => [
      ...packed(name, out, input),
      [`${name}.weight_zero_point`, "I32", [out / 8, input / 128]],
    ],
    config: ct({ targets: ["Linear"], format: "pack-quantized", weights: W4 }),
    finds: "error quantization-unlike-declared",
  },
  {
    title: "the format of another family",
    pack: packed,
    config: ct({ targets: ["Linear"], format: "int-quantized", weights: W4 }),
    finds: "error quantization-unlike-declared",
  },
  {
    title: "values of another type",
    pack: packed,
    config: ct({ targets: ["Linear"], weights: { ...W4, type: "float" } }),
    finds: "error quantization-unlike-declared",
  },
  {
    title: "another mode of MLX",
    pack: (name, out, input) => [
      [`${name}.weight`, "U32", [out, input / 8]],
      [`${name}.scales`, "U8", [out, input / 32]],
    ],
    config: { quantization: { group_size: 32, bits: 4, mode: "affine" } },
    plain: /nothing/,
    finds: "error quantization-unlike-declared",
  },
  {
    title: "scales of MXFP4 that are floats",
    pack: (name, out, input) => [
      [`${name}.weight_packed`, "U8", [out, input / 2]],
      [`${name}.weight_scale`, "F32", [out, input / 32]],
    ],
    config: ct({
      targets: ["Linear"],
      format: "mxfp4-pack-quantized",
      weights: { num_bits: 4, type: "float", strategy: "group", group_size: 32 },
    }),
    finds: "warning scale-dtype-unexpected",
  },
  {
    title: "scales of NVFP4 that are called bytes",
    pack: (name, out, input) => [
      [`${name}.weight`, "U8", [out, input / 2]],
      [`${name}.weight_scale`, "U8", [out, input / 16]],
      [`${name}.weight_scale_2`, "F32", []],
      [`${name}.input_scale`, "F32", []],
    ],
    config: declared({ quant_method: "modelopt", quant_algo: "NVFP4", ignore: ["lm_head"] }),
    finds: "warning scale-dtype-unexpected",
  },
  {
    title: "a head without the input scale that is declared for all",
    pack: nvfp4(16),
    config: declared({ quant_method: "modelopt", quant_algo: "NVFP4", ignore: [] }),
    plain: /nothing/,
    finds: "error input-scale-missing lm_head.input_scale",
  },
  {
    title: "scales of inputs that are declared to stay as they are",
    pack: (name, out, input) => [
      ...nvfp4Packed(name, out, input),
      [`${name}.input_global_scale`, "F32", [1]],
    ],
    config: ct({
      targets: ["Linear"],
      format: "nvfp4-pack-quantized",
      weights: FLOAT4,
      input_activations: null,
    }),
    finds: "warning quantization-unlike-declared",
  },
  {
    title: "a list of quantized modules that lacks some",
    pack: gptq,
    config: declared({
      quant_method: "gptq",
      bits: 4,
      group_size: 128,
      modules_in_block_to_quantize: [["self_attn.q_proj", "self_attn.k_proj"], ["mlp.up_proj"]],
    }),
    finds: "error quantization-unlike-declared",
  },
  {
    title: "scales of MLX whose weight is gone",
    pack: (name, out, input) =>
      name.endsWith("0.mlp.up_proj")
        ? [[`${name}.scales`, "U8", [out, input / 32]]]
        : [
            [`${name}.weight`, "U32", [out, input / 8]],
            [`${name}.scales`, "U8", [out, input / 32]],
          ],
    config: { quantization: { group_size: 32, bits: 4, mode: "mxfp4" } },
    finds: "error scale-without-weight",
  },
  {
    title: "experts that transformers split, and their scales that it did not",
    pack: (name, out, input) => [
      [`${name}.weight`, "F8_E4M3", [out, input]],
      [`${name}.weight_scale_inv`, "F32", [Math.ceil(out / 128), Math.ceil(input / 128)]],
    ],
    config: declared({ quant_method: "fp8", weight_block_size: [128, 128] }),
    more: [
      ["model.layers.{0-2}.mlp.experts.{0-3}.gate_proj.weight", "F8_E4M3", [128, 256]],
      ["model.layers.{0-2}.mlp.experts.{0-3}.up_proj.weight", "F8_E4M3", [128, 256]],
      ["model.layers.{0-2}.mlp.experts.{0-3}.down_proj.weight", "F8_E4M3", [256, 128]],
      ["model.layers.{0-2}.mlp.experts.gate_up_proj_scale_inv", "F32", [4, 2, 2]],
      ["model.layers.{0-2}.mlp.experts.down_proj_scale_inv", "F32", [4, 2, 1]],
    ],
    finds: "warning scale-layout-note",
  },
  {
    title: "scales of Quark's cache that are gone",
    pack: fp8(),
    config: declared({
      quant_method: "quark",
      exclude: ["lm_head"],
      global_quant_config: {
        weight: { dtype: "fp8_e4m3", qscheme: "per_tensor" },
        input_tensors: { dtype: "fp8_e4m3", is_dynamic: false },
      },
      kv_cache_quant_config: CACHE_OF_QUARK,
    }),
    finds: "info kv-scale-missing",
  },
];

/** Tensors of the frame that a case packs itself. */
function make(each: Sound) {
  const draft = tinyExport(each);
  if (draft.names.some((name) => name.startsWith("model.embed_tokens.weight_")))
    draft.drop((name) => name === "model.embed_tokens.weight");
  return draft;
}

describe("an export whose tool wrote nothing wrong has no finding above info", () => {
  it.each(SOUND)("$title", async (each) => {
    expect(faultsOf(await checkDraft(make(each)))).toEqual([]);
  });

  it.each(SOUND)("$title: scheme, bits, group and total", async (each) => {
    const { components } = await loadFiles(make(each).toFiles());
    const { schemes, modules, declared: says } = analysePrecision(components[0] as (typeof components)[0]);
    const quantized = modules.filter(({ scheme }) => scheme !== "none");
    const found = new Set(quantized.map(({ scheme, bits, group }) => JSON.stringify([scheme, bits, group])));
    expect([...found]).toEqual([JSON.stringify([each.scheme, each.bits, each.group ?? null])]);
    expect(schemes.reduce((sum, { parameters }) => sum + parameters, 0)).toBe(TINY_PARAMETERS);
    expect(says?.agrees).toBe(true);
  });
});

describe("an export that contradicts its declaration", () => {
  it.each(BROKEN)("$title", async ({ finds, ...each }) => {
    const draft = tinyExport(each);
    draft.drop((name) => name === "lm_head.input_scale");
    const told = (await checkDraft(draft)).findings;
    const found = told.map(({ severity, rule, where }) => `${severity} ${rule} ${where}`);
    const own = found.filter((text) => text.startsWith(finds));
    // A fault of the declaration is told once; one of tensors at each kind of them.
    expect(own).toHaveLength(/unlike-declared|missing|layout-note|without-weight/.test(finds) ? 1 : 7);
    // What is told better is not told as half of a pair too.
    if (!finds.startsWith("warning")) return;
    expect(found.filter((text) => /error scale-(?:missing|without-weight)/.test(text))).toEqual([]);
  });
});
