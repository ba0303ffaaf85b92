import { fromPacking, tellExpected } from "../packing-findings.ts";
import page from "./zero-point-shape-mismatch.md";

/** A zero point has the wrong shape. */
export const zeroPointShapeMismatch = fromPacking(["ZERO_POINT_SHAPE_MISMATCH"], {
  id: "zero-point-shape-mismatch",
  family: "quantization",
  severity: "error",
  title: "A zero point has the wrong shape",
  message: tellExpected,
  fix: "Export the zero points again with the group size and bits of the weight.",
  page,
});
