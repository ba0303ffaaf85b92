import type { FaultRow } from "../fault-row.ts";

/** What can keep an engine from serving a checkpoint, in the order in which engines come to it. */
export const ENGINE_RULES = [
  "files-refused",
  "model-type-unknown",
  "architecture-unsupported",
  "method-unsupported",
  "declaration-refused",
  "scheme-unsupported",
  "gpu-too-old",
  "dtype-refused",
  "fused-parts-differ",
  "names-unmatched",
  "tensor-missing",
  "shape-refused",
  "split-indivisible",
  "block-cut",
  "group-cut",
  "memory-short",
  "slow-path",
  "option-limited",
  "not-known",
] as const;

export type EngineRule = (typeof ENGINE_RULES)[number];

const MILD: ReadonlySet<EngineRule> = new Set(["slow-path", "option-limited", "not-known"]);

function rowFor(rule: EngineRule): FaultRow {
  const severity = MILD.has(rule) ? "info" : "error";
  return { rule: `engine-${rule}`, code: null, severity, view: null, byAbsence: false };
}

/** Faults that one engine has with a checkpoint which may be sound; the other views show none of them. */
export const ENGINE_FAULTS = Object.fromEntries(
  ENGINE_RULES.map((rule) => [`engine.${rule}`, rowFor(rule)]),
) as { readonly [Rule in EngineRule as `engine.${Rule}`]: FaultRow };
