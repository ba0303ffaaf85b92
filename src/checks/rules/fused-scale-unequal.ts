import { foldNames } from "../../analysis/fold-names.ts";
import { defineCheck, remark, type Seen } from "../check.ts";
import type { ScaleStats } from "../scale-values.ts";
import page from "./fused-scale-unequal.md";

const FUSED = /^(.*\.)(?:(q|k|v)_proj|(gate|up)_proj|(w1|w3))\.(weight_scale_2|weight_global_scale)$/;

/** One global scale for each fused group. */
export const fusedScaleUnequal = defineCheck<Seen>({
  id: "fused-scale-unequal",
  family: "quantization",
  severity: "warning",
  title: "Global scales of projections that are run as one differ",
  needs: ["values"],
  find: ({ component, options }) => {
    const groups = new Map<string, ScaleStats[]>();
    for (const stats of options.values?.byComponent.get(component) ?? []) {
      const match = FUSED.exec(stats.tensor);
      if (match === null) continue;
      const set = match[2] !== undefined ? "q/k/v" : match[3] !== undefined ? "gate/up" : "w1/w3";
      const key = JSON.stringify([(match[1] as string).slice(0, -1), set]);
      groups.set(key, [...(groups.get(key) ?? []), stats]);
    }
    const uneven = [...groups].filter(([, own]) => new Set(own.map(({ most }) => most)).size > 1);
    const modules = uneven.map(([key]) => (JSON.parse(key) as [string, string])[0]);
    return foldNames([...new Set(modules)]).map(({ pattern, count, at }) => ({
      where: pattern,
      at,
      count,
      expected: "one global scale",
      found: "several",
    }));
  },
  message: () => remark(`projections that are run as one have different global scales`),
  fix: "Calibrate q/k/v and gate/up together, so that they share their global scale.",
  page,
});
