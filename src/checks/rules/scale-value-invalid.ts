import { foldNames } from "../../analysis/fold-names.ts";
import { defineCheck, predicate, type Seen } from "../check.ts";
import type { ScaleStats } from "../scale-values.ts";
import page from "./scale-value-invalid.md";

interface Bad extends Seen {
  readonly what: string;
}

/** What is wrong with a value, worst first. */
const FAULTS: readonly {
  readonly what: string;
  readonly count: (stats: ScaleStats) => number;
  readonly isGrave: (stats: ScaleStats) => boolean;
}[] = [
  { what: "NaN", count: ({ nans }) => nans, isGrave: () => true },
  { what: "infinite values", count: ({ infinities }) => infinities, isGrave: () => true },
  // Scales of integer groups (GPTQ, MLX) may turn the sign.
  {
    what: "negative values",
    count: ({ suffix, negatives }) => (suffix === "scales" ? 0 : negatives),
    isGrave: () => true,
  },
  {
    what: "zeros",
    count: ({ zeros }) => zeros,
    isGrave: ({ suffix, dtype, zeros, count }) =>
      (dtype !== "F8_E4M3" && suffix !== "scales") || zeros === count,
  },
  // Group scales in FP8 are denormal as a matter of course: the global scale lifts them.
  {
    what: "denormal values",
    count: ({ suffix, dtype, denormals }) => (dtype === "F8_E4M3" || suffix === "scales" ? 0 : denormals),
    isGrave: () => false,
  },
];

/** Values that make weights or activations vanish, flip or blow up. */
export const scaleValueInvalid = defineCheck<Bad>({
  id: "scale-value-invalid",
  family: "quantization",
  severity: "error",
  title: "A scale has a value that no scale can have",
  needs: ["values"],
  find: ({ component, options }) => {
    const all = options.values?.byComponent.get(component) ?? [];
    return FAULTS.flatMap(({ what, count, isGrave }) =>
      [true, false].flatMap((grave) => {
        const bad = all.filter((stats) => count(stats) > 0 && isGrave(stats) === grave);
        const severity = grave ? ("error" as const) : ("warning" as const);
        return foldNames(bad.map(({ tensor }) => tensor)).map(({ pattern, count: tensors, at }) => ({
          where: pattern,
          at,
          count: tensors,
          severity,
          expected: "finite values above 0",
          found: what,
          what,
        }));
      }),
    );
  },
  message: ({ what }) => predicate(`holds ${what}`),
  fix: "Export the scales again; look at the calibration of the modules named.",
  page,
});
