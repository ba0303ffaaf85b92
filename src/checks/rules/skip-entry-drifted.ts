import { quoteForMessage } from "../../format/escape.ts";
import { defineCheck, type Seen } from "../check.ts";
import { packingFindings } from "../packing-findings.ts";
import { namesOfPattern } from "../places.ts";
import page from "./skip-entry-drifted.md";

/** Entries that skip nothing by the rule of their dialect, and something by a looser reading. */
export const skipEntryDrifted = defineCheck<Seen>({
  id: "skip-entry-drifted",
  family: "quantization",
  severity: "warning",
  title: "An entry of the skip list matches under another name only",
  needs: ["whole", "quantized"],
  find: ({ component }) => {
    const { declared } = packingFindings(component);
    const quantized = new Set(
      declared.filter(({ code }) => code === "CONFIG_IGNORED_BUT_QUANTIZED").map(({ module }) => module),
    );
    return declared
      .filter(({ code }) => code === "CONFIG_NAME_DRIFT")
      .map(({ module, count, declared: entry, stored }) => ({
        where: module,
        modules: namesOfPattern(module),
        count,
        severity: quantized.has(module) ? "warning" : "info",
        expected: entry,
        found: stored,
      }));
  },
  message: ({ expected, found }) =>
    `${quoteForMessage(expected ?? "")} of the skip list: ${found ?? "matches nothing"}`,
  fix: "Remove the entry where the module is to stay quantized; else store it plain, and write its name as the tensors have it.",
  page,
});
