import { quoteForMessage } from "../../format/escape.ts";
import { defineCheck, type Seen } from "../check.ts";
import page from "./prefix-unlike-original.md";

/** A common prefix that was added or taken away. */
export const prefixUnlikeOriginal = defineCheck<Seen>({
  id: "prefix-unlike-original",
  family: "original",
  severity: "warning",
  title: "Names have another prefix than in the original",
  needs: ["whole", "original"],
  find: (subject) => {
    const renamed = subject.changes?.renamed ?? null;
    return renamed === null ? [] : [{ expected: renamed.before, found: renamed.after }];
  },
  message: ({ expected, found }) =>
    `names start with ${quoteForMessage(expected ?? "")} in the original, here with ${quoteForMessage(found ?? "")}`,
  fix: "Restore the prefix of the original, unless the configuration names a model class that has no such prefix.",
  page,
});
