import { formatPattern, type PatternPart } from "../checkpoint/repeats.ts";
import type { Seen } from "./check.ts";

/** Names given in full for a pattern; the pattern itself stands for all. */
const MAX_NAMED = 3;

/** Patterns shown of one fault whose places do not join into one. */
const MAX_PATTERNS = 5;

/** Where something was seen, for people (`where`), for scripts (`modules`) and counted. */
export function placesOf(
  patterns: readonly (readonly PatternPart[])[],
  count: number,
  below = "",
): Pick<Required<Seen>, "where" | "modules" | "count"> {
  const suffix = below === "" ? "" : `.${below}`;
  const shown = patterns.slice(0, MAX_PATTERNS).map((parts) => `${formatPattern(parts)}${suffix}`);
  const rest = patterns.length - shown.length;
  const modules = patterns.flatMap((parts) => firstNames(parts)).slice(0, MAX_NAMED);
  return {
    where: rest > 0 ? `${shown.join(", ")} and ${rest} more` : shown.join(", "),
    modules: modules.map((name) => `${name}${suffix}`),
    count,
  };
}

/** The first names that a pattern stands for. */
export function firstNames(parts: readonly PatternPart[]): string[] {
  let names = [""];
  for (const part of parts) {
    const segments =
      typeof part === "string"
        ? [part]
        : part.members.slice(0, MAX_NAMED).map((member) => `${part.stem}${member}`);
    names = names
      .flatMap((name) => segments.map((segment) => (name === "" ? segment : `${name}.${segment}`)))
      .slice(0, MAX_NAMED);
  }
  return names;
}
