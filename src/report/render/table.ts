import Table from "cli-table3";
import { displayWidth, fitWidth } from "../../format/display-width.ts";
import { drawBars } from "./bar.ts";
import { type ColumnLayout, formatRow, GAP, layOutColumns, showCells, trimBlanks } from "./columns.ts";
import type { Column, Table as TableBlock } from "./document.ts";
import { cutMark } from "./line.ts";
import { groupPaths } from "./path-groups.ts";
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

/** A table as lines that keep to the view's width; columns in which nothing stands are left out. */
export function renderTable(block: TableBlock, view: View): string[] {
  const [columns, rows] = withoutEmpty(block);
  const whole = layOutTable(columns, rows, view);
  const at = columns.findIndex(({ foldsUnder }) => foldsUnder === true);
  if (at < 1 || !cutsTexts(whole)) return linesOf(whole, view);
  const [before, after] = [columns[at - 1] as Column, columns[at] as Column];
  const below = rows.map((row) => `→ ${row[at] ?? ""}`);
  // The column is as wide as what stands below asks for.
  const longer = (cell: string, under: string) => (displayWidth(under) > displayWidth(cell) ? under : cell);
  const folded = layOutTable(
    columns.with(at - 1, { ...before, title: `${before.title} → ${after.title}` }).toSpliced(at, 1),
    rows.map((row, k) => row.toSpliced(at - 1, 2, longer(row[at - 1] ?? "", below[k] ?? ""))),
    view,
  );
  const own = showCells(
    rows.map((row) => row[at - 1] ?? ""),
    view,
  );
  const shown = { ...folded, rows: folded.rows.map((row, k) => row.with(at - 1, own[k] ?? "")) };
  return linesOf(shown, view, {
    column: at - 1,
    cells: below,
    style: view.style[after.meaning ?? "plain"],
  });
}

/** A table with its widths chosen, and what its rows' paths begin with said above them where that saves room. */
interface LaidOutTable {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
  readonly headings: ReadonlyMap<number, string>;
  readonly layout: ColumnLayout;
}

function layOutTable(
  among: readonly Column[],
  cells: readonly (readonly string[])[],
  view: View,
): LaidOutTable {
  const width = tableWidthOf(view);
  const drawn = drawBars(among, cells, width, view);
  const plain = layOutColumns(drawn.columns, drawn.rows, width);
  const grouped = isCut(drawn, plain) ? groupPaths(drawn.columns, drawn.rows) : undefined;
  const { columns } = drawn;
  if (grouped === undefined) return { ...drawn, headings: new Map(), layout: plain };
  return { columns, ...grouped, layout: layOutColumns(columns, grouped.rows, width) };
}

/** Whether texts that are no names are cut or left out. */
function cutsTexts({ columns, rows, layout: { kept, widths } }: LaidOutTable): boolean {
  return columns.some((column, k) => {
    if (column.flexible === true || column.dropAt !== undefined) return false;
    return !kept.includes(k) || rows.some((row) => displayWidth(row[k] ?? "") > (widths[k] as number));
  });
}

/** Cells that stand below those of a column, a line each. */
interface Under {
  readonly column: number;
  readonly cells: readonly string[];
  readonly style: (text: string) => string;
}

function linesOf({ columns, rows, headings, layout }: LaidOutTable, view: View, under?: Under): string[] {
  const width = tableWidthOf(view);
  const titles = columns.map((column) => column.title);
  const head = formatRow(asMuted(columns), layout, showCells(titles, view), view);
  const body =
    rows.length <= MAX_LIBRARY_ROWS && Number.isFinite(width)
      ? withLibrary(columns, layout, rows, view)
      : rows.map((row) => formatRow(columns, layout, row, view));
  const left = under === undefined ? 0 : startOf(under.column, layout);
  const below = (row: number) => {
    if (under === undefined) return [];
    const [cell = ""] = showCells([under.cells[row] ?? ""], view);
    return [" ".repeat(left) + under.style(fitWidth(cell, width - left, cutMark(view)))];
  };
  const above = (row: number) => {
    const heading = headings.get(row);
    return heading === undefined ? [] : [view.style.name(fitWidth(heading, width, cutMark(view)))];
  };
  return [head, ...body.flatMap((line, row) => [...above(row), line, ...below(row)])];
}

/** Where a column begins. */
function startOf(column: number, { kept, widths }: ColumnLayout): number {
  return kept.filter((k) => k < column).reduce((sum, k) => sum + (widths[k] as number) + GAP.length, 0);
}

/** The columns in which some row has something; all where there are no rows. */
function withoutEmpty({ columns, rows }: TableBlock): [Column[], string[][]] {
  const isUsed = columns.map((_, k) => rows.length === 0 || rows.some((row) => (row[k] ?? "") !== ""));
  const used = <Item>(list: readonly Item[]) => list.filter((_, k) => isUsed[k]);
  return [used(columns), rows.map(used)];
}

/** Whether names are shortened, or columns left out, at this width. */
function isCut(
  { columns, rows }: Pick<TableBlock, "columns" | "rows">,
  { kept, widths }: ColumnLayout,
): boolean {
  if (kept.length < columns.length) return true;
  const at = columns.findIndex(({ isPath }) => isPath === true);
  return at >= 0 && rows.some((row) => displayWidth(row[at] ?? "") > (widths[at] as number));
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
