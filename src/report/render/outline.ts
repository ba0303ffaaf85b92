import { cutWidth, displayWidth, fitWidth } from "../../format/display-width.ts";
import { formatRow, GAP, layOutColumns, MAX_ALIGNED_WIDTH, showCells, trimBlanks } from "./columns.ts";
import type { Outline, OutlineRow } from "./document.ts";
import { cutMark, paintSpans, type ShownSpan, showSpans } from "./line.ts";
import { tableWidthOf, type View } from "./view.ts";

const UNICODE_RAILS = { branch: "├─ ", last: "└─ ", pass: "│  ", blank: "   " };
const ASCII_RAILS = { branch: "|- ", last: "`- ", pass: "|  ", blank: "   " };

/** Share of the width that the tree may take from its columns. */
const MAX_TREE_SHARE = 0.8;
/** Columns of a tree below which no name is readable; its columns go instead. */
const MIN_TREE_WIDTH = 20;
/** Share of the width that the lines before a row may take: deeper rows show the nearest. */
const MAX_RAILS_SHARE = 0.5;

/** A tree with its columns, as lines that keep to the view's width. Made for long trees: no table library. */
export function* renderOutline(block: Outline, view: View): Generator<string> {
  if (block.rows.length === 0) return;
  const tableWidth = tableWidthOf(view);
  const rails = view.unicode ? UNICODE_RAILS : ASCII_RAILS;
  const rows = block.rows.map((row) => showRow(row, railsOf(row, rails, view), view));
  const isCut = Number.isFinite(tableWidth);
  const widest = rows.reduce((most, row) => Math.max(most, rowWidth(row)), 0);
  // A module of 3,000 tensors with long names is one row: where nothing is cut, it pads no other.
  const wanted = isCut ? widest : Math.min(widest, MAX_ALIGNED_WIDTH);
  const least = Math.min(MIN_TREE_WIDTH, tableWidth);
  const room = Math.max(least, Math.min(wanted, Math.floor(tableWidth * MAX_TREE_SHARE)));
  const columns = layOutColumns(
    block.columns,
    rows.map((row) => row.cells),
    tableWidth - room - GAP.length,
  );
  const taken = columns.kept.reduce((sum, k) => sum + (columns.widths[k] as number) + GAP.length, 0);
  const treeWidth = Math.max(least, Math.min(wanted, tableWidth - taken));
  const titles = showCells(
    block.columns.map((column) => column.title),
    view,
  );
  const muted = block.columns.map((column) => ({ ...column, meaning: "muted" as const }));
  if (columns.kept.length > 0 && block.columns.some((column) => column.title !== "")) {
    const heads = formatRow(muted, columns, titles, view);
    yield `${" ".repeat(treeWidth)}${GAP}${heads}`;
  }
  for (const { rails: prefix, label, cells } of rows) {
    const fitted = fitSpans(label, Math.max(0, treeWidth - displayWidth(prefix)), isCut, view);
    const row = formatRow(block.columns, columns, cells, view);
    yield trimBlanks(`${view.style.muted(prefix)}${fitted}${GAP}${row}`);
  }
}

/** A row as it will be seen, before it is fitted. */
interface ShownRow {
  readonly rails: string;
  readonly label: readonly ShownSpan[];
  readonly cells: readonly string[];
}

function showRow({ label, cells }: OutlineRow, rails: string, view: View): ShownRow {
  return { rails, label: showSpans(label, view.unicode), cells: showCells(cells, view) };
}

/** The lines before a row; of a deep one those nearest to it, so that they never take more than their share. */
function railsOf({ last }: OutlineRow, rails: typeof UNICODE_RAILS, view: View): string {
  const shown = Math.floor((view.width * MAX_RAILS_SHARE) / rails.blank.length);
  const nearest = last.slice(-Math.max(1, shown));
  return nearest.map((each, depth) => railFor(rails, each, depth === nearest.length - 1)).join("");
}

function railFor(rails: typeof UNICODE_RAILS, last: boolean, own: boolean): string {
  if (own) return last ? rails.last : rails.branch;
  return last ? rails.blank : rails.pass;
}

function rowWidth({ rails, label }: ShownRow): number {
  return label.reduce((sum, { text }) => sum + displayWidth(text), rails.length);
}

/** The spans of a label in exactly `width` columns; a name that alone is too long is cut in its middle. */
function fitSpans(spans: readonly ShownSpan[], width: number, isCut: boolean, view: View): string {
  const total = spans.reduce((sum, { text }) => sum + displayWidth(text), 0);
  if (total <= width || !isCut) return paintSpans(spans, view.style) + " ".repeat(Math.max(0, width - total));
  const mark = cutMark(view).slice(0, width);
  let room = width - mark.length;
  const shown: ShownSpan[] = [];
  for (const [place, { text, meaning }] of spans.entries()) {
    const fitted = place === 0 ? fitWidth(text, room, cutMark(view)) : cutWidth(text, room);
    shown.push({ text: fitted, meaning });
    room -= displayWidth(fitted);
    if (fitted !== text) break;
  }
  return `${paintSpans(shown, view.style)}${mark}${" ".repeat(Math.max(0, room))}`;
}
