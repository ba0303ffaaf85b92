import { formatCount, formatQuantity } from "../../../format/count.ts";
import type { MapData, StackData } from "../../../page/data.ts";
import { type Content, type Element, el, right, table } from "../../../page/element.ts";
import { drawGrid, mapLegend, shownRows } from "../../../page/map-draw.ts";

/** The precision map of one component: a grid and a table for each list of layers. */
export function mapSection(map: MapData): Content {
  if (map.stacks.length === 0 && map.outside.length === 0) return null;
  return [
    map.stacks.length > 0 && mapLegend(map),
    map.stacks.map((stack, at) => gridFigure(stack, map, at)),
    outsideTable(map),
  ];
}

function gridFigure(stack: StackData, map: MapData, at: number): Element {
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
    el("details", { class: "twin" }, el("summary", {}, `${stack.stack} as a table`), gridTable(stack, map)),
  );
}

/** What a page says of rows that are alike all along. */
export function foldedWords(count: number): string {
  return `${formatCount(count)} more kinds of module, each stored alike in all layers: they are in the table.`;
}

/** Runs of a row in words; of more, the first. */
const MAX_RUNS = 12;

/** The same as a table: row, layers, stored as. */
function gridTable({ stack, rows }: StackData, map: MapData): Element {
  const lines = rows.flatMap((row) =>
    row.cells
      .slice(0, MAX_RUNS)
      .map((run) => [
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
      ]),
  );
  return table(`Modules of ${stack}`, ["module", "layers", "stored as", right("shape"), "finding"], lines);
}

function outsideTable(map: MapData): Content {
  if (map.outside.length === 0) return null;
  const isAlone = map.stacks.length === 0;
  const body = table(
    isAlone ? "Modules" : "Modules outside of the layers",
    ["module", right("number"), "stored as", right("shape"), "finding"],
    map.outside.map((row) => [
      row.module === "" ? "(root)" : row.module,
      formatCount(row.count),
      map.ways[row.way]?.words ?? "?",
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
