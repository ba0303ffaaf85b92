import type { ModuleTensor } from "../module-tensors.ts";
import { misshapen, type Observation } from "../observation.ts";
import type { Reading, Scheme, SchemeContext } from "../scheme.ts";
import type { WeightTensors } from "../weight-tensors.ts";
import { confidenceOf, resolvePacked } from "./packed-bits.ts";
import {
  ambiguousBits,
  dimFromEnd,
  exactGroup,
  expectShape,
  FLOATS,
  isSameShape,
  makeReading,
  requireParts,
  withLast,
} from "./reading.ts";

const WORDS = ["U32"] as const;

function readAffine(tensors: WeightTensors, context: SchemeContext, zero: "biases" | "qbiases"): Reading {
  const packed = (tensors.get("weight") as ModuleTensor).shape;
  const scales = tensors.get("scales")?.shape;
  const columns = dimFromEnd(packed, 1);
  const scaleColumns = scales === undefined ? null : dimFromEnd(scales, 1);
  const known = {
    columns,
    scaleColumns,
    bits: context.declared?.bits ?? null,
    group: context.declared?.group ?? null,
    input: null,
    allowOld: false,
  };
  let resolved = resolvePacked(known, context);
  // A declaration that the shapes contradict is a finding of its own; the shapes are read without it.
  if (resolved.candidates.length === 0)
    resolved = resolvePacked({ ...known, bits: null, group: null }, context);
  const findings: Observation[] = [
    ...requireParts(tensors, "MISSING_SCALE", "scales"),
    ...requireParts(tensors, "MISSING_ZERO_POINT", zero),
  ];
  const sameRows = scales === undefined || isSameShape(scales.slice(0, -1), packed.slice(0, -1));
  if (!sameRows || (scales !== undefined && resolved.candidates.length === 0))
    findings.push(
      misshapen("scales", { is: "dims", dims: [...packed.slice(0, -1), "groups"] }, scales ?? []),
    );
  if (scales !== undefined)
    findings.push(...expectShape(tensors, zero, [scales], "ZERO_POINT_SHAPE_MISMATCH"));
  const isCertain = resolved.candidates.length === 1;
  const candidates = resolved.candidates.map(({ bits, group, input }) => ({
    bits,
    group,
    logicalShape: withLast(packed, input),
  }));
  if (resolved.candidates.length > 1) findings.push(ambiguousBits("weight", candidates));
  const logicalShape = withLast(packed, resolved.input);
  return makeReading({
    payload: "weight",
    logicalShape: isCertain ? logicalShape : null,
    parameters: logicalShape.reduce((all, dim) => all * dim, 1),
    bits: isCertain ? resolved.bits : null,
    scale: "scales",
    granularity: "group",
    group: isCertain ? resolved.group : null,
    findings,
    ...confidenceOf(resolved),
    ...(isCertain ? {} : { candidates }),
  });
}

const AFFINE_TENSORS = [
  {
    suffix: "weight",
    dtype: "U32",
    shape: "[.., out, in·b/32]",
    meaning: "values packed along the input, densely",
  },
  { suffix: "scales", dtype: "BF16, F16 or F32", shape: "[.., out, in/g]", meaning: "multiplier" },
] as const;
const AFFINE_OPEN =
  "bits and group apart: shapes give their product only (256 is 4 × 64, 8 × 32 or 2 × 128); the configuration, sibling norms or other weights settle it";

export const mlxAffine = {
  id: "mlx-affine",
  title: "MLX affine",
  payload: { suffixes: ["weight"], dtypes: WORDS },
  tensors: [
    ...AFFINE_TENSORS,
    {
      suffix: "biases",
      dtype: "as scales",
      shape: "as scales",
      meaning: "offset of a group, no parameter; `bias` is one",
    },
  ],
  seenIn: "mlx-lm, mlx-vlm; embeddings are quantized too",
  toldBy: "a U32 weight beside `scales` and `biases` (plural)",
  effectiveBits: "b + 32/g",
  cannotKnow: AFFINE_OPEN,
  recognise: (tensors) =>
    tensors.typed("weight", ...WORDS) !== undefined &&
    tensors.has("scales") &&
    (tensors.has("biases") || (tensors.typed("scales", ...FLOATS) !== undefined && !tensors.has("qbiases"))),
  read: (tensors, context) => readAffine(tensors, context, "biases"),
} as const satisfies Scheme;

