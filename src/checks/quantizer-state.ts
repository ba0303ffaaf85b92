/** What calibration keeps for itself (ModelOpt); exporters turn it into scales. */
const INTERNAL =
  /(?:^|\.)(?:_amax|amax|_double_scale|_pre_quant_scale|(?:weight|input|output)_quantizer\.[^.]+)$/;

/** Whether a tensor, by its whole name, is state of a quantizer that no engine reads. */
export function isQuantizerState(name: string): boolean {
  return INTERNAL.test(name);
}
