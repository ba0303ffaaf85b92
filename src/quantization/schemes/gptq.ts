import type { ModuleTensor } from "../module-tensors.ts";
import { misshapen, type Observation } from "../observation.ts";
import type { Reading, Scheme, SchemeContext } from "../scheme.ts";
import type { WeightTensors } from "../weight-tensors.ts";
import {
  ceilDiv,
  dimFromEnd,
  expectShape,
  makeReading,
  raggedGroup,
  requireParts,
  shapeNotInHeader,
} from "./reading.ts";

const WORDS = ["I32"] as const;
const BITS = [4, 8, 3, 2, 5, 6, 7, 1] as const;

function words(tensors: WeightTensors): readonly number[] | undefined {
  return tensors.typed("qweight", ...WORDS)?.shape;
}

export const gptq = {
  id: "gptq",
  title: "GPTQ",
  payload: { suffixes: ["qweight"], dtypes: WORDS },
  tensors: [
    { suffix: "qweight", dtype: "I32", shape: "[⌈in·b/32⌉, out]", meaning: "values packed along the input" },
    {
      suffix: "qzeros",
      dtype: "I32",
      shape: "[⌈in/g⌉, ⌈out·b/32⌉]",
      meaning: "zero points; v1 stores them less one",
    },
    { suffix: "scales", dtype: "F16 or BF16", shape: "[⌈in/g⌉, out]", meaning: "multiplier" },
    { suffix: "g_idx", dtype: "I32", shape: "[in]", meaning: "group of each input; AutoRound writes none" },
  ],
  seenIn: "AutoGPTQ, GPTQModel, AutoRound (`auto_round:auto_gptq`)",
  toldBy: "an I32 `qweight` as wide as its scales; AWQ's is narrower by the packing",
  effectiveBits: "b + 16/g + b/g + 32/out",
  cannotKnow: "v1 or v2 zero points, activation order",
  recognise: (tensors) => {
    const packed = words(tensors);
    const scales = tensors.get("scales")?.shape;
    return packed !== undefined && scales !== undefined && dimFromEnd(packed, 1) === dimFromEnd(scales, 1);
  },
  read: readGptq,
} as const satisfies Scheme;

function readGptq(tensors: WeightTensors, context: SchemeContext): Reading {
  const packed = (tensors.get("qweight") as ModuleTensor).shape;
  const out = dimFromEnd(packed, 1);
  const bits = gptqBits(tensors, context);
  const known = tensors.get("g_idx")?.shape[0];
  const input = known ?? Math.floor((dimFromEnd(packed, 2) * 32) / (bits ?? 4));
  const scales = tensors.get("scales")?.shape ?? [];
  // Scales that lie the wrong way round say nothing about groups; zero points have a row for each group too.
  const isWide = dimFromEnd(scales, 1) === out;
  const groups = dimFromEnd((isWide ? undefined : tensors.get("qzeros")?.shape) ?? scales, 2);
  const group = groups > 1 ? raggedGroup(input, groups, context.declared?.group ?? null) : null;
  const findings: Observation[] = [
    ...requireParts(tensors, "MISSING_SCALE", "scales"),
    ...requireParts(tensors, "MISSING_AUXILIARY", "qzeros"),
    ...(context.declared?.indexed ? requireParts(tensors, "MISSING_AUXILIARY", "g_idx") : []),
  ];
  if (tensors.has("scales")) {
    findings.push(...expectShape(tensors, "scales", [[groups, out]]));
    if (groups > 1 && group === null)
      findings.push(misshapen("scales", { is: "divides", side: "rows", inputs: input }, [groups, out]));
    if (bits !== null)
      findings.push(
        ...expectShape(tensors, "qzeros", [[groups, ceilDiv(out * bits, 32)]], "ZERO_POINT_SHAPE_MISMATCH"),
      );
  }
  const rows = bits === null ? 0 : ceilDiv(input * bits, 32);
  if (bits !== null && rows !== dimFromEnd(packed, 2))
    findings.push(misshapen("qweight", [rows, out], packed));
  const isOpen = bits === null && known === undefined;
  return makeReading({
    payload: "qweight",
    logicalShape: isOpen ? null : [out, input],
    parameters: out * input,
    bits,
    scale: "scales",
    granularity: tensors.has("scales") ? (groups > 1 ? "group" : "channel") : null,
    group,
    findings,
    remarks: context.declared?.format == null ? [] : [`format ${context.declared.format}`],
    ...(isOpen ? { confidence: "guess" as const } : {}),
  });
}

