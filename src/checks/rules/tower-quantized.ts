import { isSideScope } from "../../architecture/roles.ts";
import { defineCheck, predicate, type Seen } from "../check.ts";
import { quantizedPlaces } from "../quantized-places.ts";
import page from "./tower-quantized.md";

/** Schemes whose tools quantize all linear layers, towers included, and read them so. */
const WHOLE_MODEL = /^(?:mlx-|bnb-)/;

/** Towers that a quantizer was not kept away from. */
export const towerQuantized = defineCheck<Seen>({
  id: "tower-quantized",
  family: "quantization",
  severity: "warning",
  title: "A vision or audio tower is quantized",
  needs: ["whole", "quantized"],
  find: (subject) =>
    quantizedPlaces(subject, ({ scope }) => isSideScope(scope) && scope !== "mtp")
      .filter(({ found }) => !WHOLE_MODEL.test(found ?? ""))
      .map(({ bits: _, ...seen }) => seen),
  message: ({ found }) => predicate(`is ${found ?? "quantized"}`),
  fix: "Add the tower to the skip list and export again, unless you measured that it holds.",
  page,
});
