import { fromPacking } from "../weight-findings.ts";
import { escapeForTerminal, quoteForMessage } from "../../format/escape.ts";
import page from "./kv-scale-missing.md";

/** Scales of the key/value cache are not complete. */
export const kvScaleMissing = fromPacking(["KV_SCALE_MISSING"], {
  id: "kv-scale-missing",
  family: "quantization",
  severity: "info",
  title: "Scales of the key/value cache are not complete",
  message: ({ module, expected, found }) => `${quoteForMessage(module)}: expected ${escapeForTerminal(expected ?? "k_scale and v_scale")}, found ${escapeForTerminal(found ?? "none")}`,
  fix: "Export `k_scale` and `v_scale` for every attention layer, or none.",
  page,
});
