import { formatCount, formatQuantity } from "../../../format/count.ts";
import type { MapData, StackData } from "../../../page/data.ts";
import { type Content, type Element, el, right, table } from "../../../page/element.ts";
import { drawGrid, mapLegend, shownRows } from "../../../page/map-draw.ts";

/** Lists of layers that are drawn; UNets have some twenty. */
const MAX_STACKS = 24;

/** The precision map of one component: a grid and a table for each list of layers. */
export function mapSection(map: MapData, share = 1): Content {
  if (map.stacks.length === 0 && map.outside.length === 0) return null;
  const most = Math.ceil(MAX_STACKS * share);
  const rest = map.stacks.length - most;
  return [
    map.stacks.length > 0 && mapLegend(map),
    map.stacks.slice(0, most).map((stack, at) => gridFigure(stack, map, at, share)),
    rest > 0 &&
      el("p", { class: "muted" }, `${formatQuantity(rest, "list")} of layers more: unfold precision`),
    outsideTable(map),
  ];
}

function gridFigure(stack: StackData, map: MapData, at: number, share: number): Element {
  const { rows, folded } = shownRows(stack, false);
  return el(
    "figure",
    { class: "map", "data-stack": at },
    el("figcaption", {}, el("b", {}, `${stack.stack}.#`), ` ${formatQuantity(stack.columns, "layer")}`),
    el(
      "div",
      {
        class: "scroll grid",
        tabindex: 0,
        role: "group",
        "aria-label": `Precision map of ${stack.stack}: arrows move from cell to cell`,
      },
      drawGrid(stack, map, rows, null),
    ),
    folded.length > 0 && el("p", { class: "muted" }, foldedWords(folded.length)),
    el(
      "details",
      { class: "twin" },
      el("summary", {}, `${stack.stack} as a table`),
      gridTable(stack, map, share),
    ),
  );
}

/** What a page says of rows that are alike all along. */
export function foldedWords(count: number): string {
  return `${formatCount(count)} more kinds of module, each stored alike in all layers: they are in the table.`;
}

/** Runs of a row, and lines of the tables of all grids. What is beyond is told by the grid, and by `precision`. */
const MAX_RUNS = 12;
const MAX_LINES = 300;

/** The same as a table: row, layers, stored as. */
function gridTable({ stack, rows }: StackData, map: MapData, share: number): Element {
  const all = rows.flatMap((row) => row.cells.slice(0, MAX_RUNS).map((run) => ({ row, run })));
  const room = Math.max(12, Math.floor((MAX_LINES * share) / map.stacks.length));
  const lines = all
    .slice(0, room)
    .map(({ row, run }) => [
      row.module,
      run.layers,
      run.ways.length === 0
        ? "not there"
        : run.ways
            .map(
              ([way, experts]) =>
                `${map.ways[way]?.words ?? "?"}${experts === null ? "" : ` (experts ${experts})`}`,
            )
            .join(" · "),
      row.shape,
      run.faults.length === 0
        ? ""
        : `${run.isError ? "✕ error" : "! warning"}${run.faulty === null ? "" : `: experts ${run.faulty}`}`,
    ]);
  const rest = all.length - lines.length;
  const title =
    rest > 0
      ? `Modules of ${stack}, ${formatCount(rest)} rows more: unfold precision`
      : `Modules of ${stack}`;
  return table(title, ["module", "layers", "stored as", right("shape"), "finding"], lines);
}

/** Rows of the table of modules outside of the layers; faulty ones come first. */
const MAX_OUTSIDE = 60;

function outsideTable(map: MapData): Content {
  if (map.outside.length === 0) return null;
  const isAlone = map.stacks.length === 0;
  const shown = map.outside.toSorted((a, b) => b.faults.length - a.faults.length).slice(0, MAX_OUTSIDE);
  const rest = map.outside.length - shown.length;
  const title = isAlone ? "Modules" : "Modules outside of the layers";
  const body = table(
    rest > 0 ? `${title}, ${formatQuantity(rest, "row")} more: unfold precision` : title,
    ["module", right("number"), "stored as", right("shape"), "finding"],
    shown.map((row) => [
      row.module === "" ? "(root)" : row.module,
      formatCount(row.count),
      row.way < 0 ? "see the finding" : (map.ways[row.way]?.words ?? "?"),
      row.shape,
      row.faults.length === 0 ? "" : "✕ finding",
    ]),
  );
  if (isAlone || map.outside.length <= 12) return body;
  return el(
    "details",
    { class: "twin" },
    el("summary", {}, `${formatQuantity(map.outside.length, "module")} outside of the layers`),
    body,
  );
}
