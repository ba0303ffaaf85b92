import { displayWidth, fitWidth, padEndWidth } from "../../format/display-width.ts";
import { escapeForTerminal } from "../../format/escape.ts";
import { formatRow, GAP, layOutColumns } from "./columns.ts";
import type { Outline, OutlineRow, Span } from "./document.ts";
import type { View } from "./view.ts";

const UNICODE_RAILS = { branch: "├─ ", last: "└─ ", pass: "│  ", blank: "   " };
const ASCII_RAILS = { branch: "|- ", last: "`- ", pass: "|  ", blank: "   " };

/** Share of the width that the tree may take from its columns. */
const MAX_TREE_SHARE = 0.8;

/** A tree with its columns, as lines that keep to the view's width. Made for long trees: no table library. */
export function* renderOutline(block: Outline, view: View): Generator<string> {
  const rails = view.unicode ? UNICODE_RAILS : ASCII_RAILS;
  const wanted = block.rows.reduce((most, row) => Math.max(most, rowWidth(row)), 0);
  const room = Math.max(20, Math.min(wanted, Math.floor(view.width * MAX_TREE_SHARE)));
  const columns = layOutColumns(
    block.columns,
    block.rows.map((row) => row.cells),
    view.width - room - GAP.length,
  );
  const taken = columns.kept.reduce((sum, k) => sum + (columns.widths[k] as number) + GAP.length, 0);
  const treeWidth = Math.max(20, Math.min(wanted, view.width - taken));
  const muted = block.columns.map((column) => ({ ...column, meaning: "muted" as const }));
  if (columns.kept.length > 0 && block.columns.some((column) => column.title !== "")) {
    const heads = formatRow(
      muted,
      columns,
      block.columns.map((column) => column.title),
      view,
    );
    yield `${" ".repeat(treeWidth)}${GAP}${heads}`;
  }
  for (const row of block.rows) {
    const prefix = row.last
      .map((last, depth) => railFor(rails, last, depth === row.last.length - 1))
      .join("");
    const label = fitSpans(row.label, Math.max(8, treeWidth - displayWidth(prefix)), view);
    const cells = formatRow(block.columns, columns, row.cells.map(escapeForTerminal), view);
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

/** The spans of a label in exactly `width` columns: what does not fit is cut from the longest-winded end. */
function fitSpans(spans: readonly Span[], width: number, view: View): string {
  let room = width;
  const parts: string[] = [];
  for (const [place, span] of spans.entries()) {
    const text = escapeForTerminal(span.text);
    const shown = displayWidth(text) <= room ? text : place === 0 ? fitWidth(text, room) : cutEnd(text, room);
    parts.push(view.style[span.meaning ?? "plain"](shown));
    room -= displayWidth(shown);
  }
  return parts.join("") + " ".repeat(Math.max(0, room));
}

function cutEnd(text: string, width: number): string {
  if (width <= 0) return "";
  let cut = text;
  while (displayWidth(cut) > width - 1) cut = cut.slice(0, -1);
  return padEndWidth(`${cut}…`, 0);
}
