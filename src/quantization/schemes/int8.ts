import type { Dtype } from "../../safetensors/dtype.ts";
import type { ModuleTensor } from "../module-tensors.ts";
import { misshapen, missing, type Observation } from "../observation.ts";
import type { Scheme } from "../scheme.ts";
import type { WeightTensors } from "../weight-tensors.ts";
import { classifyScale } from "./fp8-scale.ts";
import {
  ambiguousBits,
  dimFromEnd,
  exactGroup,
  expectOneValue,
  expectShape,
  FLOATS,
  makeReading,
  raggedGroup,
  requireParts,
  withLast,
} from "./reading.ts";

const I8 = ["I8"] as const satisfies readonly Dtype[];
const WEIGHT_ROW = {
  suffix: "weight",
  dtype: "I8",
  shape: "[out, in]",
  meaning: "one value a byte",
} as const;

function int8Scale(tensors: WeightTensors): string | undefined {
  return ["weight_scale", "scale"].find((suffix) => tensors.has(suffix));
}

export const int8 = {
  id: "int8",
  title: "INT8",
  payload: { suffixes: ["weight"], dtypes: I8 },
  tensors: [
    WEIGHT_ROW,
    {
      suffix: "weight_scale or scale",
      dtype: "F32, BF16 or F16",
      shape: "[out, 1], [out], [] or [out, ⌈in/g⌉]",
      meaning: "multiplier",
    },
    { suffix: "weight_zero_point", dtype: "I8", shape: "as the scale", meaning: "asymmetric only" },
    {
      suffix: "input_scale, input_zero_point",
      dtype: "F32, I8",
      shape: "[1]",
      meaning: "static activations only",
    },
  ],
  seenIn: "compressed-tensors `int-quantized`, ModelOpt `W8A8_SQ_PER_CHANNEL`, Quark, LMDeploy",
  toldBy: "an I8 weight with a float scale",
  effectiveBits: "8 + S/in per channel",
  cannotKnow: "whether one value a byte is an 8-bit or (compressed-tensors with `num_bits: 4`) a 4-bit value",
  recognise: (tensors) => {
    const suffix = int8Scale(tensors);
    return (
      tensors.typed("weight", "I8") !== undefined &&
      suffix !== undefined &&
      tensors.typed(suffix, ...FLOATS) !== undefined
    );
  },
  read: (tensors, context) => {
    const weight = (tensors.get("weight") as ModuleTensor).shape;
    const suffix = int8Scale(tensors) ?? "weight_scale";
    const scale = tensors.get(suffix)?.shape;
    const kind = scale === undefined ? "none" : classifyScale(weight, scale);
    const ragged = scale !== undefined && kind === "block" && dimFromEnd(scale, 2) === dimFromEnd(weight, 2);
    const granularity =
      kind === "tensor" || kind === "channel" ? kind : kind === "group" || ragged ? "group" : null;
    const group =
      granularity === "group"
        ? raggedGroup(dimFromEnd(weight, 1), dimFromEnd(scale ?? [], 1), context.declared?.group ?? null)
        : null;
    const findings: Observation[] = [];
    if (scale === undefined)
      findings.push(missing("MISSING_SCALE", suffix, { is: "scale-of", shape: weight }));
    else if (granularity === null) findings.push(misshapen(suffix, withLast(weight, 1), scale));
    if (scale !== undefined)
      findings.push(...expectShape(tensors, "weight_zero_point", [scale], "ZERO_POINT_SHAPE_MISMATCH"));
    findings.push(...expectShape(tensors, "pre_quant_scale", [[dimFromEnd(weight, 1)]]));
    const bits = Math.min(8, context.declared?.bits ?? 8);
    const remarks = bits < 8 ? [`${bits}-bit values by the configuration, stored one a byte`] : [];
    return makeReading({
      payload: "weight",
      logicalShape: weight,
      bits,
      scale: suffix,
      granularity,
      group,
      findings,
      remarks,
    });
  },
} as const satisfies Scheme;

