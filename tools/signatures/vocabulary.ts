import type { Condition, Default, Predicate, Value } from "../../src/signatures/signature.ts";
import type { Derived } from "./derived.ts";

/** Words that experiments have seen of the keys that conditions tell words of. */
export function vocabularyOf(each: Derived): Record<string, string[]> {
  const words = new Map<string, Set<string>>();
  const rules = each.defaults as Readonly<Record<string, Default>>;
  const lists = Object.values(rules).flatMap((rule) => (rule[0] === "l" ? rule[2] : []));
  const conditions: Condition[] = [
    ...[...each.rows, ...(each.runtime ?? [])].map(({ when }) => when),
    lists.map(([all]) => all),
  ];
  for (const [predicate] of conditions.flat(2)) {
    const [path, word] = wordOf(predicate) ?? [];
    if (path !== undefined && word !== undefined) words.set(path, (words.get(path) ?? new Set()).add(word));
  }
  for (const [path, known] of words) {
    const seen = [valueAt(each.base, path), ...(each.singles[path] ?? []), ...defaultsOf(rules[path])];
    for (const word of seen.flatMap(stringsOf)) known.add(word);
  }
  return Object.fromEntries(Array.from(words, ([path, known]) => [path, [...known].sort()]));
}

function wordOf(predicate: Predicate): readonly [string, string] | undefined {
  const last = predicate.at(-1);
  if (typeof last !== "string" || !["==", "any", "@", "[i]"].includes(predicate[0])) return undefined;
  return [(predicate[0] === "[i]" ? predicate[2] : predicate[1]) as string, last];
}

function valueAt(value: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((each, key) => (each as Record<string, unknown> | null | undefined)?.[key], value);
}

function defaultsOf(rule: Default | undefined): readonly Value[] {
  if (rule === undefined || rule[0] === "f") return [];
  return rule[0] === "=" ? [rule[1]] : rule[2].map(([, value]) => value);
}

/** All strings of a value and of its members. */
function stringsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.flatMap(stringsOf) : [];
}