/** From the zero points, else from the length of `g_idx`, else as declared. */
function gptqBits(tensors: WeightTensors, context: SchemeContext): number | null {
  const packed = (tensors.get("qweight") as ModuleTensor).shape;
  const out = dimFromEnd(packed, 1);
  const rows = dimFromEnd(packed, 2);
  const input = tensors.get("g_idx")?.shape[0];
  const fitsInput = (bits: number) => input === undefined || ceilDiv(input * bits, 32) === rows;
  const zeros = tensors.get("qzeros")?.shape;
  if (zeros !== undefined) {
    const columns = dimFromEnd(zeros, 1);
    const byZeros = BITS.find((bits) => ceilDiv(out * bits, 32) === columns && fitsInput(bits));
    if (byZeros !== undefined) return byZeros;
  }
  if (input !== undefined) {
    const byIndex = BITS.find((bits) => ceilDiv(input * bits, 32) === rows);
    if (byIndex !== undefined) return byIndex;
  }
  const byZerosAlone =
    zeros === undefined ? undefined : BITS.find((bits) => ceilDiv(out * bits, 32) === dimFromEnd(zeros, 1));
  return byZerosAlone ?? context.declared?.bits ?? null;
}

export const squeezeLlm = {
  id: "squeezellm",
  title: "SqueezeLLM",
  payload: { suffixes: ["qweight"], dtypes: WORDS },
  tensors: [
    { suffix: "qweight", dtype: "I32", shape: "[in·b/32, out]", meaning: "indices packed along the input" },
    { suffix: "lookup_table", dtype: "F16", shape: "[out, 2^b]", meaning: "values of a row" },
  ],
  seenIn: "SqueezeLLM",
  toldBy: "an I32 `qweight` beside `lookup_table`",
  effectiveBits: "b + 16·2^b/in",
  cannotKnow: null,
  recognise: (tensors) => words(tensors) !== undefined && tensors.has("lookup_table"),
  read: (tensors) => {
    const packed = (tensors.get("qweight") as ModuleTensor).shape;
    const out = dimFromEnd(packed, 1);
    const bits = Math.log2(dimFromEnd(tensors.get("lookup_table")?.shape ?? [16], 1));
    const input = Math.floor((dimFromEnd(packed, 2) * 32) / bits);
    const findings = expectShape(tensors, "lookup_table", [[out, 2 ** bits]]);
    return makeReading({
      payload: "qweight",
      logicalShape: [out, input],
      bits,
      scale: null,
      granularity: "channel",
      findings,
    });
  },
} as const satisfies Scheme;

export const marlin = {
  id: "marlin-v1",
  title: "Marlin",
  payload: { suffixes: ["B"], dtypes: WORDS },
  tensors: [
    { suffix: "B", dtype: "I32", shape: "[in/16, out·b/2]", meaning: "values in the order of the kernel" },
    { suffix: "s", dtype: "F16", shape: "[in/g or 1, out]", meaning: "multiplier" },
    { suffix: "workspace", dtype: "I32", shape: "any", meaning: "scratch, no parameters" },
  ],
  seenIn: "AutoGPTQ and vLLM of 2024",
  toldBy: "`B` in I32 beside `s`",
  effectiveBits: "b + 16/g",
  cannotKnow: null,
  recognise: (tensors) => tensors.typed("B", ...WORDS) !== undefined && tensors.has("s"),
  read: (tensors) => readMarlin(tensors, "B", 16),
} as const satisfies Scheme;

export const marlin24 = {
  id: "marlin24-v1",
  title: "Marlin 2:4",
  payload: { suffixes: ["B_24"], dtypes: WORDS },
  tensors: [
    {
      suffix: "B_24",
      dtype: "I32",
      shape: "[in/32, out·b/2]",
      meaning: "the half of the values that is not zero",
    },
    { suffix: "B_meta", dtype: "I16", shape: "[in/32, out·2]", meaning: "which two of four are kept" },
    { suffix: "s", dtype: "F16", shape: "[in/g or 1, out]", meaning: "multiplier" },
  ],
  seenIn: "vLLM of 2024",
  toldBy: "`B_24` beside `B_meta`",
  effectiveBits: "b/2 + 1 + 16/g",
  cannotKnow: null,
  recognise: (tensors) => tensors.typed("B_24", ...WORDS) !== undefined && tensors.has("s"),
  read: (tensors) => readMarlin(tensors, "B_24", 32),
} as const satisfies Scheme;

