import { type Ask, type Said, say } from "../ask.ts";
import { weightsPerRank } from "../memory/weights.ts";

/** What vLLM takes of a GPU, and the most that SGLang may. */
const SHARE = 0.92;
const MEBIBYTE = 2 ** 20;

/** Whether the weights alone are more than a GPU has for them. What else is needed is a matter of `fit`. */
export function judgeMemory(ask: Ask): Said[] {
  const { gpu } = ask.plan;
  if (gpu === null || !ask.isServing || !ask.component.isComplete) return [];
  const weights = Math.max(...weightsPerRank(ask).perRank);
  const memory = gpu.mebibytes * MEBIBYTE;
  return weights > memory * SHARE
    ? [say("memory-short", null, { weights, memory, gpu: gpu.name, engine: ask.engine })]
    : [];
}
