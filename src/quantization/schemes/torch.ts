import type { Dtype } from "../../safetensors/dtype.ts";
import { blockSizes } from "../block-size.ts";
import type { ModuleTensor } from "../module-tensors.ts";
import { misshapen, type Observation } from "../observation.ts";
import type { Reading, Scheme, SchemeContext } from "../scheme.ts";
import type { WeightTensors } from "../weight-tensors.ts";
import {
  ambiguousBits,
  ceilDiv,
  dimFromEnd,
  exactGroup,
  expectShape,
  isOneValue,
  isSameShape,
  makeReading,
  product,
  requireParts,
  shapeFromBias,
  shapeNotInHeader,
  withLast,
} from "./reading.ts";

const FP8 = ["F8_E4M3", "F8_E5M2", "F8_E4M3FNUZ", "F8_E5M2FNUZ"] as const satisfies readonly Dtype[];

export const quanto = {
  id: "quanto",
  title: "quanto",
  payload: { suffixes: ["weight._data", "weight._data._data"], dtypes: "any" },
  tensors: [
    { suffix: "weight._data", dtype: "I8 or F8_E4M3", shape: "[out, in]", meaning: "8-bit values" },
    {
      suffix: "weight._data._data",
      dtype: "U8",
      shape: "packed along the first dimension",
      meaning: "two 4-bit or four 2-bit values a byte",
    },
    {
      suffix: "weight._scale, weight._shift",
      dtype: "float",
      shape: "[out, 1]; one a group",
      meaning: "multiplier; zero of grouped values",
    },
    {
      suffix: "input_scale, output_scale",
      dtype: "float",
      shape: "[]",
      meaning: "activations; 1 when unused",
    },
  ],
  seenIn: "optimum-quanto; `quanto_qmap.json` names the type of each module",
  toldBy: "`weight._data`",
  effectiveBits: "8 + S/in; b + 2·S/g",
  cannotKnow:
    "4 or 2 bits, and the shape, of grouped values: only `quanto_qmap.json` and the model have them",
  recognise: (tensors) => tensors.has("weight._data") || tensors.has("weight._data._data"),
  read: (tensors, context) => {
    const missing = requireParts(tensors, "MISSING_SCALE", "weight._scale");
    const plain = tensors.get("weight._data");
    const scales = tensors.get("weight._scale");
    if (plain !== undefined) {
      const isTensor = scales !== undefined && isOneValue(scales.shape);
      const expected = [withLast(plain.shape, 1), plain.shape.slice(0, -1), [], [1]];
      const findings = [...missing, ...(isTensor ? [] : expectShape(tensors, "weight._scale", expected))];
      const granularity = isTensor ? "tensor" : "channel";
      return makeReading({
        payload: "weight._data",
        logicalShape: plain.shape,
        bits: 8,
        scale: "weight._scale",
        granularity,
        findings,
      });
    }
    return readGrouped(tensors, context.declared?.bits ?? null, missing);
  },
} as const satisfies Scheme;

function readGrouped(
  tensors: WeightTensors,
  declared: number | null,
  missing: readonly Observation[],
): Reading {
  const packed = tensors.get("weight._data._data") as ModuleTensor;
  const scales = tensors.get("weight._scale")?.elements ?? 0;
  const bits = declared === 2 || declared === 4 ? declared : null;
  const values = (packed.elements * 8) / (bits ?? 4);
  const logicalShape = bits === null ? null : shapeFromBias(tensors, values);
  const findings = [...missing, ...requireParts(tensors, "MISSING_ZERO_POINT", "weight._shift")];
  const candidates = [4, 2].map((width) => {
    const count = (packed.elements * 8) / width;
    return { bits: width, group: scales > 0 ? count / scales : 0, logicalShape: [count] };
  });
  if (bits === null) findings.push(ambiguousBits("weight._data._data", candidates));
  if (logicalShape === null)
    findings.push(shapeNotInHeader("weight._data._data", { is: "packed", shape: packed.shape }));
  return makeReading({
    payload: "weight._data._data",
    logicalShape,
    parameters: values,
    bits,
    scale: "weight._scale",
    granularity: "group",
    group: bits !== null && scales > 0 ? exactGroup(values, scales) : null,
    findings,
    ...(bits === null ? { confidence: "guess" as const, candidates } : {}),
  });
}

