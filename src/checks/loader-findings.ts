import { PlaceSet } from "../checkpoint/place-set.ts";
import type { Note, Problem } from "../checkpoint/problem.ts";
import { type Check, defineCheck, type Seen } from "./check.ts";

interface Told extends Seen {
  readonly text: string;
}

/**
 * A check of what the reading of the files came upon: the loader's problems and notes of these codes, in the loader's
 * words. Said once for the source, whatever number of components it has.
 */
export function fromLoader(
  codes: readonly string[],
  check: Omit<Check, "find" | "message" | "needs">,
): Check & { readonly codes: readonly string[] } {
  const defined = defineCheck<Told>({
    ...check,
    needs: [],
    find: ({ checkpoint, isFirst }) => {
      if (!isFirst) return [];
      return [...checkpoint.problems, ...checkpoint.notes]
        .filter((told) => codes.includes(told.code))
        .map((told) => toSeen(told));
    },
    message: ({ text }) => text,
  });
  return { ...defined, codes };
}

function toSeen(told: Problem | Note): Told {
  const { shard, message: text, tensor } = told;
  const place = tensor === undefined ? {} : { at: PlaceSet.named(tensor) };
  const hint = "hint" in told ? told.hint : null;
  return { shard, text, ...place, ...(hint === null ? {} : { fix: hint }) };
}
