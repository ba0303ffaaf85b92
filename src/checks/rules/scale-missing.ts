import { fromFaults } from "../from-faults.ts";
import page from "./scale-missing.md";

/** A quantized weight has no scale. */
export const scaleMissing = fromFaults(["scale.missing"], {
  family: "quantization",
  title: "A quantized weight has no scale",
  fix: "Export the scale with the weight, or store the module unquantized and add it to the ignore list.",
  page,
});