interface TorchaoType {
  readonly id: string;
  readonly title: string;
  readonly dtypes: readonly Dtype[];
  readonly shape: string;
  readonly bits: string;
  readonly fits: (qdata: ModuleTensor, tensors: WeightTensors, context: SchemeContext) => boolean;
  readonly read: (qdata: ModuleTensor, scale: readonly number[], context: SchemeContext) => TorchaoReading;
}

type TorchaoReading = Omit<Partial<Reading>, "logicalShape" | "bits"> & {
  readonly logicalShape: readonly number[];
  readonly bits: number;
};

const TORCHAO_CANNOT = "the exact class, where `__metadata__` does not name it";

/** The `[K/g, N]` scale of torchao's integer tensors lies transposed; either way round is read. */
function transposedGroups(
  scale: readonly number[],
  out: number,
  input: number,
): Pick<Reading, "group" | "granularity"> {
  const groups =
    dimFromEnd(scale, 1) === out && dimFromEnd(scale, 2) !== out
      ? dimFromEnd(scale, 2)
      : dimFromEnd(scale, scale.length === 2 && scale[0] === out ? 1 : 2);
  return groups <= 1
    ? { group: null, granularity: "channel" }
    : { group: exactGroup(input, groups), granularity: "group" };
}

/** `hasBlocks`: whether a scale may serve several rows, as those of floats do. */
function scaleByDims(
  qdata: readonly number[],
  scale: readonly number[],
  hasBlocks: boolean,
): Pick<Partial<Reading>, "granularity" | "group" | "block" | "findings"> {
  if (isOneValue(scale)) return { granularity: "tensor" };
  const out = dimFromEnd(qdata, 2);
  const input = dimFromEnd(qdata, 1);
  const rows = scale.length >= 2 ? dimFromEnd(scale, 2) : (scale[0] as number);
  const columns = scale.length >= 2 ? dimFromEnd(scale, 1) : 1;
  if (rows === out && columns === 1) return { granularity: "channel" };
  if (rows === out && input % columns === 0) return { granularity: "group", group: input / columns };
  if (
    hasBlocks &&
    blockSizes(out, rows) !== undefined &&
    blockSizes(input, columns) !== undefined &&
    out % rows === 0 &&
    input % columns === 0
  )
    return { granularity: "block", block: [out / rows, input / columns] };
  return {
    findings: [misshapen("_weight_scale", { is: "divisor", shape: qdata }, scale)],
  };
}

function judgeZeroPoint(tensors: WeightTensors, scale: readonly number[]): Observation[] {
  return expectShape(tensors, "_weight_zero_point", [scale], "ZERO_POINT_SHAPE_MISMATCH");
}

function torchao<const Id extends string>(type: TorchaoType & { readonly id: Id }) {
  return {
    id: type.id,
    title: type.title,
    payload: { suffixes: ["_weight_qdata"] as const, dtypes: type.dtypes },
    tensors: [
      { suffix: "_weight_qdata", dtype: type.dtypes.join(" or "), shape: type.shape, meaning: "values" },
      {
        suffix: "_weight_scale, _weight_zero_point, _weight_scale_and_zero",
        dtype: "float",
        shape: "by type",
        meaning: "multiplier and zero",
      },
    ],
    seenIn: "torchao; `__metadata__` names the class of each parameter",
    toldBy: `\`_weight_qdata\` of ${type.dtypes.join(" or ")}`,
    effectiveBits: type.bits,
    cannotKnow: TORCHAO_CANNOT,
    recognise: (tensors: WeightTensors, context: SchemeContext) => {
      const qdata = tensors.typed("_weight_qdata", ...type.dtypes);
      return qdata !== undefined && type.fits(qdata, tensors, context);
    },
    read: (tensors: WeightTensors, context: SchemeContext): Reading => {
      const qdata = tensors.get("_weight_qdata") as ModuleTensor;
      const suffix = tensors.has("_weight_scale_and_zero") ? "_weight_scale_and_zero" : "_weight_scale";
      const scale = tensors.get(suffix)?.shape;
      const fields = type.read(qdata, scale ?? [], context);
      const findings = [
        ...requireParts(tensors, "MISSING_SCALE", suffix),
        ...(scale === undefined ? [] : [...(fields.findings ?? []), ...judgeZeroPoint(tensors, scale)]),
      ];
      return makeReading({ payload: "_weight_qdata", scale: suffix, ...fields, findings });
    },
  };
}

