import { fromPacking } from "../weight-findings.ts";
import { escapeForTerminal, quoteForMessage } from "../../format/escape.ts";
import page from "./input-scale-missing.md";

/** A weight has no input scale though its like have one. */
export const inputScaleMissing = fromPacking(["MISSING_INPUT_SCALE"], {
  id: "input-scale-missing",
  family: "quantization",
  severity: "warning",
  title: "A weight has no input scale though its like have one",
  message: ({ module, suffix, expected, found }) => `${quoteForMessage(module)} has no ${escapeForTerminal(suffix)}: expected ${escapeForTerminal(expected ?? "one as its siblings have")}, found ${escapeForTerminal(found ?? "none")}`,
  fix: "Calibrate with data that reaches every expert, or give the missing ones the largest scale of their siblings.",
  page,
});
