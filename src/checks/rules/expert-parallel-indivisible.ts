import { formatIndexRanges } from "../../format/ranges.ts";
import { defineCheck, type Seen } from "../check.ts";
import page from "./expert-parallel-indivisible.md";

interface Indivisible extends Seen {
  readonly experts: number;
  readonly devices: number;
}

/** Experts ÷ devices has to be whole. */
export const expertParallelIndivisible = defineCheck<Indivisible>({
  id: "expert-parallel-indivisible",
  family: "request",
  severity: "warning",
  title: "Experts do not divide among the devices asked for",
  needs: ["whole", "expertParallel", "layers"],
  find: ({ model, options }) => {
    const devices = options.expertParallel ?? 1;
    return model.layers.flatMap(({ feedForward: { moe }, members }) => {
      const experts = moe?.experts.value ?? null;
      if (experts === null || experts % devices === 0) return [];
      return [
        {
          where: `layers ${formatIndexRanges(members)}`,
          count: members.length,
          expected: `a multiple of ${devices}`,
          found: String(experts),
          experts,
          devices,
        },
      ];
    });
  },
  message: ({ where, experts, devices }) =>
    `${where}: ${experts} experts ÷ ${devices} is not whole: SGLang refuses, vLLM spreads what is left over`,
  fix: "Choose a number that divides the experts of every layer.",
  page,
});