export const eetq = {
  id: "eetq",
  title: "EETQ",
  payload: { suffixes: ["weight", "qweight"], dtypes: I8 },
  tensors: [
    { suffix: "weight or qweight", dtype: "I8", shape: "[in, out]", meaning: "one value a byte, transposed" },
    { suffix: "weight_scales", dtype: "F16", shape: "[out]", meaning: "multiplier of a column" },
  ],
  seenIn: "EETQ",
  toldBy: "an I8 weight beside `weight_scales` (plural)",
  effectiveBits: "8 + 16/in",
  cannotKnow: null,
  recognise: (tensors) =>
    tensors.has("weight_scales") &&
    (tensors.typed("weight", "I8") ?? tensors.typed("qweight", "I8")) !== undefined,
  read: (tensors) => {
    const payload = tensors.typed("weight", "I8") === undefined ? "qweight" : "weight";
    const stored = (tensors.get(payload) as ModuleTensor).shape;
    const logicalShape = withLast(stored, dimFromEnd(stored, 1), dimFromEnd(stored, 2));
    const findings = [
      ...requireParts(tensors, "MISSING_SCALE", "weight_scales"),
      ...expectShape(tensors, "weight_scales", [[dimFromEnd(stored, 1)]]),
    ];
    return makeReading({
      payload,
      logicalShape,
      bits: 8,
      scale: "weight_scales",
      granularity: "channel",
      findings,
    });
  },
} as const satisfies Scheme;

export const ascend = {
  id: "ascend-modelslim",
  title: "Ascend ModelSlim",
  payload: { suffixes: ["weight"], dtypes: ["I8", "F8_E4M3"] },
  tensors: [
    {
      suffix: "weight",
      dtype: "I8",
      shape: "[out, in]; [out/2, in] for W4A8",
      meaning: "one value a byte, or two rows",
    },
    {
      suffix: "weight_scale, weight_offset",
      dtype: "F32 or BF16",
      shape: "[out, 1]",
      meaning: "multiplier and offset of a row",
    },
    { suffix: "input_scale, input_offset", dtype: "F32, I8", shape: "[1]", meaning: "static activations" },
    {
      suffix: "deq_scale, quant_bias",
      dtype: "F32 or I64, I32",
      shape: "[out]",
      meaning: "derived, no parameters",
    },
  ],
  seenIn: "ModelSlim for vLLM-Ascend; `quant_model_description.json` names the type of each tensor",
  toldBy: "`weight_offset`, `deq_scale` or `quant_bias` beside a weight",
  effectiveBits: "8 + 2·S/in, 4 + 2·S/in for W4A8",
  cannotKnow: "whether a real bias was folded into `quant_bias`",
  recognise: (tensors) =>
    tensors.typed("weight", "I8", "F8_E4M3") !== undefined &&
    ["weight_offset", "deq_scale", "quant_bias"].some((suffix) => tensors.has(suffix)),
  read: (tensors) => {
    const weight = (tensors.get("weight") as ModuleTensor).shape;
    const rows = dimFromEnd(weight, 2);
    const scaleRows = tensors.get("weight_scale")?.shape[weight.length - 2];
    const isHalved = scaleRows === 2 * rows;
    const logicalShape = isHalved ? withLast(weight, 2 * rows, dimFromEnd(weight, 1)) : weight;
    const channel = [withLast(logicalShape, 1), logicalShape.slice(0, -1)];
    const findings = [
      ...requireParts(tensors, "MISSING_SCALE", "weight_scale"),
      ...expectShape(tensors, "weight_scale", channel),
      ...expectShape(tensors, "weight_offset", channel, "ZERO_POINT_SHAPE_MISMATCH"),
      ...expectShape(tensors, "deq_scale", [logicalShape.slice(0, -1)]),
    ];
    const remarks = isHalved ? ["W4A8: two rows a byte"] : tensors.has("deq_scale") ? ["W8A8, static"] : [];
    return makeReading({
      payload: "weight",
      logicalShape,
      bits: isHalved ? 4 : 8,
      scale: "weight_scale",
      granularity: "channel",
      findings,
      remarks,
    });
  },
} as const satisfies Scheme;

