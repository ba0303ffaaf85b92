import type { Formula, Predicate } from "../../src/signatures/signature.ts";
import { type Derived, type DerivedRow, readJson } from "./derived.ts";
import { isOfItsSamples, isOfUnlikeSorts } from "./refuted.ts";

/** What evaluate.ts found wrong, by class: `library class` → patterns. */
export function readReports(files: readonly string[]): Map<string, Set<string>> {
  const patterns = new Map<string, Set<string>>();
  for (const file of files)
    for (const each of readJson(file) as { key: string; patterns: string[] }[])
      patterns.set(each.key, new Set([...(patterns.get(each.key) ?? []), ...each.patterns]));
  return patterns;
}

/** Configurations that a class must have been right of, none of which it was learned from, for nothing of it to be doubted. */
const LEAST_NEW = 20;

/**
 * Classes that were exact or partly known, never wrong, in so many new configurations: reports of an evaluation of what was
 * packed without doubts (`--confirmed all`), of samples that nothing was learned from.
 */
export function readConfirmed(files: readonly string[]): ReadonlySet<string> {
  return new Set(
    files
      .flatMap((file) => readJson(file) as { key: string; verdict: string; samples?: number }[])
      .filter(({ verdict, samples = 0 }) => ["exact", "partly"].includes(verdict) && samples >= LEAST_NEW)
      .map(({ key }) => key),
  );
}

/**
 * The same, and of every other class of a model those rows that are equal to a wrong one but for where the model lies: they
 * come from the same code, and samples of one class may be without what those of another have.
 */
export function spreadOverModels(
  reports: ReadonlyMap<string, ReadonlySet<string>>,
  classes: readonly Derived[],
): Map<string, Set<string>> {
  const wrong = new Map<string, DerivedRow[]>();
  const keyOf = (each: Derived, row: DerivedRow): string =>
    JSON.stringify([each.folder, row.pattern.split(".").at(-1), row.counts, row.when, row.shape]);
  const rowsOf = ({ rows, runtime }: Derived): DerivedRow[] => [...rows, ...(runtime ?? [])];
  const ofModels = classes.filter(({ folder }) => folder !== "");
  for (const each of ofModels) {
    const told = reports.get(`${each.library} ${each.class}`);
    if (told === undefined || told.size === 0) continue;
    for (const row of rowsOf(each).filter(
      ({ pattern }) => told.has(pattern) || told.has(foldNumbers(pattern)),
    ))
      wrong.set(keyOf(each, row), [...(wrong.get(keyOf(each, row)) ?? []), row]);
  }
  const spread = new Map(Array.from(reports, ([key, patterns]) => [key, new Set(patterns)]));
  for (const each of ofModels)
    for (const row of rowsOf(each))
      if (wrong.get(keyOf(each, row))?.some((other) => isSamePlace(row.pattern, other.pattern)))
        spread.get(`${each.library} ${each.class}`)?.add(row.pattern);
  return spread;
}

function isSamePlace(pattern: string, other: string): boolean {
  return pattern === other || pattern.endsWith(`.${other}`) || other.endsWith(`.${pattern}`);
}

/**
 * Patterns of a class that are not to be believed: those that were wrong, those that rest on the same condition or on the
 * same formula as one of them, those whose condition was learned by heart, and members of one list that are tied to each
 * other: an untied one is stored so often as samples had layers, which no condition tells.
 */
export function distrustedPatterns(
  each: Derived,
  reports: ReadonlyMap<string, ReadonlySet<string>>,
  confirmed: ReadonlySet<string> = new Set(),
): ReadonlySet<string> {
  const wrong = reports.get(`${each.library} ${each.class}`) ?? new Set<string>();
  const rows = [...each.rows, ...(each.runtime ?? [])];
  // What is wrong is told as it was packed: rows that differ in a number as one.
  const isWrong = ({ pattern }: DerivedRow): boolean => wrong.has(pattern) || wrong.has(foldNumbers(pattern));
  const reasons = new Set(rows.filter(isWrong).flatMap(reasonsOf));
  const tied = tiedInLists(each.ties);
  const flags = hasListOfFlags(each);
  const single = toldOneByOne(rows);
  // What is packed was doubted when it was packed first; what was found out since is doubted there too.
  const isCautious = each.packed === undefined && !confirmed.has(`${each.library} ${each.class}`);
  return new Set([
    ...wrong,
    ...rows
      .filter(
        (row) =>
          isWrong(row) ||
          tied.has(row.pattern) ||
          isOfItsSamples(row, each) ||
          (isCautious && (isLearnedByHeart(row, flags) || single.has(row.pattern))),
      )
      .map(({ pattern }) => pattern),
    ...rows
      .filter((row) => reasonsOf(row).some((reason) => reasons.has(reason)))
      .map(({ pattern }) => pattern),
  ]);
}

