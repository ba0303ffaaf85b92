import { DTYPE_BITS } from "../../safetensors/dtype.ts";
import type { ModuleTensor } from "../module-tensors.ts";
import { misshapen, type Observation } from "../observation.ts";
import type { Reading, Scheme, SchemeContext } from "../scheme.ts";
import type { WeightTensors } from "../weight-tensors.ts";
import {
  ambiguousBits,
  dimFromEnd,
  makeReading,
  requireParts,
  shapeFromBias,
  shapeNotInHeader,
} from "./reading.ts";

/** Bits by values packed in a byte, and (SINQ, and 3 bits) in a 32-bit word. */
const BITS_BY_PACK: Readonly<Record<number, number>> = { 2: 4, 4: 2, 8: 1 };
const BITS_BY_WORD: Readonly<Record<number, number>> = { 10: 3, 6: 5, 5: 6 };
const UNPACKED_BITS = [8, 6, 5] as const;

interface Unpacked {
  /** Values of the weight. */
  readonly values: number;
  readonly group: number | null;
  readonly bits: number | null;
}

/** Values, group and bits from the rows of `W_q` and its scales; axis 0 lies the other way round. */
function unpack(packed: ModuleTensor, scale: readonly number[], context: SchemeContext): Unpacked {
  const isWord = packed.dtype === "I32";
  // W_q may be viewed as a float dtype: count bytes, not elements.
  const unit = isWord ? 1 : DTYPE_BITS[packed.dtype] / 8;
  const rows = dimFromEnd(packed.shape, 2);
  const columns = dimFromEnd(packed.shape, 1) * unit;
  const declared = context.declared?.bits ?? null;
  const isAxis0 = dimFromEnd(scale, 2) === 1 && dimFromEnd(scale, 1) === columns && columns > 1;
  if (isAxis0) {
    const bits = declared ?? (isWord ? 3 : null);
    const pack = packOf(bits ?? 4, isWord);
    const group = context.declared?.group ?? rows * pack;
    return { values: columns * group, group, bits };
  }
  const scaleRows = dimFromEnd(scale, 2);
  const pack = isWord ? Math.ceil(scaleRows / rows) : scaleRows / rows;
  const values = scaleRows * columns;
  if (isWord) return { values, group: columns, bits: BITS_BY_WORD[pack] ?? declared };
  return { values, group: columns, bits: pack === 1 ? declared : (BITS_BY_PACK[pack] ?? null) };
}

function packOf(bits: number, isWord: boolean): number {
  if (isWord) return Math.floor(32 / bits);
  return bits > 4 ? 1 : bits > 2 ? 2 : bits > 1 ? 4 : 8;
}

function readHqq(
  tensors: WeightTensors,
  context: SchemeContext,
  scaleName: string,
  zeroName: string,
): Reading {
  const packed = tensors.get("W_q") as ModuleTensor;
  const scale = tensors.get(scaleName)?.shape;
  const findings: Observation[] = [
    ...requireParts(tensors, "MISSING_SCALE", scaleName),
    ...requireParts(tensors, "MISSING_ZERO_POINT", zeroName),
  ];
  const open = { values: packed.bytes * 2, group: null, bits: null };
  const { values, group, bits } = scale === undefined ? open : unpack(packed, scale, context);
  const columnScale = tensors.get("meta.scale2")?.shape;
  const input = columnScale !== undefined && columnScale[0] === 1 ? dimFromEnd(columnScale, 1) : null;
  const fromColumns = input !== null && values % input === 0 ? [values / input, input] : null;
  const logicalShape = scale === undefined ? null : (shapeFromBias(tensors, values) ?? fromColumns);
  if (scale !== undefined && bits === null) {
    const candidates = UNPACKED_BITS.map((width) => ({
      bits: width,
      group: group ?? 0,
      logicalShape: [values],
    }));
    const isWhole = dimFromEnd(scale, 2) === dimFromEnd(packed.shape, 2);
    if (isWhole || dimFromEnd(scale, 2) === 1) findings.push(ambiguousBits("W_q", candidates));
    else findings.push(misshapen(scaleName, { is: "rows-of", shape: packed.shape }, scale));
  }
  if (logicalShape === null)
    findings.push(shapeNotInHeader("W_q", { is: "values", shape: packed.shape, values }));
  return makeReading({
    payload: "W_q",
    logicalShape,
    parameters: values,
    bits,
    scale: scaleName,
    granularity: "group",
    group,
    findings,
    ...(scale === undefined ? { confidence: "guess" as const } : {}),
  });
}

export const sinq = {
  id: "sinq",
  title: "SINQ",
  payload: { suffixes: ["W_q"], dtypes: "any" },
  tensors: [
    { suffix: "W_q", dtype: "U8 or I32", shape: "[n/g/pack, g]", meaning: "values packed along the groups" },
    { suffix: "meta.scale, meta.zero", dtype: "F16", shape: "[n/g, 1]", meaning: "multiplier and zero" },
    { suffix: "meta.scale2", dtype: "F16", shape: "[1, in]", meaning: "multiplier of a column" },
  ],
  seenIn: "SINQ",
  toldBy: "`W_q` with `scale2` in its `meta`",
  effectiveBits: "b + 32/g + 16/out",
  cannotKnow: "5, 6 or 8 bits where values lie one a byte",
  recognise: (tensors) => tensors.has("W_q", "meta.scale2"),
  read: (tensors, context) => readHqq(tensors, context, "meta.scale", "meta.zero"),
} as const satisfies Scheme;

export const hqq = {
  id: "hqq",
  title: "HQQ",
  payload: { suffixes: ["W_q"], dtypes: "any" },
  tensors: [
    {
      suffix: "W_q",
      dtype: "U8, I32 for 3 bits, or viewed as a float",
      shape: "[n/g/pack, g]",
      meaning: "values packed along the groups",
    },
    {
      suffix: "scale, zero",
      dtype: "F16 or BF16",
      shape: "[n/g, 1]; [1, n/g] for axis 0",
      meaning: "multiplier and zero",
    },
    {
      suffix: "nbits, group_size, axis, shape, packing …",
      dtype: "scalars",
      shape: "[]",
      meaning: "metadata, in the data",
    },
  ],
  seenIn: "HQQ",
  toldBy: "`W_q`",
  effectiveBits: "b + 32/g",
  cannotKnow: "the shape, and 5, 6 or 8 bits where values lie one a byte",
  recognise: (tensors) => tensors.has("W_q"),
  read: (tensors, context) =>
    tensors.has("meta.scale")
      ? readHqq(tensors, context, "meta.scale", "meta.zero")
      : readHqq(tensors, context, "scale", "zero"),
} as const satisfies Scheme;
