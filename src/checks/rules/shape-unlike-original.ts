import { quoteForMessage } from "../../format/escape.ts";
import { defineCheck, type Seen } from "../check.ts";
import { originalDiff } from "../original.ts";
import page from "./shape-unlike-original.md";

/** Quantization changes storage, never the model's shapes. */
export const shapeUnlikeOriginal = defineCheck<Seen>({
  id: "shape-unlike-original",
  family: "original",
  severity: "error",
  title: "A weight has another shape than in the original",
  needs: ["whole", "original"],
  find: (subject) =>
    (originalDiff(subject)?.changed ?? [])
      .filter(({ what }) => what === "shape")
      .map(({ pattern, count, names, before, after }) => ({
        where: pattern,
        modules: names,
        count,
        expected: before,
        found: after,
      })),
  message: ({ where, expected, found }) => `${quoteForMessage(where ?? "")}: ${expected} became ${found}`,
  fix: "Export again from the original; shapes do not change by quantization.",
  page,
});
