import type { ModuleTensor } from "../module-tensors.ts";
import { misshapen, type Observation } from "../observation.ts";
import type { Reading, Scheme, SchemeContext } from "../scheme.ts";
import type { WeightTensors } from "../weight-tensors.ts";
import {
  ceilDiv,
  dimFromEnd,
  exactGroup,
  expectShape,
  isSameShape,
  makeReading,
  requireParts,
} from "./reading.ts";

const WORDS = ["I32"] as const;

/** Values in a word of `qweight` by the width of the scales: 8 for 4 bits, 4 for 8; undefined for anything else. */
function awqPacking(tensors: WeightTensors): number | undefined {
  const packed = tensors.typed("qweight", ...WORDS)?.shape;
  const scales = tensors.get("scales")?.shape;
  if (packed === undefined || scales === undefined) return undefined;
  const ratio = dimFromEnd(scales, 1) / dimFromEnd(packed, 1);
  return ratio === 8 || ratio === 4 || ratio === 16 ? ratio : undefined;
}

function isGemm(tensors: WeightTensors): boolean {
  if (awqPacking(tensors) === undefined) return false;
  const zeros = tensors.get("qzeros")?.shape;
  return zeros === undefined || dimFromEnd(zeros, 1) === dimFromEnd(tensors.get("qweight")?.shape ?? [], 1);
}

function readGemm(tensors: WeightTensors, context: SchemeContext): Reading {
  const packed = (tensors.get("qweight") as ModuleTensor).shape;
  const scales = tensors.get("scales")?.shape;
  const perWord = awqPacking(tensors) ?? 32 / (context.declared?.bits ?? 4);
  const input = dimFromEnd(packed, 2);
  const out = dimFromEnd(packed, 1) * perWord;
  const groups = scales === undefined ? 0 : dimFromEnd(scales, 2);
  const group = groups > 0 ? exactGroup(input, groups) : null;
  // Written and read whatever `zero_point` says: values of symmetric ones are stored about a middle too.
  const findings: Observation[] = [
    ...requireParts(tensors, "MISSING_SCALE", "scales"),
    ...requireParts(tensors, "MISSING_AUXILIARY", "qzeros"),
  ];
  if (scales !== undefined) {
    const groupsWanted = group === null ? "groups" : groups;
    if (group === null || dimFromEnd(scales, 1) !== out)
      findings.push(misshapen("scales", { is: "dims", dims: [groupsWanted, out], groupsOf: input }, scales));
    findings.push(
      ...expectShape(tensors, "qzeros", [[groups, dimFromEnd(packed, 1)]], "ZERO_POINT_SHAPE_MISMATCH"),
    );
  }
  return makeReading({
    payload: "qweight",
    logicalShape: [out, input],
    bits: 32 / perWord,
    scale: "scales",
    granularity: groups === 1 ? "channel" : "group",
    group: groups === 1 ? null : group,
    findings,
  });
}

export const awqGemm = {
  id: "awq-gemm",
  title: "AWQ",
  payload: { suffixes: ["qweight"], dtypes: WORDS },
  tensors: [
    { suffix: "qweight", dtype: "I32", shape: "[in, out/8]", meaning: "values packed along the output" },
    { suffix: "qzeros", dtype: "I32", shape: "[in/g, out/8]", meaning: "zero points in the same order" },
    { suffix: "scales", dtype: "F16 or BF16", shape: "[in/g, out]", meaning: "multiplier" },
  ],
  seenIn: "AutoAWQ `gemm`, AutoRound (`auto_round:auto_awq`), GPTQModel `gemm`",
  toldBy: "an I32 `qweight` eight times narrower than its scales and as wide as its zero points",
  effectiveBits: "4 + 16/g + 4/g",
  cannotKnow: null,
  recognise: isGemm,
  read: readGemm,
} as const satisfies Scheme;

export const paroquant = {
  id: "paroquant",
  title: "ParoQuant",
  payload: { suffixes: ["qweight"], dtypes: WORDS },
  tensors: [
    { suffix: "qweight, qzeros, scales", dtype: "I32, I32, F16", shape: "as AWQ", meaning: "as AWQ" },
    {
      suffix: "theta, pairs, channel_scales",
      dtype: "float, integer, float",
      shape: "any",
      meaning: "rotations of channel pairs",
    },
  ],
  seenIn: "GPTQModel `paroquant`",
  toldBy: "the tensors of AWQ beside `theta` and `pairs`",
  effectiveBits: "4 + 20/g and the rotations",
  cannotKnow: null,
  recognise: (tensors) => isGemm(tensors) && tensors.has("theta", "pairs"),
  read: readGemm,
} as const satisfies Scheme;