export const metalAffine = {
  id: "metal-affine",
  title: "Metal affine",
  payload: { suffixes: ["weight"], dtypes: WORDS },
  tensors: [
    ...AFFINE_TENSORS,
    { suffix: "qbiases", dtype: "as scales", shape: "as scales", meaning: "offset of a group, no parameter" },
  ],
  seenIn: "transformers `metal`",
  toldBy: "a U32 weight beside `scales` and `qbiases`",
  effectiveBits: "b + 32/g",
  cannotKnow: AFFINE_OPEN,
  recognise: (tensors) => tensors.typed("weight", ...WORDS) !== undefined && tensors.has("scales", "qbiases"),
  read: (tensors, context) => readAffine(tensors, context, "qbiases"),
} as const satisfies Scheme;

interface BlockFloat {
  readonly bits: number;
  readonly group: number;
  readonly isDefault: boolean;
}

/** Bits of a group that tell the three formats apart, as all have U8 scales. */
function wordBits(tensors: WeightTensors): number | undefined {
  const packed = tensors.typed("weight", ...WORDS)?.shape;
  const scales = tensors.typed("scales", "U8")?.shape;
  if (packed === undefined || scales === undefined || tensors.has("biases") || tensors.has("qbiases"))
    return undefined;
  return (dimFromEnd(packed, 1) * 32) / dimFromEnd(scales, 1);
}

const PRODUCTS = [128, 256, 64];

function blockFloat<const Id extends string>(id: Id, title: string, format: BlockFloat) {
  const { bits, group } = format;
  return {
    id,
    title,
    payload: { suffixes: ["weight"] as const, dtypes: WORDS },
    tensors: [
      {
        suffix: "weight",
        dtype: "U32",
        shape: `[.., out, in·${bits}/32]`,
        meaning: "values packed along the input",
      },
      { suffix: "scales", dtype: "U8", shape: `[.., out, in/${group}]`, meaning: `scale of ${group} values` },
    ],
    seenIn: "mlx-lm with a block-float mode",
    toldBy: `a U32 weight with U8 scales, no \`biases\`, and ${bits * group} bits a scale`,
    effectiveBits: `${bits} + 8/${group}`,
    cannotKnow: null,
    recognise: (tensors: WeightTensors, context: SchemeContext) => {
      const found = wordBits(tensors);
      if (found === undefined) return false;
      if (PRODUCTS.includes(found)) return found === bits * group;
      return (
        context.declared?.format === id.slice("mlx-".length) ||
        (context.declared?.format == null && format.isDefault)
      );
    },
    read: (tensors: WeightTensors): Reading => {
      const packed = (tensors.get("weight") as ModuleTensor).shape;
      const logicalShape = withLast(packed, (dimFromEnd(packed, 1) * 32) / bits);
      const groups = exactGroup(dimFromEnd(logicalShape, 1), group) ?? 1;
      const findings = [
        ...requireParts(tensors, "MISSING_SCALE", "scales"),
        ...expectShape(tensors, "scales", [withLast(packed, groups)]),
      ];
      return makeReading({
        payload: "weight",
        logicalShape,
        bits,
        scale: "scales",
        granularity: "group",
        group,
        findings,
      });
    },
  };
}

export const mlxMxfp4 = blockFloat("mlx-mxfp4", "MLX MXFP4", {
  bits: 4,
  group: 32,
  isDefault: true,
}) satisfies Scheme;
export const mlxMxfp8 = blockFloat("mlx-mxfp8", "MLX MXFP8", {
  bits: 8,
  group: 32,
  isDefault: false,
}) satisfies Scheme;
export const mlxNvfp4 = blockFloat("mlx-nvfp4", "MLX NVFP4", {
  bits: 4,
  group: 16,
  isDefault: false,
}) satisfies Scheme;