export const quarkInt4Fp8 = {
  id: "quark-int4fp8",
  title: "INT4 over FP8 of Quark",
  payload: { suffixes: ["weight"], dtypes: ["I32", "U32"] },
  tensors: [
    { suffix: "weight", dtype: "I32 or U32", shape: "[out, in/8]", meaning: "eight INT4 values a word" },
    { suffix: "weight_scale", dtype: "F32", shape: "[]", meaning: "FP8 scale of all" },
    { suffix: "weight_scale_2", dtype: "F32", shape: "[out]", meaning: "INT4 scale of a row" },
  ],
  seenIn: "Quark with a list of two weight specs",
  toldBy: "a 32-bit integer weight beside `weight_scale` and `weight_scale_2`",
  effectiveBits: "4 + 32/in + 32/(out·in)",
  cannotKnow: null,
  recognise: (tensors) =>
    tensors.typed("weight", "I32", "U32") !== undefined &&
    tensors.has("weight_scale") &&
    tensors.has("weight_scale_2"),
  read: (tensors) => {
    const weight = (tensors.get("weight") as ModuleTensor).shape;
    const logicalShape = withLast(weight, dimFromEnd(weight, 1) * 8);
    const findings = [
      ...requireParts(tensors, "MISSING_SCALE", "weight_scale", "weight_scale_2"),
      ...expectOneValue(tensors, "weight_scale", weight.slice(0, -2)),
      ...expectShape(tensors, "weight_scale_2", [weight.slice(0, -1), withLast(weight, 1)]),
    ];
    return makeReading({
      payload: "weight",
      logicalShape,
      bits: 4,
      scale: "weight_scale_2",
      granularity: "channel",
      findings,
    });
  },
} as const satisfies Scheme;

/** Words a value of an AWQ layout: eight of four bits. */
const AWQ_VALUES = 8;

export const quarkAwq = {
  id: "quark-awq",
  title: "INT4 of Quark in AWQ's layout",
  payload: { suffixes: ["weight"], dtypes: ["I32"] },
  tensors: [
    {
      suffix: "weight",
      dtype: "I32",
      shape: "[in, out/8]",
      meaning: "eight 4-bit values a word, along the output",
    },
    { suffix: "weight_scale", dtype: "BF16, F16 or F32", shape: "[in/g, out]", meaning: "multiplier" },
    { suffix: "weight_zero_point", dtype: "I32", shape: "[in/g, out/8]", meaning: "asymmetric only" },
  ],
  seenIn: "Quark `int4` and `uint4`, weight only (AMD's releases)",
  toldBy: "a 32-bit integer weight whose scale is eight times as wide",
  effectiveBits: "4 + S/g (+ 4/g)",
  cannotKnow: "the order of the values in a word: `pack_method` of the configuration",
  recognise: (tensors) => {
    const weight = tensors.typed("weight", "I32")?.shape;
    const scale = tensors.typed("weight_scale", ...FLOATS)?.shape;
    if (weight === undefined || scale === undefined || tensors.has("weight_scale_2")) return false;
    return dimFromEnd(scale, 1) === dimFromEnd(weight, 1) * AWQ_VALUES || tensors.has("weight_zero_point");
  },
  read: (tensors) => {
    const weight = (tensors.get("weight") as ModuleTensor).shape;
    const scale = tensors.get("weight_scale")?.shape;
    const input = dimFromEnd(weight, 2);
    const out = dimFromEnd(weight, 1) * AWQ_VALUES;
    const groups = scale === undefined || scale.length < 2 ? 1 : dimFromEnd(scale, 2);
    const group = groups > 1 ? exactGroup(input, groups) : null;
    const findings = [
      ...requireParts(tensors, "MISSING_SCALE", "weight_scale"),
      ...expectShape(tensors, "weight_scale", [withLast(weight, groups, out), [out]]),
      ...expectShape(
        tensors,
        "weight_zero_point",
        [withLast(weight, groups, dimFromEnd(weight, 1))],
        "ZERO_POINT_SHAPE_MISMATCH",
      ),
    ];
    if (groups > 1 && group === null && scale !== undefined)
      findings.push(misshapen("weight_scale", { is: "divides", side: "rows", inputs: input }, scale));
    return makeReading({
      payload: "weight",
      logicalShape: withLast(weight, out, input),
      bits: 4,
      scale: "weight_scale",
      granularity: scale === undefined ? null : groups > 1 ? "group" : "channel",
      group,
      findings,
    });
  },
} as const satisfies Scheme;

