import { DTYPE_BITS } from "../../safetensors/dtype.ts";
import type { ModuleTensor } from "../module-tensors.ts";
import { misshapen } from "../observation.ts";
import type { Scheme } from "../scheme.ts";
import type { WeightTensors } from "../weight-tensors.ts";
import {
  ceilDiv,
  dimFromEnd,
  exactGroup,
  expectShape,
  makeReading,
  requireParts,
  shapeNotInHeader,
} from "./reading.ts";

export const aqlm = {
  id: "aqlm",
  title: "AQLM",
  payload: { suffixes: ["codes"], dtypes: ["I8", "I16", "I32", "U8", "U16"] },
  tensors: [
    {
      suffix: "codes",
      dtype: "I8, I16 or I32",
      shape: "[out/og, in/ig, books]",
      meaning: "indices into the codebooks",
    },
    { suffix: "codebooks", dtype: "F16", shape: "[books, 2^b, og, ig]", meaning: "vectors" },
    { suffix: "scales", dtype: "F16", shape: "[out/og, 1, 1, 1]", meaning: "multiplier of rows" },
  ],
  seenIn: "AQLM",
  toldBy: "`codes` beside `codebooks`",
  effectiveBits: "books·b/(og·ig) + 16·books·2^b·og·ig/(out·in) + 16/(in·og)",
  cannotKnow: null,
  recognise: (tensors) => tensors.has("codes", "codebooks"),
  read: (tensors) => {
    const codes = (tensors.get("codes") as ModuleTensor).shape;
    const books = tensors.get("codebooks")?.shape ?? [];
    const [count, entries, rowGroup, columnGroup] =
      books.length === 4 ? (books as [number, number, number, number]) : [1, 1, 1, 1];
    const [rows, columns] = [codes[0] ?? 1, codes[1] ?? 1];
    const logicalShape = [rows * rowGroup, columns * columnGroup];
    const findings = [
      ...requireParts(tensors, "MISSING_AUXILIARY", "codebooks"),
      ...requireParts(tensors, "MISSING_SCALE", "scales"),
      ...expectShape(tensors, "scales", [[rows, 1, 1, 1], [rows]]),
      ...(books.length !== 4 || codes[2] === count
        ? []
        : [misshapen("codebooks", { is: "dims", dims: [codes[2] ?? 1, "more"] }, books)]),
    ];
    const bits = (count * Math.log2(entries)) / (rowGroup * columnGroup);
    const granularity = rowGroup === 1 ? "channel" : "group";
    return makeReading({ payload: "codes", logicalShape, bits, scale: "scales", granularity, findings });
  },
} as const satisfies Scheme;

export const quipSharp = {
  id: "quip-sharp",
  title: "QuIP#",
  payload: { suffixes: ["Qidxs", "Qidxs_0"], dtypes: "any" },
  tensors: [
    {
      suffix: "Qidxs (Qidxs_0, …)",
      dtype: "I16, I32 or I64",
      shape: "[out, in/(codesz·packsz)]",
      meaning: "lattice indices",
    },
    { suffix: "SU, SV", dtype: "F16", shape: "[in], [out]", meaning: "signs" },
    { suffix: "Wscale, codebook_id", dtype: "F32, I64", shape: "[]", meaning: "multiplier, which lattice" },
    { suffix: "A, B", dtype: "F16", shape: "low rank", meaning: "kept apart" },
  ],
  seenIn: "QuIP#",
  toldBy: "`Qidxs`",
  effectiveBits: "bits of the indices / (out·in) + 16·(in + out)/(out·in)",
  cannotKnow: "the shape, where SU or SV is missing",
  recognise: (tensors) => tensors.has("Qidxs") || tensors.has("Qidxs_0"),
  read: (tensors) => {
    const payload = tensors.has("Qidxs") ? "Qidxs" : "Qidxs_0";
    const input = tensors.get("SU")?.shape[0];
    const out = tensors.get("SV")?.shape[0];
    let stored = 0;
    for (const [suffix, tensor] of tensors.tensors)
      if (suffix.startsWith("Qidxs")) stored += tensor.elements * DTYPE_BITS[tensor.dtype];
    const known = input !== undefined && out !== undefined ? [out, input] : null;
    const findings = requireParts(tensors, "MISSING_AUXILIARY", "SU", "SV");
    if (known === null)
      findings.push(
        shapeNotInHeader(payload, { is: "shape", shape: (tensors.get(payload) as ModuleTensor).shape }),
      );
    return makeReading({
      payload,
      logicalShape: known,
      // QuIP# without its sign vectors: two bits a value is what nearly all its models have.
      parameters: known === null ? stored / 2 : (input as number) * (out as number),
      bits: known === null ? null : stored / ((input as number) * (out as number)),
      scale: tensors.has("Wscale") ? "Wscale" : null,
      granularity: "tensor",
      findings,
      ...(known === null ? { confidence: "guess" as const } : {}),
    });
  },
} as const satisfies Scheme;

