import { isSideScope } from "../../architecture/roles.ts";
import { quoteForMessage } from "../../format/escape.ts";
import { defineCheck, type Seen } from "../check.ts";
import { packingFindings } from "../packing-findings.ts";
import { quantizedPlaces } from "../quantized-places.ts";
import type { Subject } from "../subject.ts";
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
      .filter(({ found, where }) => !WHOLE_MODEL.test(found ?? "") && !isSkipped(subject, where ?? ""))
      .map(({ bits: _, ...seen }) => seen),
  message: ({ where, found }) => `${quoteForMessage(where ?? "")} is ${found ?? "quantized"}`,
  fix: "Add the tower to the skip list and export again, unless you measured that it holds.",
  page,
});

/** Whether `ignored-but-quantized` tells of it as an error already. */
function isSkipped({ component }: Subject, where: string): boolean {
  return packingFindings(component).declared.some(
    ({ code, severity, module }) =>
      code === "CONFIG_IGNORED_BUT_QUANTIZED" && severity === "error" && where.startsWith(`${module}.`),
  );
}
