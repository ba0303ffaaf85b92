import type { ModuleTensor } from "../module-tensors.ts";
import { misshapen, type Observation } from "../observation.ts";
import type { Scheme } from "../scheme.ts";
import type { WeightTensors } from "../weight-tensors.ts";
import {
  ambiguousBits,
  dimFromEnd,
  exactGroup,
  expectOneValue,
  expectShape,
  FLOATS,
  isOneValue,
  makeReading,
  requireParts,
  withLast,
} from "./reading.ts";

export const int4OutPacked = {
  id: "int4-outpacked",
  title: "INT4 of ModelOpt, packed along the output",
  payload: { suffixes: ["weight"], dtypes: ["U8"] },
  tensors: [
    { suffix: "weight", dtype: "U8", shape: "[out/2, in]", meaning: "two output rows a byte" },
    { suffix: "weight_scale", dtype: "F32 or BF16", shape: "[out, in/g]", meaning: "multiplier" },
    { suffix: "pre_quant_scale", dtype: "BF16 or F16", shape: "[in]", meaning: "smoothing" },
    { suffix: "weight_scale_2, input_scale", dtype: "F32", shape: "[]", meaning: "W4A8_AWQ only" },
  ],
  seenIn: "ModelOpt `W4A16_AWQ`, `W4A8_AWQ`",
  toldBy: "a U8 weight with half as many rows as its float scale",
  effectiveBits: "4 + S/g + Sp/out",
  cannotKnow: null,
  recognise: (tensors) => {
    const weight = tensors.typed("weight", "U8")?.shape;
    const scale = tensors.typed("weight_scale", ...FLOATS)?.shape;
    return (
      weight !== undefined &&
      scale !== undefined &&
      scale.length >= 2 &&
      dimFromEnd(scale, 2) === 2 * dimFromEnd(weight, 2)
    );
  },
  read: (tensors) => {
    const weight = (tensors.get("weight") as ModuleTensor).shape;
    const scale = tensors.get("weight_scale")?.shape;
    const input = dimFromEnd(weight, 1);
    const logicalShape = withLast(weight, dimFromEnd(weight, 2) * 2, input);
    const group = scale === undefined ? null : exactGroup(input, dimFromEnd(scale, 1));
    const findings = [
      ...requireParts(tensors, "MISSING_SCALE", "weight_scale"),
      ...expectShape(tensors, "pre_quant_scale", [[input]]),
      ...expectOneValue(tensors, "weight_scale_2", weight.slice(0, -2)),
      ...(scale !== undefined && group === null
        ? [misshapen("weight_scale", { is: "divides", side: "columns", inputs: input }, scale)]
        : []),
    ];
    return makeReading({
      payload: "weight",
      logicalShape,
      bits: 4,
      scale: "weight_scale",
      granularity: "group",
      group,
      findings,
    });
  },
} as const satisfies Scheme;

export const bitnet = {
  id: "bitnet",
  title: "BitNet",
  payload: { suffixes: ["weight"], dtypes: ["U8"] },
  tensors: [
    {
      suffix: "weight",
      dtype: "U8",
      shape: "[⌈out/4⌉, in]",
      meaning: "four ternary values a byte, along the output",
    },
    { suffix: "weight_scale", dtype: "BF16", shape: "[1]", meaning: "multiplier or divisor" },
  ],
  seenIn: "BitNet b1.58",
  toldBy: "a U8 weight with one scale",
  effectiveBits: "2 + 16/(out·in)",
  cannotKnow:
    "rows beyond a multiple of 4; whether the scale divides (`bitlinear`) or multiplies (`autobitlinear`)",
  recognise: (tensors) => {
    const scale = tensors.typed("weight_scale", ...FLOATS)?.shape;
    return tensors.typed("weight", "U8") !== undefined && scale !== undefined && isOneValue(scale);
  },
  read: (tensors) => {
    const weight = (tensors.get("weight") as ModuleTensor).shape;
    const logicalShape = withLast(weight, dimFromEnd(weight, 2) * 4, dimFromEnd(weight, 1));
    const findings = requireParts(tensors, "MISSING_SCALE", "weight_scale");
    return makeReading({
      payload: "weight",
      logicalShape,
      bits: 2,
      scale: "weight_scale",
      granularity: "tensor",
      findings,
    });
  },
} as const satisfies Scheme;

function gemmaPayload(tensors: WeightTensors): "weight" | "embedding_quantized" | undefined {
  if (tensors.typed("embedding_quantized", "U8", "I8") !== undefined) return "embedding_quantized";
  return tensors.typed("weight", "U8", "I8") === undefined ? undefined : "weight";
}

