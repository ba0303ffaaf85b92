import { readConfiguration } from "./configuration.ts";
import { evaluateFormula, memberIndex } from "./formula.ts";
import { type Propose, type Question, withKey } from "./question.ts";
import type { Formula, Value } from "./signature.ts";
import { countsByIndex, variablesAt } from "./stages.ts";

/** A number that headers tell, and what the class has for it. */
export interface Told {
  readonly formula: Formula;
  readonly indices: readonly number[];
  readonly stored: number;
}

/** Numbers that are solved for a key; the rest only vote. */
const MAX_SOLVED = 48;
/** Larger values of a key are no model's. */
const LARGEST_VALUE = 2 ** 31;
/** Entries of a list whose length is solved for. */
const MAX_LENGTH = 2 ** 18;
/** Keys that keys which are left out follow from, one behind the other. */
const MAX_DEPTH = 3;

/** Dimensions that are otherwise, and counts of lists that are longer or shorter; each pair of formula and number once. */
export function numbersOf({ rows, config, signature, placed, differences }: Question): Told[] {
  const configuration = readConfiguration(signature, config);
  const found = new Map<string, Told>();
  const add = (formula: Formula | undefined, indices: readonly number[], stored: number | undefined) => {
    if (formula === undefined || stored === undefined || found.size >= MAX_SOLVED) return;
    if (evaluateFormula(formula, configuration, indices) === stored) return;
    const key = `${JSON.stringify(formula)} ${stored} ${JSON.stringify(formula).includes('"i"') ? indices : ""}`;
    if (!found.has(key)) found.set(key, { formula, indices, stored });
  };
  for (const { expected, stored, box } of differences.mismatched) {
    const indices = variablesAt(
      expected.row,
      configuration,
      box.map(([first]) => first as number),
    );
    if (indices === undefined) continue;
    // Sides that lie otherwise are the tensor's own fault: no key turns them.
    if (stored.shape?.length === expected.shape.length && !isTurned(expected.shape, stored.shape))
      expected.row.shape.forEach((formula, axis) => {
        // A tensor without elements was not gathered: it tells nothing.
        if (stored.shape?.[axis] !== 0) add(formula, indices, stored.shape?.[axis]);
      });
  }
  const uneven = new Set([
    ...differences.missing.map(({ expected }) => expected.pattern),
    ...differences.excess.map(({ pattern }) => pattern),
  ]);
  for (const row of rows.filter(({ pattern }) => uneven.has(pattern)))
    for (const [variable, formula] of countsByIndex(row).entries()) {
      const boxes = (placed.byPattern.get(row.pattern) ?? []).map(({ box }) => box);
      const last = Math.max(...boxes.map((box) => box[variable]?.at(-1) ?? -1));
      const indices = (boxes[0] ?? []).map(([first]) => first as number);
      if (boxes.length > 0) add(formula, indices, last + 1);
    }
  return [...found.values()];
}

function isTurned(expected: readonly (number | undefined)[], stored: readonly number[]): boolean {
  const sorted = (sides: readonly (number | undefined)[]): string =>
    [...sides].sort((a, b) => (a ?? 0) - (b ?? 0)).join();
  return sorted(expected) === sorted(stored);
}

export function solveNumber(question: Question, told: Told, propose: Propose): void {
  for (const unknown of unknownsOf(question, told)) {
    const make = (value: number): Value | undefined => valueWith(question, unknown, value);
    const at = (value: number): number | undefined => {
      const made = make(value);
      if (made === undefined) return undefined;
      const configuration = readConfiguration(
        question.signature,
        withKey(question.config, unknown.path, made),
      );
      return evaluateFormula(told.formula, configuration, told.indices);
    };
    const value = search(at, told.stored, unknown.is === "length" ? MAX_LENGTH : LARGEST_VALUE);
    if (value !== undefined) propose(unknown.path, make(value));
  }
}

/** A number of the configuration: a key, a member of a list, a list's length. */
type Unknown =
  | { readonly is: "key" | "length"; readonly path: string }
  | { readonly is: "member"; readonly path: string; readonly member: number };

/** What a formula looks at, and what those follow from that are left out. */
function unknownsOf({ signature, config }: Question, { formula, indices }: Told): Unknown[] {
  const configuration = readConfiguration(signature, config);
  const found = new Map<string, Unknown>();
  const visit = (part: Formula, depth: number): void => {
    if (typeof part === "number" || part[0] === "i") return;
    if (part[0] === "k" || part[0] === "L") {
      const path = part[1];
      found.set(`${part[0]} ${path}`, { is: part[0] === "k" ? "key" : "length", path });
      const rule = signature.defaults[path];
      if (rule?.[0] === "f" && depth < MAX_DEPTH) visit(rule[1], depth + 1);
      if (rule?.[0] === "l" && depth < MAX_DEPTH) visit(rule[1], depth + 1);
      return;
    }
    if (part[0] === "S") {
      const list = configuration.get(part[1]);
      for (const member of Array.isArray(list) ? list.keys() : [])
        found.set(`e ${part[1]} ${member}`, { is: "member", path: part[1], member });
      return;
    }
    if (part[0] === "e") {
      const list = configuration.get(part[1]);
      const member = Array.isArray(list) ? memberIndex(part[2], indices, list.length) : undefined;
      if (member !== undefined) found.set(`e ${part[1]} ${member}`, { is: "member", path: part[1], member });
      return;
    }
    const [, ...parts] = part;
    for (const each of parts) visit(each, depth);
  };
  visit(formula, 0);
  return [...found.values()];
}

/** Entries of a list that is proposed: labels and layers are fewer, and a number from outside may be any. */
const MAX_ENTRIES = 1_000_000;

function valueWith({ signature, config }: Question, unknown: Unknown, value: number): Value | undefined {
  if (unknown.is === "key") return value;
  const list = readConfiguration(signature, config).get(unknown.path);
  if (unknown.is === "member") return Array.isArray(list) ? list.with(unknown.member, value) : undefined;
  if (value > MAX_ENTRIES) return undefined;
  if (Array.isArray(list)) return Array.from({ length: value }, (_, at) => list[at] ?? list.at(-1) ?? "");
  return new Array<Value>(value).fill("");
}

/** The least whole number that makes it so; formulas grow or shrink with each of their keys. */
function search(
  at: (value: number) => number | undefined,
  stored: number,
  largest: number,
): number | undefined {
  const first = at(1);
  let high = largest;
  let last = at(high);
  // Formulas that are beyond numbers for the largest value may be known for smaller ones.
  while (last === undefined && high > 1) {
    high = Math.floor(high / 16);
    last = at(high);
  }
  if (first === undefined || last === undefined) return undefined;
  const grows = last >= first;
  let low = 0;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const value = at(middle);
    if (value === undefined && middle > 0) return undefined;
    if (value !== undefined && (grows ? value >= stored : value <= stored)) high = middle;
    else low = middle + 1;
  }
  return at(low) === stored ? low : undefined;
}
