import { displayWidth, fitWidth, padEndWidth, padStartWidth } from "../../format/display-width.ts";
import type { Column } from "./document.ts";
import { cutMark, showText } from "./line.ts";
import { tableWidthOf, type View } from "./view.ts";

/** Share of its natural width that a flexible column keeps before another column goes instead. */
const MIN_FLEXIBLE_SHARE = 0.75;

/** Columns of a flexible one that are never taken from it while another can go: `attention` cut to `att…ion` is no word. */
const MIN_FLEXIBLE_WIDTH = 20;

/** Columns of a text that tell it from its neighbours. */
const MIN_READABLE_WIDTH = 8;

/** Columns of a text below which it is bare ellipsis. */
const MIN_TEXT_WIDTH = 4;

/** Columns up to which rows are aligned where nothing is cut; real names have some hundred. */
export const MAX_ALIGNED_WIDTH = 200;

/** Blanks between columns. */
export const GAP = "  ";

/** Columns that fit, with their widths. */
export interface ColumnLayout {
  /** Positions of the columns that stay. */
  readonly kept: readonly number[];
  readonly widths: readonly number[];
}

/**
 * Chooses columns and widths for a table: natural widths where they fit; else the flexible column shrinks, then the
 * least useful columns go, one by one; at last the widest columns of text shrink, as a row without its name says nothing.
 */
export function layOutColumns(
  columns: readonly Column[],
  rows: Iterable<readonly string[]>,
  width: number,
): ColumnLayout {
  const natural = columns.map((column) => displayWidth(column.title));
  // Where nothing is cut, one very long name stands out of its row, and does not pad all the others.
  const most = Number.isFinite(width) ? Number.POSITIVE_INFINITY : MAX_ALIGNED_WIDTH;
  for (const row of rows) {
    for (let k = 0; k < natural.length; k++)
      natural[k] = Math.max(natural[k] as number, Math.min(most, displayWidth(row[k] ?? "")));
  }
  let kept = columns.map((_, k) => k);
  for (;;) {
    const total = kept.reduce((sum, k) => sum + (natural[k] as number), 0) + GAP.length * (kept.length - 1);
    const excess = total - width;
    if (excess <= 0) return { kept, widths: natural };
    const flexible = kept.find((k) => columns[k]?.flexible);
    const room = flexible === undefined ? -1 : (natural[flexible] as number) - excess;
    const droppable = kept.filter((k) => columns[k]?.dropAt !== undefined);
    const isEnough = flexible !== undefined && room >= leastWidth(natural[flexible] as number);
    const isReadable = kept.length < 2 || leastTotal(natural, columns, kept) <= width;
    if (isEnough || (droppable.length === 0 && isReadable))
      return { kept, widths: narrow(natural, columns, kept, flexible, excess) };
    const next = droppable.reduce<number | undefined>(
      (a, b) => (a !== undefined && (columns[a]?.dropAt ?? 0) >= (columns[b]?.dropAt ?? 0) ? a : b),
      undefined,
    );
    // With none left that may go, the last goes before numbers are cut and names are two letters.
    kept = kept.filter((k) => k !== (next ?? kept.at(-1)));
  }
}

/** Columns that so many take at least: numbers all of theirs, texts enough to be told apart. */
function leastTotal(natural: readonly number[], columns: readonly Column[], kept: readonly number[]): number {
  const least = kept.map((k) => {
    const width = natural[k] as number;
    return columns[k]?.align === "right" ? width : Math.min(width, MIN_READABLE_WIDTH);
  });
  return least.reduce((sum, width) => sum + width, GAP.length * (kept.length - 1));
}

/**
 * Takes the excess from the flexible column while it stays readable, then from the widest of the other texts, then from
 * all texts; from numbers last, as a number that is cut says nothing.
 */
function narrow(
  natural: readonly number[],
  columns: readonly Column[],
  kept: readonly number[],
  flexible: number | undefined,
  excess: number,
): number[] {
  const widths = natural.slice();
  const texts = kept.filter((k) => columns[k]?.align !== "right");
  let left = takeFrom(widths, flexible === undefined ? [] : [flexible], MIN_FLEXIBLE_WIDTH, excess);
  left = takeFrom(
    widths,
    texts.filter((k) => k !== flexible),
    MIN_TEXT_WIDTH,
    left,
  );
  left = takeFrom(widths, texts, MIN_TEXT_WIDTH, left);
  takeFrom(widths, kept, 1, left);
  return widths;
}

/** Takes so many columns from the widest of some, down to a least width; returns what is still too much. */
function takeFrom(widths: number[], among: readonly number[], least: number, excess: number): number {
  if (excess <= 0) return 0;
  const before = among.reduce((sum, k) => sum + (widths[k] as number), 0);
  const cappedAt = (cap: number) => among.reduce((sum, k) => sum + Math.min(widths[k] as number, cap), 0);
  // The largest cap under which enough is taken, by halves: names may be a hundred million characters wide.
  let cap = least;
  for (let high = among.reduce((most, k) => Math.max(most, widths[k] as number), least); cap < high; ) {
    const middle = Math.ceil((cap + high) / 2);
    if (before - cappedAt(middle) >= excess) cap = middle;
    else high = middle - 1;
  }
  let spare = Math.max(0, before - cappedAt(cap) - excess);
  for (const k of among.toReversed()) {
    if ((widths[k] as number) <= cap) continue;
    widths[k] = spare > 0 ? cap + 1 : cap;
    spare--;
  }
  return Math.max(0, excess - (before - among.reduce((sum, k) => sum + (widths[k] as number), 0)));
}

function leastWidth(natural: number): number {
  return Math.max(natural * MIN_FLEXIBLE_SHARE, Math.min(natural, MIN_FLEXIBLE_WIDTH));
}

/** One line of a table, escaped, fitted and coloured; without blanks at its end. */
export function formatRow(
  columns: readonly Column[],
  layout: ColumnLayout,
  cells: readonly string[],
  view: View,
): string {
  // Blanks at the end of a line are not painted either: colour would keep them there.
  const filled = layout.kept.findLastIndex((k) => (cells[k] ?? "") !== "") + 1;
  const parts = layout.kept.slice(0, filled).map((k, place) => {
    const column = columns[k] as Column;
    const width = layout.widths[k] as number;
    const text = Number.isFinite(tableWidthOf(view))
      ? fitWidth(cells[k] ?? "", width, cutMark(view))
      : (cells[k] ?? "");
    const last = place === layout.kept.length - 1;
    const padded =
      column.align === "right" ? padStartWidth(text, width) : last ? text : padEndWidth(text, width);
    return view.style[column.meaning ?? "plain"](padded);
  });
  return trimBlanks(parts.join(GAP));
}

/** Without the blanks at its end, in one walk: a pattern takes the square of a run of blanks within the line. */
export function trimBlanks(line: string): string {
  let end = line.length;
  while (line[end - 1] === " ") end--;
  return line.slice(0, end);
}

/** Cells with outside text made harmless, once, before anything is measured. */
export function showCells(cells: readonly string[], { unicode }: View): string[] {
  return cells.map((cell) => showText(cell, unicode));
}
