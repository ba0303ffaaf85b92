import { fromPacking, tellExpected } from "../packing-findings.ts";
import page from "./auxiliary-missing.md";

/** A quantized weight lacks a tensor that its format needs. */
export const auxiliaryMissing = fromPacking(["MISSING_AUXILIARY"], {
  id: "auxiliary-missing",
  family: "quantization",
  severity: "error",
  title: "A quantized weight lacks a tensor that its format needs",
  message: tellExpected,
  fix: "Export the module again, all of its tensors together.",
  page,
});
