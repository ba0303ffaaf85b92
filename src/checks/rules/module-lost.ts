import { type Model, modelOf } from "../../architecture/model.ts";
import { quoteForMessage } from "../../format/escape.ts";
import { defineCheck, type Seen } from "../check.ts";
import { originalDiff } from "../original.ts";
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
    return (originalDiff(subject)?.removed ?? [])
      .filter(({ pattern }) => !(tied && /(?:^|\.)lm_head$/.test(pattern)))
      .map(({ pattern, count, names, stored }) => ({
        where: pattern,
        modules: names,
        count,
        expected: stored,
        found: null,
      }));
  },
  message: ({ where, expected }) =>
    `${quoteForMessage(where ?? "")} (${expected ?? ""}) is in the original and not here`,
  fix: "Export the missing modules too.",
  page,
});
