import { readConfiguration } from "./configuration.ts";
import { evaluateFormula, keysOf } from "./formula.ts";
import { holds, keysOfPredicate } from "./predicate.ts";
import { type Propose, type Question, withKey } from "./question.ts";
import type { Configuration, Formula, Predicate, Row, Signature, Value } from "./signature.ts";

/** Values tried for a key that bounds layers. */
const MAX_BOUND = 512;

/** Rows of patterns that are stored where they should not be, or not where they should. */
export function rowsInQuestion({ rows, differences }: Question): Row[] {
  const patterns = new Set([
    ...differences.missing.map(({ expected }) => expected.pattern),
    ...differences.excess.map(({ pattern }) => pattern),
  ]);
  return rows.filter(({ pattern, when }) => patterns.has(pattern) && when.some((all) => all.length > 0));
}

/** Values that switch a row on or off, everywhere or in single layers. */
export function proposeForRow(question: Question, row: Row, propose: Propose): void {
  const configuration = readConfiguration(question.signature, question.config);
  for (const [predicate] of row.when.flat()) {
    const [, first, second] = predicate;
    if (typeof first === "string") proposeForKey(predicate, configuration, propose);
    // Headers tell numbers of names, and these ask for stages and places in them.
    else if (row.stages !== undefined) continue;
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
