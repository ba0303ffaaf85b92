import type { CellRun, MapData, MapRow, StackData, WayData } from "./data.ts";
import { type Content, type Element, el } from "./element.ts";
import { bitsColour, FAULT, NEUTRAL } from "./palette.ts";
import { membersOf, sizeOf } from "./ranges.ts";

/** Pixels of the grid: a cell, its row, and the room for names before it and a note behind it. */
export const CELL = { width: 13, height: 18, left: 262, top: 22, right: 132 } as const;

/** Rows shown at once; of more, those that are alike all along fold to a line. */
const MAX_ROWS = 30;

/** From so many columns on their numbers stand at every fourth; numbers of two digits at every second: they touch otherwise. */
const MANY_COLUMNS = 20;

/** Pixels of a character of the note behind a row, capitals and figures being wide. */
const NOTE_CHARACTER = 7;

/** What a cell without a module says. */
export const ABSENT = "the layer has none";

/** Characters of a name before it is cut in its middle. */
const NAME_CHARACTERS = 34;

export interface ShownRows {
  readonly rows: readonly MapRow[];
  /** Rows that are alike all along and were folded away. */
  readonly folded: readonly MapRow[];
}

/** The rows that a grid shows; all of them where that is asked for. */
export function shownRows({ rows }: StackData, showsAll: boolean): ShownRows {
  if (showsAll || rows.length <= MAX_ROWS) return { rows, folded: [] };
  const isPlain = ({ cells }: MapRow) =>
    cells.length === 1 && cells[0]?.faults.length === 0 && cells[0]?.ways.length === 1;
  const special = rows.filter((row) => !isPlain(row));
  const room = Math.max(0, MAX_ROWS - special.length);
  const kept = new Set([...special, ...rows.filter(isPlain).slice(0, room)]);
  return { rows: rows.filter((row) => kept.has(row)), folded: rows.filter((row) => !kept.has(row)) };
}

export interface MapCursor {
  readonly row: number;
  readonly column: number;
}

function gridWidth({ columns }: StackData, rows: readonly MapRow[], ways: readonly WayData[]): number {
  const longest = rows.reduce((most, row) => Math.max(most, rowNote(row, ways).length), 0);
  return CELL.left + columns * CELL.width + Math.max(CELL.right, 16 + longest * NOTE_CHARACTER);
}

/** The grid of one list of layers. Equal cells of a row are one shape, so that a large grid stays a small drawing. */
export function drawGrid(
  stack: StackData,
  { ways }: Pick<MapData, "ways">,
  rows: readonly MapRow[],
  cursor: MapCursor | null,
): Element {
  const width = gridWidth(stack, rows, ways);
  const height = CELL.top + rows.length * CELL.height + 4;
  return el(
    "svg",
    {
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      "font-size": 12,
      "font-family": "system-ui, sans-serif",
      role: "img",
      "aria-label": `${stack.stack}: ${stack.columns} layers, ${rows.length} kinds of module`,
    },
    columnNumbers(stack),
    rows.map((row, at) => drawRow(row, at, stack, ways)),
    cursor === null ? null : cursorMark(cursor),
  );
}

function columnNumbers({ first, columns }: StackData): Content[] {
  const step = columns > MANY_COLUMNS ? 4 : first + columns > 10 ? 2 : 1;
  const marks: Content[] = [];
  for (let column = 0; column < columns; column += step)
    marks.push(
      el(
        "text",
        {
          x: CELL.left + column * CELL.width + CELL.width / 2,
          y: 14,
          "text-anchor": "middle",
          "font-size": 10,
          fill: "currentColor",
        },
        first + column,
      ),
    );
  return marks;
}

function drawRow(row: MapRow, at: number, { first, columns }: StackData, ways: readonly WayData[]): Content {
  const top = CELL.top + at * CELL.height;
  return [
    el(
      "text",
      { x: CELL.left - 8, y: top + 13, "text-anchor": "end", fill: "currentColor" },
      el("title", {}, row.module),
      nameOf(row),
    ),
    row.cells.map((run) => drawRun(run, top, first, ways)),
    absentDots(row, top, first, columns),
    el(
      "text",
      { x: CELL.left + columns * CELL.width + 8, y: top + 13, "font-size": 11, fill: "currentColor" },
      rowNote(row, ways),
    ),
  ];
}

