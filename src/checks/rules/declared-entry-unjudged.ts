import { quoteForMessage } from "../../format/escape.ts";
import { fromFaults } from "../from-faults.ts";
import page from "./declared-entry-unjudged.md";

/** Entries of a quantization configuration that no name is held against: silence about them is no agreement. */
export const declaredEntryUnjudged = fromFaults(["skip.unjudged"], {
  family: "quantization",
  title: "Entries of the quantization configuration are not judged",
  message: ({ expected, found }) => `${quoteForMessage(expected ?? "")} ${found ?? "not judged"}`,
  fix: "Write the entries as names, or as patterns of literals, classes, groups, alternatives and repeats.",
  page,
});
