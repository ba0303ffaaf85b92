import { fromPacking } from "../weight-findings.ts";
import { escapeForTerminal, quoteForMessage } from "../../format/escape.ts";
import page from "./payload-missing.md";

/** Scales are stored and the weight is not. */
export const payloadMissing = fromPacking(["MISSING_PAYLOAD"], {
  id: "payload-missing",
  family: "quantization",
  severity: "error",
  title: "Scales are stored and the weight is not",
  message: ({ module, suffix, found }) => `${quoteForMessage(module)} has ${escapeForTerminal(found ?? "bookkeeping")} and no ${escapeForTerminal(suffix)}`,
  fix: "Export the weight again with its scales.",
  page,
});
