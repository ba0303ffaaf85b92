import { type Ask, type Said, say } from "../ask.ts";
import type { Linear } from "../linears.ts";
import { FP8_SCHEMES, quantizedOnes } from "./stored.ts";

/**
 * What becomes of a weight that is stored plain where the engine has built a packed one. In a model of FP8 values it is
 * cast without a word. In packed formats the shapes do not fit, or nothing has its name: SGLang then goes on without it.
 */
export function toldPlain(ask: Ask, { at }: Linear): Said {
  const packed = quantizedOnes(ask);
  const method = ask.declared?.method ?? "";
  const isFp8 = packed.length > 0 && packed.every(({ weight }) => FP8_SCHEMES.has(weight.scheme));
  if (isFp8) return say("targeted-but-plain-fp8", at, { method });
  // A payload called otherwise than a plain weight is never looked for among what is stored.
  const isNamedAlike = packed.some(({ weight }) =>
    weight.tensors.some(({ part, suffix }) => part === "payload" && suffix === "weight"),
  );
  const isSilent = ask.engine === "sglang" && !isNamedAlike;
  return say(isSilent ? "targeted-but-plain-silently" : "targeted-but-plain", at, { method });
}
