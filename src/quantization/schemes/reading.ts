import type { Dtype } from "../../safetensors/dtype.ts";
import {
  type Candidate,
  misshapen,
  missing,
  type Observation,
  type ObservationCode,
  type Stored,
} from "../observation.ts";
import type { Reading } from "../scheme.ts";
import type { WeightTensors } from "../weight-tensors.ts";

export const FLOATS = ["F32", "F16", "BF16"] as const satisfies readonly Dtype[];
export const E8M0 = ["U8", "F8_E8M0"] as const satisfies readonly Dtype[];

type Shape = readonly number[];

/**
 * A reading with the fields that most schemes leave alone filled in. A shape that declared bits or groups lead to and
 * that no weight can have, such as one of ten and a half rows, is none.
 */
export function makeReading(
  fields: Pick<Reading, "payload" | "logicalShape" | "bits" | "scale"> & Partial<Reading>,
): Reading {
  const reading: Reading = {
    parameters: fields.logicalShape === null ? 0 : product(fields.logicalShape),
    granularity: null,
    block: null,
    group: null,
    findings: [],
    ...fields,
  };
  const isSound = [reading.parameters, ...(reading.logicalShape ?? [])].every(isCount);
  return isSound ? reading : { ...reading, logicalShape: null, parameters: 0, confidence: "guess" };
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

export function product(shape: Shape): number {
  return shape.reduce((all, dim) => all * dim, 1);
}

export function ceilDiv(a: number, b: number): number {
  return Math.ceil(a / b);
}

/** `[]`, `[1]`, `[1, 1]`: exporters differ. */
export function isOneValue(shape: Shape): boolean {
  return shape.every((dim) => dim === 1);
}

/** The shape with its last dimensions replaced. */
export function withLast(shape: Shape, ...last: readonly number[]): number[] {
  return [...shape.slice(0, -last.length), ...last];
}

/** Size of a dimension counted from the end (1 is the last); 1 for one that is not there. */
export function dimFromEnd(shape: Shape, back: number): number {
  return shape[shape.length - back] ?? 1;
}

export function isSameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, k) => dim === b[k]);
}

/** A finding where the tensor of a suffix is there and has none of the shapes. */
export function expectShape(
  tensors: WeightTensors,
  suffix: string,
  expected: readonly Shape[],
  code: ObservationCode = "SCALE_SHAPE_MISMATCH",
): Observation[] {
  const found = tensors.get(suffix)?.shape;
  if (found === undefined || expected.some((shape) => isSameShape(shape, found))) return [];
  return [misshapen(suffix, { is: "shape", anyOf: expected }, found, code)];
}

/** A finding where a tensor that should hold one value, or one for each expert, holds others. */
export function expectOneValue(tensors: WeightTensors, suffix: string, leading: Shape = []): Observation[] {
  const found = tensors.get(suffix)?.shape;
  if (found === undefined || isOneValue(found)) return [];
  const trimmed = found.slice(0, leading.length);
  if (leading.length > 0 && isSameShape(trimmed, leading) && isOneValue(found.slice(leading.length)))
    return [];
  const anyOf = leading.length > 0 ? [[], leading] : [[]];
  return [misshapen(suffix, { is: "shape", anyOf }, found)];
}

/** Findings for tensors without which the weight cannot be rebuilt. */
export function requireParts(
  tensors: WeightTensors,
  code: ObservationCode,
  ...suffixes: readonly string[]
): Observation[] {
  return suffixes
    .filter((suffix) => !tensors.has(suffix))
    .map((suffix) => missing(code, suffix, { is: "beside", suffix }));
}

/** A finding for a scale of a dtype that its scheme does not use. */
export function expectDtype(tensors: WeightTensors, suffix: string, dtypes: readonly Dtype[]): Observation[] {
  const found = tensors.get(suffix)?.dtype;
  if (found === undefined || dtypes.includes(found)) return [];
  return [
    {
      code: "SCALE_DTYPE_UNEXPECTED",
      suffix,
      wanted: { is: "dtype", anyOf: dtypes },
      stored: { is: "dtype", dtype: found },
    },
  ];
}

/** The size of a group: exact division, null where the scales do not divide the values. */
export function exactGroup(values: number, scales: number): number | null {
  return scales > 0 && values % scales === 0 ? values / scales : null;
}

const USUAL_GROUPS = [128, 64, 32, 256, 16, 512, 1024];

/**
 * The size of groups whose last may be cut: as declared where that fits, an exact power of two, a usual size that
 * rounds up to the number of scales, else exact division; null where nothing fits.
 */
export function raggedGroup(values: number, scales: number, declared: number | null): number | null {
  if (declared !== null && declared > 0 && ceilDiv(values, declared) === scales) return declared;
  const exact = exactGroup(values, scales);
  if (exact !== null && Number.isInteger(Math.log2(exact))) return exact;
  return USUAL_GROUPS.find((size) => ceilDiv(values, size) === scales) ?? exact;
}

/** Where bits and group cannot be told apart: the most plausible reading, said to be a guess, and the others. */
export function ambiguousBits(suffix: string, candidates: readonly Candidate[]): Observation {
  return {
    code: "AMBIGUOUS_BITS",
    suffix,
    wanted: { is: "one-reading" },
    stored: { is: "readings", candidates },
  };
}

export function shapeNotInHeader(suffix: string, stored: Stored): Observation {
  return { code: "SHAPE_NOT_IN_HEADER", suffix, wanted: { is: "stated-shape" }, stored };
}

/** `[out, in]` of a weight known by its length only, where a bias tells the rows. */
export function shapeFromBias(tensors: WeightTensors, values: number): number[] | null {
  const bias = tensors.get("bias")?.shape;
  const out = bias?.length === 1 ? (bias[0] as number) : 0;
  return out > 0 && values % out === 0 ? [out, values / out] : null;
}