export const sdnq = {
  id: "sdnq",
  title: "SDNQ",
  payload: { suffixes: ["weight"], dtypes: ["U8", "I8", "F8_E4M3"] },
  tensors: [
    {
      suffix: "weight",
      dtype: "I8, U8 or F8_E4M3",
      shape: "[out, in], [.., in/2] or flat",
      meaning: "8-bit or packed values",
    },
    { suffix: "scale", dtype: "float", shape: "[out, in/g, 1] or [out, 1]", meaning: "multiplier" },
    { suffix: "zero_point", dtype: "float", shape: "as the scale", meaning: "asymmetric only" },
    {
      suffix: "svd_up, svd_down",
      dtype: "float",
      shape: "low rank",
      meaning: "kept apart, no parameters of the base",
    },
  ],
  seenIn: "SDNQ image models; `quantization_config.json` holds `weights_dtype`",
  toldBy: "a byte weight beside `scale` and `zero_point` or `svd_up`, or a configuration that says `sdnq`",
  effectiveBits: "b + S/g (+ S/g)",
  cannotKnow: "8-bit or 4-bit values in U8, where the configuration does not say",
  recognise: (tensors, context) =>
    tensors.typed("weight", "U8", "I8", "F8_E4M3") !== undefined &&
    tensors.typed("scale", ...FLOATS) !== undefined &&
    (tensors.has("zero_point") || tensors.has("svd_up") || context.declared?.method === "sdnq"),
  read: (tensors, context) => {
    const weight = tensors.get("weight") as ModuleTensor;
    const declared = context.declared?.bits ?? null;
    const isOpen = weight.dtype === "U8" && declared === null;
    const bits = weight.dtype === "U8" ? (declared ?? 4) : 8;
    const shapeAt = (width: number) =>
      withLast(weight.shape, Math.floor((dimFromEnd(weight.shape, 1) * 8) / width));
    const logicalShape = shapeAt(bits);
    const scales = tensors.get("scale")?.elements ?? 0;
    const values = Math.floor((weight.bytes * 8) / bits);
    const group = scales > 1 ? exactGroup(values, scales) : null;
    const isFlat = weight.shape.length < 2 || (bits === 5 && dimFromEnd(weight.shape, 1) === 5);
    const findings: Observation[] = [];
    const candidates = [4, 8].map((width) => ({ bits: width, group: 0, logicalShape: shapeAt(width) }));
    if (isOpen) findings.push(ambiguousBits("weight", candidates));
    return makeReading({
      payload: "weight",
      logicalShape: isOpen || isFlat ? null : logicalShape,
      parameters: values,
      bits: isOpen ? null : bits,
      scale: "scale",
      granularity: scales <= 1 ? "tensor" : group === dimFromEnd(logicalShape, 1) ? "channel" : "group",
      group: group === dimFromEnd(logicalShape, 1) ? null : group,
      findings,
      ...(isOpen ? { confidence: "guess" as const, candidates } : {}),
    });
  },
} as const satisfies Scheme;
