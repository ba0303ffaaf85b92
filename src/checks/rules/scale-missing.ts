import { fromPacking, tellExpected } from "../packing-findings.ts";
import page from "./scale-missing.md";

/** A quantized weight has no scale. */
export const scaleMissing = fromPacking(["MISSING_SCALE"], {
  id: "scale-missing",
  family: "quantization",
  severity: "error",
  title: "A quantized weight has no scale",
  message: tellExpected,
  fix: "Export the scale with the weight, or store the module unquantized and add it to the ignore list.",
  page,
});