/** Which of the integer classes is named, by the header or the configuration; undefined where neither says. */
function integerClass({ declared }: SchemeContext): "intx" | "int8" | undefined {
  const name = declared?.method === "torchao" ? (declared.format ?? "") : "";
  if (/^Intx|Int(?:x|4)Weight/.test(name)) return "intx";
  return /^Int8(?:Tensor|WeightOnly|DynamicActivationInt8)/.test(name) ? "int8" : undefined;
}

function hasZero(tensors: WeightTensors): boolean {
  return tensors.has("_weight_zero_point");
}

/** Columns of a scale over the columns of packed values: 16 or 32 weights a scale are NVFP4 and the MX formats. */
function weightsAScale(qdata: ModuleTensor, tensors: WeightTensors, perElement: number): number {
  const scale = tensors.get("_weight_scale")?.shape ?? [];
  return (dimFromEnd(qdata.shape, 1) * perElement) / dimFromEnd(scale, 1);
}

export const torchaoNvfp4 = torchao({
  id: "torchao-nvfp4",
  title: "torchao NVFP4",
  dtypes: ["U8", "F4"],
  shape: "[out, in/2]",
  bits: "4 + 8/16",
  fits: (qdata, tensors) =>
    tensors.typed("_weight_scale", "F8_E4M3") !== undefined &&
    !hasZero(tensors) &&
    (qdata.dtype === "F4" || qdata.dtype === "U8"),
  read: (qdata, scale) => {
    const logicalShape =
      qdata.dtype === "F4" ? qdata.shape : withLast(qdata.shape, dimFromEnd(qdata.shape, 1) * 2);
    return { logicalShape, bits: 4, granularity: "group", group: 16, ...judgeTiles(logicalShape, scale, 16) };
  },
}) satisfies Scheme;

/**
 * Scales of groups as they are, or in the order of the kernel: tiles of 128 rows and 4 groups, `[32·⌈out/128⌉, 16·⌈groups/4⌉]`,
 * of which a note is made where they are more than the groups.
 */
function judgeTiles(
  logical: readonly number[],
  scale: readonly number[],
  group: number,
): Pick<Reading, "findings"> {
  const groups = dimFromEnd(logical, 1) / group;
  const plain = withLast(logical, groups);
  const tiles = withLast(logical, 32 * ceilDiv(dimFromEnd(logical, 2), 128), 16 * ceilDiv(groups, 4));
  const isTiled = isSameShape(scale, tiles) || (scale.length === 1 && product(scale) === product(tiles));
  if (isSameShape(scale, plain) || (isTiled && product(tiles) === product(plain))) return { findings: [] };
  const code = isTiled ? "PADDED_SCALES" : "SCALE_SHAPE_MISMATCH";
  return { findings: [misshapen("_weight_scale", plain, scale, code)] };
}

export const torchaoMx = torchao({
  id: "torchao-mx",
  title: "torchao MX",
  dtypes: ["U8", "F4", ...FP8],
  shape: "[out, in/2] or [out, in]",
  bits: "4 or 8, + 8/32",
  fits: (_qdata, tensors) =>
    tensors.typed("_weight_scale", "U8", "F8_E8M0") !== undefined && !hasZero(tensors),
  read: (qdata, scale) => {
    const isByte = qdata.dtype === "U8";
    const logicalShape = isByte ? withLast(qdata.shape, dimFromEnd(qdata.shape, 1) * 2) : qdata.shape;
    return {
      logicalShape,
      bits: isByte || qdata.dtype === "F4" ? 4 : 8,
      granularity: "group",
      group: 32,
      ...judgeTiles(logicalShape, scale, 32),
    };
  },
}) satisfies Scheme;

export const torchaoFloat8 = torchao({
  id: "torchao-float8",
  title: "torchao Float8",
  dtypes: FP8,
  shape: "[out, in]",
  bits: "8 and the scales",
  fits: () => true,
  read: (qdata, scale) => ({ logicalShape: qdata.shape, bits: 8, ...scaleByDims(qdata.shape, scale, true) }),
}) satisfies Scheme;

