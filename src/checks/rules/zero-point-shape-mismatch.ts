import { fromFaults } from "../from-faults.ts";
import page from "./zero-point-shape-mismatch.md";

/** A zero point has the wrong shape. */
export const zeroPointShapeMismatch = fromFaults(["zero-point.shape"], {
  family: "quantization",
  title: "A zero point has the wrong shape",
  fix: "Export the zero points again with the group size and bits of the weight.",
  page,
});
