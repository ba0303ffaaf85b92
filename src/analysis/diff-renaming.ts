import type { Weight } from "../quantization/module-weights.ts";

/** Wrappers that conversions put in front of a model, or take away. */
const PREFIXES = [
  "",
  "model.",
  "language_model.",
  "model.language_model.",
  "language_model.model.",
  "transformer.",
  "module.",
  "base_model.model.",
];

/** The pair of prefixes under which most names meet, null where the names meet as they are; `met` do already. */
export function findRenaming(
  a: ReadonlyMap<string, unknown>,
  b: ReadonlyMap<string, unknown>,
  met: number,
): { before: string; after: string } | null {
  const meeting = (before: string, after: string) => {
    let count = 0;
    for (const name of a.keys())
      if (name.startsWith(before) && b.has(after + name.slice(before.length))) count++;
    return count;
  };
  const asTheyAre = met + meeting("", "");
  if (asTheyAre * 2 > met + Math.min(a.size, b.size)) return null;
  let best: { before: string; after: string } | null = null;
  let most = asTheyAre;
  for (const before of PREFIXES) {
    for (const after of PREFIXES) {
      const count = before === after ? 0 : meeting(before, after);
      if (count > most) {
        most = count;
        best = { before, after };
      }
    }
  }
  return best;
}

/** Weights by their names without what stands in front of them. */
export function withoutPrefix(weights: ReadonlyMap<string, Weight>, prefix: string): Map<string, Weight> {
  return new Map(
    Array.from(weights, ([name, weight]) => [
      name.startsWith(prefix) ? name.slice(prefix.length) : name,
      weight,
    ]),
  );
}
