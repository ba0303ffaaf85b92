import { escapeForTerminal, quoteForMessage } from "../../format/escape.ts";
import { fromPacking } from "../weight-findings.ts";
import page from "./scale-dtype-unexpected.md";

/** A scale has an unusual dtype. */
export const scaleDtypeUnexpected = fromPacking(["SCALE_DTYPE_UNEXPECTED"], {
  id: "scale-dtype-unexpected",
  family: "quantization",
  severity: "warning",
  title: "A scale has an unusual dtype",
  message: ({ module, suffix, expected, found }) =>
    `${quoteForMessage(module)}: ${escapeForTerminal(suffix)} is ${escapeForTerminal(found ?? "?")}, expected ${escapeForTerminal(expected ?? "?")}`,
  fix: "Store the scale in the dtype that the format's loaders read.",
  page,
});
