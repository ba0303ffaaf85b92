import { fromFaults } from "../from-faults.ts";
import page from "./scale-shape-mismatch.md";

/** A scale has a shape that fits no granularity. */
export const scaleShapeMismatch = fromFaults(["scale.shape"], {
  family: "quantization",
  title: "A scale has a shape that fits no granularity",
  fix: "Export the scales again with the block or group size of the weight.",
  page,
});
