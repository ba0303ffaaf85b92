import { PlaceSet } from "../../checkpoint/place-set.ts";
import type { ModuleWeights } from "../../quantization/module-weights.ts";
import { placeOf } from "../../quantization/surroundings.ts";
import type { ModuleGroup } from "../../quantization/weight-groups.ts";
import { type Fault, fault } from "../fault.ts";
import type { Scene } from "../scene.ts";

/** Modules with several tensors of a quantizer and no packed values; those of one place and kind are one fault. */
export function findLostPayloads({ modules }: Scene): Fault[] {
  const found = new Map<
    string,
    { patterns: ModuleGroup["parts"][]; count: number; suffixes: readonly string[] }
  >();
  for (const group of modules) {
    const suffixes = orphanedTogether(group);
    if (suffixes.length === 0) continue;
    const key = `${group.kind} ${placeOf(group.example)}`;
    const known = found.get(key) ?? { patterns: [], count: 0, suffixes };
    known.patterns.push(group.parts);
    known.count += group.count;
    found.set(key, known);
  }
  return Array.from(found.values(), ({ patterns, count, suffixes }) =>
    fault("payload.missing", PlaceSet.modules(patterns, count), { suffixes }),
  );
}

/**
 * Suffixes of a packed weight's bookkeeping where two or more of them stand in one module without any weight: then it
 * is the weight that is missing. A single one is a left-over scale.
 */
export function orphanedTogether({
  weights,
  loose,
  findings,
}: Pick<ModuleWeights, "weights" | "loose" | "findings">): readonly string[] {
  if (weights.some((weight) => weight.parts.some((part) => part.part === "payload"))) return [];
  const orphans = findings.filter((finding) => finding.code === "ORPHAN_SCALE").map(({ suffix }) => suffix);
  const kinds = new Set(loose.filter(({ suffix }) => orphans.includes(suffix)).map(({ part }) => part));
  return kinds.size > 1 ? orphans : [];
}
