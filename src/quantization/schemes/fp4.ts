import type { Dtype } from "../../safetensors/dtype.ts";
import type { ModuleTensor } from "../module-tensors.ts";
import { misshapen, missing, type Observation } from "../observation.ts";
import type { Reading, Scheme, SchemeContext } from "../scheme.ts";
import type { WeightTensors } from "../weight-tensors.ts";
import {
  ceilDiv,
  dimFromEnd,
  E8M0,
  exactGroup,
  expectDtype,
  expectOneValue,
  expectShape,
  isSameShape,
  makeReading,
  product,
  requireParts,
  withLast,
} from "./reading.ts";

const BYTES = ["U8"] as const satisfies readonly Dtype[];

/** FP4 values two a byte, along the last dimension or (Llama-4 export, `[E, in/2, out]`) the one before it. */
interface Packed {
  readonly payload: string;
  readonly scale: string;
  readonly group: number;
}

function isE8M0(dtype: Dtype | undefined): boolean {
  return dtype === "U8" || dtype === "F8_E8M0";
}

function roundUp(value: number, step: number): number {
  return ceilDiv(value, step) * step;
}

/** Whether a scale says that a stacked payload is packed along its second last dimension. */
function isPackedAcross(
  payload: readonly number[],
  scale: readonly number[] | undefined,
  group: number,
): boolean {
  if (scale === undefined || payload.length !== 3 || scale.length !== 3) return false;
  const [experts, packed, out] = payload as [number, number, number];
  return isSameShape(scale, [experts, (packed * 2) / group, out]);
}

function readPacked(
  tensors: WeightTensors,
  { payload, scale, group }: Packed,
  fields: Partial<Reading>,
): Reading {
  const packed = (tensors.get(payload) as ModuleTensor).shape;
  const found = tensors.get(scale)?.shape;
  const rows = dimFromEnd(packed, 2);
  const columns = dimFromEnd(packed, 1);
  const across = isPackedAcross(packed, found, group);
  const logicalShape = across ? withLast(packed, rows * 2, columns) : withLast(packed, columns * 2);
  const findings: Observation[] = [...(fields.findings ?? [])];
  if (found === undefined)
    findings.unshift(missing("MISSING_SCALE", scale, { is: "scale-of-values", group }));
  else if (!across) findings.push(...judgeScale(logicalShape, found, scale, group));
  return makeReading({
    payload,
    logicalShape,
    bits: 4,
    scale,
    granularity: "group",
    group,
    ...fields,
    findings,
  });
}

function judgeScale(
  logical: readonly number[],
  found: readonly number[],
  suffix: string,
  group: number,
): Observation[] {
  const groups = ceilDiv(dimFromEnd(logical, 1), group);
  const expected = withLast(logical, groups);
  if (isSameShape(found, expected)) return [];
  const padded = withLast(logical, roundUp(dimFromEnd(logical, 2), 128), roundUp(groups, 4));
  // Kernels order them in tiles, as many as padded, in other dimensions; another matrix of as many is for none.
  const isTiled = found.length !== logical.length && product(found) === product(padded);
  const code = isTiled || isSameShape(found, padded) ? "PADDED_SCALES" : "SCALE_SHAPE_MISMATCH";
  return [misshapen(suffix, expected, found, code)];
}

function globalScale(
  tensors: WeightTensors,
  payload: string,
  suffix: string,
  isNeeded: boolean,
): Observation[] {
  const leading = (tensors.get(payload)?.shape ?? []).slice(0, -2);
  if (!tensors.has(suffix)) return isNeeded ? requireParts(tensors, "MISSING_GLOBAL_SCALE", suffix) : [];
  // Stacked experts whose gate and up are one weight have one of each (`gate_up_proj_weight_scale_2` [E, 2]).
  const found = tensors.get(suffix)?.shape ?? [];
  if (leading.length > 0 && isSameShape(found, [...leading, 2])) return [];
  return expectOneValue(tensors, suffix, leading);
}

