import { fromPacking } from "../weight-findings.ts";
import { escapeForTerminal, quoteForMessage } from "../../format/escape.ts";
import page from "./scale-without-weight.md";

/** A scale has no weight to scale. */
export const scaleWithoutWeight = fromPacking(["ORPHAN_SCALE"], {
  id: "scale-without-weight",
  family: "quantization",
  severity: "error",
  title: "A scale has no weight to scale",
  message: ({ module, suffix }) => `${quoteForMessage(module)} has ${escapeForTerminal(suffix)} and no quantized weight that it belongs to`,
  fix: "Drop the scale, or export the weight that it was made for.",
  page,
});
