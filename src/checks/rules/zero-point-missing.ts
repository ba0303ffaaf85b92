import { fromPacking, tellExpected } from "../packing-findings.ts";
import page from "./zero-point-missing.md";

/** An asymmetric weight has no zero point. */
export const zeroPointMissing = fromPacking(["MISSING_ZERO_POINT"], {
  id: "zero-point-missing",
  family: "quantization",
  severity: "error",
  title: "An asymmetric weight has no zero point",
  message: tellExpected,
  fix: "Export the zero points, or declare the weights symmetric if they are.",
  page,
});
