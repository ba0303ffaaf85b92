import { cutWidth, displayWidth } from "../../format/display-width.ts";
import type { ShownSpan } from "./line.ts";

/** Where a line may be broken: not before a unit or a share, not inside a shape, not beside a sign of times. */
const BLANKS = /(?<![×<>]) +(?!(?:(?:[kMGTPE]?B|bytes?)\b|%|×|(?:[<>] )?\d+(?:\.\d+)? %))(?![^[\]]{0,40}\])/g;

/** Where a name that is wider than a line is best broken: behind these, the first kind before the second. */
const JOINTS = [/[./]/g, /[_,:;=\-}\])]/g] as const;

/**
 * Breaks a line at blanks so that it keeps to a width, all but the first part set in; a word that is wider is broken at
 * its joints: nothing of a line is lost.
 */
export function wrapSpans(spans: readonly ShownSpan[], width: number, indent: string): ShownSpan[][] {
  const text = spans.map((span) => span.text).join("");
  if (displayWidth(text) <= width) return [[...spans]];
  return breakLine(text, width, indent.length).map(([from, to], line) => [
    ...(line === 0 || indent === "" ? [] : [{ text: indent, meaning: "plain" as const }]),
    ...sliceSpans(spans, from, to),
  ]);
}

/** What stands between the pieces of a phrase. */
const SEPARATOR = " · ";

/** A phrase of pieces in lines: broken between them, where the line's end takes the separator's place, and within one only where it alone is wider. */
export function packPieces(phrase: string, width: number, indent: string): string[] {
  const lines: string[] = [];
  for (const piece of phrase.split(SEPARATOR)) {
    const last = lines.at(-1);
    const joined = last === undefined ? piece : last + SEPARATOR + piece;
    if (last !== undefined && displayWidth(joined) <= width) lines[lines.length - 1] = joined;
    else lines.push(last === undefined ? piece : indent + piece);
  }
  return lines;
}

type Range = readonly [from: number, to: number];

function breakLine(text: string, width: number, indent: number): Range[] {
  const lines: Range[] = [];
  let from = 0;
  let to = 0;
  let taken = 0;
  const room = () => Math.max(1, lines.length === 0 ? width : width - indent);
  for (const [start, end] of wordsOf(text)) {
    const columns = displayWidth(text.slice(start, end));
    const gap = start - to;
    if (taken > 0 && text.slice(from, to).trim() !== "" && taken + gap + columns > room()) {
      lines.push([from, from + text.slice(from, to).trimEnd().length]);
      from = start;
      taken = 0;
    } else taken += gap;
    to = end;
    taken += columns;
    while (taken > room()) {
      const cut = from + cutAt(text.slice(from, to), room());
      lines.push([from, cut]);
      from = cut;
      taken = displayWidth(text.slice(from, to));
    }
  }
  return [...lines, [from, to]];
}

/** Words from blank to blank, blanks at the start of the line with the first. */
function* wordsOf(text: string): Generator<Range> {
  let start = 0;
  for (const { 0: blanks, index } of text.matchAll(BLANKS)) {
    yield [start, index];
    start = index + blanks.length;
  }
  yield [start, text.length];
}

/** Where to break a text that is too wide: behind the last joint in its later half, else where the width ends. */
function cutAt(text: string, width: number): number {
  const head = cutWidth(text, width);
  for (const joints of JOINTS) {
    const joint = [...head.matchAll(joints)].at(-1);
    if (joint !== undefined && joint.index + 1 > head.length / 2) return joint.index + 1;
  }
  // A character wider than the line stands alone.
  return Math.max(1, head.length);
}

function sliceSpans(spans: readonly ShownSpan[], from: number, to: number): ShownSpan[] {
  const sliced: ShownSpan[] = [];
  let at = 0;
  for (const { text, meaning, link } of spans) {
    const part = text.slice(Math.max(0, from - at), Math.max(0, to - at));
    if (part !== "") sliced.push({ text: part, meaning, ...(link === undefined ? {} : { link }) });
    at += text.length;
  }
  return sliced;
}
