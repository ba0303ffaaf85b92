import type { Ask } from "../ask.ts";
import type { Gpu } from "../gpus.ts";

/** Bytes that an engine needs beside weights and cache: between these. */
export interface Overhead {
  readonly low: number;
  readonly high: number;
}

export const OVERHEAD_FORMULA =
  "CUDA context 1.0-1.5 GiB, + 0.3-0.6 GiB for communication from two GPUs on, + tokens × (10 × hidden + 2 × width ÷ tp) × 2 B of activations, + sequences × vocabulary × 4 B of logits, + 0.5-3 GiB of graphs; the driver keeps 0.3-0.6 GiB";
export const OVERHEAD_SOURCE =
  "vllm engine/arg_utils.py: get_batch_defaults for tokens and sequences; the rest is a rule of thumb";

const GIBIBYTE = 2 ** 30;

/** What a start of vLLM's size takes; the others are of the same order. */
export function overheadOn(ask: Ask, gpu: Gpu): Overhead {
  const { tp } = ask.plan;
  const { tokens, sequences } = batchOn(gpu);
  const hidden = ask.model.hidden ?? ask.claims.integer("hidden")?.value ?? 0;
  const width = ask.claims.integer("denseWidth")?.value ?? 4 * hidden;
  const vocabulary = ask.claims.integer("vocabulary")?.value ?? 0;
  const activations = tokens * (hidden * 10 + (2 * width) / tp) * 2;
  const logits = sequences * vocabulary * 4;
  const isSplit = tp > 1;
  return {
    low: Math.round(activations + logits + (1.0 + 0.5 + 0.3 + (isSplit ? 0.3 : 0)) * GIBIBYTE),
    high: Math.round(activations + logits + (1.5 + 3 + 0.6 + (isSplit ? 0.6 : 0)) * GIBIBYTE),
  };
}

/** Tokens of one step and sequences at once that vLLM's server settles on, by the memory of the GPU. */
function batchOn({ mebibytes, name }: Gpu): { readonly tokens: number; readonly sequences: number } {
  const gibibytes = mebibytes / 1024;
  const isSmall = gibibytes < 70 || name.startsWith("A100") || name.includes("GB10");
  if (isSmall) return { tokens: 2048, sequences: 256 };
  return { tokens: gibibytes >= 160 ? 16_384 : 8192, sequences: 1024 };
}
