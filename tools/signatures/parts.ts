import { renameKeysOfCondition, renameKeysOfFormula } from "../../src/signatures/paths.ts";
import type { Default, Value } from "../../src/signatures/signature.ts";
import type { Derived, DerivedRow } from "./derived.ts";
import { foldNumbers } from "./distrust.ts";
import { keyPrefixesOf, moveRow, stripRow } from "./templates.ts";
import { vocabularyOf } from "./vocabulary.ts";

/** Where a class holds another as a part: what its names and keys begin with there. */
interface Placing {
  readonly namePrefix: string;
  readonly keyPrefix: string;
}

/** A class that was derived anew, as it was before, and the patterns that are not to be believed now. */
export interface Anew {
  readonly before: Derived;
  readonly now: Derived;
  readonly wrong: ReadonlySet<string>;
}

/**
 * An older class with what was found out since of its parts. A class that stores all that another stores and knows as little
 * of what is unknown there, under one prefix of names and one of keys, holds that class as a part: what is known of the part
 * now is known of the whole.
 */
export function learnOfParts(whole: Derived, parts: readonly Anew[]): Derived {
  return parts.reduce((learned, part) => learnOfPart(learned, part), whole);
}

function learnOfPart(whole: Derived, { before, now, wrong }: Anew): Derived {
  if (whole.packed === undefined || whole.runtime !== null || now.runtime !== null) return whole;
  const own = new Set(whole.unknown.map(([pattern]) => pattern));
  // Names that differ in a number were packed as one where nothing was known of them.
  const left = new Set([...now.unknown.map(([pattern]) => pattern), ...wrong].map(foldNumbers));
  const rows = now.rows.filter(({ pattern }) => !left.has(foldNumbers(pattern)));
  let learned = whole;
  for (const { namePrefix, keyPrefix } of placesOf(before, whole)) {
    const added = rows
      .map((row) => moveRow(row, namePrefix, keyPrefix))
      .filter(({ pattern }) => own.has(pattern) || own.has(foldNumbers(pattern)));
    const patterns = new Set(added.flatMap(({ pattern }) => [pattern, foldNumbers(pattern)]));
    if (patterns.size === 0) continue;
    learned = {
      ...learned,
      ...ofKeys(learned, now, keyPrefix),
      rows: [...learned.rows, ...added.map(({ module: _, ...row }) => row)],
      unknown: learned.unknown.filter(([pattern]) => !patterns.has(pattern)),
    };
  }
  return learned;
}

function placesOf(part: Derived, whole: Derived): Placing[] {
  const unknown = new Set(whole.unknown.map(([pattern]) => pattern));
  const [first] = part.unknown;
  if (first === undefined || part.rows.length === 0) return [];
  const namePrefixes = [...unknown].flatMap((pattern) => {
    const prefix = pattern.endsWith(first[0]) ? pattern.slice(0, -first[0].length) : undefined;
    return prefix === "" || (prefix?.endsWith(".") && !prefix.includes("{")) ? [prefix as string] : [];
  });
  return namePrefixes.flatMap((namePrefix) => {
    if (!part.unknown.every(([pattern]) => unknown.has(namePrefix + pattern))) return [];
    const keyPrefix = keyPrefixesOf(whole.rows).find((each) => holdsAll(part.rows, whole, namePrefix, each));
    return keyPrefix === undefined ? [] : [{ namePrefix, keyPrefix }];
  });
}

function holdsAll(rows: readonly DerivedRow[], whole: Derived, namePrefix: string, keyPrefix: string) {
  const inside = new Set(
    whole.rows.flatMap((row) => {
      const stripped = stripRow(row, namePrefix, keyPrefix);
      return stripped === undefined ? [] : [textOf(stripped)];
    }),
  );
  return rows.every((row) => inside.has(textOf(row)));
}

function textOf({ pattern, counts, stages, when, shape, kind }: DerivedRow): string {
  return JSON.stringify([pattern, counts, stages, when, shape, kind]);
}

/** What is known of the part's keys, where the whole says nothing of them. */
function ofKeys(whole: Derived, part: Derived, keyPrefix: string) {
  const under = (path: string): string => keyPrefix + path;
  const moved = <One>(values: Readonly<Record<string, One>>): Record<string, One> =>
    Object.fromEntries(Object.entries(values).map(([path, value]) => [under(path), value]));
  const lengths = Object.entries(part.lengths).filter(([path]) => part.read.includes(path));
  const defaults = Object.entries(part.defaults as Readonly<Record<string, Default>>).map(
    ([path, rule]) => [path, moveDefault(rule, under)] as const,
  );
  const known = whole.packed as NonNullable<Derived["packed"]>;
  const all = { ...moved(Object.fromEntries(lengths)), ...whole.lengths };
  return {
    defaults: { ...moved(Object.fromEntries(defaults)), ...whole.defaults },
    fixed: { ...moved(part.fixed as Readonly<Record<string, Value>>), ...whole.fixed },
    lengths: all,
    read: Object.keys(all),
    packed: { ...known, vocabulary: { ...moved(vocabularyOf(part)), ...known.vocabulary } },
  };
}

function moveDefault(rule: Default, under: (path: string) => string): Default {
  if (rule[0] === "=") return rule;
  if (rule[0] === "f") return ["f", renameKeysOfFormula(rule[1], under)];
  const choices = rule[2].map(
    ([all, value]) => [renameKeysOfCondition([all], under)[0] as typeof all, value] as const,
  );
  return ["l", renameKeysOfFormula(rule[1], under), choices];
}