function readMarlin(tensors: WeightTensors, payload: "B" | "B_24", rowsEach: number): Reading {
  const packed = (tensors.get(payload) as ModuleTensor).shape;
  const scale = tensors.get("s")?.shape ?? [];
  const out = scale.length === 2 ? dimFromEnd(scale, 1) : dimFromEnd(packed, 1) / 2;
  const input = dimFromEnd(packed, 2) * rowsEach;
  const bits = (dimFromEnd(packed, 1) * 2) / out;
  const groups = dimFromEnd(scale, 2);
  const isSound = bits === 4 || bits === 8;
  const findings = [
    ...requireParts(tensors, "MISSING_SCALE", "s"),
    ...(payload === "B_24" ? requireParts(tensors, "MISSING_AUXILIARY", "B_meta") : []),
    ...(isSound ? [] : [misshapen("s", { is: "dims", dims: ["groups", dimFromEnd(packed, 1) / 2] }, scale)]),
  ];
  const logicalShape = [isSound ? out : dimFromEnd(packed, 1) / 2, input];
  return makeReading({
    payload,
    logicalShape,
    ...(payload === "B_24" ? { nonzero: (logicalShape[0] as number) * (input / 2) } : {}),
    bits: isSound ? bits : 4,
    scale: "s",
    granularity: groups > 1 ? "group" : "channel",
    group: groups > 1 ? raggedGroup(input, groups, null) : null,
    findings,
  });
}

export const qqq = {
  id: "qqq",
  title: "QQQ",
  payload: { suffixes: ["B"], dtypes: WORDS },
  tensors: [
    {
      suffix: "B",
      dtype: "I32",
      shape: "[in/16, out·2]",
      meaning: "4-bit values in the order of the kernel",
    },
    { suffix: "s_channel", dtype: "F32", shape: "[1, out]", meaning: "multiplier of a row" },
    { suffix: "s_group", dtype: "F16", shape: "[in/g, out] or empty", meaning: "multiplier of a group" },
  ],
  seenIn: "GPTQModel `qqq`",
  toldBy: "`B` beside `s_channel`",
  effectiveBits: "4 + 32/in (+ 16/g)",
  cannotKnow: null,
  recognise: (tensors) => tensors.typed("B", ...WORDS) !== undefined && tensors.has("s_channel"),
  read: (tensors) => {
    const packed = (tensors.get("B") as ModuleTensor).shape;
    const out = dimFromEnd(packed, 1) / 2;
    const input = dimFromEnd(packed, 2) * 16;
    const inGroups = tensors.get("s_group");
    const groups = inGroups === undefined || inGroups.elements === 0 ? 0 : dimFromEnd(inGroups.shape, 2);
    return makeReading({
      payload: "B",
      logicalShape: [out, input],
      bits: 4,
      scale: groups > 0 ? "s_group" : "s_channel",
      granularity: groups > 0 ? "group" : "channel",
      group: groups > 0 ? raggedGroup(input, groups, null) : null,
      findings: expectShape(tensors, "s_channel", [[1, out], [out]]),
    });
  },
} as const satisfies Scheme;

/** Bytes and values of a block of the GGUF types, from the format's own definitions. */
const GGUF_BLOCKS: Readonly<Record<string, readonly [bytes: number, values: number]>> = {
  q4_0: [18, 32],
  q4_1: [20, 32],
  q5_0: [22, 32],
  q5_1: [24, 32],
  q8_0: [34, 32],
  q2_k: [84, 256],
  q3_k: [110, 256],
  q4_k: [144, 256],
  q5_k: [176, 256],
  q6_k: [210, 256],
};

export const ggufInSt = {
  id: "gguf-in-st",
  title: "GGUF blocks in safetensors",
  payload: { suffixes: ["qweight"], dtypes: ["U8"] },
  tensors: [{ suffix: "qweight", dtype: "U8", shape: "[out, bytes a row]", meaning: "GGUF blocks" }],
  seenIn: "GPTQModel `gguf`",
  toldBy: "a U8 `qweight` with nothing beside it",
  effectiveBits: "8 · bytes of a block / values of a block",
  cannotKnow: "the GGUF type, hence bits, width and parameters: only the configuration has it",
  recognise: (tensors) =>
    tensors.typed("qweight", "U8") !== undefined && !tensors.has("scales") && !tensors.has("wscales"),
  read: (tensors, context) => {
    const packed = tensors.get("qweight") as ModuleTensor;
    const type = (context.declared?.format ?? "").toLowerCase().replace(/_[sml]$/, "");
    const block = Object.hasOwn(GGUF_BLOCKS, type) ? GGUF_BLOCKS[type] : undefined;
    const rowBytes = dimFromEnd(packed.shape, 1);
    if (block === undefined || rowBytes % block[0] !== 0)
      return makeReading({
        payload: "qweight",
        logicalShape: null,
        parameters: packed.elements,
        bits: null,
        scale: null,
        findings: [shapeNotInHeader("qweight", { is: "unknown-type", shape: packed.shape })],
        confidence: "guess",
      });
    const logicalShape = [dimFromEnd(packed.shape, 2), (rowBytes / block[0]) * block[1]];
    return makeReading({
      payload: "qweight",
      logicalShape,
      bits: null,
      scale: null,
      granularity: "group",
      group: block[1],
    });
  },
} as const satisfies Scheme;
