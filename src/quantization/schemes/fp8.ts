import { formatShape } from "../../format/shape.ts";
import type { Dtype } from "../../safetensors/dtype.ts";
import { type Block, fitsBlock, fitsGrid, type Grid } from "../block-size.ts";
import type { ModuleTensor } from "../module-tensors.ts";
import { finding, type Reading, type Scheme, type SchemeContext, type WeightFinding } from "../scheme.ts";
import type { Stem } from "../stem.ts";

export const FP8_DTYPES = [
  "F8_E4M3",
  "F8_E5M2",
  "F8_E4M3FNUZ",
  "F8_E5M2FNUZ",
] as const satisfies readonly Dtype[];
const SCALE_SUFFIXES = ["weight_scale_inv", "weight_scale", "scale", "weight_scales_inv"] as const;

export function fp8Weight(stem: Stem): ModuleTensor | undefined {
  return stem.typed("weight", ...FP8_DTYPES);
}

/** The scale of an FP8 weight and the suffix it has here. */
export function fp8Scale(stem: Stem): { readonly suffix: string; readonly tensor: ModuleTensor } | undefined {
  for (const suffix of SCALE_SUFFIXES) {
    const tensor = stem.get(suffix);
    if (tensor !== undefined) return { suffix, tensor };
  }
  return undefined;
}

/** Rows and columns of a scale with one value a block: the last two dimensions, leading ones equal (experts). */
function blockGrid(stem: Stem): Grid | undefined {
  const weight = fp8Weight(stem)?.shape;
  const scale = fp8Scale(stem)?.tensor.shape;
  if (weight === undefined || scale === undefined) return undefined;
  if (weight.length < 2 || scale.length !== weight.length) return undefined;
  const [out, input] = weight.slice(-2) as [number, number];
  const [rows, columns] = scale.slice(-2) as [number, number];
  return { dims: [out, input], scales: [rows, columns] };
}

function isOneValue(shape: readonly number[]): boolean {
  return shape.every((dim) => dim === 1);
}

export const fp8Block = {
  id: "fp8-block",
  title: "FP8 block",
  row: 46,
  tensors: [
    { suffix: "weight", dtype: "F8_E4M3", shape: "[out, in]", meaning: "one value a byte" },
    {
      suffix: "weight_scale_inv, weight_scale or scale",
      dtype: "F32, BF16, F8_E8M0 or U8",
      shape: "[⌈out/bo⌉, ⌈in/bi⌉]",
      meaning: "multiplier of a block, in spite of the name",
    },
  ],
  seenIn: "DeepSeek-V3 and its successors, Qwen3-FP8, MiniMax-M2; compressed-tensors with strategy block",
  toldBy: "an FP8 weight whose scale has two dimensions, both shorter than the weight's",
  effectiveBits: "8 + S·⌈out/bo⌉·⌈in/bi⌉/(out·in)",
  cannotKnow: "the block size of a weight that is smaller than one block; it is pinned by the other weights",
  recognise: (stem) => {
    const grid = blockGrid(stem);
    const scale = fp8Scale(stem)?.tensor.shape;
    if (grid === undefined || scale === undefined || isOneValue(scale)) return false;
    return !(grid.scales[0] === grid.dims[0] && grid.scales[1] === 1);
  },
  grid: blockGrid,
  read: (stem, context) => readBlocks(stem, context),
} as const satisfies Scheme;

function readBlocks(stem: Stem, context: SchemeContext): Reading {
  const weight = fp8Weight(stem) as ModuleTensor;
  const scale = fp8Scale(stem) as { suffix: string; tensor: ModuleTensor };
  const grid = blockGrid(stem) as Grid;
  const block = context.blocks.get("fp8-block") ?? null;
  return {
    payload: "weight",
    logicalShape: weight.shape,
    parameters: weight.elements,
    bits: 8,
    scale: scale.suffix,
    granularity: "block",
    block,
    group: null,
    findings: block === null ? [] : judgeGrid(grid, block, scale, weight, context),
  };
}

function judgeGrid(
  grid: Grid,
  block: Block,
  scale: { suffix: string; tensor: ModuleTensor },
  weight: ModuleTensor,
  context: SchemeContext,
): WeightFinding[] {
  const leading = weight.shape.slice(0, -2);
  const sameLeading = leading.every((dim, k) => dim === scale.tensor.shape[k]);
  const expected = [...leading, ...grid.dims.map((dim, axis) => Math.ceil(dim / (block[axis] as number)))];
  if (sameLeading && fitsGrid(grid, block)) {
    const ragged = grid.dims.some(
      (dim, axis) => dim > (block[axis] as number) && dim % (block[axis] as number) !== 0,
    );
    if (!ragged) return [];
    const words = `${formatShape(weight.shape)} in blocks of ${block.join("×")}`;
    return [finding("RAGGED_BLOCKS", scale.suffix, formatShape(expected), `${words}: the last block is cut`)];
  }
  const found = formatShape(scale.tensor.shape);
  const slices = sameLeading ? sliceCount(grid, block, context) : undefined;
  if (slices !== undefined)
    return [
      finding(
        "PER_HEAD_BLOCKS",
        scale.suffix,
        formatShape(expected),
        `${found}: rows cut in ${slices} slices`,
      ),
    ];
  return [finding("SCALE_SHAPE_MISMATCH", scale.suffix, formatShape(expected), found)];
}

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
    rows === slices * Math.ceil(out / slices / block[0]);
  if (/gate_up|w13/.test(context.moduleName) && explains(2)) return 2;
  if (!/^(?:qkv|q|k|v|query_key_value)(?:_proj)?$/.test(context.moduleName)) return undefined;
  if (context.keyValueHeads !== null)
    return explains(context.keyValueHeads) ? context.keyValueHeads : undefined;
  for (let slices = 2; slices <= MAX_HEAD_SLICES; slices++) if (explains(slices)) return slices;
  return undefined;
}

/** Key/value heads tried where no configuration names them; grouped attention seldom has more. */
const MAX_HEAD_SLICES = 16;

export const fp8Unscaled = {
  id: "fp8-unscaled",
  title: "FP8 without scales",
  row: 47,
  tensors: [{ suffix: "weight", dtype: "F8_E4M3 or F8_E5M2", shape: "[out, in]", meaning: "a plain cast" }],
  seenIn: "image and video models saved by casting",
  toldBy: "an FP8 weight, and no scale in the whole checkpoint",
  effectiveBits: "8",
  cannotKnow: "whether scales were lost on the way, where nothing declares them",
  recognise: (stem) => fp8Weight(stem) !== undefined,
  read: (stem) => {
    const weight = fp8Weight(stem) as ModuleTensor;
    return {
      payload: "weight",
      logicalShape: weight.shape,
      parameters: weight.elements,
      bits: 8,
      scale: null,
      granularity: null,
      block: null,
      group: null,
      findings: [],
    };
  },
} as const satisfies Scheme;
