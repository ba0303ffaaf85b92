import { fromFaults } from "../from-faults.ts";
import page from "./kv-scale-missing.md";

/** Scales of the key/value cache are not complete. */
export const kvScaleMissing = fromFaults(["cache-scale.uneven", "cache-scale.promised"], {
  family: "quantization",
  title: "Scales of the key/value cache are not complete",
  fix: "Export the scales of both keys and values for every attention layer, or none.",
  page,
});