/** The scale of all values is a float of 32 bits: engines read four bytes. */
const GLOBAL = ["F32"] as const satisfies readonly Dtype[];

function columnScale(tensors: WeightTensors, payload: string): Observation[] {
  const packed = tensors.get(payload)?.shape ?? [];
  const input = dimFromEnd(packed, 1) * 2;
  return expectShape(tensors, "pre_quant_scale", [[input], withLast(packed, 1, input)]);
}

export const nvfp4 = {
  id: "nvfp4",
  title: "NVFP4",
  payload: { suffixes: ["weight"], dtypes: BYTES },
  tensors: [
    {
      suffix: "weight",
      dtype: "U8",
      shape: "[out, in/2]",
      meaning: "two E2M1 values a byte, low nibble first",
    },
    { suffix: "weight_scale", dtype: "F8_E4M3", shape: "[out, in/16]", meaning: "scale of 16 values" },
    { suffix: "weight_scale_2", dtype: "F32", shape: "[]", meaning: "multiplier of all" },
    { suffix: "input_scale", dtype: "F32", shape: "[]", meaning: "activations; absent for weight-only" },
    { suffix: "pre_quant_scale", dtype: "BF16 or F16", shape: "[in]", meaning: "smoothing, with AWQ" },
  ],
  seenIn:
    "ModelOpt `NVFP4`, Quark (with `input_scale_2`), ComfyUI (with `comfy_quant`), NVFP4 exports of DeepSeek-V4",
  toldBy:
    "a U8 weight with F8_E4M3 scales; 16 values a scale, not the dtype alone, tells it from the MX formats",
  effectiveBits: "4 + 8/16 + 32/(out·in)",
  cannotKnow: "which nibble comes first: ComfyUI's files hold the other order in the same shapes",
  recognise: (tensors) => {
    if (tensors.typed("weight", "U8") === undefined) return false;
    const scale = tensors.get("weight_scale");
    if (scale === undefined) return false;
    if (scale.dtype === "F8_E4M3") return true;
    const ratio = dimFromEnd(tensors.get("weight")?.shape ?? [], 1) / dimFromEnd(scale.shape, 1);
    return scale.dtype === "U8" && tensors.has("weight_scale_2") && ratio === 8;
  },
  read: (tensors, context) => {
    const remarks = tensors.has("comfy_quant")
      ? ["ComfyUI: high nibble first"]
      : tensors.has("input_scale_2")
        ? ["Quark: input_scale_2"]
        : [];
    const findings = [
      ...globalScale(tensors, "weight", "weight_scale_2", true),
      ...expectDtype(tensors, "weight_scale_2", GLOBAL),
      ...expectDtype(tensors, "weight_scale", ["F8_E4M3"]),
      ...columnScale(tensors, "weight"),
    ];
    const group = nvfp4Group(context);
    return readPacked(tensors, { payload: "weight", scale: "weight_scale", group }, { findings, remarks });
  },
} as const satisfies Scheme;

/** 16 values a scale, unless 32 are declared: with FP8 activations (ModelOpt's `W4A8_NVFP4_FP8`). */
function nvfp4Group({ declared }: SchemeContext): 16 | 32 {
  return declared?.group === 32 ? 32 : 16;
}

