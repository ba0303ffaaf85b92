import { displayWidth } from "../../format/display-width.ts";
import { GAP, layOutColumns, showCells } from "./columns.ts";
import type { Column, Table } from "./document.ts";
import { showText } from "./line.ts";
import type { View } from "./view.ts";

/** Columns of a bar that stands for all: longer ones tell no more. */
const MAX_WIDTH = 30;
/** Columns below which bars are all alike. */
const MIN_WIDTH = 6;

/** A column filled from its left by so many eighths, none to eight. */
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"] as const;

/** A share as a bar; something that is there never shows as nothing. */
export function drawBar(share: number, width: number): string {
  if (!(share > 0)) return "";
  const eighths = Math.max(1, Math.round(Math.min(share, 1) * width * 8));
  return `${"█".repeat(Math.floor(eighths / 8))}${EIGHTHS[eighths % 8]}`;
}

/** Cells as they are seen, with shares drawn as bars where the other columns leave room for them. */
export function drawBars(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
  view: View,
): { readonly columns: readonly Column[]; readonly rows: string[][] } {
  const shown = rows.map((row) => showCells(row, view));
  const at = columns.findIndex(({ isBar }) => isBar === true);
  if (at < 0) return { columns, rows: shown };
  const room = Math.min(MAX_WIDTH, width - widthOfOthers(columns, shown, at));
  if (room < MIN_WIDTH) return withoutRoom(columns, shown, at, width, view);
  const draw = (share: string) => showText(drawBar(Number(share), room), view.unicode);
  return { columns, rows: shown.map((row) => row.map((cell, k) => (k === at ? draw(cell) : cell))) };
}

/** Without bars where the other columns fit; where one of them has to go, its room is that of the bars. */
function withoutRoom(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  at: number,
  width: number,
  view: View,
): { readonly columns: readonly Column[]; readonly rows: string[][] } {
  const bare = without(columns, rows, at);
  const { kept } = layOutColumns(bare.columns, bare.rows, width);
  if (kept.length === bare.columns.length) return bare;
  // Where each of the columns that stay was, the bars among them.
  const places = [...kept.map((k) => (k < at ? k : k + 1)), at].sort((a, b) => a - b);
  const keep = <Item>(list: readonly Item[]) => places.map((place) => list[place] as Item);
  const narrower = keep(columns);
  const room = width - widthOfOthers(narrower, rows.map(keep), places.indexOf(at));
  if (room < MIN_WIDTH) return bare;
  return drawBars(narrower, rows.map(keep), width, view);
}

/** A table for readers that see no bars. */
export function withoutBars(table: Table): Table {
  const at = table.columns.findIndex(({ isBar }) => isBar === true);
  return at < 0 ? table : { kind: "table", ...without(table.columns, table.rows, at) };
}

function without(columns: readonly Column[], rows: readonly (readonly string[])[], at: number) {
  const others = <Item>(list: readonly Item[]) => list.filter((_, k) => k !== at);
  return { columns: others(columns), rows: rows.map(others) };
}

function widthOfOthers(columns: readonly Column[], rows: readonly (readonly string[])[], at: number): number {
  const widths = columns.map(({ title }, k) =>
    k === at
      ? 0
      : rows.reduce((most, row) => Math.max(most, displayWidth(row[k] ?? "")), displayWidth(title)),
  );
  return widths.reduce((sum, each) => sum + each, GAP.length * (columns.length - 1));
}
