import type { Fault } from "../../faults/fault.ts";
import { rowOf } from "../../faults/fault.ts";
import { packingFaultsOf } from "../../faults/faults-of.ts";
import { type Ask, type Said, say } from "../ask.ts";

/** Parts of packed weights that are not there, or do not fit what they are of. */
const BROKEN: ReadonlySet<Fault["kind"]> = new Set<Fault["kind"]>([
  "scale.missing",
  "scale.global-missing",
  "scale.shape",
  "auxiliary.missing",
  "zero-point.missing",
  "zero-point.promised",
  "zero-point.shape",
  "payload.missing",
]);

/** Packings that the declaration tells otherwise. */
const UNLIKE_DECLARED: ReadonlySet<Fault["kind"]> = new Set<Fault["kind"]>([
  "declared.bits",
  "declared.group",
  "declared.block",
  "declared.strategy",
  "declared.type",
  "declared.format",
  "declared.symmetric",
  "declared.method",
]);

/**
 * Whether packed weights are what a loader can take. What an engine does with a broken one is told where the tables know
 * it; of any other it is not known that it loads.
 */
export function judgePacking(ask: Ask): Said[] {
  // MLX goes by the shapes of weight and scales; the configuration is a default.
  const told = (kind: Fault["kind"]) =>
    BROKEN.has(kind) || (ask.engine !== "mlx" && UNLIKE_DECLARED.has(kind));
  const byRule = new Map<string, Fault>();
  for (const fault of packingFaultsOf(ask.component))
    if (fault.severity === "error" && told(fault.kind)) byRule.set(rowOf(fault.kind).rule, fault);
  return Array.from(byRule, ([rule, { at }]) => say("packing-broken", at, { rule }));
}
