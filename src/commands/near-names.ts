import { formatCount } from "../format/count.ts";
import { quoteForMessage } from "../format/escape.ts";
import { findNearest } from "../format/nearest.ts";
import { formatIndexRanges } from "../format/ranges.ts";

/** Words between dots that are kept in mind of names that were not meant; published checkpoints have some thousand. */
const MAX_WORDS = 20_000;

/** Numbers told one by one, as ranges: more than these are of no help. */
const MAX_NUMBER_CHARACTERS = 60;

/** The words of names that nobody asked for, to tell which of them is most like what was typed. */
export class NamesSeen {
  private readonly words = new Set<string>();

  add(name: string): void {
    if (this.words.size >= MAX_WORDS) return;
    for (const word of name.split(".")) this.words.add(word);
  }

  /** What no name has of a path or a pattern, and what is nearest to it; "" where every word of it is in some name. */
  nearTo(typed: string): string {
    const words = typed.split(/[^\w-]+/).filter((word) => word !== "");
    const strange = words.find((word) => !this.has(word));
    if (strange === undefined) return "";
    const none = `No name has ${quoteForMessage(strange)}`;
    if (/^\d+$/.test(strange)) {
      const numbers = formatIndexRanges(this.numbers());
      return numbers === "" || numbers.length > MAX_NUMBER_CHARACTERS
        ? `${none}.`
        : `${none}; numbers in names: ${numbers}.`;
    }
    const near = findNearest(strange, [...this.words]);
    return near === undefined ? `${none}.` : `${none}; the nearest is ${quoteForMessage(near)}.`;
  }

  /** A number is a word by itself, another text may be a part of one. */
  private has(typed: string): boolean {
    if (this.words.has(typed)) return true;
    if (/^\d+$/.test(typed)) return false;
    for (const word of this.words) if (word.includes(typed)) return true;
    return false;
  }

  private numbers(): number[] {
    const numbers = [...this.words].filter((word) => /^(?:0|[1-9]\d{0,8})$/.test(word));
    return numbers.map(Number).sort((a, b) => a - b);
  }
}

/** How many would match if the pattern were meant as a part of the name; "" where none would. */
export function looserWords(glob: string, matching: number, things: string): string {
  if (matching === 0) return "";
  const are = matching === 1 ? "matches" : "match";
  return `A pattern is held against the whole name: ${quoteForMessage(looser(glob))} would; ${formatCount(matching)} ${things} ${are} it.`;
}

/** The same pattern with anything before and behind it. */
export function looser(glob: string): string {
  return `*${glob}*`.replace(/^\*\*/, "*").replace(/\*\*$/, "*");
}
