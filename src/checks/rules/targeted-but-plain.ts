import { fromFaults, tellDeclared } from "../from-faults.ts";
import page from "./targeted-but-plain.md";

/** A module is to be quantized by the configuration and is stored plain. */
export const targetedButPlain = fromFaults(["declared.plain"], {
  family: "quantization",
  title: "A module is to be quantized by the configuration and is stored plain",
  message: tellDeclared,
  fix: "Add the module to the skip list, or export it quantized.",
  page,
});