export const awqGemv = {
  id: "awq-gemv",
  title: "AWQ gemv",
  payload: { suffixes: ["qweight"], dtypes: WORDS },
  tensors: [
    { suffix: "qweight", dtype: "I32", shape: "[out, in/8]", meaning: "values packed along the input" },
    { suffix: "qzeros", dtype: "I32", shape: "[out, zw]", meaning: "zero points, padded" },
    { suffix: "scales", dtype: "F16", shape: "[out, 8·zw]", meaning: "multiplier, padded" },
  ],
  seenIn: "AutoAWQ `gemv`",
  toldBy: "an I32 `qweight` with as many rows as its scales",
  effectiveBits: "4 + 32·zw/in + 128·zw/in",
  cannotKnow: "the group size: the columns of scales are padded, so only the configuration has it",
  recognise: (tensors) => {
    const packed = tensors.typed("qweight", ...WORDS)?.shape;
    const scales = tensors.get("scales")?.shape;
    return packed !== undefined && scales !== undefined && dimFromEnd(packed, 2) === dimFromEnd(scales, 2);
  },
  read: (tensors, context) => {
    const packed = (tensors.get("qweight") as ModuleTensor).shape;
    const out = dimFromEnd(packed, 2);
    const input = dimFromEnd(packed, 1) * 8;
    const zeroColumns = tensors.get("qzeros")?.shape.at(-1);
    const group = context.declared?.group ?? null;
    const findings = [
      ...requireParts(tensors, "MISSING_SCALE", "scales"),
      ...requireParts(tensors, "MISSING_AUXILIARY", "qzeros"),
    ];
    if (zeroColumns !== undefined) {
      findings.push(...expectShape(tensors, "scales", [[out, zeroColumns * 8]]));
      if (group !== null && group > 0)
        findings.push(
          ...expectShape(
            tensors,
            "qzeros",
            [[out, paddedZeroColumns(input, group)]],
            "ZERO_POINT_SHAPE_MISMATCH",
          ),
        );
    }
    return makeReading({
      payload: "qweight",
      logicalShape: [out, input],
      bits: 4,
      scale: "scales",
      granularity: "group",
      group,
      findings,
    });
  },
} as const satisfies Scheme;

/** Zero-point words a row: eight groups a word, rounded up to 1, 2 or 4 words for groups of 128, 64 or 32. */
function paddedZeroColumns(input: number, group: number): number {
  const multiplier = group >= 128 ? 1 : group === 64 ? 2 : 4;
  return ceilDiv(ceilDiv(input / group, 8), multiplier) * multiplier;
}

export const awqGemvFast = {
  id: "awq-gemv-fast",
  title: "AWQ gemv_fast",
  payload: { suffixes: ["qweight"], dtypes: ["I16"] },
  tensors: [
    { suffix: "qweight", dtype: "I16", shape: "[out/4, in]", meaning: "four rows in a word" },
    {
      suffix: "scales, qzeros",
      dtype: "F16",
      shape: "[8·zw, out]",
      meaning: "multiplier and scaled zero, padded",
    },
  ],
  seenIn: "AutoAWQ `gemv_fast`, llm-awq",
  toldBy: "an I16 `qweight`",
  effectiveBits: "4 + 256·zw/in",
  cannotKnow: "the group size: the rows of scales are padded, so only the configuration has it",
  recognise: (tensors) => tensors.typed("qweight", "I16") !== undefined,
  read: (tensors, context) => {
    const packed = (tensors.get("qweight") as ModuleTensor).shape;
    const out = dimFromEnd(packed, 2) * 4;
    const scales = tensors.get("scales")?.shape;
    const findings = [
      ...requireParts(tensors, "MISSING_SCALE", "scales"),
      ...requireParts(tensors, "MISSING_AUXILIARY", "qzeros"),
    ];
    if (scales !== undefined) {
      if (dimFromEnd(scales, 1) !== out)
        findings.push(misshapen("scales", { is: "dims", dims: ["groups", out] }, scales));
      if (!isSameShape(tensors.get("qzeros")?.shape ?? scales, scales))
        findings.push(...expectShape(tensors, "qzeros", [scales], "ZERO_POINT_SHAPE_MISMATCH"));
    }
    return makeReading({
      payload: "qweight",
      logicalShape: [out, dimFromEnd(packed, 1)],
      bits: 4,
      scale: "scales",
      granularity: "group",
      group: context.declared?.group ?? null,
      findings,
    });
  },
} as const satisfies Scheme;
