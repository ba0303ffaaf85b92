import type { ModuleTensor } from "../module-tensors.ts";
import { misshapen, type Observation } from "../observation.ts";
import type { Reading, Scheme } from "../scheme.ts";
import type { Stem } from "../stem.ts";
import {
  ceilDiv,
  expectShape,
  makeReading,
  requireParts,
  shapeFromBias,
  shapeNotInHeader,
} from "./reading.ts";

const NF4_STATE = "weight.quant_state.bitsandbytes__nf4";
const FP4_STATE = "weight.quant_state.bitsandbytes__fp4";
/** Block sizes that bitsandbytes has kernels for, the default first. */
const BLOCK_SIZES = [64, 128, 32, 256, 512, 1024, 2048, 4096] as const;

const TENSORS = [
  {
    suffix: "weight",
    dtype: "U8, or BF16, F16, F32 by bnb_4bit_quant_storage",
    shape: "[⌈n/2⌉, 1]",
    meaning: "flat, two values a byte",
  },
  {
    suffix: "weight.absmax",
    dtype: "F32, or U8 when nested",
    shape: "[⌈n/64⌉]",
    meaning: "largest value of a block",
  },
  { suffix: "weight.quant_map", dtype: "F32", shape: "[16]", meaning: "table of values" },
  {
    suffix: "weight.nested_absmax, weight.nested_quant_map",
    dtype: "F32",
    shape: "[⌈n/64/256⌉], [256]",
    meaning: "double quantization",
  },
  {
    suffix: "weight.quant_state.bitsandbytes__nf4 or __fp4",
    dtype: "U8",
    shape: "[bytes]",
    meaning: "JSON with the shape, in the data",
  },
] as const;

function hasBlocks(stem: Stem): boolean {
  return stem.has("weight.absmax") || stem.has("weight.quant_map");
}

function read4bit(stem: Stem): Reading {
  const weight = stem.get("weight") as ModuleTensor;
  const values = weight.bytes * 2;
  const absmax = stem.get("weight.absmax");
  const isNested = absmax?.dtype === "U8";
  const block =
    absmax === undefined ? undefined : BLOCK_SIZES.find((size) => ceilDiv(values, size) === absmax.elements);
  const findings: Observation[] = [
    ...requireParts(stem, "MISSING_SCALE", "weight.absmax"),
    ...requireParts(stem, "MISSING_AUXILIARY", "weight.quant_map"),
    ...(isNested ? requireParts(stem, "MISSING_SCALE", "weight.nested_absmax") : []),
    ...(isNested ? requireParts(stem, "MISSING_AUXILIARY", "weight.nested_quant_map") : []),
    ...(stem.has(NF4_STATE) || stem.has(FP4_STATE)
      ? []
      : requireParts(stem, "MISSING_AUXILIARY", "weight.quant_state")),
  ];
  if (absmax !== undefined && block === undefined)
    findings.push(misshapen("weight.absmax", [ceilDiv(values, 64)], absmax.shape));
  if (isNested)
    findings.push(...expectShape(stem, "weight.nested_absmax", [[ceilDiv(absmax.elements, 256)]]));
  const logicalShape = shapeFromBias(stem, values);
  if (logicalShape === null)
    findings.push(shapeNotInHeader("weight", { is: "values", shape: weight.shape, values }));
  return makeReading({
    payload: "weight",
    logicalShape,
    parameters: values,
    bits: 4,
    scale: "weight.absmax",
    granularity: "group",
    group: block ?? null,
    findings,
    remarks: isNested ? ["double quantization"] : [],
  });
}

export const bnbNf4 = {
  id: "bnb-nf4",
  title: "bitsandbytes NF4",
  payload: { suffixes: ["weight"], dtypes: ["U8"] },
  tensors: TENSORS,
  seenIn: "bitsandbytes `load_in_4bit` with `nf4`, QLoRA",
  toldBy: "`quant_state.bitsandbytes__nf4` below the weight",
  effectiveBits: "4 + 32/64, or 4 + 8/64 + 32/(64·256) when nested, and the tables",
  cannotKnow: "the shape: it is JSON inside the data; the number of values is exact to one",
  recognise: (stem, context) =>
    stem.has(NF4_STATE) || (isStateless(stem) && context.declared?.format === "nf4"),
  read: read4bit,
} as const satisfies Scheme;

export const bnbFp4 = {
  id: "bnb-fp4",
  title: "bitsandbytes FP4",
  payload: { suffixes: ["weight"], dtypes: ["U8"] },
  tensors: TENSORS,
  seenIn: "bitsandbytes `load_in_4bit` with `fp4`",
  toldBy: "`quant_state.bitsandbytes__fp4` below the weight",
  effectiveBits: "4 + 32/64, or 4 + 8/64 + 32/(64·256) when nested, and the tables",
  cannotKnow: "the shape: it is JSON inside the data; the number of values is exact to one",
  recognise: (stem, context) =>
    stem.has(FP4_STATE) || (isStateless(stem) && context.declared?.format === "fp4"),
  read: read4bit,
} as const satisfies Scheme;

export const bnb4bit = {
  id: "bnb-4bit",
  title: "bitsandbytes 4-bit without its state",
  payload: { suffixes: ["weight"], dtypes: ["U8"] },
  tensors: TENSORS,
  seenIn: "broken exports of bitsandbytes",
  toldBy: "a flat U8 weight [n, 1], or `absmax` and `quant_map` without the state that names the type",
  effectiveBits: "4 and what is left of the rest",
  cannotKnow: "NF4 or FP4, where the configuration does not say",
  recognise: isStateless,
  read: read4bit,
} as const satisfies Scheme;

/** 4-bit blocks, or a flat byte weight with nothing beside it, without the state that names their type. */
function isStateless(stem: Stem): boolean {
  if (!stem.has("weight") || stem.has(NF4_STATE) || stem.has(FP4_STATE)) return false;
  if (hasBlocks(stem)) return true;
  const weight = stem.typed("weight", "U8")?.shape;
  return weight !== undefined && weight.length === 2 && weight[1] === 1 && isAlone(stem);
}

function isAlone(stem: Stem): boolean {
  return [...stem.tensors.keys()].every((suffix) => suffix === "weight" || suffix === "bias");
}

export const bnbInt8 = {
  id: "bnb-int8",
  title: "bitsandbytes INT8",
  payload: { suffixes: ["weight"], dtypes: ["I8"] },
  tensors: [
    { suffix: "weight", dtype: "I8", shape: "[out, in]", meaning: "one value a byte" },
    { suffix: "SCB", dtype: "F32", shape: "[out]", meaning: "largest value of a row" },
    { suffix: "weight_format", dtype: "U8", shape: "[]", meaning: "layout of the kernel" },
  ],
  seenIn: "bitsandbytes `load_in_8bit`",
  toldBy: "`SCB` beside an I8 weight",
  effectiveBits: "8 + 32/in",
  cannotKnow: null,
  recognise: (stem) => stem.has("SCB") && stem.typed("weight", "I8") !== undefined,
  read: (stem) => {
    const weight = (stem.get("weight") as ModuleTensor).shape;
    const findings = [
      ...requireParts(stem, "MISSING_SCALE", "SCB"),
      ...expectShape(stem, "SCB", [weight.slice(0, -1)]),
    ];
    return makeReading({
      payload: "weight",
      logicalShape: weight,
      bits: 8,
      scale: "SCB",
      granularity: "channel",
      findings,
    });
  },
} as const satisfies Scheme;
