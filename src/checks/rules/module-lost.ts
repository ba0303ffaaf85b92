import { type Model, modelOf } from "../../architecture/model.ts";
import { defineCheck, predicate, type Seen } from "../check.ts";
import page from "./module-lost.md";

/** Nothing of the original may be missing. A head that the configuration ties is no loss. */
export const moduleLost = defineCheck<Seen>({
  id: "module-lost",
  family: "original",
  severity: "error",
  title: "A weight of the original is not in the export",
  needs: ["whole", "original"],
  find: (subject) => {
    const ties = (model: Model | undefined) => model?.claims.flag("tie_word_embeddings")?.value;
    const original = subject.original === undefined ? undefined : modelOf(subject.original);
    // A head of its own is lost when the export ties what the original says is untied.
    const tied = ties(subject.model) === true && ties(original) !== false;
    return (subject.changes?.removed ?? [])
      .filter(({ pattern }) => !(tied && /(?:^|\.)lm_head$/.test(pattern)))
      .map(({ pattern, count, at, stored }) => ({
        where: pattern,
        at,
        count,
        expected: stored,
        found: null,
      }));
  },
  message: ({ expected }) => predicate(`(${expected ?? ""}) is in the original and not here`),
  fix: "Export the missing modules too.",
  page,
});
