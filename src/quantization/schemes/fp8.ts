import type { Dtype } from "../../safetensors/dtype.ts";
import { type Block, fitsBlock, fitsGrid, type Grid } from "../block-size.ts";
import type { ModuleTensor } from "../module-tensors.ts";
import { misshapen, missing, type Observation } from "../observation.ts";
import type { Reading, Scheme, SchemeContext } from "../scheme.ts";
import type { WeightTensors } from "../weight-tensors.ts";
import { classifyScale, type ScaleClass } from "./fp8-scale.ts";
import {
  ceilDiv,
  dimFromEnd,
  E8M0,
  expectDtype,
  expectShape,
  FLOATS,
  isOneValue,
  isSameShape,
  makeReading,
  withLast,
} from "./reading.ts";

const FP8 = ["F8_E4M3", "F8_E5M2", "F8_E4M3FNUZ", "F8_E5M2FNUZ"] as const satisfies readonly Dtype[];
const SCALES = ["weight_scale_inv", "weight_scale", "scale", "weight_scales_inv"] as const;
const FP8_PAYLOAD = { suffixes: ["weight"], dtypes: FP8 } as const;

const WEIGHT_ROW = {
  suffix: "weight",
  dtype: "F8_E4M3",
  shape: "[out, in]",
  meaning: "one value a byte",
} as const;

interface ScaledWeight {
  readonly weight: ModuleTensor;
  readonly suffix: string;
  readonly scale: ModuleTensor;
  readonly kind: ScaleClass;
}

/** An FP8 weight with its scale classified; undefined without one of the two. */
function scaled(tensors: WeightTensors): ScaledWeight | undefined {
  const weight = tensors.typed("weight", ...FP8);
  if (weight === undefined) return undefined;
  for (const suffix of SCALES) {
    const scale = tensors.get(suffix);
    if (scale !== undefined) return { weight, suffix, scale, kind: classifyScale(weight.shape, scale.shape) };
  }
  return undefined;
}

/** The part of the classification that an FP8 scheme stands for; a scale that fits nothing goes by its rank. */
function schemeOf(tensors: WeightTensors, context: SchemeContext): string | undefined {
  const found = scaled(tensors);
  if (found === undefined) return undefined;
  const rank = found.scale.shape.length - Math.max(0, found.weight.shape.length - 2);
  switch (found.kind) {
    case "tensor":
      return isWithinOneBlock(found, context) ? "fp8-block" : "fp8-tensor";
    case "channel":
      return "fp8-channel";
    case "block-4d":
      return "fp8-pb-wo";
    case "group":
    case "block":
      return "fp8-block";
    case "none":
      if (rank === 4) return "fp8-pb-wo";
      return rank >= 2 && !isLoneVector(found, context) ? "fp8-block" : "fp8-channel";
  }
}

/** A column of scales of another length, where nothing else of the model has blocks: that of a weight that was turned, or cut. */
function isLoneVector({ scale }: ScaledWeight, context: SchemeContext): boolean {
  const hasBlocks = context.blocks.has("fp8-block") || (context.declared?.block ?? null) !== null;
  return !hasBlocks && isOneValue(scale.shape.slice(-1));
}

/** `[1, 1]` is one scale for all, or one block: the block of the other weights decides where it is larger. */
function isWithinOneBlock({ weight, scale }: ScaledWeight, context: SchemeContext): boolean {
  const block = context.blocks.get("fp8-block") ?? context.declared?.block ?? undefined;
  if (block === undefined || scale.shape.length !== weight.shape.length || weight.shape.length < 2)
    return false;
  return dimFromEnd(weight.shape, 2) <= block[0] && dimFromEnd(weight.shape, 1) <= block[1];
}

/** The suffix of the scale, or of the one that is missing: as the other FP8 weights spell it. */
function scaleSuffix(tensors: WeightTensors, context: SchemeContext): string {
  const own = SCALES.find((name) => tensors.has(name));
  if (own !== undefined) return own;
  return context.usualFp8Scale ?? (context.declared?.method === "fp8" ? "weight_scale_inv" : "weight_scale");
}