export const gemmaQat = {
  id: "gemma-qat",
  title: "Gemma QAT",
  payload: { suffixes: ["embedding_quantized"], dtypes: ["U8", "I8"] },
  tensors: [
    {
      suffix: "weight",
      dtype: "U8 or I8",
      shape: "[out, ⌈in/4⌉], [out, ⌈in/2⌉] or [out, in]",
      meaning: "2, 4 or 8-bit values",
    },
    { suffix: "weight_scale", dtype: "F32", shape: "[out, 1]", meaning: "multiplier of a row" },
    {
      suffix: "embedding_quantized, embedding_scale",
      dtype: "U8 or I8, F32",
      shape: "[V, …], [V, k]",
      meaning: "the same for embeddings",
    },
    {
      suffix: "input_activation_scale, output_activation_scale",
      dtype: "F32",
      shape: "[]",
      meaning: "activations; 0 is uncalibrated",
    },
  ],
  seenIn: "Gemma QAT releases in transformers",
  toldBy: "a U8 weight with one F32 scale a row, or `embedding_quantized`",
  effectiveBits: "b + 32/in",
  cannotKnow: "2 or 4 bits in U8, where the configuration does not say",
  recognise: (tensors) => {
    const payload = gemmaPayload(tensors);
    if (payload === undefined) return false;
    if (payload === "embedding_quantized") return true;
    const rows = dimFromEnd(tensors.get("weight")?.shape ?? [], 2);
    const scale = tensors.typed("weight_scale", "F32")?.shape;
    return scale !== undefined && scale.length === 2 && scale[0] === rows && scale[1] === 1;
  },
  read: (tensors, context) => {
    const payload = gemmaPayload(tensors) ?? "weight";
    const packed = tensors.get(payload) as ModuleTensor;
    const suffix = payload === "weight" ? "weight_scale" : "embedding_scale";
    const scale = tensors.get(suffix)?.shape;
    const shapeAt = (bits: number) => withLast(packed.shape, (dimFromEnd(packed.shape, 1) * 8) / bits);
    const bits =
      packed.dtype === "I8" ? 8 : bitsOf(packed.shape, context.declared?.bits ?? null, context.widths);
    const logicalShape = shapeAt(bits ?? 4);
    const candidates = [4, 2].map((width) => ({ bits: width, group: 0, logicalShape: shapeAt(width) }));
    const columns = scale === undefined ? 1 : dimFromEnd(scale, 1);
    const findings: Observation[] = [
      ...requireParts(tensors, "MISSING_SCALE", suffix),
      ...(bits === null ? [ambiguousBits(payload, candidates)] : []),
      ...expectShape(tensors, suffix, [withLast(packed.shape, columns)]),
    ];
    return makeReading({
      payload,
      logicalShape: bits === null ? null : logicalShape,
      parameters: logicalShape.reduce((all, dim) => all * dim, 1),
      bits,
      scale: suffix,
      granularity: columns > 1 ? "group" : "channel",
      group: columns > 1 && bits !== null ? exactGroup(dimFromEnd(logicalShape, 1), columns) : null,
      findings,
      ...(bits === null ? { confidence: "guess" as const, candidates } : {}),
    });
  },
} as const satisfies Scheme;

/** 2 or 4 bits: as declared, else the one whose width a sibling norm or the configuration has. */
function bitsOf(
  packed: readonly number[],
  declared: number | null,
  widths: readonly (readonly number[])[],
): number | null {
  if (declared === 2 || declared === 4) return declared;
  for (const known of widths) {
    const fitting = [2, 4].filter((bits) => known.includes((dimFromEnd(packed, 1) * 8) / bits));
    if (fitting.length === 1) return fitting[0] as number;
  }
  return null;
}

export const svdquant = {
  id: "svdquant",
  title: "SVDQuant",
  payload: { suffixes: ["qweight"], dtypes: ["I8", "I32"] },
  tensors: [
    {
      suffix: "qweight",
      dtype: "I8; I32 for AWQ layers",
      shape: "[out, in/2]; [out/4, in/2]",
      meaning: "4-bit values",
    },
    {
      suffix: "wscales",
      dtype: "BF16, or F8_E4M3 for nvfp4",
      shape: "[in/64, out] or [in/16, out]",
      meaning: "multiplier",
    },
    { suffix: "wzeros", dtype: "BF16", shape: "[in/64, out]", meaning: "AWQ layers only" },
    {
      suffix: "wcscales, wtscale, smooth_factor",
      dtype: "BF16",
      shape: "[out], [], [in]",
      meaning: "scales of rows, of all, of columns",
    },
    {
      suffix: "proj_down, proj_up",
      dtype: "BF16",
      shape: "[in, r], [out, r]",
      meaning: "low-rank branch, kept apart",
    },
  ],
  seenIn: "nunchaku",
  toldBy: "`qweight` beside `wscales`",
  effectiveBits: "4 + S/g and the factors",
  cannotKnow: null,
  recognise: (tensors) => tensors.typed("qweight", "I8", "I32") !== undefined && tensors.has("wscales"),
  read: (tensors) => {
    const packed = tensors.get("qweight") as ModuleTensor;
    const isAwq = packed.dtype === "I32";
    const rows = dimFromEnd(packed.shape, 2);
    const input = dimFromEnd(packed.shape, 1) * 2;
    const out = isAwq ? rows * 4 : rows;
    const scales = tensors.get("wscales")?.shape;
    const group = scales === undefined ? null : exactGroup(input, dimFromEnd(scales, 2));
    const findings = [...requireParts(tensors, "MISSING_SCALE", "wscales")];
    if (isAwq) findings.push(...requireParts(tensors, "MISSING_ZERO_POINT", "wzeros"));
    if (scales !== undefined && (dimFromEnd(scales, 1) !== out || group === null))
      findings.push(misshapen("wscales", { is: "dims", dims: [{ groupsOf: input }, out] }, scales));
    const remarks = tensors.has("proj_down") ? ["low-rank branch kept apart"] : [];
    return makeReading({
      payload: "qweight",
      logicalShape: [out, input],
      bits: 4,
      scale: "wscales",
      granularity: "group",
      group,
      findings,
      remarks,
    });
  },
} as const satisfies Scheme;
