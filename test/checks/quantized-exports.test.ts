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

const SOUND: readonly Sound[] = [
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