export const vptq = {
  id: "vptq",
  title: "VPTQ",
  payload: { suffixes: ["indices"], dtypes: "any" },
  tensors: [
    {
      suffix: "indices",
      dtype: "I32, or I16, F16 unpacked",
      shape: "[books, ⌈out/v⌉, ⌈g·bits/32⌉]",
      meaning: "indices of vectors",
    },
    { suffix: "centroids.weight", dtype: "F16", shape: "[books, k·v]", meaning: "vectors" },
    {
      suffix: "res_indices, res_centroids.weight, outlier_indices, outlier_centroids.weight",
      dtype: "as above",
      shape: "by configuration",
      meaning: "second and outlier codebooks",
    },
    {
      suffix: "perm, weight_scale, weight_bias",
      dtype: "I16 or I64, F16",
      shape: "[in]",
      meaning: "order, scale and offset of columns",
    },
  ],
  seenIn: "VPTQ; `config_for_layers` holds shapes and vector lengths",
  toldBy: "`indices` beside `centroids.weight`",
  effectiveBits: "by configuration",
  cannotKnow: "the shape and the vector length: only the configuration has them",
  recognise: (tensors) => tensors.has("indices", "centroids.weight"),
  read: (tensors, context) => {
    const indices = tensors.get("indices") as ModuleTensor;
    const input = tensors.get("perm", "weight_scale", "weight_bias")?.shape[0];
    const declared = context.declared?.shape ?? null;
    const out = tensors.get("bias")?.shape[0];
    const logicalShape = declared ?? (input !== undefined && out !== undefined ? [out, input] : null);
    return makeReading({
      payload: "indices",
      logicalShape,
      parameters: logicalShape === null ? indices.elements : logicalShape.reduce((all, dim) => all * dim, 1),
      bits: null,
      scale: tensors.has("weight_scale") ? "weight_scale" : null,
      granularity: null,
      findings:
        logicalShape === null ? [shapeNotInHeader("indices", { is: "shape", shape: indices.shape })] : [],
      ...(logicalShape === null ? { confidence: "guess" as const } : {}),
    });
  },
} as const satisfies Scheme;

