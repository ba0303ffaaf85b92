import { defineCheck, predicate, type Seen } from "../check.ts";
import page from "./module-added.md";

/** Nothing may appear that the original does not have. */
export const moduleAdded = defineCheck<Seen>({
  id: "module-added",
  family: "original",
  severity: "warning",
  title: "The export has a weight that the original lacks",
  needs: ["whole", "original"],
  find: (subject) =>
    (subject.changes?.added ?? []).map(({ pattern, count, at, stored }) => ({
      where: pattern,
      at,
      count,
      expected: null,
      found: stored,
    })),
  message: ({ found }) => predicate(`(${found ?? ""}) is here and not in the original`),
  fix: "Find out where it comes from; drop it if it is a left-over.",
  page,
});
