import type { ModuleWeights } from "./module-weights.ts";

/**
 * Suffixes of a packed weight's bookkeeping where two or more of them stand in one module without any weight: then it
 * is the weight that is missing. A single one is a left-over scale.
 */
export function orphanedTogether({
  weights,
  loose,
  findings,
}: Pick<ModuleWeights, "weights" | "loose" | "findings">): readonly string[] {
  if (weights.some((weight) => weight.tensors.some((part) => part.part === "payload"))) return [];
  const orphans = findings.filter((finding) => finding.code === "ORPHAN_SCALE").map(({ suffix }) => suffix);
  const kinds = new Set(loose.filter(({ suffix }) => orphans.includes(suffix)).map(({ part }) => part));
  return kinds.size > 1 ? orphans : [];
}
