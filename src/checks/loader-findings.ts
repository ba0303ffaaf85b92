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
        .map(({ shard, message, tensor, ...rest }) => ({
          shard,
          text: message,
          modules: tensor === undefined ? [] : [tensor],
          where: tensor ?? null,
          ...("hint" in rest && rest.hint !== null ? { fix: rest.hint } : {}),
        }));
    },
    message: ({ text }) => text,
  });
  return { ...defined, codes };
}
