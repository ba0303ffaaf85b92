import { escapeForTerminal, quoteForMessage } from "../../format/escape.ts";
import { fromPacking } from "../weight-findings.ts";
import page from "./auxiliary-missing.md";

/** A quantized weight lacks a tensor that its format needs. */
export const auxiliaryMissing = fromPacking(["MISSING_AUXILIARY"], {
  id: "auxiliary-missing",
  family: "quantization",
  severity: "error",
  title: "A quantized weight lacks a tensor that its format needs",
  message: ({ module, suffix, expected, found }) =>
    `${quoteForMessage(module)} lacks ${escapeForTerminal(suffix)}: expected ${escapeForTerminal(expected ?? "it")}, found ${escapeForTerminal(found ?? "none")}`,
  fix: "Export the module again, all of its tensors together.",
  page,
});