export const nvfp4Ct = {
  id: "nvfp4-ct",
  title: "NVFP4 of compressed-tensors",
  payload: { suffixes: ["weight_packed"], dtypes: BYTES },
  tensors: [
    { suffix: "weight_packed", dtype: "U8", shape: "[out, in/2]", meaning: "two E2M1 values a byte" },
    { suffix: "weight_scale", dtype: "F8_E4M3", shape: "[out, in/16]", meaning: "scale of 16 values" },
    {
      suffix: "weight_global_scale",
      dtype: "F32",
      shape: "[1]",
      meaning: "divisor: the inverse of ModelOpt's weight_scale_2",
    },
    {
      suffix: "input_global_scale",
      dtype: "F32",
      shape: "[1]",
      meaning: "activations; absent for weight-only",
    },
  ],
  seenIn: "llm-compressor (`nvfp4-pack-quantized`), AutoRound",
  toldBy: "`weight_packed` in U8 with 16 weights a scale",
  effectiveBits: "4 + 8/16 + 32/(out·in)",
  cannotKnow: null,
  recognise: (tensors) => {
    const packed = tensors.typed("weight_packed", "U8");
    const scale = tensors.get("weight_scale");
    if (packed === undefined || scale === undefined) return false;
    if (scale.dtype === "F8_E4M3" || tensors.has("weight_global_scale")) return true;
    return scale.dtype === "U8" && dimFromEnd(packed.shape, 1) === 8 * dimFromEnd(scale.shape, 1);
  },
  read: (tensors) => {
    // AutoRound's nvfp4_v2 keeps E5M3 scales as U8, and needs no global scale.
    const isV2 = tensors.get("weight_scale")?.dtype === "U8" && !tensors.has("weight_global_scale");
    const findings = [
      ...globalScale(tensors, "weight_packed", "weight_global_scale", !isV2),
      ...expectDtype(tensors, "weight_global_scale", GLOBAL),
      ...expectDtype(tensors, "weight_scale", isV2 ? ["U8"] : ["F8_E4M3"]),
    ];
    const remarks = isV2 ? ["AutoRound nvfp4_v2: E5M3 scales"] : [];
    return readPacked(
      tensors,
      { payload: "weight_packed", scale: "weight_scale", group: 16 },
      { findings, remarks },
    );
  },
} as const satisfies Scheme;

export const mxfp4Ct = {
  id: "mxfp4-ct",
  title: "MXFP4 of compressed-tensors",
  payload: { suffixes: ["weight_packed"], dtypes: BYTES },
  tensors: [
    { suffix: "weight_packed", dtype: "U8", shape: "[out, in/2]", meaning: "two E2M1 values a byte" },
    {
      suffix: "weight_scale",
      dtype: "U8 or F8_E8M0",
      shape: "[out, in/32]",
      meaning: "exponent of 32 values",
    },
  ],
  seenIn: "llm-compressor (`mxfp4-pack-quantized`), Kimi-K3, AutoRound",
  toldBy: "`weight_packed` in U8 with 32 weights a scale, and no global scale",
  effectiveBits: "4 + 8/32",
  cannotKnow: "whether the scales carry the extra exponent offset of files written before 2026-01-09",
  recognise: (tensors) =>
    tensors.typed("weight_packed", "U8") !== undefined && isE8M0(tensors.get("weight_scale")?.dtype),
  read: (tensors) =>
    readPacked(
      tensors,
      { payload: "weight_packed", scale: "weight_scale", group: 32 },
      { findings: expectDtype(tensors, "weight_scale", E8M0) },
    ),
} as const satisfies Scheme;

export const mxint4 = {
  id: "mxint4",
  title: "MXINT4",
  payload: { suffixes: ["weight_packed"], dtypes: BYTES },
  tensors: [
    { suffix: "weight_packed", dtype: "U8", shape: "[out, in/2]", meaning: "two integers a byte" },
    {
      suffix: "weight_scale",
      dtype: "U8 or F8_E8M0",
      shape: "[out, in/32]",
      meaning: "exponent of 32 values",
    },
  ],
  seenIn: "AutoRound `MXINT4`",
  toldBy: "the tensors of `mxfp4-ct` under a configuration that says `mx_int`",
  effectiveBits: "4 + 8/32",
  cannotKnow: "integers or floats, where no configuration says `data_type: mx_int`",
  recognise: (tensors, { declared }) =>
    declared?.type === "mx-int" &&
    tensors.typed("weight_packed", "U8") !== undefined &&
    isE8M0(tensors.get("weight_scale")?.dtype),
  read: (tensors) => readPacked(tensors, { payload: "weight_packed", scale: "weight_scale", group: 32 }, {}),
} as const satisfies Scheme;

