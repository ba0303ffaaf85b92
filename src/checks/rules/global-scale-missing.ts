import { fromFaults } from "../from-faults.ts";
import page from "./global-scale-missing.md";

/** An NVFP4 weight has no global scale. */
export const globalScaleMissing = fromFaults(["scale.global-missing"], {
  family: "quantization",
  title: "An NVFP4 weight has no global scale",
  fix: "Export `weight_scale_2` (ModelOpt) or `weight_global_scale` (compressed-tensors) with each module.",
  page,
});
