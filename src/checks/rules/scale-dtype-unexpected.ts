import { fromPacking, tellExpected } from "../packing-findings.ts";
import page from "./scale-dtype-unexpected.md";

/** A scale has an unusual dtype. */
export const scaleDtypeUnexpected = fromPacking(["SCALE_DTYPE_UNEXPECTED"], {
  id: "scale-dtype-unexpected",
  family: "quantization",
  severity: "warning",
  title: "A scale has an unusual dtype",
  message: tellExpected,
  fix: "Store the scale in the dtype that the format's loaders read.",
  page,
});
