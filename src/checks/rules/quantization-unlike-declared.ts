import { fromFaults, tellDeclared } from "../from-faults.ts";
import page from "./quantization-unlike-declared.md";

/** A module is quantized otherwise than declared. */
export const quantizationUnlikeDeclared = fromFaults(
  [
    "declared.method",
    "declared.bits",
    "declared.group",
    "declared.block",
    "declared.strategy",
    "declared.type",
    "declared.format",
    "declared.symmetric",
    "declared.unlisted",
    "input-scale.unwanted",
  ],
  {
    family: "quantization",
    title: "A module is quantized otherwise than declared",
    message: tellDeclared,
    fix: "Correct the configuration (`unfold declare` prints what describes the weights), or export again: engines go by the configuration.",
    page,
  },
);
