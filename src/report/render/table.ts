import Table from "cli-table3";
import { fitWidth } from "../../format/display-width.ts";
import { drawBars } from "./bar.ts";
import { type ColumnLayout, formatRow, GAP, layOutColumns, showCells, trimBlanks } from "./columns.ts";
import type { Column, Table as TableBlock } from "./document.ts";
import { cutMark } from "./line.ts";
import { tableWidthOf, type View } from "./view.ts";

/**
 * Rows up to which cli-table3 is used, on a screen: its time grows with the square of their number (1,000 rows take
 * 0.5 s), and with the width of cells that are not cut.
 */
const MAX_LIBRARY_ROWS = 200;

/** No frame, one rule below the heads: the figures are what people came for. */
const FRAMELESS = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  right: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  "right-mid": "",
  middle: GAP,
};

/** A table as lines that keep to the view's width. */
export function renderTable(block: TableBlock, view: View): string[] {
  const { columns, rows } = drawBars(block.columns, block.rows, tableWidthOf(view), view);
  const layout = layOutColumns(columns, rows, tableWidthOf(view));
  const head = formatRow(
    asMuted(columns),
    layout,
    showCells(
      columns.map((column) => column.title),
      view,
    ),
    view,
  );
  const body =
    rows.length <= MAX_LIBRARY_ROWS && Number.isFinite(tableWidthOf(view))
      ? withLibrary(columns, layout, rows, view)
      : rows.map((row) => formatRow(columns, layout, row, view));
  return [head, ...body];
}

function withLibrary(
  columns: readonly Column[],
  layout: ColumnLayout,
  rows: readonly (readonly string[])[],
  view: View,
): string[] {
  if (rows.length === 0) return [];
  const table = new Table({
    chars: FRAMELESS,
    colAligns: layout.kept.map((k) => columns[k]?.align ?? "left"),
    colWidths: layout.kept.map((k) => layout.widths[k] as number),
    // Its own colours go into pipes too; ours are applied to the cells.
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0, compact: true },
  });
  for (const row of rows) {
    table.push(
      layout.kept.map((k) =>
        view.style[columns[k]?.meaning ?? "plain"](
          fitWidth(row[k] ?? "", layout.widths[k] as number, cutMark(view)),
        ),
      ),
    );
  }
  return table.toString().split("\n").map(trimBlanks);
}

function asMuted(columns: readonly Column[]): Column[] {
  return columns.map((column) => ({ ...column, meaning: "muted" }));
}
