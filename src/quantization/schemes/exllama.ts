import type { ModuleTensor } from "../module-tensors.ts";
import { misshapen, type Observation } from "../observation.ts";
import type { Scheme } from "../scheme.ts";
import { dimFromEnd, expectShape, makeReading, requireParts } from "./reading.ts";

export const exl3 = {
  id: "exl3",
  title: "EXL3",
  payload: { suffixes: ["trellis"], dtypes: ["I16"] },
  tensors: [
    {
      suffix: "trellis",
      dtype: "I16",
      shape: "[in/16, out/16, 16·b]",
      meaning: "trellis-coded tiles of 16 × 16",
    },
    {
      suffix: "suh, svh",
      dtype: "F16",
      shape: "[in], [out]",
      meaning: "signs and scales; older: su, sv bit-packed in I16",
    },
    { suffix: "mcg or mul1", dtype: "I32", shape: "[]", meaning: "which codebook" },
  ],
  seenIn: "ExLlamaV3",
  toldBy: "a `trellis` of I16 with three dimensions",
  effectiveBits: "b + 16·(in + out)/(in·out) + 32/(in·out)",
  cannotKnow: "whether dimensions were padded to a multiple of 128",
  recognise: (tensors) => tensors.typed("trellis", "I16")?.shape.length === 3,
  read: (tensors) => {
    const [rows, columns, depth] = (tensors.get("trellis") as ModuleTensor).shape as [number, number, number];
    const input = rows * 16;
    const out = columns * 16;
    const findings: Observation[] = [
      ...(tensors.has("su") ? [] : requireParts(tensors, "MISSING_AUXILIARY", "suh")),
      ...(tensors.has("sv") ? [] : requireParts(tensors, "MISSING_AUXILIARY", "svh")),
      ...expectShape(tensors, "suh", [[input]]),
      ...expectShape(tensors, "svh", [[out]]),
      ...expectShape(tensors, "su", [[input / 16]]),
      ...expectShape(tensors, "sv", [[out / 16]]),
    ];
    const bits = depth / 16;
    if (!Number.isInteger(bits)) {
      findings.push(misshapen("trellis", { is: "multiple", of: 16 }, [rows, columns, depth]));
    }
    return makeReading({ payload: "trellis", logicalShape: [out, input], bits, scale: null, findings });
  },
} as const satisfies Scheme;

export const exl2 = {
  id: "exl2",
  title: "EXL2",
  payload: { suffixes: ["q_weight"], dtypes: ["I32"] },
  tensors: [
    {
      suffix: "q_weight",
      dtype: "I32",
      shape: "[R, out padded to 32]",
      meaning: "groups of different bit widths",
    },
    { suffix: "q_scale", dtype: "I32", shape: "[groups, out/8]", meaning: "4-bit scales" },
    { suffix: "q_scale_max", dtype: "F16", shape: "[groups]", meaning: "scale of the scales" },
    { suffix: "q_groups", dtype: "I16", shape: "[2·groups]", meaning: "bits and first row of each group" },
    { suffix: "q_invperm or q_perm", dtype: "I32", shape: "[in]", meaning: "order of the inputs" },
  ],
  seenIn: "ExLlamaV2",
  toldBy: "`q_weight` beside `q_scale` and `q_groups`",
  effectiveBits: "32·R/in + 4·groups/in + 48·groups/(in·out) + 32/out",
  cannotKnow: "the bits of each group, and the output width before padding where no bias tells it",
  recognise: (tensors) =>
    tensors.typed("q_weight", "I32") !== undefined && (tensors.has("q_scale") || tensors.has("q_groups")),
  read: (tensors) => {
    const packed = (tensors.get("q_weight") as ModuleTensor).shape;
    const padded = dimFromEnd(packed, 1);
    const out = tensors.get("bias")?.shape[0] ?? padded;
    const order = tensors.get("q_invperm", "q_perm")?.shape[0];
    const groups = tensors.get("q_groups")?.shape[0];
    const scales = tensors.get("q_scale")?.shape;
    const findings: Observation[] = [
      ...requireParts(tensors, "MISSING_SCALE", "q_scale"),
      ...requireParts(tensors, "MISSING_AUXILIARY", "q_scale_max", "q_groups"),
      ...(order === undefined ? requireParts(tensors, "MISSING_AUXILIARY", "q_invperm") : []),
    ];
    if (scales !== undefined) {
      const count = groups === undefined ? dimFromEnd(scales, 2) : groups / 2;
      findings.push(...expectShape(tensors, "q_scale", [[count, Math.ceil(padded / 8)]]));
      findings.push(...expectShape(tensors, "q_scale_max", [[count]]));
    }
    const average = order === undefined ? null : (32 * dimFromEnd(packed, 2)) / order;
    return makeReading({
      payload: "q_weight",
      logicalShape: order === undefined ? null : [out, order],
      parameters: order === undefined ? out * dimFromEnd(packed, 2) * 8 : out * order,
      bits: average === null ? null : Math.round(average * 1e6) / 1e6,
      scale: "q_scale",
      granularity: "group",
      findings,
      ...(order === undefined ? { confidence: "guess" as const } : {}),
      remarks: ["bits vary by group; the average is shown"],
    });
  },
} as const satisfies Scheme;
