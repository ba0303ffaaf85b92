import { displayWidth, fitWidth } from "../../format/display-width.ts";
import { escapeForTerminal } from "../../format/escape.ts";
import { escapeCells, formatRow, GAP, layOutColumns } from "./columns.ts";
import type { Outline, OutlineRow, Span } from "./document.ts";
import { tableWidthOf, type View } from "./view.ts";

const UNICODE_RAILS = { branch: "├─ ", last: "└─ ", pass: "│  ", blank: "   " };
const ASCII_RAILS = { branch: "|- ", last: "`- ", pass: "|  ", blank: "   " };

/** Share of the width that the tree may take from its columns. */
const MAX_TREE_SHARE = 0.8;

/** A tree with its columns, as lines that keep to the view's width. Made for long trees: no table library. */
export function* renderOutline(block: Outline, view: View): Generator<string> {
  if (block.rows.length === 0) return;
  const tableWidth = tableWidthOf(view);
  const rails = view.unicode ? UNICODE_RAILS : ASCII_RAILS;
  const wanted = block.rows.reduce((most, row) => Math.max(most, rowWidth(row)), 0);
  const room = Math.max(20, Math.min(wanted, Math.floor(tableWidth * MAX_TREE_SHARE)));
  const columns = layOutColumns(
    block.columns,
    block.rows.map((row) => row.cells),
    tableWidth - room - GAP.length,
  );
  const taken = columns.kept.reduce((sum, k) => sum + (columns.widths[k] as number) + GAP.length, 0);
  const treeWidth = Math.max(20, Math.min(wanted, tableWidth - taken));
  const muted = block.columns.map((column) => ({ ...column, meaning: "muted" as const }));
  if (columns.kept.length > 0 && block.columns.some((column) => column.title !== "")) {
    const heads = formatRow(muted, columns, escapeCells(block.columns.map((column) => column.title)), view);
    yield `${" ".repeat(treeWidth)}${GAP}${heads}`;
  }
  for (const row of block.rows) {
    const prefix = row.last
      .map((last, depth) => railFor(rails, last, depth === row.last.length - 1))
      .join("");
    const label = fitSpans(row.label, Math.max(8, treeWidth - displayWidth(prefix)), view);
    const cells = formatRow(block.columns, columns, escapeCells(row.cells), view);
    yield `${view.style.muted(prefix)}${label}${GAP}${cells}`.replace(/ +$/, "");
  }
}

function railFor(rails: typeof UNICODE_RAILS, last: boolean, own: boolean): string {
  if (own) return last ? rails.last : rails.branch;
  return last ? rails.blank : rails.pass;
}

function rowWidth(row: OutlineRow): number {
  return (
    3 * row.last.length + row.label.reduce((sum, span) => sum + displayWidth(escapeForTerminal(span.text)), 0)
  );
}

/** The spans of a label in exactly `width` columns; a name that alone is too long is cut in its middle. */
function fitSpans(spans: readonly Span[], width: number, view: View): string {
  const texts = spans.map((span) => escapeForTerminal(span.text));
  const total = texts.reduce((sum, text) => sum + displayWidth(text), 0);
  const paint = (place: number, text: string) => view.style[spans[place]?.meaning ?? "plain"](text);
  if (total <= width)
    return texts.map((text, place) => paint(place, text)).join("") + " ".repeat(width - total);
  let room = width - 1; // for the mark that something was cut
  const parts: string[] = [];
  for (const [place, text] of texts.entries()) {
    const shown = place === 0 ? fitWidth(text, room) : cutEnd(text, room);
    parts.push(paint(place, shown));
    room -= displayWidth(shown);
    if (shown !== text) break;
  }
  return `${parts.join("")}…${" ".repeat(Math.max(0, room))}`;
}

function cutEnd(text: string, width: number): string {
  let cut = text;
  while (displayWidth(cut) > width) cut = cut.slice(0, -1);
  return cut;
}