export const spqr = {
  id: "spqr",
  title: "SpQR",
  payload: { suffixes: ["dense_weights"], dtypes: ["I64"] },
  tensors: [
    {
      suffix: "dense_weights",
      dtype: "I64",
      shape: "[⌈out/16⌉·⌈in/16⌉·16]",
      meaning: "tiles of 16 × 16 with their scales",
    },
    {
      suffix: "row_offsets, col_vals",
      dtype: "I32",
      shape: "[rows], [outliers]",
      meaning: "outliers kept apart",
    },
    { suffix: "in_perm", dtype: "I32", shape: "[in]", meaning: "order of the inputs" },
  ],
  seenIn: "SpQR",
  toldBy: "`dense_weights` in I64 beside `row_offsets`",
  effectiveBits: "4 + 32·outliers/(out·in)",
  cannotKnow: "the shape, where `in_perm` is missing; rows are known up to padding to 16",
  recognise: (tensors) => tensors.typed("dense_weights", "I64") !== undefined && tensors.has("row_offsets"),
  read: (tensors) => {
    const tiles = (tensors.get("dense_weights") as ModuleTensor).elements / 16;
    const input = tensors.get("in_perm")?.shape[0];
    const out = input === undefined ? undefined : (tiles / ceilDiv(input, 16)) * 16;
    const isKnown = input !== undefined && out !== undefined && Number.isInteger(out);
    const findings = [
      ...requireParts(tensors, "MISSING_AUXILIARY", "row_offsets", "col_vals"),
      ...(isKnown ? [] : [shapeNotInHeader("dense_weights", { is: "tiles", tiles })]),
    ];
    return makeReading({
      payload: "dense_weights",
      logicalShape: isKnown ? [out, input] : null,
      parameters: isKnown ? out * input : tiles * 256,
      bits: null,
      scale: null,
      granularity: "group",
      group: 16,
      findings,
      confidence: "likely",
    });
  },
} as const satisfies Scheme;

function higgsBits(tensors: WeightTensors): number | undefined {
  const table = tensors.get("tables")?.shape;
  if (table === undefined) return undefined;
  const bits = Math.log2(table[0] ?? 0);
  return Number.isInteger(bits) ? bits : undefined;
}

export const higgs = {
  id: "higgs",
  title: "HIGGS (FLUTE)",
  payload: { suffixes: ["weight"], dtypes: ["I16"] },
  tensors: [
    { suffix: "weight", dtype: "I16", shape: "[out·b/16, in]", meaning: "indices packed along the output" },
    { suffix: "scales", dtype: "F16 or BF16", shape: "[out, in/g]", meaning: "multiplier" },
    {
      suffix: "tables, tables2",
      dtype: "F16, F32",
      shape: "[2^b], [2^b, 2^b, 2]",
      meaning: "grid of values",
    },
  ],
  seenIn: "transformers HIGGS, FLUTE",
  toldBy: "an I16 weight beside `tables` and `tables2`",
  effectiveBits: "b + 16/g and the tables",
  cannotKnow: null,
  recognise: (tensors) => tensors.typed("weight", "I16") !== undefined && tensors.has("tables", "tables2"),
  read: (tensors) => {
    const packed = (tensors.get("weight") as ModuleTensor).shape;
    const scales = tensors.get("scales")?.shape;
    const bits = higgsBits(tensors) ?? 4;
    const out = (dimFromEnd(packed, 2) * 16) / bits;
    const input = dimFromEnd(packed, 1);
    const findings = requireParts(tensors, "MISSING_SCALE", "scales");
    const groups = scales === undefined ? 0 : dimFromEnd(scales, 1);
    const group = groups > 0 ? exactGroup(input, groups) : null;
    // A pre-release variant lies transposed: [in·b/16, out] with scales [out, in/g].
    const isTransposed =
      scales !== undefined && dimFromEnd(scales, 2) === input && dimFromEnd(scales, 2) !== out;
    if (isTransposed) {
      const logicalShape = [input, out];
      const wide = exactGroup(out, groups);
      return makeReading({
        payload: "weight",
        logicalShape,
        bits,
        scale: "scales",
        granularity: "group",
        group: wide,
        findings,
        remarks: ["pre-release layout"],
      });
    }
    if (scales !== undefined && (dimFromEnd(scales, 2) !== out || group === null))
      findings.push(misshapen("scales", { is: "dims", dims: [out, { groupsOf: input }] }, scales));
    return makeReading({
      payload: "weight",
      logicalShape: [out, input],
      bits,
      scale: "scales",
      granularity: "group",
      group,
      findings,
    });
  },
} as const satisfies Scheme;
