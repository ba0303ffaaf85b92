import { fromDeclaration } from "../packing-findings.ts";
import page from "./quantization-unlike-declared.md";

/** A module is quantized otherwise than declared. */
export const quantizationUnlikeDeclared = fromDeclaration(
  [
    "CONFIG_METHOD_MISMATCH",
    "CONFIG_BITS_MISMATCH",
    "CONFIG_GROUP_MISMATCH",
    "CONFIG_BLOCK_MISMATCH",
    "CONFIG_STRATEGY_MISMATCH",
  ],
  {
    id: "quantization-unlike-declared",
    family: "quantization",
    severity: "error",
    title: "A module is quantized otherwise than declared",
    fix: "Correct the configuration, or export again: engines go by the configuration.",
    page,
  },
  ({ module }) => module !== "",
);
