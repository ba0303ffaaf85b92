import { quoteForMessage } from "../../format/escape.ts";
import { defineCheck, type Seen } from "../check.ts";
import { originalDiff } from "../original.ts";
import page from "./module-added.md";

/** Nothing may appear that the original does not have. */
export const moduleAdded = defineCheck<Seen>({
  id: "module-added",
  family: "original",
  severity: "warning",
  title: "The export has a weight that the original lacks",
  needs: ["whole", "original"],
  find: (subject) =>
    (originalDiff(subject)?.added ?? []).map(({ pattern, count, names, stored }) => ({
      where: pattern,
      modules: names,
      count,
      expected: null,
      found: stored,
    })),
  message: ({ where, found }) =>
    `${quoteForMessage(where ?? "")} (${found ?? ""}) is here and not in the original`,
  fix: "Find out where it comes from; drop it if it is a left-over.",
  page,
});
