import { fromDeclaration } from "../packing-findings.ts";
import page from "./targeted-but-plain.md";

/** A module is to be quantized by the configuration and is stored plain. */
export const targetedButPlain = fromDeclaration(["CONFIG_QUANTIZED_BUT_PLAIN"], {
  id: "targeted-but-plain",
  family: "quantization",
  severity: "warning",
  title: "A module is to be quantized by the configuration and is stored plain",
  fix: "Add the module to the skip list, or export it quantized.",
  page,
});
