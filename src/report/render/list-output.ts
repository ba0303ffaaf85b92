import type { TensorRow } from "../../analysis/list.ts";
import { formatBytes } from "../../format/bytes.ts";
import { formatCount } from "../../format/count.ts";
import { escapeForCsv, escapeJsonText } from "../../format/escape.ts";
import { formatShape } from "../../format/shape.ts";
import type { Report } from "../report.ts";
import { formatRow, layOutColumns, showCells } from "./columns.ts";
import type { Column } from "./document.ts";
import { renderJson } from "./json.ts";
import { finishLine } from "./line.ts";
import { tableWidthOf, type View } from "./view.ts";

/** Rows measured before the first line of a table is written: widths fit these, and nearly always all. */
const MEASURED_ROWS = 1000;

const COLUMNS: readonly Column[] = [
  { title: "name", meaning: "name", flexible: true },
  { title: "dtype", meaning: "dtype" },
  { title: "shape", dropAt: 1 },
  { title: "elements", align: "right", dropAt: 2 },
  { title: "bytes", align: "right" },
  { title: "shard", meaning: "muted", dropAt: 3 },
];

/** The list as a table, line by line: a million rows are written as they come. */
export function* renderListTable(rows: Iterable<ListedRow>, view: View): Generator<string> {
  const iterator = rows[Symbol.iterator]();
  const measured: string[][] = [];
  for (let next = iterator.next(); !next.done; next = iterator.next()) {
    measured.push(cellsOf(next.value, view));
    if (measured.length === MEASURED_ROWS) break;
  }
  const layout = layOutColumns(COLUMNS, measured, tableWidthOf(view));
  const heads = COLUMNS.map((column) => ({ ...column, meaning: "muted" as const }));
  const titles = COLUMNS.map((column) => column.title);
  yield finishLine(formatRow(heads, layout, titles, view));
  for (const cells of measured) yield finishLine(formatRow(COLUMNS, layout, cells, view));
  for (let next = iterator.next(); !next.done; next = iterator.next())
    yield finishLine(formatRow(COLUMNS, layout, cellsOf(next.value, view), view));
}

/** A row of a source of several components says which one it is of. */
type ListedRow = TensorRow & { readonly component?: string };

function cellsOf(row: ListedRow, view: View): string[] {
  const cells = [
    row.component === undefined ? row.name : `${row.component}/${row.name}`,
    row.dtype,
    formatShape(row.shape),
    formatCount(row.elements),
    formatBytes(row.bytes),
    row.shard,
  ];
  return showCells(cells, view);
}

/** One JSON object a line. */
export function* renderListNdjson(rows: Iterable<TensorRow>): Generator<string> {
  for (const row of rows) yield `${escapeJsonText(JSON.stringify(row))}\n`;
}

export function* renderListCsv(rows: Iterable<TensorRow>): Generator<string> {
  yield "name,dtype,shape,elements,bytes,shard,begin,end\n";
  for (const row of rows) {
    const cells = [
      row.name,
      row.dtype,
      JSON.stringify(row.shape),
      row.elements,
      row.bytes,
      row.shard,
      row.begin,
      row.end,
    ];
    yield `${cells.map((cell) => escapeForCsv(String(cell))).join(",")}\n`;
  }
}

const PLACEHOLDER = "tensors-go-here";

/** The report with its tensors written one by one: a million rows never stand in one string. */
export function* renderListJson(report: Report<{ tensors: Iterable<TensorRow> }>): Generator<string> {
  const frame = renderJson({ ...report, result: { tensors: PLACEHOLDER } });
  const at = frame.lastIndexOf(`"${PLACEHOLDER}"`);
  yield `${frame.slice(0, at)}[`;
  let first = true;
  for (const row of report.result.tensors) {
    const text = renderJson(row).trimEnd().replaceAll("\n", "\n      ");
    yield `${first ? "" : ","}\n      ${text}`;
    first = false;
  }
  yield `${first ? "" : "\n    "}]${frame.slice(at + PLACEHOLDER.length + 2)}`;
}
