import type { ModuleTensor } from "../module-tensors.ts";
import { misshapen, type Observation } from "../observation.ts";
import type { Scheme, SchemeContext } from "../scheme.ts";
import type { WeightTensors } from "../weight-tensors.ts";
import { confidenceOf, type PackedWidths, type ResolvedPacked, resolvePacked } from "./packed-bits.ts";
import {
  ambiguousBits,
  ceilDiv,
  dimFromEnd,
  expectShape,
  isOneValue,
  makeReading,
  requireParts,
  withLast,
} from "./reading.ts";

export const ctPackInt = {
  id: "ct-pack-int",
  title: "packed integers of compressed-tensors",
  payload: { suffixes: ["weight_packed"], dtypes: ["I32"] },
  tensors: [
    {
      suffix: "weight_packed",
      dtype: "I32",
      shape: "[out, ⌈in·b/32⌉]",
      meaning: "values packed along the input, densely",
    },
    {
      suffix: "weight_scale",
      dtype: "BF16, F16 or F32",
      shape: "[out, ⌈in/g⌉], [out, 1] or [1]",
      meaning: "multiplier",
    },
    {
      suffix: "weight_zero_point",
      dtype: "I32",
      shape: "[⌈out·b/32⌉, groups]",
      meaning: "asymmetric only, packed along the output",
    },
    { suffix: "weight_shape", dtype: "I64 or I32", shape: "[2]", meaning: "the logical shape, in the data" },
    {
      suffix: "weight_g_idx",
      dtype: "I32",
      shape: "[in]",
      meaning: "group of each input, with activation order",
    },
  ],
  seenIn: "llm-compressor (`pack-quantized`), Kimi-K2.5, AutoRound",
  toldBy: "`weight_packed` in I32; U8 is FP4",
  effectiveBits: "b + S/g (+ b/g) + 128/(out·in)",
  cannotKnow:
    "bits and group apart: shapes give their product only (128 is 4 × 32 or 2 × 64); zero points, `weight_g_idx`, the configuration or sibling norms settle it",
  recognise: (tensors) => tensors.typed("weight_packed", "I32") !== undefined && tensors.has("weight_scale"),
  read: readPackInt,
} as const satisfies Scheme;

function readPackInt(tensors: WeightTensors, context: SchemeContext) {
  const packed = (tensors.get("weight_packed") as ModuleTensor).shape;
  const scale = tensors.get("weight_scale")?.shape;
  const out = dimFromEnd(packed, 2);
  const columns = dimFromEnd(packed, 1);
  const isTensor = scale !== undefined && isOneValue(scale);
  const scaleColumns = scale === undefined || isTensor ? 1 : dimFromEnd(scale, 1);
  const isChannel = scaleColumns === 1;
  const widths: PackedWidths = {
    columns,
    scaleColumns: isChannel ? null : scaleColumns,
    bits: context.declared?.bits ?? bitsOfZeroPoint(tensors, out),
    group: isChannel ? null : (context.declared?.group ?? null),
    input: tensors.get("weight_g_idx")?.shape[0] ?? null,
    allowOld: true,
  };
  const resolved = resolvePacked(widths, context);
  const logicalShape = withLast(packed, resolved.input);
  const candidates = resolved.candidates.map(({ bits, group, input }) => ({
    bits,
    group,
    logicalShape: withLast(packed, input),
  }));
  const findings: Observation[] = [
    ...requireParts(tensors, "MISSING_SCALE", "weight_scale"),
    ...requireParts(tensors, "MISSING_AUXILIARY", "weight_shape"),
    ...(context.declared?.indexed ? requireParts(tensors, "MISSING_AUXILIARY", "weight_g_idx") : []),
    ...judgeScale(scale, packed, out),
    ...judgeGroups(widths, resolved, packed, scale),
    ...(resolved.isCertain || resolved.candidates.length === 0
      ? []
      : [ambiguousBits("weight_packed", candidates)]),
  ];
  if (
    resolved.isCertain &&
    scale !== undefined &&
    findings.every(({ code }) => code !== "SCALE_SHAPE_MISMATCH")
  ) {
    const zeros = withLast(packed, ceilDiv(out * resolved.bits, 32), scaleColumns);
    findings.push(...expectShape(tensors, "weight_zero_point", [zeros], "ZERO_POINT_SHAPE_MISMATCH"));
  }
  if (resolved.isCertain && resolved.isOld) {
    const dense = withLast(packed, ceilDiv(resolved.input * resolved.bits, 32));
    findings.push(misshapen("weight_packed", dense, packed, "OLD_PACKING"));
  }
  return makeReading({
    payload: "weight_packed",
    logicalShape: resolved.isCertain ? logicalShape : null,
    parameters: logicalShape.reduce((all, dim) => all * dim, 1),
    bits: resolved.isCertain ? resolved.bits : null,
    scale: "weight_scale",
    granularity: scale === undefined ? null : isTensor ? "tensor" : isChannel ? "channel" : "group",
    group: isChannel || !resolved.isCertain || resolved.group === 0 ? null : resolved.group,
    findings,
    ...confidenceOf(resolved),
    ...(resolved.isCertain ? {} : { candidates }),
  });
}

