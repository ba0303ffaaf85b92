import { member } from "../checkpoint/config.ts";
import type { Ask } from "./ask.ts";
import { quantizedOnes } from "./stages/stored.ts";

/**
 * The kernel that multiplies most of the quantized weights, where the tables know: it takes a GPU to tell. Null where
 * nothing is quantized, where no GPU was given, and where the tables do not know.
 */
export function kernelOf(ask: Ask): string | null {
  const { capability, engine } = ask;
  const first = quantizedOnes(ask)[0];
  if (capability === null || first === undefined || ask.declared === null) return null;
  if (engine !== "vllm" && engine !== "sglang") return null;
  const { scheme, bits } = first.weight;
  if (/^fp8-(?:tensor|channel)$/.test(scheme))
    return capability < 8.9 ? "Marlin, weight only: FP8 units begin at 8.9" : "CUTLASS W8A8";
  if (scheme === "fp8-block") {
    if (capability < 8.9) return "Marlin, weight only: FP8 units begin at 8.9";
    return capability >= 9 ? "DeepGEMM or CUTLASS block" : "Triton block: CUTLASS block begins at 9.0";
  }
  if (/^nvfp4/.test(scheme))
    return capability < 10 ? "Marlin W4A16: FP4 units begin at 10.0" : "CUTLASS or FlashInfer W4A4";
  if (/^mxfp4/.test(scheme))
    return capability < 10 ? "Marlin or Triton W4A16: FP4 units begin at 10.0" : null;
  if (scheme === "mxfp8") return capability < 10 ? "Marlin: MXFP8 units begin at 10.0" : null;
  if (scheme === "gptq" || scheme === "awq-gemm" || scheme === "ct-pack-int") {
    if (engine === "sglang") return member(ask.declared.value, "w_bit") === undefined ? "Marlin" : "AWQ";
    if (capability === 9) return "Humming";
    return bits === 4 || bits === 8 ? "Marlin" : "Humming";
  }
  return null;
}