export const torchaoInt4Tile = torchao({
  id: "torchao-int4-tile",
  title: "torchao INT4, tiles in four dimensions",
  dtypes: ["I32"],
  shape: "[out/8, in/128, 32, 4]",
  bits: "4 + 32/g",
  fits: (qdata) => qdata.shape.length === 4,
  read: (qdata, scale) => {
    const [tiles, depth, lanes, words] = qdata.shape as [number, number, number, number];
    const out = tiles * 8;
    const input = (depth * lanes * words * 8) / 8;
    const groups = scale.length === 3 ? (scale[0] as number) : 0;
    return {
      logicalShape: [out, input],
      bits: 4,
      granularity: "group",
      group: groups > 0 ? exactGroup(input, groups) : null,
      remarks: ["input padded to 1024, output to 8"],
    };
  },
}) satisfies Scheme;

export const torchaoInt4Int32 = torchao({
  id: "torchao-int4-int32",
  title: "torchao INT4 in 32-bit words",
  dtypes: ["I32"],
  shape: "[out, in/8]",
  bits: "4 + S/g + Z/g",
  fits: () => true,
  read: (qdata, scale) => {
    const logicalShape = withLast(qdata.shape, dimFromEnd(qdata.shape, 1) * 8);
    return {
      logicalShape,
      bits: 4,
      ...transposedGroups(scale, dimFromEnd(logicalShape, 2), dimFromEnd(logicalShape, 1)),
    };
  },
}) satisfies Scheme;

export const torchaoInt4 = torchao({
  id: "torchao-int4",
  title: "torchao INT4",
  dtypes: ["I8", "U8"],
  shape: "[out, in/2]",
  bits: "4 + 2·S/g",
  fits: (qdata, tensors, context) => {
    const scale = tensors.get("_weight_scale")?.shape ?? [];
    // The transposed [K/g, N] scale marks two values a byte; IntxUnpacked keeps one value a byte and [N, K/g].
    const isTransposed = scale.length === 2 && scale[1] === qdata.shape[0] && scale[0] !== qdata.shape[0];
    const isNamed = qdata.dtype === "I8" && integerClass(context) !== undefined;
    return hasZero(tensors) && !isNamed && (qdata.dtype === "U8" || isTransposed);
  },
  read: (qdata, scale) => {
    const logicalShape = withLast(qdata.shape, dimFromEnd(qdata.shape, 1) * 2);
    return {
      logicalShape,
      bits: 4,
      ...transposedGroups(scale, dimFromEnd(logicalShape, 2), dimFromEnd(logicalShape, 1)),
    };
  },
}) satisfies Scheme;

export const torchaoIntx = torchao({
  id: "torchao-intx",
  title: "torchao integers, one a byte",
  dtypes: ["I8"],
  shape: "[out, in]",
  bits: "8 stored, 1 to 8 of them used",
  // Int8Tensor has zero points too: without a name, one scale a row is its own.
  fits: (qdata, tensors, context) => {
    const named = integerClass(context);
    return named === undefined ? hasZero(tensors) && !isByRow(qdata, tensors) : named === "intx";
  },
  read: (qdata, scale, { declared }) => ({
    logicalShape: qdata.shape,
    bits: Math.min(8, declared?.bits ?? 8),
    ...scaleByDims(qdata.shape, scale, false),
  }),
}) satisfies Scheme;

function isByRow(qdata: ModuleTensor, tensors: WeightTensors): boolean {
  const { granularity } = scaleByDims(qdata.shape, tensors.get("_weight_scale")?.shape ?? [], false);
  return granularity === "channel" || granularity === "tensor";
}

export const torchaoInt8 = torchao({
  id: "torchao-int8",
  title: "torchao INT8",
  dtypes: ["I8", "U8"],
  shape: "[out, in]",
  bits: "8 and the scales",
  fits: (qdata, tensors) => qdata.dtype === "I8" || Number.isFinite(weightsAScale(qdata, tensors, 1)),
  read: (qdata, scale) => ({ logicalShape: qdata.shape, bits: 8, ...scaleByDims(qdata.shape, scale, false) }),
}) satisfies Scheme;