/** Zero points are packed along the output, whose length is known: their rows give the bits. */
function bitsOfZeroPoint(tensors: WeightTensors, out: number): number | null {
  const zeros = tensors.get("weight_zero_point")?.shape;
  if (zeros === undefined) return null;
  const rows = dimFromEnd(zeros, 2);
  const fitting = [1, 2, 3, 4, 5, 6, 7, 8].filter((bits) => ceilDiv(out * bits, 32) === rows);
  return fitting.length === 1 ? (fitting[0] as number) : null;
}

function judgeScale(
  scale: readonly number[] | undefined,
  packed: readonly number[],
  out: number,
): Observation[] {
  if (scale === undefined || isOneValue(scale)) return [];
  const columns = dimFromEnd(packed, 1);
  const fits =
    scale.length === packed.length && dimFromEnd(scale, 2) === out && dimFromEnd(scale, 1) <= columns * 32;
  const leading = scale.slice(0, -2).every((dim, k) => dim === packed[k]);
  if (fits && leading && isPlausible(columns, dimFromEnd(scale, 1))) return [];
  const isRow = scale.length === packed.length - 1 && scale.every((dim, k) => dim === packed[k]);
  if (isRow) return [];
  return [misshapen("weight_scale", { is: "dims", dims: [...packed.slice(0, -1), "groups"] }, scale)];
}

/** Scales a row that neither the declared bits and group nor any other of the usual ones explain. */
function judgeGroups(
  { bits, group, scaleColumns, columns }: PackedWidths,
  { candidates }: ResolvedPacked,
  packed: readonly number[],
  scale: readonly number[] | undefined,
): Observation[] {
  const isOpen = scale === undefined || scaleColumns === null || candidates.length > 0;
  if (isOpen || bits === null || group === null || group <= 0) return [];
  if (!isPlausible(columns, scaleColumns)) return [];
  const groups = ceilDiv(Math.floor((columns * 32) / bits), group);
  const expected = withLast(packed, groups);
  return [misshapen("weight_scale", expected, scale)];
}

/** A number of groups that some whole bits and a group of at least eight values explain. */
function isPlausible(columns: number, groups: number): boolean {
  return groups === 1 || (columns * 32) / groups >= 8;
}

export const ctMarlin24 = {
  id: "ct-marlin24",
  title: "Marlin 2:4 of compressed-tensors",
  payload: { suffixes: ["weight_packed"], dtypes: ["I32"] },
  tensors: [
    {
      suffix: "weight_packed",
      dtype: "I32",
      shape: "[in/32, out·b/2]",
      meaning: "the half of the values that is not zero",
    },
    { suffix: "scale_packed", dtype: "F16", shape: "[in/g or 1, out]", meaning: "multiplier" },
    { suffix: "meta", dtype: "I16", shape: "[in/32, out·2]", meaning: "which two of four are kept" },
  ],
  seenIn: "compressed-tensors before 2026-03 (`marlin-24`)",
  toldBy: "`weight_packed` beside `scale_packed` and `meta`",
  effectiveBits: "b/2 + 1 + 16/g",
  cannotKnow: null,
  recognise: (tensors) => tensors.has("weight_packed", "scale_packed", "meta"),
  read: (tensors) => {
    const packed = (tensors.get("weight_packed") as ModuleTensor).shape;
    const scale = tensors.get("scale_packed")?.shape ?? [];
    const out = dimFromEnd(scale, 1);
    const input = dimFromEnd(packed, 2) * 32;
    // 16 rows of kept values in each row of words: out · 16 / (32 / b) words.
    const bits = (dimFromEnd(packed, 1) * 2) / out;
    const groups = dimFromEnd(scale, 2);
    const isChannel = groups === 1;
    const findings = [
      ...expectShape(tensors, "meta", [[dimFromEnd(packed, 2), out * 2]]),
      ...(Number.isInteger(bits)
        ? []
        : [misshapen("scale_packed", { is: "dims", dims: ["groups", dimFromEnd(packed, 1) / 2] }, scale)]),
    ];
    return makeReading({
      payload: "weight_packed",
      logicalShape: [out, input],
      nonzero: (out * input) / 2,
      bits: Number.isInteger(bits) ? bits : null,
      scale: "scale_packed",
      granularity: isChannel ? "channel" : "group",
      group: isChannel ? null : input / groups,
      findings,
      remarks: ["half of the values are zeros that are not stored"],
    });
  },
} as const satisfies Scheme;

