import { type Derived, type DerivedRow, readJson } from "./derived.ts";

/** What evaluate.ts found wrong, by class: `library class` → patterns. */
export function readReports(files: readonly string[]): Map<string, Set<string>> {
  const patterns = new Map<string, Set<string>>();
  for (const file of files)
    for (const each of readJson(file) as { key: string; patterns: string[] }[])
      patterns.set(each.key, new Set([...(patterns.get(each.key) ?? []), ...each.patterns]));
  return patterns;
}

/**
 * Patterns of a class that are not to be believed: those that were wrong, and those that rest on the same condition or on
 * the same formula as one of them.
 */
export function distrustedPatterns(
  each: Derived,
  reports: ReadonlyMap<string, ReadonlySet<string>>,
): ReadonlySet<string> {
  const wrong = reports.get(`${each.library} ${each.class}`) ?? new Set<string>();
  const rows = [...each.rows, ...(each.runtime ?? [])];
  const reasons = new Set(rows.filter(({ pattern }) => wrong.has(pattern)).flatMap(reasonsOf));
  return new Set([
    ...wrong,
    ...rows
      .filter((row) => reasonsOf(row).some((reason) => reasons.has(reason)))
      .map(({ pattern }) => pattern),
  ]);
}

/** What a row rests on, beyond plain keys and members of lists: its condition, and each formula that is an operation. */
function reasonsOf({ when, shape }: DerivedRow): string[] {
  const formulas = shape.filter((formula) => Array.isArray(formula) && !["k", "L", "e"].includes(formula[0]));
  return [...(when.some((all) => all.length === 0) ? [] : [when]), ...formulas].map((reason) =>
    JSON.stringify(reason),
  );
}
