import { isQuantized } from "../../quantization/folded-weights.ts";
import { type Ask, type Said, say } from "../ask.ts";
import type { FusedGroup } from "../linears.ts";

/**
 * Parts of a fused module that nothing stores, as the model has none (values that are taken from keys). vLLM makes the
 * list of GPTQ's modules from what is stored, and takes an absent part for one that is plain.
 */
export function judgeAbsentParts(ask: Ask, { name, parts, at }: FusedGroup): Said[] | undefined {
  if (ask.engine !== "vllm" || ask.declared?.method !== "gptq" || ask.declared.parsed?.listing != null)
    return undefined;
  const position = ask.native?.[1][2];
  const wanted = position == null ? undefined : ask.serving?.packed[position]?.[name];
  if (wanted === undefined || !parts.every(({ weight }) => isQuantized(weight))) return undefined;
  const stored = new Set(parts.map(({ leaf }) => leaf));
  const absent = wanted.filter((leaf) => !stored.has(leaf));
  if (absent.length === 0 || absent.length === wanted.length) return undefined;
  return [
    say("fused-part-absent", at, { fused: name, absent: absent.join(", "), kept: [...stored].join(", ") }),
  ];
}
