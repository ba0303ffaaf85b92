import { PlaceSet } from "../../checkpoint/place-set.ts";
import type { FoldedWeights } from "../../quantization/folded-weights.ts";
import { orphanedTogether } from "../../quantization/orphans.ts";
import { placeOf } from "../../quantization/surroundings.ts";
import { type Fault, fault } from "../fault.ts";
import type { Scene } from "../scene.ts";

/** Modules with several tensors of a quantizer and no packed values; those of one place and kind are one fault. */
export function findLostPayloads({ modules }: Scene): Fault[] {
  const found = new Map<
    string,
    { patterns: FoldedWeights["segments"][]; count: number; suffixes: readonly string[] }
  >();
  for (const group of modules) {
    const suffixes = orphanedTogether(group);
    if (suffixes.length === 0) continue;
    const key = `${group.kind} ${placeOf(group.example)}`;
    const known = found.get(key) ?? { patterns: [], count: 0, suffixes };
    known.patterns.push(group.segments);
    known.count += group.count;
    found.set(key, known);
  }
  return Array.from(found.values(), ({ patterns, count, suffixes }) =>
    fault("payload.missing", PlaceSet.modules(patterns, count), { suffixes }),
  );
}
