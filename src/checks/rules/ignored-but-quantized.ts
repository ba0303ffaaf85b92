import { fromFaults, tellDeclared } from "../from-faults.ts";
import page from "./ignored-but-quantized.md";

/** A module that the skip list names is stored quantized. */
export const ignoredButQuantized = fromFaults(["skip.quantized", "skip.loosely"], {
  family: "quantization",
  title: "A module that the skip list names is stored quantized",
  message: tellDeclared,
  fix: "Take the module out of the skip list, or export it unquantized.",
  page,
});
