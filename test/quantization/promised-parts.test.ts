import { describe, expect, it } from "vitest";
import { bendHeader } from "../support/draft.ts";
import { checkDraft, toldOf } from "../support/run-checks.ts";
import { type Packing, type TinyExport, tinyExport } from "../support/tiny-export.ts";

/** Tensors that the layout would do without, and that a declaration or the header itself says are there. */

const torchao: Packing = (name, out, input) => [
  [`${name}._weight_qdata`, "I8", [out, input]],
  [`${name}._weight_scale`, "F32", [out, 1]],
  [`${name}._weight_zero_point`, "I8", [out, 1]],
];
const int8 = {
  _type: "Int8Tensor",
  _data: { block_size: [1, 256] },
  _tensor_data_names: ["zero_point", "qdata", "scale"],
};
const modelopt: Packing = (name, out, input) => [
  [`${name}.weight`, "U8", [out / 2, input]],
  [`${name}.weight_scale`, "F32", [out, input / 128]],
  [`${name}.weight_scale_2`, "F32", []],
  [`${name}.input_scale`, "F32", []],
];
const awq: Packing = (name, out, input) => [
  [`${name}.qweight`, "I32", [input, out / 8]],
  [`${name}.qzeros`, "I32", [input / 128, out / 8]],
  [`${name}.scales`, "F16", [input / 128, out]],
];
const mxfp8: Packing = (name, out, input) => [
  [`${name}.weight`, "F8_E4M3", [out, input]],
  [`${name}.weight_scale`, "U8", name.endsWith("1.mlp.down_proj") ? [input / 32, out] : [out, input / 32]],
];
const nvfp4: Packing = (name, out, input) => [
  [`${name}.weight_packed`, "U8", name.endsWith("1.mlp.up_proj") ? [input / 2, out] : [out, input / 2]],
  [`${name}.weight_scale`, "F8_E4M3", [out, input / 16]],
  [`${name}.weight_global_scale`, "F32", [1]],
];
const given = (quantization_config: object) => ({ quantization_config });

interface Case extends TinyExport {
  readonly title: string;
  /** What the header says of each parameter. */
  readonly ofHeader?: object;
  readonly without?: RegExp;
  readonly finds: readonly string[];
}

const AO = given({
  quant_method: "torchao",
  quant_type: { default: { _type: "Int8WeightOnlyConfig", _data: {} } },
});
const W4A8 = given({ quant_method: "modelopt", quant_algo: "W4A8_AWQ", ignore: ["lm_head"] });
const AWQ = given({ quant_method: "awq", bits: 4, group_size: 128, zero_point: false });
const GROUP = {
  targets: ["Linear"],
  weights: { num_bits: 4, type: "float", strategy: "tensor_group", group_size: 16 },
};
const NVFP4 = given({
  quant_method: "compressed-tensors",
  format: "nvfp4-pack-quantized",
  config_groups: { group_0: GROUP },
  ignore: ["lm_head"],
});

const CASES: readonly Case[] = [
  { title: "torchao, whole", pack: torchao, config: AO, ofHeader: int8, finds: [] },
  {
    title: "torchao without the zero points that its header names",
    pack: torchao,
    config: AO,
    ofHeader: int8,
    without: /_zero_point$/,
    finds: ["error zero-point-missing"],
  },
  {
    title: "torchao that only its header announces: loaders ask the configuration",
    pack: torchao,
    ofHeader: int8,
    finds: ["error quantization-undeclared"],
  },
  { title: "ModelOpt's W4A8, whole", pack: modelopt, config: W4A8, finds: [] },
  {
    title: "ModelOpt's W4A8 without the scale of scales, which W4A16 has none of",
    pack: modelopt,
    config: W4A8,
    without: /_scale_2$/,
    finds: ["error global-scale-missing"],
  },
  { title: "AWQ about the middle, whole", pack: awq, config: AWQ, finds: [] },
  {
    title: "AWQ about the middle without the middle",
    pack: awq,
    config: AWQ,
    without: /qzeros$/,
    finds: ["error auxiliary-missing"],
  },
  {
    title: "exponents of MXFP8 that lie turned",
    pack: mxfp8,
    config: given({ quant_method: "modelopt", quant_algo: "MXFP8", ignore: ["lm_head"] }),
    finds: ["error scale-shape-mismatch"],
  },
  {
    title: "packed values that lie turned, under as many scales as padded ones would be",
    pack: nvfp4,
    config: NVFP4,
    finds: ["error scale-shape-mismatch"],
  },
];

describe("what a weight has by what is said of it", () => {
  it.each(CASES)("$title", async ({ ofHeader, without, finds, ...each }) => {
    const draft = tinyExport(each);
    if (without !== undefined) draft.drop((name) => without.test(name));
    if (ofHeader !== undefined)
      draft.fileChanges.push((files) => {
        const [shard = ""] = [...files.keys()].filter((name) => name.endsWith(".safetensors"));
        const modules = new Set(
          draft.names.flatMap((name) => name.match(/^(.*)\._weight_qdata$/)?.[1] ?? []),
        );
        const metadata = Object.fromEntries(
          [...modules].map((name) => [`${name}.weight`, JSON.stringify(ofHeader)]),
        );
        const file = files.get(shard);
        const addTo = (json: string) => {
          const header = JSON.parse(json);
          return JSON.stringify({ ...header, __metadata__: { ...header.__metadata__, ...metadata } });
        };
        if (file !== undefined) files.set(shard, bendHeader(file, addTo));
      });
    const told = toldOf(await checkDraft(draft)).filter(({ severity }) => severity !== "info");
    expect([...new Set(told.map(({ severity, rule }) => `${severity} ${rule}`))]).toEqual(finds);
  });
});