function readScaled(tensors: WeightTensors, context: SchemeContext, fields: Partial<Reading>): Reading {
  const weight = tensors.get("weight") as ModuleTensor;
  const suffix = scaleSuffix(tensors, context);
  const lacking = tensors.has(suffix)
    ? []
    : [missing("MISSING_SCALE", suffix, { is: "scale-of", shape: weight.shape })];
  return makeReading({
    payload: "weight",
    logicalShape: weight.shape,
    bits: 8,
    scale: suffix,
    ...fields,
    findings: [...lacking, ...(fields.findings ?? [])],
  });
}

export const fp8Block = {
  id: "fp8-block",
  title: "FP8 block",
  payload: FP8_PAYLOAD,
  tensors: [
    WEIGHT_ROW,
    {
      suffix: "weight_scale_inv, weight_scale or scale",
      dtype: "F32, BF16, F8_E8M0 or U8",
      shape: "[⌈out/bo⌉, ⌈in/bi⌉]",
      meaning: "multiplier of a block, in spite of the name",
    },
  ],
  seenIn: "DeepSeek-V3 and its successors, Qwen3-FP8, MiniMax-M2; compressed-tensors with strategy `block`",
  toldBy: "an FP8 weight whose scale has two dimensions, neither of them a single value a row",
  effectiveBits: "8 + S·⌈out/bo⌉·⌈in/bi⌉/(out·in)",
  cannotKnow:
    "the block size of a weight that is smaller than one block; the other weights of the model pin it",
  recognise: (tensors, context) => schemeOf(tensors, context) === "fp8-block",
  grid: (tensors) => {
    const found = scaled(tensors);
    return found !== undefined && found.kind === "block" ? gridOf(found.weight, found.scale) : undefined;
  },
  read: readBlocks,
} as const satisfies Scheme;

function gridOf(weight: ModuleTensor, scale: ModuleTensor): Grid {
  return {
    dims: [dimFromEnd(weight.shape, 2), dimFromEnd(weight.shape, 1)],
    scales: [dimFromEnd(scale.shape, 2), dimFromEnd(scale.shape, 1)],
  };
}

function readBlocks(tensors: WeightTensors, context: SchemeContext): Reading {
  const found = scaled(tensors);
  const block = context.blocks.get("fp8-block") ?? context.declared?.block ?? null;
  if (found === undefined) return readScaled(tensors, context, { granularity: "block", block });
  const grid = gridOf(found.weight, found.scale);
  const fitsPinned = block !== null && fitsGrid(grid, block);
  if (found.kind === "group" && !fitsPinned && (block === null || block[0] === 1)) {
    const group = grid.dims[1] / grid.scales[1];
    return readScaled(tensors, context, { granularity: "group", group });
  }
  const findings = [...expectDtype(tensors, found.suffix, ["F32", "BF16", ...E8M0])];
  if (block === null) findings.push(...judgeAlone(grid, found));
  else findings.push(...judgeGrid(grid, block, found, context));
  return readScaled(tensors, context, { granularity: "block", block, findings });
}

/** Without a block size from anywhere: a grid that no size explains is broken, others are left open. */
function judgeAlone(grid: Grid, { suffix, scale, kind }: ScaledWeight): Observation[] {
  if (kind !== "none") return [];
  return [misshapen(suffix, { is: "scale-of-blocks", dims: grid.dims }, scale.shape)];
}

