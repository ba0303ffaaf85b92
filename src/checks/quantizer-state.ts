import type { TensorNames } from "../safetensors/tensor-names.ts";

/** What calibration keeps for itself (ModelOpt); exporters turn it into scales. Names of tensors, and of what holds some. */
const LEAVES = ["_amax", "amax", "_double_scale", "_pre_quant_scale"];
const BOXES = ["weight_quantizer", "input_quantizer", "output_quantizer"];
const INTERNAL = new RegExp(`(?:^|\\.)(?:${LEAVES.join("|")}|(?:${BOXES.join("|")})\\.[^.]+)$`);

/** Whether a name may be that of a quantizer's state: most checkpoints have no word of it. */
export function mayHoldQuantizerState({ segments }: TensorNames): boolean {
  return segments.hasAny(LEAVES) || segments.hasAny(BOXES);
}

/** Whether a tensor, by its whole name, is state of a quantizer that no engine reads. */
export function isQuantizerState(name: string): boolean {
  return INTERNAL.test(name);
}
