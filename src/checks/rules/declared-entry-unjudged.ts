import { quoteForMessage } from "../../format/escape.ts";
import { defineCheck, type Seen } from "../check.ts";
import { packingFindings } from "../packing-findings.ts";
import page from "./declared-entry-unjudged.md";

/** Entries of a quantization configuration that no name is held against: silence about them is no agreement. */
export const declaredEntryUnjudged = defineCheck<Seen>({
  id: "declared-entry-unjudged",
  family: "quantization",
  severity: "info",
  title: "Entries of the quantization configuration are not judged",
  needs: ["whole"],
  find: ({ component }) =>
    packingFindings(component)
      .declared.filter(({ code }) => code === "CONFIG_ENTRIES_UNJUDGED")
      .map(({ count, declared: expected, stored: found }) => ({ count, expected, found })),
  message: ({ expected, found }) => `${quoteForMessage(expected ?? "")} ${found ?? "not judged"}`,
  fix: "Write the entries as names, or as patterns of literals, classes, groups, alternatives and repeats.",
  page,
});