function judgeGrid(grid: Grid, block: Block, found: ScaledWeight, context: SchemeContext): Observation[] {
  const { suffix } = found;
  const leading = found.weight.shape.slice(0, -2);
  const sameLeading =
    found.scale.shape.length === found.weight.shape.length &&
    leading.every((dim, k) => dim === found.scale.shape[k]);
  const { shape } = found.scale;
  const expected = [...leading, ceilDiv(grid.dims[0], block[0]), ceilDiv(grid.dims[1], block[1])];
  const wanted = { is: "shape", anyOf: [expected] } as const;
  if (sameLeading && fitsGrid(grid, block)) {
    const isRagged = grid.dims.some(
      (dim, axis) => dim % (block[axis] as number) !== 0 && dim > (block[axis] as number),
    );
    if (!isRagged) return [];
    return [{ code: "RAGGED_BLOCKS", suffix, wanted, stored: { is: "cut", dims: grid.dims, block } }];
  }
  const slices = sameLeading ? sliceCount(grid, block, context) : undefined;
  if (slices !== undefined)
    return [{ code: "PER_HEAD_BLOCKS", suffix, wanted, stored: { is: "slices", shape, slices } }];
  return [misshapen(suffix, wanted, shape)];
}

/** Key/value heads tried where no configuration names them; grouped attention seldom has more. */
const MAX_HEAD_SLICES = 16;

/**
 * In how many equal slices the rows were quantized, where that explains a surplus of scale rows: MiMo-V2 cuts its
 * q/k/v by key/value head, fused gate and up are two halves.
 */
function sliceCount(grid: Grid, block: Block, context: SchemeContext): number | undefined {
  const [out] = grid.dims;
  const [rows, columns] = grid.scales;
  if (!fitsBlock(grid.dims[1], columns, block[1])) return undefined;
  const explains = (slices: number) =>
    slices > 1 &&
    out % slices === 0 &&
    (out / slices) % block[0] !== 0 &&
    rows === slices * ceilDiv(out / slices, block[0]);
  if (/gate_up|w13/.test(context.moduleName) && explains(2)) return 2;
  if (!/^(?:qkv|q|k|v|query_key_value)(?:_proj)?$/.test(context.moduleName)) return undefined;
  if (context.keyValueHeads !== null)
    return explains(context.keyValueHeads) ? context.keyValueHeads : undefined;
  for (let slices = 2; slices <= MAX_HEAD_SLICES; slices++) if (explains(slices)) return slices;
  return undefined;
}

export const fp8PbWo = {
  id: "fp8-pb-wo",
  title: "FP8 block, four-dimensional scale",
  payload: FP8_PAYLOAD,
  tensors: [
    WEIGHT_ROW,
    {
      suffix: "weight_scale",
      dtype: "F32",
      shape: "[out/128, 1, in/128, 1]",
      meaning: "multiplier of a block",
    },
  ],
  seenIn: "ModelOpt `FP8_PB_WO`",
  toldBy: "an FP8 weight whose scale has four dimensions, the second and fourth of size 1",
  effectiveBits: "8 + 32·⌈out/128⌉·⌈in/128⌉/(out·in)",
  cannotKnow: null,
  recognise: (tensors, context) => schemeOf(tensors, context) === "fp8-pb-wo",
  grid: (tensors) => {
    const found = scaled(tensors);
    if (found?.kind !== "block-4d") return undefined;
    const scale = found.scale.shape;
    return {
      dims: [dimFromEnd(found.weight.shape, 2), dimFromEnd(found.weight.shape, 1)],
      scales: [dimFromEnd(scale, 4), dimFromEnd(scale, 2)],
    };
  },
  read: (tensors, context) => {
    const weight = tensors.get("weight") as ModuleTensor;
    const block = context.blocks.get("fp8-pb-wo") ?? ([128, 128] as const);
    const expected = withLast(weight.shape, ceilDiv(dimFromEnd(weight.shape, 2), block[0]), 1).concat([
      ceilDiv(dimFromEnd(weight.shape, 1), block[1]),
      1,
    ]);
    const suffix = scaleSuffix(tensors, context);
    return readScaled(tensors, context, {
      granularity: "block",
      block,
      findings: expectShape(tensors, suffix, [expected]),
    });
  },
} as const satisfies Scheme;

