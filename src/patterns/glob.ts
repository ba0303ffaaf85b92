import { Matcher } from "./matcher.ts";
import type { Sequence } from "./pieces.ts";
import { parseRegex } from "./regex.ts";
import { StepBudget } from "./step-budget.ts";

/**
 * A shell glob that must match the whole text: `*` is any text, dots and slashes included, `?` one character, `[ab]`,
 * `[a-c]` and `[!ab]` one of a class. `{a,b}` is either where `hasChoices` is set, else what it spells: Python's
 * fnmatch, which quantizers use, does not know it. Undefined for a glob beyond the limits of patterns.
 */
export function parseGlob(glob: string, hasChoices: boolean): readonly Sequence[] | undefined {
  return parseRegex(new Translator(glob, hasChoices).translate());
}

/** Places and members of sets that are kept between texts, before a matcher starts afresh; some 20 MB. */
const MAX_KEPT = 2_000_000;

/** A glob with choices as a function on texts, in time proportional to them; undefined beyond the limits of patterns. */
export function compileGlob(glob: string): ((text: string) => boolean) | undefined {
  const sequences = parseGlob(glob, true);
  if (sequences === undefined) return undefined;
  let matcher = matcherOf(sequences);
  return (text) => {
    if (matcher.keptSize > MAX_KEPT) matcher = matcherOf(sequences);
    const place = matcher.read(text, matcher.start);
    return place !== undefined && matcher.matchesAny(place);
  };
}

function matcherOf(sequences: readonly Sequence[]): Matcher {
  const matcher = new Matcher(new StepBudget(Number.POSITIVE_INFINITY));
  for (const sequence of sequences) matcher.add(sequence, 0, false);
  matcher.close();
  return matcher;
}

/** Writes a glob as a regular expression, front to back. */
class Translator {
  private readonly glob: string;
  private readonly choices: ReadonlyMap<number, string>;

  constructor(glob: string, hasChoices: boolean) {
    this.glob = glob;
    this.choices = hasChoices ? findChoices(glob) : new Map();
  }

  translate(): string {
    let regex = "";
    for (let at = 0; at < this.glob.length; at++) {
      const char = this.glob[at] as string;
      const choice = this.choices.get(at);
      const end = char === "[" ? classEnd(this.glob, at) : -1;
      if (choice !== undefined) regex += choice;
      else if (char === "*") regex += regex.endsWith(".*") ? "" : ".*";
      else if (char === "?") regex += ".";
      else if (end < 0) regex += escapeCharacter(char);
      else {
        regex += classRegex(this.glob.slice(at + 1, end));
        at = end;
      }
    }
    return regex;
  }
}

/** Where a class ends, -1 for a bracket that opens none. A bracket right at its start is a member. */
export function classEnd(glob: string, at: number): number {
  const isNegated = glob[at + 1] === "!" || glob[at + 1] === "^";
  return glob.indexOf("]", at + (isNegated ? 3 : 2));
}

function classRegex(members: string): string {
  const isNegated = /^[!^]/.test(members);
  const escaped = members.slice(isNegated ? 1 : 0).replace(/[\\\]^]/g, "\\$&");
  return `[${isNegated ? "^" : ""}${escaped}]`;
}

function escapeCharacter(char: string): string {
  return /[\w\s]/.test(char) ? char : `\\${char}`;
}

/** What braces and commas of choices are in a regular expression, by their places. Braces without a comma are text. */
export function findChoices(glob: string): Map<number, string> {
  const found = new Map<number, string>();
  const open: number[][] = [];
  for (let at = 0; at < glob.length; at++) {
    const char = glob[at];
    if (char === "{") open.push([at]);
    else if (char === ",") open.at(-1)?.push(at);
    else if (char === "}") {
      const [first, ...commas] = open.pop() ?? [];
      if (first === undefined || commas.length === 0) continue;
      found.set(first, "(?:").set(at, ")");
      for (const comma of commas) found.set(comma, "|");
    }
  }
  return found;
}
