import { quoteForMessage } from "../../format/escape.ts";
import { defineCheck, type Seen } from "../check.ts";
import { packingFindings } from "../packing-findings.ts";
import page from "./declared-value-unusable.md";

/** Numbers of a quantization configuration that no packing can have. */
export const declaredValueUnusable = defineCheck<Seen>({
  id: "declared-value-unusable",
  family: "quantization",
  severity: "warning",
  title: "A number of the quantization configuration cannot be",
  needs: ["whole"],
  find: ({ component }) =>
    packingFindings(component)
      .declared.filter(({ code }) => code === "CONFIG_VALUE_UNUSABLE")
      .map(({ declared: expected, stored: found }) => ({ expected, found })),
  message: ({ expected, found }) => `${quoteForMessage(expected ?? "")} ${found ?? "not used"}`,
  fix: "Write the value that the weights were quantized with.",
  page,
});
