import type { Ask } from "./ask.ts";
import type { Renaming } from "./table.ts";

/**
 * A name of the files as the engine's class has it: regular expressions, then parts, prefixes, suffixes; of parts and
 * prefixes the first occurrence is replaced. Patterns come from the table, not from outside.
 */
export function renamer(ask: Ask): (name: string) => string {
  const position = ask.native?.[1][3];
  const rules = position == null ? undefined : ask.serving?.renames[position];
  return rules === undefined ? (name) => name : (name) => rename(name, rules);
}

function rename(name: string, rules: Renaming): string {
  let result = name;
  for (const [pattern, by] of Object.entries(rules.regex ?? {}))
    result = result.replace(new RegExp(toScript(pattern)), by.replace(/\\g<(\d+)>|\\(\d)/g, "$$$1$2"));
  for (const [part, by] of Object.entries(rules.substr ?? {})) result = result.replace(part, () => by);
  for (const [prefix, by] of Object.entries(rules.prefix ?? {}))
    if (result.startsWith(prefix)) result = by + result.slice(prefix.length);
  for (const [suffix, by] of Object.entries(rules.suffix ?? {}))
    if (result.endsWith(suffix)) result = result.slice(0, -suffix.length) + by;
  return result;
}

/** Python's named groups are written otherwise. */
function toScript(pattern: string): string {
  return pattern.replaceAll("(?P<", "(?<");
}