export const mxfp4GptOss = {
  id: "mxfp4-gptoss",
  title: "MXFP4 of gpt-oss",
  payload: { suffixes: ["blocks"], dtypes: BYTES },
  tensors: [
    {
      suffix: "gate_up_proj_blocks",
      dtype: "U8",
      shape: "[E, 2·I, H/32, 16]",
      meaning: "16 bytes hold 32 E2M1 values",
    },
    { suffix: "gate_up_proj_scales", dtype: "U8", shape: "[E, 2·I, H/32]", meaning: "exponent of 32 values" },
    { suffix: "gate_up_proj_bias", dtype: "BF16", shape: "[E, 2·I]", meaning: "a real bias" },
  ],
  seenIn: "gpt-oss; its original release spells them `mlp1_weight.blocks` and `.scales`",
  toldBy: "U8 blocks whose last dimension is 16",
  effectiveBits: "4 + 8/32",
  cannotKnow: null,
  recognise: (tensors) => {
    const shape = tensors.typed("blocks", "U8")?.shape;
    return shape !== undefined && shape.length >= 3 && shape.at(-1) === 16;
  },
  read: (tensors) => {
    const blocks = (tensors.get("blocks") as ModuleTensor).shape;
    const logicalShape = [...blocks.slice(0, -2), dimFromEnd(blocks, 2) * dimFromEnd(blocks, 1) * 2];
    const findings = [
      ...requireParts(tensors, "MISSING_SCALE", "scales"),
      ...expectShape(tensors, "scales", [blocks.slice(0, -1)]),
      ...expectDtype(tensors, "scales", E8M0),
    ];
    return makeReading({
      payload: "blocks",
      logicalShape,
      bits: 4,
      scale: "scales",
      granularity: "group",
      group: 32,
      findings,
    });
  },
} as const satisfies Scheme;

export const mxfp6 = {
  id: "mxfp6",
  title: "MXFP6",
  payload: { suffixes: ["weight"], dtypes: BYTES },
  tensors: [
    { suffix: "weight", dtype: "U8", shape: "[out, in·3/4]", meaning: "four FP6 values in three bytes" },
    { suffix: "weight_scale", dtype: "U8", shape: "[out, in/32]", meaning: "exponent of 32 values" },
  ],
  seenIn: "Quark",
  toldBy: "24 bytes a scale, where FP4 has 16",
  effectiveBits: "6 + 8/32",
  cannotKnow: "E3M2 or E2M3: only Quark's configuration says so",
  recognise: (tensors) => {
    const weight = tensors.typed("weight", "U8")?.shape;
    const scale = tensors.typed("weight_scale", ...E8M0)?.shape;
    if (weight === undefined || scale === undefined || scale.length < 2) return false;
    return dimFromEnd(weight, 1) === 24 * dimFromEnd(scale, 1);
  },
  read: (tensors) => {
    const weight = (tensors.get("weight") as ModuleTensor).shape;
    const logicalShape = withLast(weight, Math.floor((dimFromEnd(weight, 1) * 4) / 3));
    const findings = [
      ...requireParts(tensors, "MISSING_SCALE", "weight_scale"),
      ...expectShape(tensors, "weight_scale", [
        withLast(logicalShape, ceilDiv(dimFromEnd(logicalShape, 1), 32)),
      ]),
    ];
    return makeReading({
      payload: "weight",
      logicalShape,
      bits: 6,
      scale: "weight_scale",
      granularity: "group",
      group: 32,
      findings,
    });
  },
} as const satisfies Scheme;

