import { predicate } from "../check.ts";
import { fromFaults } from "../from-faults.ts";
import page from "./scale-without-weight.md";

/** A scale without a payload beside it. */
export const scaleWithoutWeight = fromFaults(["scale.orphan"], {
  family: "quantization",
  title: "A scale has no weight to scale",
  message: () => predicate("belongs to no quantized weight"),
  fix: "Drop the scale, or export the weight that it was made for.",
  page,
});
