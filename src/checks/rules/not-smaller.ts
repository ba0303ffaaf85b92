import { formatCount } from "../../format/count.ts";
import { findDeclarations } from "../../quantization/declared.ts";
import { defineCheck, type Seen } from "../check.ts";
import page from "./not-smaller.md";

interface Sizes extends Seen {
  readonly before: number;
  readonly after: number;
}

/** Quantization is to save bytes. */
export const notSmaller = defineCheck<Sizes>({
  id: "not-smaller",
  family: "original",
  severity: "warning",
  title: "A quantized export is not smaller than its original",
  needs: ["whole", "original"],
  find: (subject) => {
    const sides = subject.changes?.totals.bytes;
    if (sides === undefined || findDeclarations(subject.component).length === 0) return [];
    if (
      sides.after < sides.before ||
      subject.original === undefined ||
      findDeclarations(subject.original).length > 0
    )
      return [];
    return [
      {
        ...sides,
        expected: `fewer than ${formatCount(sides.before)} bytes`,
        found: `${formatCount(sides.after)} bytes`,
      },
    ];
  },
  message: ({ before, after }) => `${formatCount(after)} bytes here, ${formatCount(before)} in the original`,
  fix: "Look at what the quantizer reported: perhaps no module matched.",
  page,
});
