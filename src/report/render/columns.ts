import { displayWidth, fitWidth, padEndWidth, padStartWidth } from "../../format/display-width.ts";
import { escapeForTerminal } from "../../format/escape.ts";
import type { Column } from "./document.ts";
import { tableWidthOf, type View } from "./view.ts";

/** Share of its natural width that a flexible column keeps before another column goes instead. */
const MIN_FLEXIBLE_SHARE = 0.75;

/** Columns of a flexible one that are never taken from it while another can go: `attention` cut to `att…ion` is no word. */
const MIN_FLEXIBLE_WIDTH = 20;

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
  for (const row of rows) {
    for (let k = 0; k < natural.length; k++)
      natural[k] = Math.max(natural[k] as number, displayWidth(row[k] ?? ""));
  }
  let kept = columns.map((_, k) => k);
  for (;;) {
    const total = kept.reduce((sum, k) => sum + (natural[k] as number), 0) + GAP.length * (kept.length - 1);
    const flexible = kept.find((k) => columns[k]?.flexible);
    const excess = total - width;
    if (excess <= 0) return { kept, widths: natural };
    const room = flexible === undefined ? -1 : (natural[flexible] as number) - excess;
    const droppable = kept.filter((k) => columns[k]?.dropAt !== undefined);
    if (
      flexible !== undefined &&
      (room >= leastWidth(natural[flexible] as number) || droppable.length === 0)
    ) {
      const widths = natural.slice();
      const least = Math.min(natural[flexible] as number, MIN_FLEXIBLE_WIDTH);
      widths[flexible] = Math.max(least, room);
      const others = kept.filter((k) => k !== flexible && columns[k]?.align !== "right");
      narrow(widths, others, least - room);
      return { kept, widths };
    }
    if (droppable.length === 0) return { kept, widths: natural };
    const next = droppable.reduce((a, b) => ((columns[a]?.dropAt ?? 0) >= (columns[b]?.dropAt ?? 0) ? a : b));
    kept = kept.filter((k) => k !== next);
  }
}

/** Takes so many characters from the widest of some columns, so that none is left with a bare ellipsis. */
function narrow(widths: number[], among: readonly number[], excess: number): void {
  for (let left = excess; left > 0; left--) {
    const widest = among.reduce((a, b) => ((widths[b] ?? 0) > (widths[a] ?? 0) ? b : a), among[0] ?? -1);
    if ((widths[widest] ?? 0) <= 1) return;
    widths[widest] = (widths[widest] as number) - 1;
  }
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
  const parts = layout.kept.map((k, place) => {
    const column = columns[k] as Column;
    const width = layout.widths[k] as number;
    const text = Number.isFinite(tableWidthOf(view)) ? fitWidth(cells[k] ?? "", width) : (cells[k] ?? "");
    const last = place === layout.kept.length - 1;
    const padded =
      column.align === "right" ? padStartWidth(text, width) : last ? text : padEndWidth(text, width);
    return view.style[column.meaning ?? "plain"](padded);
  });
  return parts.join(GAP).replace(/ +$/, "");
}

/** Cells with outside text made harmless, once, before anything is measured. */
export function escapeCells(cells: readonly string[]): string[] {
  return cells.map(escapeForTerminal);
}
