import { formatCount } from "../../format/count.ts";
import type { WordsOf } from "../words-of.ts";
import type { PinData, PinsData } from "./data.ts";

export const PIN_WORDS: WordsOf<PinsData> = {
  "pin.unlike": (data) => {
    const { formula, line, expected, stored } = data;
    const where = line === null ? "" : `, line ${line}`;
    return {
      subject: subjectOf(data),
      expected: `${tell(data, expected)} (${spell(formula)}${where})`,
      found: tell(data, stored),
      fix: fixFor(data),
    };
  },
};

/** A formula of the table as people write it; what a key is where it is left out is not theirs. */
function spell(formula: string): string {
  return formula
    .replace(/^given\((.*)\)$/, "$1")
    .replace(/=\w+/g, "")
    .replaceAll("**", "^")
    .replaceAll("*", " × ")
    .replaceAll("/", " ÷ ");
}

function subjectOf({ about, path, axis }: PinData): string {
  switch (about) {
    case "side":
      return `side ${axis} of ${path}`;
    case "members":
      return `members of ${path}`;
    case "presence":
      return path;
    default:
      return about satisfies never;
  }
}

function tell({ about }: PinData, value: number): string {
  if (about !== "presence") return formatCount(value);
  return value === 0 ? "not stored" : "stored";
}

/** One key alone is told what it should be; of several the headers do not say which. */
function fixFor({ about, formula, stored, className, line }: PinData): string {
  const again = `or export again, as ${className} has it.`;
  const isKey = /^[\w.]+$/.test(formula);
  if (about === "presence" || !isKey) return `Correct what \`config.json\` says of it, ${again}`;
  return `Set \`${formula}\` to ${formatCount(stored)} in \`config.json\`${line === null ? "" : ` (line ${line})`}, ${again}`;
}