export const mxfp4U8 = {
  id: "mxfp4-u8",
  title: "MXFP4 in bytes",
  payload: { suffixes: ["weight"], dtypes: BYTES },
  tensors: [
    { suffix: "weight", dtype: "U8", shape: "[out, in/2]", meaning: "two E2M1 values a byte" },
    {
      suffix: "weight_scale",
      dtype: "U8 or F8_E8M0",
      shape: "[out, ⌈in/32⌉]",
      meaning: "exponent of 32 values",
    },
  ],
  seenIn: "ModelOpt `W4A8_MXFP4_FP8`, Quark `fp4`, Ascend",
  toldBy: "a U8 weight with 16 bytes a scale",
  effectiveBits: "4 + 8/32",
  cannotKnow: null,
  recognise: (tensors) =>
    tensors.typed("weight", "U8") !== undefined &&
    (tensors.typed("weight_scale", ...E8M0)?.shape.length ?? 0) >= 2,
  read: (tensors) =>
    readPacked(
      tensors,
      { payload: "weight", scale: "weight_scale", group: 32 },
      { findings: expectDtype(tensors, "weight_scale", E8M0) },
    ),
} as const satisfies Scheme;

export const fp4E8m0 = {
  id: "fp4-e8m0",
  title: "FP4 with E8M0 scales",
  payload: { suffixes: ["weight"], dtypes: ["I8"] },
  tensors: [
    { suffix: "weight", dtype: "I8", shape: "[out, in/2]", meaning: "two E2M1 values a byte" },
    { suffix: "scale", dtype: "F8_E8M0", shape: "[out, in/32]", meaning: "exponent of 32 values" },
  ],
  seenIn: "routed experts of DeepSeek-V4",
  toldBy: "an I8 weight whose scale is F8_E8M0 with 16 bytes each; INT8 scales are floats",
  effectiveBits: "4 + 8/32",
  cannotKnow: null,
  recognise: (tensors) =>
    tensors.typed("weight", "I8") !== undefined && tensors.typed("scale", "F8_E8M0") !== undefined,
  read: (tensors) => readPacked(tensors, { payload: "weight", scale: "scale", group: 32 }, {}),
} as const satisfies Scheme;

export const fpQuant = {
  id: "fp-quant",
  title: "FP-Quant",
  payload: { suffixes: ["qweight", "dqweight"], dtypes: "any" },
  tensors: [
    { suffix: "qweight", dtype: "U8", shape: "[out, in/2]", meaning: "two E2M1 values a byte" },
    {
      suffix: "scales",
      dtype: "U8",
      shape: "[out, in/32] or [out, in/16]",
      meaning: "E8M0 (mxfp4) or E4M3 (nvfp4) bytes",
    },
    {
      suffix: "weight_global_scale, act_global_scale",
      dtype: "F32",
      shape: "[1]",
      meaning: "of all weights, of activations",
    },
    {
      suffix: "forward_hadamard_matrix, backward_hadamard_matrix",
      dtype: "BF16",
      shape: "[h, h]",
      meaning: "rotations",
    },
  ],
  seenIn: "FP-Quant; `dqweight` [out, in] instead in its pseudo-quantized mode",
  toldBy: "a U8 `qweight` with U8 scales and a global scale",
  effectiveBits: "4 + 8/g and the rotations",
  cannotKnow: null,
  recognise: (tensors) =>
    tensors.has("dqweight") ||
    (tensors.typed("qweight", "U8") !== undefined &&
      tensors.typed("scales", "U8") !== undefined &&
      (tensors.has("weight_global_scale") || tensors.has("act_global_scale"))),
  read: (tensors) => {
    const plain = tensors.get("dqweight");
    if (plain !== undefined && !tensors.has("qweight"))
      return makeReading({
        payload: "dqweight",
        logicalShape: plain.shape,
        bits: null,
        scale: null,
        remarks: ["values kept unpacked"],
      });
    const packed = (tensors.get("qweight") as ModuleTensor).shape;
    const input = dimFromEnd(packed, 1) * 2;
    const ratio = exactGroup(input, dimFromEnd(tensors.get("scales")?.shape ?? [], 1));
    const group = ratio === 16 ? 16 : 32;
    const findings = requireParts(tensors, "MISSING_GLOBAL_SCALE", "weight_global_scale");
    return readPacked(tensors, { payload: "qweight", scale: "scales", group }, { findings });
  },
} as const satisfies Scheme;

