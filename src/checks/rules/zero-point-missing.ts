import { fromFaults } from "../from-faults.ts";
import page from "./zero-point-missing.md";

/** Asymmetric weights without their zero points: by the format, or by what the configuration says of them. */
export const zeroPointMissing = fromFaults(["zero-point.missing", "zero-point.promised"], {
  family: "quantization",
  title: "An asymmetric weight has no zero point",
  fix: "Export the zero points, or declare the weights symmetric if they are.",
  page,
});
