import { fromPacking, tellExpected } from "../packing-findings.ts";
import page from "./weight-shape-unknown.md";

/** Headers do not tell the shape of a packed weight. */
export const weightShapeUnknown = fromPacking(["AMBIGUOUS_BITS", "SHAPE_NOT_IN_HEADER"], {
  id: "weight-shape-unknown",
  family: "quantization",
  severity: "info",
  title: "Headers do not tell the shape of a packed weight",
  message: tellExpected,
  fix: "Nothing is broken; a configuration that states bits and group size lets readers be exact.",
  page,
});