export const fp8Tensor = {
  id: "fp8-tensor",
  title: "FP8 per tensor",
  payload: FP8_PAYLOAD,
  tensors: [
    WEIGHT_ROW,
    {
      suffix: "weight_scale or weight_scale_inv",
      dtype: "F32 or BF16",
      shape: "[], [1] or one an expert",
      meaning: "multiplier",
    },
    {
      suffix: "input_scale or activation_scale",
      dtype: "F32",
      shape: "[] or [1]",
      meaning: "static activations only",
    },
  ],
  seenIn:
    "AutoFP8, compressed-tensors, ModelOpt `FP8`, Quark, Ministral and Devstral as transformers writes them",
  toldBy: "an FP8 weight with one scale, or one for each stacked expert",
  effectiveBits: "8 + S/(out·in)",
  cannotKnow: "whether the scale multiplies (usual) or divides (GPTQModel's `format: fp8`)",
  recognise: (tensors, context) => schemeOf(tensors, context) === "fp8-tensor",
  read: (tensors, context) => {
    const suffix = scaleSuffix(tensors, context);
    return readScaled(tensors, context, {
      granularity: "tensor",
      findings: expectDtype(tensors, suffix, FLOATS),
    });
  },
} as const satisfies Scheme;

export const fp8Channel = {
  id: "fp8-channel",
  title: "FP8 per channel",
  payload: FP8_PAYLOAD,
  tensors: [
    WEIGHT_ROW,
    {
      suffix: "weight_scale",
      dtype: "F32 or BF16",
      shape: "[out] or [out, 1]",
      meaning: "multiplier of a row",
    },
  ],
  seenIn:
    "compressed-tensors `FP8_DYNAMIC` (GLM-4.5 and later), FBGEMM, ModelOpt `FP8_PER_CHANNEL_PER_TOKEN`, Quark, AutoRound",
  toldBy: "an FP8 weight with one scale a row",
  effectiveBits: "8 + S/in",
  cannotKnow: "whether the scale multiplies (usual) or divides (GPTQModel's `format: fp8`)",
  recognise: (tensors, context) => schemeOf(tensors, context) === "fp8-channel",
  read: (tensors, context) => {
    const found = scaled(tensors);
    const suffix = found?.suffix ?? scaleSuffix(tensors, context);
    const findings = expectDtype(tensors, suffix, FLOATS);
    if (found?.kind === "none") {
      const out = dimFromEnd(found.weight.shape, 2);
      const expected = [withLast(found.weight.shape, out, 1), found.weight.shape.slice(0, -1), []];
      findings.push(...expectShape(tensors, suffix, expected));
    }
    return readScaled(tensors, context, { granularity: "channel", findings });
  },
} as const satisfies Scheme;

export const mxfp8 = {
  id: "mxfp8",
  title: "MXFP8",
  payload: FP8_PAYLOAD,
  tensors: [
    WEIGHT_ROW,
    {
      suffix: "weight_scale or weight_scale_inv",
      dtype: "U8 or F8_E8M0",
      shape: "[out, ⌈in/32⌉]",
      meaning: "exponent of 32 values",
    },
  ],
  seenIn: "MiniMax-M3-MXFP8, ModelOpt `MXFP8`, compressed-tensors `mxfp8-quantized`, Ascend",
  toldBy:
    "an FP8 weight with one E8M0 byte for 32 values of a row; comes before block FP8, whose suffix it shares",
  effectiveBits: "8 + 8/32",
  cannotKnow: null,
  recognise: (tensors) => {
    const found = scaled(tensors);
    if (found === undefined || !(E8M0 as readonly Dtype[]).includes(found.scale.dtype)) return false;
    if (isOneValue(found.scale.shape) || found.scale.shape.length < 2) return false;
    const columns = ceilDiv(dimFromEnd(found.weight.shape, 1), 32);
    const fitsColumns = dimFromEnd(found.scale.shape, 1) === columns;
    const fitsRows = dimFromEnd(found.scale.shape, 2) === dimFromEnd(found.weight.shape, 2);
    const isTurned = isSameShape(found.scale.shape, [columns, dimFromEnd(found.weight.shape, 2)]);
    // One of the two wrong is a broken MXFP8, unless it is a plain row-wise group of another size.
    return (fitsColumns && (fitsRows || columns > 1)) || (fitsRows && found.kind === "none") || isTurned;
  },
  read: (tensors, context) => {
    const weight = tensors.get("weight") as ModuleTensor;
    const suffix = scaleSuffix(tensors, context);
    const expected = withLast(weight.shape, ceilDiv(dimFromEnd(weight.shape, 1), 32));
    return readScaled(tensors, context, {
      granularity: "group",
      group: 32,
      findings: [...expectShape(tensors, suffix, [expected]), ...expectDtype(tensors, suffix, E8M0)],
    });
  },
} as const satisfies Scheme;

