import type { Ask, Said } from "../ask.ts";
import { judgeActivations } from "./activations.ts";
import { judgeCompressed } from "./compressed.ts";
import { judgeFp8 } from "./fp8.ts";
import { judgeGpu } from "./gpu.ts";
import { judgeIntegers } from "./integers.ts";
import { judgeModelOpt } from "./modelopt.ts";

/** Whether the settings of a method are those that the engine has code for, on this GPU and in this dtype. */
export function judgeMethod(ask: Ask): Said[] {
  const { declared } = ask;
  const settings = declared === null ? [] : judgeSettings(ask);
  return settings.length > 0 ? settings : [...judgeGpu(ask), ...judgeActivations(ask)];
}

function judgeSettings(ask: Ask): Said[] {
  const method = ask.declared?.method;
  if (ask.isServing) {
    if (method === "fp8") return judgeFp8(ask);
    if (method === "gptq" || method === "awq") return judgeIntegers(ask);
    if (method === "modelopt") return judgeModelOpt(ask);
  }
  return method === "compressed-tensors" ? judgeCompressed(ask) : [];
}
