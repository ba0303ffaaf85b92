import type { Differences, Placed } from "./compare.ts";
import { readConfiguration } from "./configuration.ts";
import { evaluateFormula, keysOf, memberIndex } from "./formula.ts";
import { holds, keysOfPredicate } from "./predicate.ts";
import type { Configuration, Formula, Predicate, Row, Signature, Value } from "./signature.ts";

/** A value that a key may have to have. */
export interface Proposal {
  readonly path: string;
  readonly value: Value;
}

/** What differences are explained in: a class, a configuration, and where its tensors are stored. */
export interface Question {
  readonly signature: Signature;
  readonly rows: readonly Row[];
  readonly config: Readonly<Record<string, unknown>>;
  readonly placed: Placed;
  readonly differences: Differences;
}

/** A number that headers tell, and what the class has for it. */
interface Told {
  readonly formula: Formula;
  readonly indices: readonly number[];
  readonly stored: number;
}

/** Numbers that are solved for a key; the rest only vote. */
const MAX_SOLVED = 48;
/** Larger values of a key are no model's. */
const LARGEST_VALUE = 2 ** 31;
/** Values tried for a key that bounds layers. */
const MAX_BOUND = 512;
/** Keys that keys which are left out follow from, one behind the other. */
const MAX_DEPTH = 3;

/** Values of single keys that may explain differences, those that most of them ask for first. */
export function proposeValues(question: Question): Proposal[] {
  const votes = new Map<string, { proposal: Proposal; count: number }>();
  const propose = (path: string, value: Value | undefined): void => {
    if (value === undefined) return;
    const key = JSON.stringify([path, value]);
    const known = votes.get(key);
    if (known === undefined) votes.set(key, { proposal: { path, value }, count: 1 });
    else known.count += 1;
  };
  for (const told of numbersOf(question)) solveNumber(question, told, propose);
  for (const row of rowsInQuestion(question)) proposeForRow(question, row, propose);
  return [...votes.values()].sort((a, b) => b.count - a.count).map(({ proposal }) => proposal);
}

type Propose = (path: string, value: Value | undefined) => void;

