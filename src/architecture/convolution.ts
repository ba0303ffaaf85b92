import type { TensorRole } from "./tensor-roles.ts";

/** A convolution over time that takes each channel for itself. */
export interface TimeConvolution {
  readonly channels: number;
  /** Positions that it sees, its own included. */
  readonly kernel: number;
}

/**
 * `[C, 1, K]` or `[C, K]`, and `[C, K, 1]` where channels lie last (MLX); undefined for any other order, as nothing can be
 * measured on it. Kernels see a handful of positions, channels are hundreds: more of the one than of the other is a third order.
 */
export function timeConvolution({ shape }: Pick<TensorRole, "shape">): TimeConvolution | undefined {
  const [channels, second, third = 1, ...more] = shape;
  if (channels === undefined || second === undefined || more.length > 0) return undefined;
  const kernel = second === 1 ? third : third === 1 ? second : undefined;
  return kernel === undefined || kernel > channels ? undefined : { channels, kernel };
}

/** Height and width of a patch, and what the patches become. */
export interface PatchConvolution {
  readonly sides: readonly number[];
  readonly width: number;
}

/**
 * `[out, in, H, W]`, with time before the height in videos, and `[out, H, W, in]` where channels lie last (MLX). `colours` is
 * what a picture has of them. Undefined where neither place holds as many: nothing can be measured then.
 */
export function patchConvolution(
  { shape }: Pick<TensorRole, "shape">,
  colours: number,
): PatchConvolution | undefined {
  const [width, second] = shape;
  if (width === undefined || (shape.length !== 4 && shape.length !== 5)) return undefined;
  if (second === colours) return { sides: shape.slice(-2), width };
  return shape.at(-1) === colours ? { sides: shape.slice(-3, -1), width } : undefined;
}
