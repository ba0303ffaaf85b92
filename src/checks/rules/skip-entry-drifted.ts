import { quoteForMessage } from "../../format/escape.ts";
import { fromFaults } from "../from-faults.ts";
import page from "./skip-entry-drifted.md";

/** Entries that skip nothing by the rule of their dialect, and something by a looser reading. */
export const skipEntryRenamed = fromFaults(["skip.loose"], {
  family: "quantization",
  title: "An entry of the skip list matches under another name only",
  needs: ["whole", "quantized"],
  message: ({ expected, found }) =>
    `${quoteForMessage(expected ?? "")} of the skip list: ${found ?? "matches nothing"}`,
  fix: "Remove the entry where the module is to stay quantized; else store it plain, and write its name as the tensors have it.",
  page,
});
