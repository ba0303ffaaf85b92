import { escapeForTerminal, quoteForMessage } from "../../format/escape.ts";
import { fromPacking } from "../weight-findings.ts";
import page from "./scale-missing.md";

/** A quantized weight has no scale. */
export const scaleMissing = fromPacking(["MISSING_SCALE"], {
  id: "scale-missing",
  family: "quantization",
  severity: "error",
  title: "A quantized weight has no scale",
  message: ({ module, suffix, expected, found }) =>
    `${quoteForMessage(module)} has no ${escapeForTerminal(suffix)}: expected ${escapeForTerminal(expected ?? "a scale")}, found ${escapeForTerminal(found ?? "none")}`,
  fix: "Export the scale with the weight, or store the module unquantized and add it to the ignore list.",
  page,
});
