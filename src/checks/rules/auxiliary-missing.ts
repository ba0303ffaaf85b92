import { fromFaults } from "../from-faults.ts";
import page from "./auxiliary-missing.md";

/** A quantized weight lacks a tensor that its format needs. */
export const auxiliaryMissing = fromFaults(["auxiliary.missing"], {
  family: "quantization",
  title: "A quantized weight lacks a tensor that its format needs",
  fix: "Export the module again, all of its tensors together.",
  page,
});
