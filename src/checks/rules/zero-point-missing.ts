import { escapeForTerminal, quoteForMessage } from "../../format/escape.ts";
import { fromPacking } from "../weight-findings.ts";
import page from "./zero-point-missing.md";

/** An asymmetric weight has no zero point. */
export const zeroPointMissing = fromPacking(["MISSING_ZERO_POINT"], {
  id: "zero-point-missing",
  family: "quantization",
  severity: "error",
  title: "An asymmetric weight has no zero point",
  message: ({ module, suffix }) =>
    `${quoteForMessage(module)} has no ${escapeForTerminal(suffix)}: the configuration says that it is not symmetric`,
  fix: "Export the zero points, or declare the weights symmetric if they are.",
  page,
});
