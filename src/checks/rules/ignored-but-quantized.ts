import { fromDeclaration } from "../packing-findings.ts";
import page from "./ignored-but-quantized.md";

const UNQUANTIZE = "Take the module out of the skip list, or export it unquantized.";

/** By the dialect's own rule the entry skips nothing, so that engines may read the modules either way. */
const SPELL_OUT =
  "Take the entry out of the skip list; or, if its modules are to stay plain, name each of them and export again.";

/** A module that the skip list names is stored quantized. */
export const ignoredButQuantized = fromDeclaration(
  ["CONFIG_IGNORED_BUT_QUANTIZED"],
  {
    id: "ignored-but-quantized",
    family: "quantization",
    severity: "error",
    title: "A module that the skip list names is stored quantized",
    fix: UNQUANTIZE,
    page,
  },
  () => true,
  ({ severity }) => (severity === "error" ? UNQUANTIZE : SPELL_OUT),
);
