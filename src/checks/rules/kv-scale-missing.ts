import { fromPacking, tellExpected } from "../packing-findings.ts";
import page from "./kv-scale-missing.md";

/** Scales of the key/value cache are not complete. */
export const kvScaleMissing = fromPacking(["KV_SCALE_MISSING"], {
  id: "kv-scale-missing",
  family: "quantization",
  severity: "error",
  title: "Scales of the key/value cache are not complete",
  message: tellExpected,
  fix: "Export the scales of both keys and values for every attention layer, or none.",
  page,
});
