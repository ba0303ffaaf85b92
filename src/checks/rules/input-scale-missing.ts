import { fromPacking, tellExpected } from "../packing-findings.ts";
import page from "./input-scale-missing.md";

/** A weight has no input scale though its like have one. */
export const inputScaleMissing = fromPacking(["MISSING_INPUT_SCALE"], {
  id: "input-scale-missing",
  family: "quantization",
  severity: "error",
  title: "A weight has no input scale though its like have one",
  message: tellExpected,
  fix: "Calibrate with data that reaches every expert, or give the missing ones the largest scale of their siblings.",
  page,
});
