import type { ModuleTensor } from "../module-tensors.ts";
import { misshapen, type Observation } from "../observation.ts";
import type { Reading, Scheme } from "../scheme.ts";
import type { WeightTensors } from "../weight-tensors.ts";
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

/** Bytes under any dtype that can be sharded: `bnb_4bit_quant_storage`. */
const PAYLOAD = { suffixes: ["weight"], dtypes: ["U8", "I8", "F16", "BF16", "F32", "F64"] } as const;

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

function hasBlocks(tensors: WeightTensors): boolean {
  return tensors.has("weight.absmax") || tensors.has("weight.quant_map");
}

function read4bit(tensors: WeightTensors): Reading {
  const weight = tensors.get("weight") as ModuleTensor;
  const values = weight.bytes * 2;
  const absmax = tensors.get("weight.absmax");
  const isNested = absmax?.dtype === "U8";
  const block =
    absmax === undefined ? undefined : BLOCK_SIZES.find((size) => ceilDiv(values, size) === absmax.elements);
  const findings: Observation[] = [
    ...requireParts(tensors, "MISSING_SCALE", "weight.absmax"),
    ...requireParts(tensors, "MISSING_AUXILIARY", "weight.quant_map"),
    ...(isNested ? requireParts(tensors, "MISSING_SCALE", "weight.nested_absmax") : []),
    ...(isNested ? requireParts(tensors, "MISSING_AUXILIARY", "weight.nested_quant_map") : []),
    ...(tensors.has(NF4_STATE) || tensors.has(FP4_STATE)
      ? []
      : requireParts(tensors, "MISSING_AUXILIARY", "weight.quant_state")),
  ];
  if (absmax !== undefined && block === undefined)
    findings.push(misshapen("weight.absmax", [ceilDiv(values, 64)], absmax.shape));
  if (isNested)
    findings.push(...expectShape(tensors, "weight.nested_absmax", [[ceilDiv(absmax.elements, 256)]]));
  const logicalShape = shapeFromBias(tensors, values);
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
  payload: PAYLOAD,
  tensors: TENSORS,
  seenIn: "bitsandbytes `load_in_4bit` with `nf4`, QLoRA",
  toldBy: "`quant_state.bitsandbytes__nf4` below the weight",
  effectiveBits: "4 + 32/64, or 4 + 8/64 + 32/(64·256) when nested, and the tables",
  cannotKnow: "the shape: it is JSON inside the data; the number of values is exact to one",
  recognise: (tensors, context) =>
    tensors.has(NF4_STATE) || (isStateless(tensors) && context.declared?.format === "nf4"),
  read: read4bit,
} as const satisfies Scheme;

export const bnbFp4 = {
  id: "bnb-fp4",
  title: "bitsandbytes FP4",
  payload: PAYLOAD,
  tensors: TENSORS,
  seenIn: "bitsandbytes `load_in_4bit` with `fp4`",
  toldBy: "`quant_state.bitsandbytes__fp4` below the weight",
  effectiveBits: "4 + 32/64, or 4 + 8/64 + 32/(64·256) when nested, and the tables",
  cannotKnow: "the shape: it is JSON inside the data; the number of values is exact to one",
  recognise: (tensors, context) =>
    tensors.has(FP4_STATE) || (isStateless(tensors) && context.declared?.format === "fp4"),
  read: read4bit,
} as const satisfies Scheme;

export const bnb4bit = {
  id: "bnb-4bit",
  title: "bitsandbytes 4-bit without its state",
  payload: PAYLOAD,
  tensors: TENSORS,
  seenIn: "broken exports of bitsandbytes",
  toldBy: "a flat U8 weight [n, 1], or `absmax` and `quant_map` without the state that names the type",
  effectiveBits: "4 and what is left of the rest",
  cannotKnow: "NF4 or FP4, where the configuration does not say",
  recognise: isStateless,
  read: read4bit,
} as const satisfies Scheme;

/** 4-bit blocks, or a flat byte weight with nothing beside it, without the state that names their type. */
function isStateless(tensors: WeightTensors): boolean {
  if (!tensors.has("weight") || tensors.has(NF4_STATE) || tensors.has(FP4_STATE)) return false;
  if (hasBlocks(tensors)) return true;
  const weight = tensors.typed("weight", "U8")?.shape;
  return weight !== undefined && weight.length === 2 && weight[1] === 1 && isAlone(tensors);
}

function isAlone(tensors: WeightTensors): boolean {
  return [...tensors.tensors.keys()].every((suffix) => suffix === "weight" || suffix === "bias");
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
  recognise: (tensors) => tensors.has("SCB") && tensors.typed("weight", "I8") !== undefined,
  read: (tensors) => {
    const weight = (tensors.get("weight") as ModuleTensor).shape;
    const findings = [
      ...requireParts(tensors, "MISSING_SCALE", "SCB"),
      ...expectShape(tensors, "SCB", [weight.slice(0, -1)]),
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
