import { fromDeclaration } from "../packing-findings.ts";
import page from "./ignored-but-quantized.md";

/** A module that the skip list names is stored quantized. */
export const ignoredButQuantized = fromDeclaration(["CONFIG_IGNORED_BUT_QUANTIZED"], {
  id: "ignored-but-quantized",
  family: "quantization",
  severity: "error",
  title: "A module that the skip list names is stored quantized",
  fix: "Take the module out of the skip list, or export it unquantized.",
  page,
});
