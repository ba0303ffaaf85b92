import { fromPacking, tellExpected } from "../packing-findings.ts";
import page from "./fused-group-uneven.md";

/** Projections that are run as one are quantized differently. */
export const fusedGroupUneven = fromPacking(["PARTIAL_FUSED_GROUP"], {
  id: "fused-group-uneven",
  family: "quantization",
  severity: "error",
  title: "Projections that are run as one are quantized differently",
  message: tellExpected,
  fix: "Give q/k/v, gate/up and w1/w3 of one module the same scheme, bits and group size.",
  page,
});