export const fourOverSix = {
  id: "fouroversix",
  title: "FourOverSix",
  payload: { suffixes: ["quantized_weight_values"], dtypes: BYTES },
  tensors: [
    { suffix: "quantized_weight_values", dtype: "U8", shape: "[out, in/2]", meaning: "two values a byte" },
    {
      suffix: "quantized_weight_scale_factors",
      dtype: "F8_E4M3 or F8_E8M0",
      shape: "[out·in/block]",
      meaning: "flat",
    },
    { suffix: "quantized_weight_amax", dtype: "F32", shape: "[1]", meaning: "largest value of all" },
    { suffix: "quantized_weight_metadata", dtype: "I32", shape: "[4]", meaning: "shapes before padding" },
  ],
  seenIn: "FourOverSix",
  toldBy: "`quantized_weight_values`",
  effectiveBits: "4 + 8/block + (32 + 128)/(out·in)",
  cannotKnow: "whether rows were padded to a multiple of 128",
  recognise: (tensors) => tensors.typed("quantized_weight_values", "U8") !== undefined,
  read: (tensors) => {
    const values = (tensors.get("quantized_weight_values") as ModuleTensor).shape;
    const logicalShape = withLast(values, dimFromEnd(values, 1) * 2);
    const scale = "quantized_weight_scale_factors";
    const count = tensors.get(scale)?.elements;
    const group = count === undefined ? null : exactGroup(product(logicalShape), count);
    const isLegal = group !== null && [8, 16, 32].includes(group);
    const findings = [
      ...requireParts(tensors, "MISSING_SCALE", scale),
      ...requireParts(tensors, "MISSING_GLOBAL_SCALE", "quantized_weight_amax"),
    ];
    if (count !== undefined && !isLegal)
      findings.push(misshapen(scale, { is: "block-scales", values: product(logicalShape) }, [count]));
    return makeReading({
      payload: "quantized_weight_values",
      logicalShape,
      bits: 4,
      scale,
      granularity: "group",
      group: isLegal ? group : null,
      findings,
    });
  },
} as const satisfies Scheme;

function native(id: string, title: string, bits: number, dtypes: readonly Dtype[]) {
  return {
    id,
    title,
    payload: { suffixes: ["weight"] as const, dtypes },
    tensors: [
      {
        suffix: "weight",
        dtype: dtypes.join(" or "),
        shape: "[out, in]",
        meaning: "the shape is logical already",
      },
    ],
    seenIn: "no published language model so far",
    toldBy: "the dtype; nothing is unpacked, as headers of these dtypes count values",
    effectiveBits: `${bits} and the scales beside`,
    cannotKnow: null,
    recognise: (tensors: WeightTensors) => tensors.typed("weight", ...dtypes) !== undefined,
    read: (tensors: WeightTensors) => {
      const weight = (tensors.get("weight") as ModuleTensor).shape;
      const suffix =
        ["weight_scale", "weight_scale_inv", "scale", "scales"].find((name) => tensors.has(name)) ?? null;
      const scale = suffix === null ? undefined : tensors.get(suffix)?.shape;
      const group =
        scale !== undefined &&
        scale.length === weight.length &&
        dimFromEnd(scale, 2) === dimFromEnd(weight, 2)
          ? exactGroup(dimFromEnd(weight, 1), dimFromEnd(scale, 1))
          : null;
      const isWhole = scale?.every((dim) => dim === 1) === true;
      return makeReading({
        payload: "weight",
        logicalShape: weight,
        bits,
        scale: suffix,
        granularity: isWhole ? "tensor" : group === null ? null : "group",
        group: isWhole ? null : group,
      });
    },
  };
}

export const nativeF4 = {
  ...native("native-f4", "native FP4", 4, ["F4"]),
  id: "native-f4",
} as const satisfies Scheme;
export const nativeF6 = {
  ...native("native-f6", "native FP6", 6, ["F6_E2M3", "F6_E3M2"]),
  id: "native-f6",
} as const satisfies Scheme;