/** Dimensions that are otherwise, and counts of lists that are longer or shorter; each pair of formula and number once. */
function numbersOf({ rows, config, signature, placed, differences }: Question): Told[] {
  const configuration = readConfiguration(signature, config);
  const found = new Map<string, Told>();
  const add = (formula: Formula | undefined, indices: readonly number[], stored: number | undefined) => {
    if (formula === undefined || stored === undefined || found.size >= MAX_SOLVED) return;
    if (evaluateFormula(formula, configuration, indices) === stored) return;
    const key = `${JSON.stringify(formula)} ${stored} ${JSON.stringify(formula).includes('"i"') ? indices : ""}`;
    if (!found.has(key)) found.set(key, { formula, indices, stored });
  };
  for (const { expected, stored, box } of differences.mismatched) {
    const indices = box.map(([first]) => first as number);
    if (stored.shape?.length === expected.shape.length)
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
    for (const [variable, formula] of row.counts.entries()) {
      const boxes = (placed.byPattern.get(row.pattern) ?? []).map(({ box }) => box);
      const last = Math.max(...boxes.map((box) => box[variable]?.at(-1) ?? -1));
      const indices = (boxes[0] ?? []).map(([first]) => first as number);
      if (boxes.length > 0) add(formula, indices, last + 1);
    }
  return [...found.values()];
}

function solveNumber(question: Question, told: Told, propose: Propose): void {
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
    const value = search(at, told.stored, unknown.is === "length" ? MAX_BOUND * MAX_BOUND : LARGEST_VALUE);
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

/** Rows of patterns that are stored where they should not be, or not where they should. */
function rowsInQuestion({ rows, differences }: Question): Row[] {
  const patterns = new Set([
    ...differences.missing.map(({ expected }) => expected.pattern),
    ...differences.excess.map(({ pattern }) => pattern),
  ]);
  return rows.filter(({ pattern, when }) => patterns.has(pattern) && when.some((all) => all.length > 0));
}

/** Values that switch a row on or off, everywhere or in single layers. */
function proposeForRow(question: Question, row: Row, propose: Propose): void {
  const configuration = readConfiguration(question.signature, question.config);
  for (const [predicate] of row.when.flat()) {
    const [, first, second] = predicate;
    if (typeof first === "string") proposeForKey(predicate, configuration, propose);
    else if (typeof second === "string") proposeForPlaces(question, row, predicate, configuration, propose);
    for (const key of keysOfPredicate(predicate))
      for (const from of keysBehind(question.signature, key)) proposeBounds(question, row, from, propose);
  }
}

/** Keys that a list which is left out follows from. */
function keysBehind({ defaults }: Signature, path: string): string[] {
  const rule = defaults[path];
  if (rule === undefined || rule[0] === "=") return [];
  if (rule[0] === "f") return keysOf(rule[1]);
  return [...keysOf(rule[1]), ...rule[2].flatMap(([all]) => all.flatMap(([each]) => keysOfPredicate(each)))];
}

function proposeForKey(predicate: Predicate, configuration: Configuration, propose: Propose): void {
  const path = predicate[1] as string;
  const value = configuration.get(path);
  switch (predicate[0]) {
    case "==":
      propose(path, predicate[2]);
      if (typeof predicate[2] === "boolean") propose(path, !predicate[2]);
      else if (predicate[2] !== null) propose(path, null);
      break;
    case ">":
      propose(path, predicate[2]);
      propose(path, predicate[2] + 1);
      break;
    case "=k":
    case ">k": {
      const other = configuration.get(predicate[2]);
      if (typeof other !== "number") break;
      for (const each of [other, other + 1]) propose(path, each);
      break;
    }
    case "any":
      if (Array.isArray(value)) propose(path, [...value.slice(0, -1), predicate[2]]);
      break;
    case "@":
      if (Array.isArray(value) && predicate[2] < value.length)
        propose(path, value.with(predicate[2], predicate[3]));
      break;
    case "@=":
      if (Array.isArray(value) && predicate[3] < value.length)
        propose(path, value.with(predicate[2], value[predicate[3]]));
      break;
    default:
  }
}

/** Layers that store the pattern, whatever its other indices. */
function membersAt({ placed }: Question, pattern: string, variable: number): Set<number> {
  return new Set((placed.byPattern.get(pattern) ?? []).flatMap(({ box }) => box[variable] ?? []));
}

function proposeForPlaces(
  question: Question,
  row: Row,
  predicate: Predicate,
  configuration: Configuration,
  propose: Propose,
): void {
  const variable = predicate[1] as number;
  const path = predicate[2] as string;
  const list = configuration.get(path);
  const stored = membersAt(question, row.pattern, variable);
  switch (predicate[0]) {
    case "[i]":
      if (Array.isArray(list)) propose(path, wordsByPlace(question, path, list));
      break;
    case "iin":
      propose(
        path,
        [...stored].sort((a, b) => a - b),
      );
      break;
    case "i<len":
      if (Array.isArray(list)) propose(path, resized(list, 1 + Math.max(-1, ...stored)));
      break;
    default:
      for (const key of keysOfPredicate(predicate)) proposeBounds(question, row, key, propose);
  }
}

function resized(list: readonly Value[], length: number): Value {
  return Array.from({ length }, (_, at) => list[at] ?? list.at(-1) ?? 0);
}

/** A list of words, one a layer: at each place the word whose tensors are stored there. */
function wordsByPlace(question: Question, path: string, list: readonly Value[]): Value {
  const scores = new Map<Value, Map<number, number>>();
  for (const { pattern, when } of question.rows)
    for (const [[, variable, of, word] = [], wanted] of when
      .flat()
      .map(([each, is]) => [each, is] as const)) {
      if (of !== path || typeof variable !== "number" || word === undefined) continue;
      const stored = membersAt(question, pattern, variable);
      const ofWord = scores.get(word) ?? new Map<number, number>();
      scores.set(word, ofWord);
      for (const at of list.keys())
        ofWord.set(at, (ofWord.get(at) ?? 0) + (stored.has(at) === wanted ? 1 : -1));
    }
  return list.map((own, at) => {
    let best = own;
    let most = scores.get(own)?.get(at) ?? 0;
    for (const [word, ofWord] of scores) {
      const score = ofWord.get(at) ?? 0;
      if (score > most) [best, most] = [word, score];
    }
    return best;
  });
}

/** Values of a number with which the row holds in just those layers that store it. */
function proposeBounds(question: Question, row: Row, path: string, propose: Propose): void {
  const { signature, config } = question;
  const before = readConfiguration(signature, config);
  if (row.counts.length === 0 || !isNumberOrNone(before.get(path))) return;
  const stored = membersAt(question, row.pattern, 0);
  const count = evaluateFormula(row.counts[0] as Formula, before, []);
  if (count === undefined || count > MAX_BOUND) return;
  const indices = row.counts.map(() => 0);
  for (let value = 0; value <= count + 1; value += 1) {
    const configuration = readConfiguration(signature, withKey(config, path, value));
    const fitsAll = Array.from({ length: count }, (_, layer) => {
      const counts = row.counts.map((each) => evaluateFormula(each, configuration, indices) ?? 0);
      return holds(row.when, configuration, [layer, ...indices.slice(1)], counts) === stored.has(layer);
    }).every(Boolean);
    if (fitsAll) return propose(path, value);
  }
}

function isNumberOrNone(value: Value | undefined): boolean {
  return value === undefined || value === null || typeof value === "number";
}

/** The configuration with another value at a path; parts on the way are made where they are not. */
export function withKey(
  config: Readonly<Record<string, unknown>>,
  path: string,
  value: Value,
): Record<string, unknown> {
  const at = path.indexOf(".");
  if (at < 0) return { ...config, [path]: value };
  const part = path.slice(0, at);
  const inner = config[part];
  const own = typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>) : {};
  return { ...config, [part]: withKey(own, path.slice(at + 1), value) };
}
