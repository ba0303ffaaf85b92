import { cutWidth, displayWidth, fitWidth } from "../../format/display-width.ts";
import { formatRow, GAP, layOutColumns, MAX_ALIGNED_WIDTH, showCells, trimBlanks } from "./columns.ts";
import type { Outline, OutlineRow } from "./document.ts";
import { cutMark, paintSpans, type ShownSpan, showSpans, showText } from "./line.ts";
import { tableWidthOf, type View } from "./view.ts";
import { wrapSpans } from "./wrap.ts";

const UNICODE_RAILS = { branch: "├─ ", last: "└─ ", pass: "│  ", blank: "   " };
const ASCII_RAILS = { branch: "|- ", last: "`- ", pass: "|  ", blank: "   " };

/** Columns of a tree below which its columns go: names behind a few rails. */
const MIN_TREE_WIDTH = 28;
/** Share of the width that the tree takes before a column may stay. */
const MIN_TREE_SHARE = 0.66;
/** Share of the width that the lines before a row may take: deeper rows show the nearest. */
const MAX_RAILS_SHARE = 0.5;

/** Said below a tree of which pieces were left out. */
const SHORTENED = "shortened to the width: --width COLUMNS shows all";

/** A tree with its columns, as lines that keep to the view's width. Made for long trees: no table library. */
export function* renderOutline(block: Outline, view: View): Generator<string> {
  if (block.rows.length === 0) return;
  const tableWidth = tableWidthOf(view);
  const rails = view.unicode ? UNICODE_RAILS : ASCII_RAILS;
  const rows = block.rows.map((row) => showRow(row, railsOf(row, rails, view), view));
  const isCut = Number.isFinite(tableWidth);
  const widest = rows.reduce((most, row) => (row.isNote ? most : Math.max(most, rowWidth(row))), 0);
  // A module of 3,000 tensors with long names is one row: where nothing is cut, it pads no other.
  const wanted = isCut ? widest : Math.min(widest, MAX_ALIGNED_WIDTH);
  const least = Math.min(Math.max(MIN_TREE_WIDTH, Math.floor(tableWidth * MIN_TREE_SHARE)), tableWidth);
  const room = Math.min(wanted, least);
  const columns = layOutColumns(
    block.columns,
    rows.flatMap((row) => (row.isNote ? [] : [row.cells])),
    tableWidth - room - GAP.length,
  );
  const taken = columns.kept.reduce((sum, k) => sum + (columns.widths[k] as number) + GAP.length, 0);
  const treeWidth = Math.min(wanted, tableWidth - taken);
  const titles = showCells(
    block.columns.map((column) => column.title),
    view,
  );
  const muted = block.columns.map((column) => ({ ...column, meaning: "muted" as const }));
  if (columns.kept.length > 0 && block.columns.some((column) => column.title !== ""))
    yield `${" ".repeat(treeWidth)}${GAP}${formatRow(muted, columns, titles, view)}`;
  let isShortened = block.columns.some(({ title }, k) => title !== "" && !columns.kept.includes(k));
  for (const { rails: prefix, label, cells, isNote } of rows) {
    if (isNote) {
      yield* noteLines(prefix, label, tableWidth, view);
      continue;
    }
    const fitted = fitSpans(label, Math.max(0, treeWidth - displayWidth(prefix)), isCut, view);
    isShortened ||= fitted.isShortened;
    const row = formatRow(block.columns, columns, cells, view);
    yield trimBlanks(`${view.style.muted(prefix)}${fitted.text}${GAP}${row}`);
  }
  if (isShortened && isCut)
    for (const line of wrapSpans([{ text: SHORTENED, meaning: "muted" }], tableWidth, ""))
      yield paintSpans(line, view.style);
}

/** A remark below its row, broken where it is wide. */
function* noteLines(
  prefix: string,
  label: readonly ShownSpan[],
  width: number,
  view: View,
): Generator<string> {
  const room = Math.max(1, width - displayWidth(prefix));
  for (const line of wrapSpans(label, room, ""))
    yield `${view.style.muted(prefix)}${paintSpans(line, view.style)}`;
}

/** A row as it will be seen, before it is fitted. */
interface ShownRow {
  readonly rails: string;
  readonly label: readonly ShownSpan[];
  readonly cells: readonly string[];
  readonly isNote: boolean;
}

function showRow({ label, cells, isNote = false }: OutlineRow, rails: string, view: View): ShownRow {
  return { rails, label: showSpans(label, view.unicode), cells: showCells(cells, view), isNote };
}

/** The lines before a row; of a deep one those nearest to it, so that they never take more than their share. */
function railsOf({ last, isNote = false }: OutlineRow, rails: typeof UNICODE_RAILS, view: View): string {
  const shown = Math.floor((view.width * MAX_RAILS_SHARE) / rails.blank.length);
  const nearest = last.slice(-Math.max(1, shown));
  const lines = nearest.map((each, depth) => railFor(rails, each, !isNote && depth === nearest.length - 1));
  return `${lines.join("")}${isNote ? showText("↳ ", view.unicode) : ""}`;
}

function railFor(rails: typeof UNICODE_RAILS, last: boolean, own: boolean): string {
  if (own) return last ? rails.last : rails.branch;
  return last ? rails.blank : rails.pass;
}

function rowWidth({ rails, label }: ShownRow): number {
  return label.reduce((sum, { text }) => sum + displayWidth(text), displayWidth(rails));
}

interface FittedLabel {
  readonly text: string;
  readonly isShortened: boolean;
}

/**
 * The spans of a label in exactly `width` columns. Where they are wider, pieces that may go do, in their order; then the
 * rest is cut, a name that alone is too long in its middle.
 */
function fitSpans(spans: readonly ShownSpan[], width: number, isCut: boolean, view: View): FittedLabel {
  const all = spans.reduce((sum, { text }) => sum + displayWidth(text), 0);
  if (all <= width || !isCut)
    return { text: paintSpans(spans, view.style) + " ".repeat(Math.max(0, width - all)), isShortened: false };
  const kept = dropSpans(spans, width);
  const total = kept.reduce((sum, { text }) => sum + displayWidth(text), 0);
  if (total <= width)
    return { text: paintSpans(kept, view.style) + " ".repeat(width - total), isShortened: true };
  const mark = cutMark(view).slice(0, width);
  let room = width - mark.length;
  const shown: ShownSpan[] = [];
  for (const [place, { text, meaning }] of kept.entries()) {
    const fitted = place === 0 ? fitWidth(text, room, cutMark(view)) : cutWidth(text, room);
    shown.push({ text: fitted, meaning });
    room -= displayWidth(fitted);
    if (fitted !== text) break;
  }
  return {
    text: `${paintSpans(shown, view.style)}${mark}${" ".repeat(Math.max(0, room))}`,
    isShortened: true,
  };
}

/** Without the pieces that may go, those with the highest number first, until the rest fits. */
function dropSpans(spans: readonly ShownSpan[], width: number): readonly ShownSpan[] {
  let kept = spans;
  const levels = [...new Set(spans.flatMap(({ dropAt }) => dropAt ?? []))].sort((a, b) => b - a);
  for (const level of levels) {
    if (kept.reduce((sum, { text }) => sum + displayWidth(text), 0) <= width) return kept;
    kept = kept.filter(({ dropAt }) => dropAt !== level);
  }
  return kept;
}
