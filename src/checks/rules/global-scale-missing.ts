import { fromPacking, tellExpected } from "../packing-findings.ts";
import page from "./global-scale-missing.md";

/** An NVFP4 weight has no global scale. */
export const globalScaleMissing = fromPacking(["MISSING_GLOBAL_SCALE"], {
  id: "global-scale-missing",
  family: "quantization",
  severity: "error",
  title: "An NVFP4 weight has no global scale",
  message: tellExpected,
  fix: "Export `weight_scale_2` (ModelOpt) or `weight_global_scale` (compressed-tensors) with each module.",
  page,
});
