import { quoteForMessage } from "../../format/escape.ts";
import { defineCheck, type Seen } from "../check.ts";
import { orphanedTogether } from "../orphans.ts";
import { placesOf } from "../places.ts";
import { weightFindings } from "../weight-findings.ts";
import page from "./scale-without-weight.md";

interface Orphan extends Seen {
  readonly suffix: string;
}

/** A scale without a payload beside it. */
export const scaleWithoutWeight = defineCheck<Orphan>({
  id: "scale-without-weight",
  family: "quantization",
  severity: "error",
  title: "A scale has no weight to scale",
  needs: ["whole"],
  find: ({ component, quantization }) =>
    weightFindings(component)
      .filter(({ finding }) => finding.code === "ORPHAN_SCALE")
      .filter(({ group }) => orphanedTogether(quantization.module(group.kind)).length === 0)
      .map(({ group, finding }) => ({
        ...placesOf(group.patterns, group.count, finding.suffix),
        expected: finding.expected,
        found: finding.found,
        suffix: finding.suffix,
      })),
  message: ({ where }) => `${quoteForMessage(where ?? "")} belongs to no quantized weight`,
  fix: "Drop the scale, or export the weight that it was made for.",
  page,
});