/** Places of a list that code tells from each other: beyond that it counts, and conditions of single places are of samples. */
const MOST_PLACES = 4;

/** Names of more places than that which are stored under conditions of their own. */
function toldOneByOne(rows: readonly DerivedRow[]): ReadonlySet<string> {
  const alike = new Map<string, DerivedRow[]>();
  for (const row of rows) {
    const whole = foldNumbers(row.pattern);
    if (whole !== row.pattern) alike.set(whole, [...(alike.get(whole) ?? []), row]);
  }
  return new Set(
    [...alike.values()]
      .filter(
        (group) =>
          new Set(group.map(({ pattern }) => pattern)).size > MOST_PLACES &&
          new Set(group.map(({ when }) => JSON.stringify(when))).size > 1,
      )
      .flatMap((group) => group.map(({ pattern }) => pattern)),
  );
}

/** Names that are tied to another of the same list. */
function tiedInLists(ties: Derived["ties"]): ReadonlySet<string> {
  return new Set(ties.filter(([name, other]) => foldNumbers(name) === foldNumbers(other)).flat());
}

/** A name or pattern with every number and index as an index. */
export function foldNumbers(pattern: string): string {
  let variable = 0;
  return pattern
    .split(".")
    .map((segment) => segment.replace(/^\d+$|\{\d+\}$/, () => `{${variable++}}`))
    .join(".");
}

/** Questions in a row: conditions of libraries' code have fewer, what needs more fits its samples alone. */
const MOST_QUESTIONS = 4;

/** Integers in lists that stand for kinds are small; larger ones are sizes, negative ones places: no code asks for one of them. */
const GREATEST_WORD = 2;

/**
 * Whether a condition tells its samples apart by what code does not ask. Of such conditions more than one in three was
 * wrong of new samples, whatever their number; of all others one in two hundred.
 */
function isLearnedByHeart({ when, counts }: DerivedRow, hasFlags: boolean): boolean {
  if (counts.some(isOddShare) || (hasFlags && when.flat().some(([question]) => isBound(question))))
    return true;
  return when.some((all) => {
    const questions = all.map(([predicate]) => predicate);
    return all.length > MOST_QUESTIONS || questions.some((each) => isByChance(each, questions));
  });
}

/** Whether a class has a key with an answer for each place: then no bound stands for it, though samples had few such lists. */
function hasListOfFlags({ singles }: Derived): boolean {
  const isFlags = (value: unknown): boolean =>
    Array.isArray(value) && value.length > 1 && value.every((member) => typeof member === "boolean");
  return Object.values(singles).some((values) => values.some(isFlags));
}

function isBound([asked, , bound]: Predicate): boolean {
  return asked === "i<" && typeof bound === "number" && bound > 1;
}

/** A part of a number of layers: code halves them; other parts fit the few numbers that samples had. */
function isOddShare(count: Formula): boolean {
  return Array.isArray(count) && count[0] === "//" && typeof count[2] === "number" && count[2] !== 2;
}

function isByChance(question: Predicate, beside: readonly Predicate[]): boolean {
  switch (question[0]) {
    case "any":
    case "[i]":
    case "@": {
      const word = question.at(-1);
      if (typeof word === "number") return !(word >= 0 && word <= GREATEST_WORD);
      // What kind the second or third layer is, tells of that layer alone.
      return question[0] === "@" && typeof word === "string" && question[2] > 0;
    }
    case "=k":
      return isOfUnlikeSorts(question);
    case "i>=last":
      return question[2] !== 1;
    // The first is asked for by itself; of any other that no key sets, the samples happened to have it alone.
    case "i==":
      return question[2] > 0;
    // A period or a bound that no key sets, with another question about the same place.
    case "i%":
    case "i<":
      return beside.some((other) => other !== question && other[1] === question[1]);
    default:
      return ["@>", "@=", ">k", "i<k+"].includes(question[0]);
  }
}

/** What a row rests on, beyond plain keys and members of lists: its condition, and each formula that is an operation. */
function reasonsOf({ when, shape }: DerivedRow): string[] {
  const formulas = shape.filter((formula) => Array.isArray(formula) && !["k", "L", "e"].includes(formula[0]));
  return [...(when.some((all) => all.length === 0) ? [] : [when]), ...formulas].map((reason) =>
    JSON.stringify(reason),
  );
}
