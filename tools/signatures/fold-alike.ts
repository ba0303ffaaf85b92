import { buildMatcher } from "../../src/signatures/match.ts";
import type { Condition, Formula, Member, Predicate } from "../../src/signatures/signature.ts";
import type { DerivedRow } from "./derived.ts";

/** Fewer members than these are no list worth an index. */
const MIN_MEMBERS = 3;

/** Numbers after a list's last that are looked for under an outer index. */
const MAX_BEYOND = 16;

/**
 * Rows that are alike but for one number of their names (`stages.0.conv`, `stages.1.conv` …) as one row with an index:
 * lists whose length is the same for every configuration, like the blocks of a backbone that is known by its name.
 */
export function foldAlike(rows: readonly DerivedRow[]): DerivedRow[] {
  let folded = [...rows];
  // Outer numbers first; each round takes one number from each name.
  for (let depth = 0; depth < 6; depth += 1) folded = foldOnce(folded, depth);
  return folded;
}

interface Group {
  readonly members: Map<number, DerivedRow>;
  readonly at: number;
}

function foldOnce(rows: readonly DerivedRow[], depth: number): DerivedRow[] {
  const groups = new Map<string, Group>();
  const sizes = new Map<string, number>();
  const patterns = new Map<string, number>();
  for (const { pattern } of rows) patterns.set(pattern, (patterns.get(pattern) ?? 0) + 1);
  for (const row of rows) {
    const segments = row.pattern.split(".");
    const at = numberAt(segments, depth);
    if (at < 0) continue;
    const list = segments.slice(0, at).join(".");
    const member = Number(segments[at]);
    sizes.set(list, Math.max(sizes.get(list) ?? 0, member + 1));
    // A name of several shapes is told by its conditions: left as it is.
    if (patterns.get(row.pattern) !== 1 || row.stages !== undefined) continue;
    const { pattern: _, ...rest } = row;
    const key = JSON.stringify([list, segments.slice(at + 1), rest]);
    const group = groups.get(key) ?? { members: new Map(), at };
    groups.set(key, group);
    group.members.set(member, row);
  }
  const folded = buildMatcher([...patterns.keys()].filter((pattern) => pattern.includes("}")));
  const gone = new Set<DerivedRow>();
  const made = new Map<DerivedRow, DerivedRow>();
  for (const { members, at } of groups.values()) {
    const numbers = [...members.keys()].sort((a, b) => a - b);
    const first = numbers[0] as number;
    const last = numbers[numbers.length - 1] as number;
    if (numbers.length < MIN_MEMBERS || last - first + 1 !== numbers.length) continue;
    const row = members.get(first) as DerivedRow;
    const segments = row.pattern.split(".");
    const list = segments.slice(0, at).join(".");
    // Members that an outer index holds already would be taken for this list's.
    const nameOf = (number: number): string =>
      segments
        .with(at, String(number))
        .join(".")
        .replace(/\{\d+\}/g, "0");
    const others = Array.from({ length: last + MAX_BEYOND }, (_, number) => number).filter(
      (number) => number < first || number > last,
    );
    if (others.some((number) => folded(nameOf(number)) !== undefined)) continue;
    made.set(row, withIndex(row, at, first, last + 1, sizes.get(list) as number));
    for (const number of numbers.slice(1)) gone.add(members.get(number) as DerivedRow);
  }
  return rows.filter((row) => !gone.has(row)).map((row) => made.get(row) ?? row);
}

/** Where the number of a name that is `depth` numbers and indices deep lies; -1 where an index or nothing is there. */
function numberAt(segments: readonly string[], depth: number): number {
  let seen = 0;
  for (const [at, segment] of segments.entries()) {
    const isNumber = /^\d+$/.test(segment);
    if (!isNumber && !segment.endsWith("}")) continue;
    if (seen === depth) return isNumber && at < segments.length - 1 ? at : -1;
    seen += 1;
  }
  return -1;
}

/** A row whose number at a segment became an index of `size` members, stored for those from `first` to before `end`. */
function withIndex(row: DerivedRow, at: number, first: number, end: number, size: number): DerivedRow {
  const segments = row.pattern.split(".");
  const variable = segments.slice(0, at).filter((segment) => segment.endsWith("}")).length;
  const shift = (n: number): number => (n >= variable ? n + 1 : n);
  const bounds: (readonly [Predicate, boolean])[] = [];
  if (first > 0) bounds.push([["i<", variable, first], false]);
  if (end < size) bounds.push([["i<", variable, end], true]);
  const pattern = segments.map((segment, place) => {
    if (place === at) return `{${variable}}`;
    return segment.replace(/\{(\d+)\}$/, (_, n) => `{${shift(Number(n))}}`);
  });
  const counts = row.counts.map((formula) => shiftFormula(formula, shift));
  counts.splice(variable, 0, size);
  return {
    ...row,
    pattern: pattern.join("."),
    counts,
    when: row.when.map((all) => [
      ...all.map(([predicate, wanted]) => [shiftPredicate(predicate, shift), wanted] as const),
      ...bounds,
    ]) as Condition,
    shape: row.shape.map((formula) => (formula === "?" ? formula : shiftFormula(formula, shift))),
  };
}

function shiftFormula(formula: Formula, shift: (n: number) => number): Formula {
  if (typeof formula === "number") return formula;
  switch (formula[0]) {
    case "k":
    case "S":
      return formula;
    case "L":
      return formula[2] === undefined ? formula : ["L", formula[1], shiftMember(formula[2], shift)];
    case "i":
      return ["i", shift(formula[1])];
    case "e":
      return ["e", formula[1], shiftMember(formula[2], shift)];
    default: {
      const [operator, ...parts] = formula;
      return [operator, ...parts.map((part) => shiftFormula(part, shift))] as unknown as Formula;
    }
  }
}

function shiftMember(member: Member, shift: (n: number) => number): Member {
  if (typeof member === "number" || member[0] === "z") return member;
  return [member[0], shift(member[1]), member[2]];
}

function shiftPredicate(predicate: Predicate, shift: (n: number) => number): Predicate {
  if (predicate[0] === "!=f")
    return ["!=f", shiftFormula(predicate[1], shift), shiftFormula(predicate[2], shift)];
  const [operator, first, ...rest] = predicate;
  return (typeof first === "number" ? [operator, shift(first), ...rest] : predicate) as Predicate;
}
