import { fromPacking, tellExpected } from "../packing-findings.ts";
import page from "./scale-shape-mismatch.md";

/** A scale has a shape that fits no granularity. */
export const scaleShapeMismatch = fromPacking(["SCALE_SHAPE_MISMATCH"], {
  id: "scale-shape-mismatch",
  family: "quantization",
  severity: "error",
  title: "A scale has a shape that fits no granularity",
  message: tellExpected,
  fix: "Export the scales again with the block or group size of the weight.",
  page,
});
