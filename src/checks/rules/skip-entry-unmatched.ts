import { quoteForMessage } from "../../format/escape.ts";
import { isClassName, matchesLoosely } from "../../quantization/name-rules.ts";
import { NONE } from "../../safetensors/tensor-names.ts";
import { defineCheck, type Seen } from "../check.ts";
import { type DeclaredModules, declaredModules } from "../declared-modules.ts";
import { firstNames } from "../places.ts";
import type { Subject } from "../subject.ts";
import page from "./skip-entry-unmatched.md";

interface Unmatched extends Seen {
  readonly entry: string;
  readonly meant: string | undefined;
}

/** Matches tried at the most; beyond it entries are not judged. */
const MATCH_BUDGET = 2_000_000;

/** Entries of a skip list that skip nothing. */
export const skipEntryUnmatched = defineCheck<Unmatched>({
  id: "skip-entry-unmatched",
  family: "quantization",
  severity: "info",
  title: "An entry of the skip list matches no module",
  needs: ["whole", "quantized"],
  find: (subject) => {
    const found = declaredModules(subject.component);
    return found === null ? [] : unmatched(subject, found);
  },
  message: ({ entry, meant }) =>
    `${quoteForMessage(entry)} of the skip list matches nothing${meant === undefined ? "" : `; without prefixes it would be ${quoteForMessage(meant)}, which is quantized`}`,
  fix: "Write the names of the skip list as the tensors have them.",
  page,
});

function unmatched({ component }: Subject, { declaration, names, modules }: DeclaredModules): Unmatched[] {
  const tree = component.table.names;
  const quantized = modules
    .filter(({ weight }) => weight.scheme !== "none")
    .flatMap(({ parts }) => firstNames(parts).slice(0, 1));
  let budget = MATCH_BUDGET;
  return declaration.ignored.flatMap(({ pattern, exact, matches }) => {
    if (isClassName(pattern) || (exact !== null && tree.find(exact) !== NONE)) return [];
    budget -= names.length;
    if (budget < 0 || names.some((name) => matches?.(name) === true)) return [];
    const meant = quantized.find((name) => matchesLoosely(pattern, name));
    return [
      {
        severity: meant === undefined ? "info" : "warning",
        where: pattern,
        found: "no module",
        entry: pattern,
        meant,
      },
    ];
  });
}
