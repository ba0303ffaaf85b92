import { EXPERT_BOXES } from "../../architecture/leaf-tables.ts";
import { defineCheck, predicate, type Seen } from "../check.ts";
import { findTensors, tensorsAt } from "../places.ts";
import page from "./fused-experts-packed.md";

const PACKED = /^(?:gate_up_proj|gate_proj|up_proj|down_proj|w[123])_(?:weight_)?packed$/;

/** Packed stacks of experts. */
export const fusedExpertsPacked = defineCheck<Seen>({
  id: "fused-experts-packed",
  family: "quantization",
  severity: "warning",
  title: "Stacked experts are packed under names that loaders miss",
  needs: [],
  find: ({ component }) =>
    component.table.names.segments.hasAny(EXPERT_BOXES)
      ? findTensors(component, (_, name) => PACKED.test(name))
          .filter(({ patterns }) => EXPERT_BOXES.has(String(patterns[0]?.at(-2))))
          .map((group) => tensorsAt(group))
      : [],
  message: () => predicate(`is a packed stack, which some loaders take for unexpected`),
  fix: "Export experts one by one, or with a loader version that is known to read packed stacks.",
  page,
});
