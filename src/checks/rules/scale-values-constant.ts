import { formatQuantity } from "../../format/count.ts";
import { defineCheck, type Seen } from "../check.ts";
import page from "./scale-values-constant.md";

interface Constant extends Seen {
  readonly suffix: string;
  readonly value: number;
  readonly count: number;
}

/** Tensors of one kind from which on a common value is no accident. */
const MIN_TENSORS = 3;

/** One value everywhere is a placeholder. */
export const scaleValuesConstant = defineCheck<Constant>({
  id: "scale-values-constant",
  family: "quantization",
  severity: "warning",
  title: "All scales of the model have one value",
  needs: ["values"],
  find: ({ component, options }) => {
    const all = options.values?.byComponent.get(component) ?? [];
    return [...new Set(all.map(({ suffix }) => suffix))].flatMap((suffix) => {
      const own = all.filter((stats) => stats.suffix === suffix);
      const value = own[0]?.least ?? Number.NaN;
      if (own.length < MIN_TENSORS || !own.every(({ least, most }) => least === value && most === value))
        return [];
      return [
        {
          suffix,
          value,
          count: own.length,
          where: `*.${suffix}`,
          expected: "different values",
          found: String(value),
        },
      ];
    });
  },
  message: ({ suffix, value, count }) =>
    `all ${formatQuantity(count, "tensor")} named ${suffix} hold ${value} and nothing else`,
  fix: "Calibrate, or export the real scales: a constant is what a converter writes that has none.",
  page,
});