/** `experts.#.w1 × 256`, cut at its front where a part begins: what a name ends in tells it apart. */
function nameOf({ module, experts }: MapRow): string {
  const times = experts === null ? "" : ` × ${experts}`;
  const room = NAME_CHARACTERS - times.length;
  if (module.length <= room) return `${module}${times}`;
  const end = module.slice(module.length - room);
  const dot = end.indexOf(".");
  return `…${dot >= 0 && dot < room - 1 ? end.slice(dot + 1) : end}${times}`;
}

function drawRun(run: CellRun, top: number, first: number, ways: readonly WayData[]): Content {
  const columns = membersOf(run.layers).map((layer) => layer - first);
  const [most, second] = run.ways;
  const fill = (way: number | undefined) => bitsColour(ways[way ?? -1]?.bits ?? null);
  const shapes: Content[] = [];
  if (most !== undefined) shapes.push(band(columns, top, 0, CELL.height - 2, fill(most[0])));
  // Experts that are not all stored alike: the lower part of the cell shows the others.
  if (second !== undefined)
    shapes.push(band(columns, top, CELL.height - 8, CELL.height - 2, fill(second[0])));
  if (run.deviates && most !== undefined)
    shapes.push(
      el("path", { d: squares(columns, top, 1), fill: "none", stroke: "currentColor", "stroke-width": 2 }),
    );
  if (run.faults.length > 0) shapes.push(run.isError ? crosses(columns, top) : warnings(columns, top));
  return shapes;
}

/** Neighbouring cells as one dashed line: a dash is a cell, a gap what parts it from the next. */
function band(columns: readonly number[], top: number, from: number, to: number, colour: string): Content {
  const runs: [number, number][] = [];
  for (const column of columns) {
    const open = runs.at(-1);
    if (open !== undefined && open[0] + open[1] === column) open[1]++;
    else runs.push([column, 1]);
  }
  const middle = top + (from + to) / 2;
  return el("path", {
    d: runs
      .map(([column, count]) => `M${CELL.left + column * CELL.width} ${middle}h${count * CELL.width - 1}`)
      .join(""),
    fill: "none",
    stroke: colour,
    "stroke-width": to - from,
    "stroke-dasharray": `${CELL.width - 1} 1`,
  });
}

function squares(columns: readonly number[], top: number, inset: number): string {
  const width = CELL.width - 1 - 2 * inset;
  const height = CELL.height - 2 - 2 * inset;
  return columns
    .map(
      (column) => `M${CELL.left + column * CELL.width + inset} ${top + inset}h${width}v${height}h${-width}z`,
    )
    .join("");
}

/** A red cross on white: seen on every fill, and without colours. */
function crosses(columns: readonly number[], top: number): Content {
  const lines = columns
    .map((column) => {
      const x = CELL.left + column * CELL.width + 2;
      return `M${x} ${top + 4}l8 8M${x + 8} ${top + 4}l-8 8`;
    })
    .join("");
  return [
    el("path", { d: squares(columns, top, 0), fill: "#ffffff", stroke: FAULT, "stroke-width": 2 }),
    el("path", { d: lines, stroke: FAULT, "stroke-width": 2.6, fill: "none", class: "fault" }),
  ];
}

/** A bar in the cell's middle: a warning is no fault, and shouts less. */
function warnings(columns: readonly number[], top: number): Content {
  const bars = columns
    .map(
      (column) =>
        `M${CELL.left + column * CELL.width + 6} ${top + 3}v6M${CELL.left + column * CELL.width + 6} ${top + 11}v2`,
    )
    .join("");
  return [
    el("path", { d: bars, stroke: "#ffffff", "stroke-width": 4, fill: "none" }),
    el("path", { d: bars, stroke: "#111111", "stroke-width": 2, fill: "none", class: "caution" }),
  ];
}

/** A dot where the layer has no such module. */
function absentDots(row: MapRow, top: number, first: number, columns: number): Content {
  const there = new Set(row.cells.flatMap(({ layers }) => membersOf(layers)));
  const dots: string[] = [];
  for (let column = 0; column < columns; column++)
    if (!there.has(first + column)) dots.push(`M${CELL.left + column * CELL.width + 5} ${top + 8}h2v2h-2z`);
  return dots.length === 0 ? null : el("path", { d: dots.join(""), fill: NEUTRAL });
}

