import { foldNames } from "../../analysis/fold-names.ts";
import { defineCheck, predicate, type Seen } from "../check.ts";
import page from "./scale-encoding-suspect.md";

/** Exponents of powers of two that lost their dtype. */
export const scaleEncodingSuspect = defineCheck<Seen>({
  id: "scale-encoding-suspect",
  family: "quantization",
  severity: "warning",
  title: "Scales look like bytes of exponents stored as numbers",
  needs: ["values"],
  find: ({ component, options }) => {
    const all = options.values?.byComponent.get(component) ?? [];
    const suspect = all.filter(({ looksLikeExponents }) => looksLikeExponents);
    return foldNames(suspect.map(({ tensor }) => tensor)).map(({ pattern, count, at }) => ({
      where: pattern,
      at,
      count,
      expected: "factors",
      found: "whole numbers around 127",
    }));
  },
  message: () => predicate(`holds whole numbers around 127, like bytes of exponents`),
  fix: "Store the scales as F8_E8M0, or as the powers of two that they mean.",
  page,
});