function renamedScale(suffix: string): Pick<Scheme, "recognise" | "read"> {
  return {
    recognise: (tensors) => tensors.typed("weight", ...FP8) !== undefined && tensors.has(suffix),
    read: (tensors) => {
      const weight = tensors.get("weight") as ModuleTensor;
      const scale = tensors.get(suffix);
      const kind = scale === undefined ? "tensor" : classifyScale(weight.shape, scale.shape);
      const fits = kind === "tensor" || kind === "channel";
      const findings =
        scale === undefined
          ? [missing("MISSING_SCALE", suffix, { is: "scale" })]
          : fits
            ? []
            : [misshapen(suffix, { is: "shape", anyOf: [[], [1]] }, scale.shape)];
      const granularity = kind === "channel" ? "channel" : "tensor";
      return makeReading({
        payload: "weight",
        logicalShape: weight.shape,
        bits: 8,
        scale: suffix,
        granularity,
        findings,
      });
    },
  };
}

export const comfyFp8 = {
  id: "comfy-fp8",
  title: "FP8 of ComfyUI",
  payload: FP8_PAYLOAD,
  tensors: [
    WEIGHT_ROW,
    { suffix: "scale_weight", dtype: "F32", shape: "[] or [1]", meaning: "multiplier" },
    { suffix: "scale_input", dtype: "F32", shape: "[] or [1]", meaning: "activations, optional" },
    {
      suffix: "scaled_fp8",
      dtype: "F8_E4M3",
      shape: "[0], [1] or [2]",
      meaning: "marker of the file, no parameter",
    },
  ],
  seenIn: "image and video models for ComfyUI",
  toldBy: "an FP8 weight beside `scale_weight`",
  effectiveBits: "8 + 32/(out·in)",
  cannotKnow: null,
  ...renamedScale("scale_weight"),
} as const satisfies Scheme;

export const mistralFp8 = {
  id: "mistral-fp8",
  title: "FP8 of Mistral's own format",
  payload: FP8_PAYLOAD,
  tensors: [
    WEIGHT_ROW,
    { suffix: "qscale_weight", dtype: "F32", shape: "[] or [1]", meaning: "multiplier" },
    { suffix: "qscale_act", dtype: "F32", shape: "[] or [1]", meaning: "activations, optional" },
  ],
  seenIn: "Mistral's `consolidated` files with `params.json`",
  toldBy: "an FP8 weight beside `qscale_weight`",
  effectiveBits: "8 + 32/(out·in)",
  cannotKnow: null,
  ...renamedScale("qscale_weight"),
} as const satisfies Scheme;

export const fp8Unscaled = {
  id: "fp8-unscaled",
  title: "FP8 without scales",
  payload: FP8_PAYLOAD,
  tensors: [WEIGHT_ROW],
  seenIn: "image and video models saved by casting",
  toldBy: "an FP8 weight where neither other weights nor a configuration speak of scales",
  effectiveBits: "8",
  cannotKnow: "whether scales were lost on the way, where nothing declares them",
  recognise: (tensors, context) =>
    tensors.typed("weight", ...FP8) !== undefined &&
    context.neighbour === undefined &&
    !declaresScales(context),
  read: (tensors) => {
    const weight = tensors.get("weight") as ModuleTensor;
    return makeReading({ payload: "weight", logicalShape: weight.shape, bits: 8, scale: null });
  },
} as const satisfies Scheme;

/** A configuration that names a method for FP8 weights promises scales. */
function declaresScales(context: SchemeContext): boolean {
  return context.declared?.method != null;
}
