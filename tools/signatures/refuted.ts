import type { Formula, Member, Predicate } from "../../src/signatures/signature.ts";
import type { Derived, DerivedRow } from "./derived.ts";

/** Keys that count layers or what else a model has several of. */
const COUNTS = /(layers?|depths?|blocks?|per_group|n_layer|times)$/;

/**
 * Whether a row tells what its samples happened to have, of a kind that new samples refuted: lists as long as in the samples,
 * conditions that ask for a certain number above one, periods in a list that is as long as another key's, members of two
 * lists of which one is told by its place and one is always the same, heads by themselves where a class has their width.
 */
export function isOfItsSamples(row: DerivedRow, { rows, lengths }: Derived): boolean {
  const asked = row.when.flat();
  const isSized = row.counts.some((count) => typeof count === "number" && count > 1);
  return (
    (isSized && asked.some(([question, wanted]) => isAboutCount(question) && wanted)) ||
    asked.some(
      ([question]) =>
        isOfCertainNumber(question) ||
        isPeriodInStages(question, row, lengths) ||
        isAboutLabels(question) ||
        isAboutActivation(question) ||
        isOfUnlikeSorts(question) ||
        (isAboutMore(question) && !NUMBERED.test(row.pattern)),
    ) ||
    row.shape.some((formula) => formula !== "?" && (mixesMembers(formula) || isFoldedStride(formula))) ||
    (asked.length > 0 && (isFirstOfList(row, rows) || isFixedFrequency(row))) ||
    (asked.length > 0 && widthsOfHeads(rows).some((width) => dividesInsteadOf(row, width)))
  );
}

function isAboutCount(question: Predicate): boolean {
  return question[0] === ">" && question[2] === 0 && COUNTS.test(question[1]);
}

/** Code asks whether there is none or one of something, and whether there are more; not whether there are three. */
function isOfCertainNumber(question: Predicate): boolean {
  return question[0] === "==" && typeof question[2] === "number" && question[2] > 1;
}

/** Whether there are more than two or three layers tells of the third or fourth alone. */
function isAboutMore(question: Predicate): boolean {
  return question[0] === ">" && question[2] > 0 && COUNTS.test(question[1]);
}

/** What a label is called decides nothing. */
function isAboutLabels(question: Predicate): boolean {
  const path = question[1];
  return typeof path === "string" && path.endsWith("id2label") && ["any", "@", "@="].includes(question[0]);
}

/** Which activation a model has decides nothing that is stored, but for those that have weights or gates. */
function isAboutActivation(question: Predicate): boolean {
  const [, path, word] = question;
  return (
    question[0] === "==" &&
    typeof word === "string" &&
    /(act|activation)(_fn|_function)?$/.test(String(path)) &&
    !/glu|prelu|xielu/.test(word)
  );
}

/** Frequencies of the width of a head: of how many samples had, where a switch alone stores them. */
function isFixedFrequency({ pattern, shape }: DerivedRow): boolean {
  return pattern.endsWith("inv_freq") && typeof shape[0] === "number";
}

/** A stride as often as the samples had convolutions: how many there are follows from another key. */
function isFoldedStride(formula: Formula): boolean {
  return /\["\*\*",\["k","[\w.]*stride"\],\d/.test(JSON.stringify(formula));
}

function isPeriodInStages(question: Predicate, { counts }: DerivedRow, lengths: Derived["lengths"]): boolean {
  if (question[0] !== "i%") return false;
  const count = counts[question[1]];
  return Array.isArray(count) && count[0] === "L" && lengths[count[1]] === undefined;
}

/** `embedding.0.weight` where a switch makes a list of `embedding.weight`: samples had lists of one member. */
function isFirstOfList({ pattern }: DerivedRow, rows: readonly DerivedRow[]): boolean {
  const segments = pattern.split(".");
  const at = segments.indexOf("0");
  if (at < 0) return false;
  const alone = segments.toSpliced(at, 1).join(".");
  return rows.some((other) => other.pattern === alone);
}

function mixesMembers(formula: Formula): boolean {
  const members = membersOf(formula);
  return (
    members.some((member) => typeof member === "number") &&
    members.some((member) => typeof member !== "number" && member[0] !== "z")
  );
}

function membersOf(formula: Formula): Member[] {
  if (typeof formula === "number") return [];
  switch (formula[0]) {
    case "e":
      return [formula[2]];
    case "k":
    case "L":
    case "S":
    case "i":
      return [];
    default:
      return formula.slice(1).flatMap((part) => membersOf(part as Formula));
  }
}

/** Keys of a head's width that a class takes where they are set, and else divides a width by the number of heads. */
function widthsOfHeads(rows: readonly DerivedRow[]): string[] {
  const found = new Set<string>();
  for (const [question] of rows.flatMap(({ when }) => when.flat()))
    if (question[0] === "==" && question[2] === null && question[1].endsWith("head_dim"))
      found.add(question[1]);
  return [...found];
}

/** Whether a row divides by the number of heads whatever the key of a head's width says. */
function dividesInsteadOf({ when, shape }: DerivedRow, width: string): boolean {
  const scope = width.slice(0, width.lastIndexOf(".") + 1);
  const asks = when.flat().some(([question]) => question[1] === width);
  const heads = new RegExp(
    `\\["//",\\["k","${scope.replaceAll(".", "\\.")}\\w+"\\],\\["k","${scope.replaceAll(".", "\\.")}\\w*heads"`,
  );
  return !asks && heads.test(JSON.stringify(shape));
}

/**
 * Patterns of members that samples had too few of: where a name has a number and is stored if a key is greater than another
 * number, the next may be stored if the key is greater still.
 */
export function openPatterns(rows: readonly DerivedRow[]): string[] {
  const open = rows.filter(
    ({ pattern, when }) =>
      NUMBERED.test(pattern) &&
      when.flat().some(([question]) => question[0] === ">" && question[2] > 0 && COUNTS.test(question[1])),
  );
  return [...new Set(open.map(({ pattern }) => foldAllNumbers(pattern)))];
}

/** A member's number by itself, or behind a word: `layers.3`, `block_4`, `weight_ih_l2`. */
const NUMBERED = /(?:^|\.|_|_l)\d+(?=\.|$)/;

/** A name or pattern with every number as an index, those behind a word too. */
export function foldAllNumbers(pattern: string): string {
  let variable = 0;
  return pattern
    .split(".")
    .map((segment) => segment.replace(/(?<=^|_|_l)\d+$|\{\d+\}$/, () => `{${variable++}}`))
    .join(".");
}

/** Whether two numbers are held against each other that no code compares. */
export function isOfUnlikeSorts(question: Predicate): boolean {
  if (question[0] !== "=k") return false;
  return sortOf(question[1]) === -1 || sortOf(question[1]) !== sortOf(question[2]);
}

/** Sorts of numbers that code compares with their like: widths, heads, layers. */
const SORTS: readonly RegExp[] = [
  /(size|dim|dims|channels|width|embed|d_model|rank|features?|hidden|d_ff)$/,
  /(heads?|groups)$/,
  /(layers?|depth|blocks)$/,
];

function sortOf(path: string): number {
  return SORTS.findIndex((sort) => sort.test(path));
}