export const ctSparse24 = {
  id: "ct-sparse24",
  title: "2:4 sparse of compressed-tensors",
  payload: { suffixes: ["compressed"], dtypes: "any" },
  tensors: [
    {
      suffix: "compressed",
      dtype: "any",
      shape: "[out, in/2]",
      meaning: "the half of the values that is not zero",
    },
    { suffix: "bitmask", dtype: "U8", shape: "[out, ⌈in/8⌉]", meaning: "where they stand" },
    { suffix: "shape", dtype: "I64", shape: "[2, 1]", meaning: "the logical shape, in the data" },
  ],
  seenIn: "compressed-tensors before 2026-03 (`sparse-24-bitmask`)",
  toldBy: "`compressed` beside `bitmask`",
  effectiveBits: "half of the dtype's bits + 1",
  cannotKnow: null,
  recognise: (tensors) => tensors.has("compressed", "bitmask"),
  read: (tensors) => {
    const kept = tensors.get("compressed") as ModuleTensor;
    const logicalShape = withLast(kept.shape, dimFromEnd(kept.shape, 1) * 2);
    const findings = expectShape(tensors, "bitmask", [
      withLast(logicalShape, ceilDiv(dimFromEnd(logicalShape, 1), 8)),
    ]);
    return makeReading({
      payload: "compressed",
      logicalShape,
      nonzero: kept.elements,
      bits: null,
      scale: tensors.has("weight_scale") ? "weight_scale" : null,
      findings,
      remarks: ["half of the values are zeros that are not stored"],
    });
  },
} as const satisfies Scheme;

export const ctSparseBitmask = {
  id: "ct-sparse-bitmask",
  title: "sparse bitmask of compressed-tensors",
  payload: { suffixes: ["weight.compressed"], dtypes: "any" },
  tensors: [
    {
      suffix: "weight.compressed",
      dtype: "any",
      shape: "[nonzero]",
      meaning: "the values that are not zero",
    },
    { suffix: "weight.bitmask", dtype: "U8", shape: "[out, ⌈in/8⌉]", meaning: "where they stand" },
    { suffix: "weight.row_offsets", dtype: "I64", shape: "[out]", meaning: "where each row begins" },
  ],
  seenIn: "compressed-tensors before 2026-03 (`sparse-bitmask`)",
  toldBy: "`weight.compressed` beside `weight.bitmask`",
  effectiveBits: "by the share of values that are not zero",
  cannotKnow: "the exact width: the bitmask rounds it up to a multiple of 8",
  recognise: (tensors) => tensors.has("weight.compressed", "weight.bitmask"),
  read: (tensors) => {
    const nonzero = tensors.get("weight.compressed")?.elements ?? 0;
    const common = { payload: "weight.compressed", nonzero, bits: null, scale: null };
    const bitmask = tensors.get("weight.bitmask")?.shape;
    if (bitmask === undefined) {
      // Which values are zero cannot be told: as many as are stored are there at the least.
      const findings = requireParts(tensors, "MISSING_AUXILIARY", "weight.bitmask");
      return makeReading({
        ...common,
        logicalShape: null,
        parameters: nonzero,
        findings,
        confidence: "guess",
      });
    }
    const out = tensors.get("weight.row_offsets")?.shape[0] ?? dimFromEnd(bitmask, 2);
    return makeReading({
      ...common,
      logicalShape: [out, dimFromEnd(bitmask, 1) * 8],
      findings: [
        ...expectShape(tensors, "weight.row_offsets", [
          [dimFromEnd(bitmask, 2)],
          [dimFromEnd(bitmask, 2), 1],
        ]),
      ],
      confidence: "likely",
      remarks: ["zeros are not stored"],
    });
  },
} as const satisfies Scheme;
