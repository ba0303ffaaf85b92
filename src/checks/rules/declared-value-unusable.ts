import { quoteForMessage } from "../../format/escape.ts";
import { fromFaults } from "../from-faults.ts";
import page from "./declared-value-unusable.md";

/** Numbers of a quantization configuration that no packing can have. */
export const declaredValueUnusable = fromFaults(["declared.unusable"], {
  family: "quantization",
  title: "A number of the quantization configuration cannot be",
  message: ({ expected, found }) => `${quoteForMessage(expected ?? "")} ${found ?? "not used"}`,
  fix: "Write the value that the weights were quantized with.",
  page,
});
