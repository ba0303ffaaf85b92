import type { Gpu } from "./gpus.ts";

/** How a model is spread, and over what. */
export interface Plan {
  /** Tensor parallel. */
  readonly tp: number;
  /** Expert parallel: devices that the experts are spread over; 1 for none. */
  readonly ep: number;
  /** Pipeline stages. */
  readonly pp: number;
  readonly gpu: Gpu | null;
  /** What the model computes in: `auto` for what its configuration says. */
  readonly dtype: string;
}

/** Numbers of GPUs that plans are tried with: a node, halves of it, and two. */
export const TRIED_SPLITS = [1, 2, 4, 8, 16] as const;

export function gpuCount({ tp, ep, pp }: Plan): number {
  return Math.max(tp, ep) * pp;
}