/** What stands behind a row: its one width, how many kinds there are, or its faults. */
export function rowNote({ cells, experts, note }: MapRow, ways: readonly WayData[]): string {
  if (note !== undefined) return note;
  const faulty = cells.filter(({ isError }) => isError);
  const warned = cells.filter(({ faults }) => faults.length > 0);
  const layersOf = (runs: readonly CellRun[]) => runs.reduce((sum, run) => sum + sizeOf(run.layers), 0);
  if (faulty.length > 0) {
    const layers = layersOf(faulty);
    if (experts === null) return `✕ ${layers} of ${layersOf(cells)} faulty`;
    const named = faulty.reduce(
      (sum, run) => sum + sizeOf(run.layers) * (run.faulty === null ? 1 : sizeOf(run.faulty)),
      0,
    );
    return layers === 1
      ? `✕ ${named} of ${experts}, layer ${faulty[0]?.layers ?? "?"}`
      : `✕ ${named} in ${layers} layers`;
  }
  const used = [...new Set(cells.flatMap((run) => run.ways.map(([way]) => way)))];
  const words = used.length > 1 ? `${used.length} kinds` : (ways[used[0] ?? -1]?.words ?? "");
  return warned.length > 0 ? `${words} · ! ${layersOf(warned)}` : words;
}

function cursorMark({ row, column }: MapCursor): Element {
  return el("rect", {
    class: "cursor",
    x: CELL.left + column * CELL.width - 1.5,
    y: CELL.top + row * CELL.height - 1.5,
    width: CELL.width + 2,
    height: CELL.height + 1,
    fill: "none",
    stroke: "currentColor",
    "stroke-width": 3,
  });
}

/** The cell that a point of the drawing lies in; null beside the grid. */
export function cellAt(stack: StackData, rows: number, x: number, y: number): MapCursor | null {
  const column = Math.floor((x - CELL.left) / CELL.width);
  const row = Math.floor((y - CELL.top) / CELL.height);
  if (column < 0 || column >= stack.columns || row < 0 || row >= rows) return null;
  return { row, column };
}

/** The run of a row that a layer is in. */
export function runAt(row: MapRow, layer: number): CellRun | undefined {
  return row.cells.find(({ layers }) => membersOf(layers).includes(layer));
}

/** The widths and marks that a map shows, in words. */
export function mapLegend({ ways, stacks }: MapData): Element {
  const bits = [...new Set(ways.map((way) => way.bits))].sort((a, b) => (a ?? 99) - (b ?? 99));
  const runs = stacks.flatMap(({ rows }) => rows.flatMap(({ cells }) => cells));
  const item = (drawing: Content, words: string) =>
    el(
      "li",
      {},
      el("svg", { width: 14, height: 14, viewBox: "0 0 14 14", "aria-hidden": "true" }, drawing),
      ` ${words}`,
    );
  return el(
    "ul",
    { class: "legend" },
    bits.map((each) =>
      item(
        el("rect", { width: 13, height: 13, fill: bitsColour(each) }),
        each === null ? "width not known" : `${Number(each.toFixed(2))} bit`,
      ),
    ),
    runs.some(({ deviates }) => deviates) &&
      item(
        el("rect", {
          x: 2,
          y: 2,
          width: 10,
          height: 10,
          fill: "none",
          stroke: "currentColor",
          "stroke-width": 2,
        }),
        "unlike most of its row",
      ),
    runs.some(({ isError }) => isError) &&
      item(
        el("path", { d: "M2 2l10 10M12 2l-10 10", stroke: FAULT, "stroke-width": 2.6 }),
        "an error is about it",
      ),
    runs.some(({ faults, isError }) => faults.length > 0 && !isError) &&
      item(
        el("path", { d: "M7 1v8M7 11v2", stroke: "currentColor", "stroke-width": 2 }),
        "a warning is about it",
      ),
    stacks.some(({ rows, columns }) =>
      rows.some(({ cells }) => cells.reduce((sum, run) => sum + sizeOf(run.layers), 0) < columns),
    ) && item(el("rect", { x: 6, y: 6, width: 2, height: 2, fill: NEUTRAL }), stacks[0]?.absent ?? ABSENT),
  );
}
