/** Sizes `b` with ceil(dim / b) equal to the number of scales: an interval, as ragged edges are normal. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Rows and columns of a scale grid over a weight's last two dimensions. */
export interface Grid {
  readonly dims: readonly [number, number];
  readonly scales: readonly [number, number];
}

export type Block = readonly [number, number];

/** The block size of nearly all published models; tried before other powers of two. */
const USUAL_BLOCK = 128;

/**
 * All block sizes that give `scales` scales over `dim` values; one scale says only that the block is at least as
 * large, so the interval is open to the right. Undefined where no size does. Dividing instead gives 116 for 576 rows
 * with 5 scales, where 128 is right.
 */
export function blockSizes(dim: number, scales: number): Interval | undefined {
  if (scales < 1 || scales > dim) return undefined;
  if (scales === 1) return { low: dim, high: Number.POSITIVE_INFINITY };
  const low = Math.ceil(dim / scales);
  const high = Math.ceil(dim / (scales - 1)) - 1;
  return low <= high ? { low, high } : undefined;
}

/** Whether blocks of this size explain the number of scales. */
export function fitsBlock(dim: number, scales: number, block: number): boolean {
  return block >= 1 && Math.ceil(dim / block) === scales;
}

export function fitsGrid(grid: Grid, block: Block): boolean {
  return (
    fitsBlock(grid.dims[0], grid.scales[0], block[0]) && fitsBlock(grid.dims[1], grid.scales[1], block[1])
  );
}

/**
 * The block size that most of the grids share, axis by axis: the declared one where it fits as many as any other,
 * else 128, else a power of two, else the only size left. Null where an axis has no size that is certain.
 */
export function pinBlock(
  grids: readonly { readonly grid: Grid; readonly count: number }[],
  declared: Block | null,
): Block | null {
  const rows = pinAxis(grids, 0, declared?.[0] ?? null);
  const columns = pinAxis(grids, 1, declared?.[1] ?? null);
  // An axis that is never longer than one block says nothing; blocks are square in all published models.
  if (rows === null && columns === null) return null;
  const block: Block = [rows ?? (columns as number), columns ?? (rows as number)];
  // 256 × 64 where 128 × 128 fits the other way round: the scales lie transposed.
  return block[0] !== block[1] && grids.every(({ grid }) => fitsGrid(transpose(grid), USUAL)) ? USUAL : block;
}

const USUAL: Block = [USUAL_BLOCK, USUAL_BLOCK];

function transpose({ dims, scales }: Grid): Grid {
  return { dims, scales: [scales[1], scales[0]] };
}

function pinAxis(
  grids: readonly { readonly grid: Grid; readonly count: number }[],
  axis: 0 | 1,
  declared: number | null,
): number | null {
  const sizes = grids.flatMap(({ grid, count }) => {
    const interval = blockSizes(grid.dims[axis], grid.scales[axis]);
    return interval === undefined ? [] : [{ interval, count }];
  });
  const telling = sizes.filter(({ interval }) => Number.isFinite(interval.high));
  if (telling.length === 0) return null;
  const support = (size: number) =>
    telling.reduce((sum, { interval, count }) => sum + (contains(interval, size) ? count : 0), 0);
  let best: number | null = null;
  let bestSupport = 0;
  for (const size of candidateSizes(
    telling.map(({ interval }) => interval),
    declared,
  )) {
    const found = support(size);
    if (found > bestSupport) {
      best = size;
      bestSupport = found;
    }
  }
  return best;
}

/** Sizes worth trying, most plausible first. */
function candidateSizes(intervals: readonly Interval[], declared: number | null): number[] {
  const powers = Array.from({ length: 16 }, (_, exponent) => 2 ** exponent).filter((power) =>
    intervals.some((interval) => contains(interval, power)),
  );
  const low = Math.max(...intervals.map((interval) => interval.low));
  const high = Math.min(...intervals.map((interval) => interval.high));
  return [...(declared === null ? [] : [declared]), USUAL_BLOCK, ...powers, ...(low === high ? [low] : [])];
}

function contains(interval: Interval, size: number): boolean {
  return size >= interval.low && size <= interval.high;
}
