import type { Weight } from "./module-weights.ts";
import type { ObservationCode } from "./observation.ts";

/** What makes bits, group and shape of a weight uncertain: a tensor is lost, or fits no granularity. */
const FAULTY: ReadonlySet<ObservationCode> = new Set([
  "MISSING_SCALE",
  "MISSING_GLOBAL_SCALE",
  "MISSING_AUXILIARY",
  "MISSING_ZERO_POINT",
  "ORPHAN_SCALE",
  "SCALE_SHAPE_MISMATCH",
  "ZERO_POINT_SHAPE_MISMATCH",
]);

/** Whether a weight lacks something, or has it in a shape that its format does not know. */
export function isFaulty({ findings }: Weight): boolean {
  return findings.some(({ code }) => FAULTY.has(code));
}
