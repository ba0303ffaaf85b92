import { defineCheck, remark, type Seen } from "../check.ts";
import page from "./shape-unlike-original.md";

/** Quantization changes storage, never the model's shapes. */
export const shapeUnlikeOriginal = defineCheck<Seen>({
  id: "shape-unlike-original",
  family: "original",
  severity: "error",
  title: "A weight has another shape than in the original",
  needs: ["whole", "original"],
  find: (subject) =>
    (subject.changes?.changed ?? [])
      .filter(({ what }) => what === "shape")
      .map(({ pattern, count, at, before, after }) => ({
        where: pattern,
        at,
        count,
        expected: before,
        found: after,
      })),
  message: ({ expected, found }) => remark(`${expected} became ${found}`),
  fix: "Export again from the original; shapes do not change by quantization.",
  page,
});
