import type { ModelGraph } from "../../../analysis/model-graph.ts";
import type { ModelNode } from "../../../analysis/model-node.ts";
import { formatBytes } from "../../../format/bytes.ts";
import { formatCount, formatQuantity, formatShortCount } from "../../../format/count.ts";
import { BOX, drawNode, line } from "../../../page/arch-draw.ts";
import type { StructureData } from "../../../page/data.ts";
import { type Content, type Element, el, right, table } from "../../../page/element.ts";
import { type Layout, layOut, type PlacedNode } from "./graph-layout.ts";

/** The model around its layers: a drawing, and the same as a table. */
export function graphSection(
  graph: ModelGraph,
  structures: readonly StructureData[],
  titles: ReadonlyMap<string, string>,
): Content {
  if (graph.nodes.length === 0) return null;
  // What holds buffers alone is told in the table.
  const isDrawn = ({ parameters, isTied }: ModelNode) => parameters > 0 || isTied;
  const layout = layOut(graph.nodes.filter(isDrawn), graph.edges);
  const rankOf = ({ id }: ModelNode) => layout.places.get(id)?.rank ?? layout.ranks;
  const nodes = graph.nodes.toSorted((a, b) => rankOf(a) - rankOf(b));
  const stored = (node: ModelNode) =>
    node.stored.map(({ scheme, dtype }) => (scheme === "none" ? dtype : (titles.get(scheme) ?? scheme)));
  return el(
    "div",
    { class: "whole" },
    el(
      "div",
      { class: "scroll", tabindex: 0, role: "group", "aria-label": "Drawing of the whole model" },
      drawGraph(nodes.filter(isDrawn), graph.edges, layout, structures),
    ),
    table(
      "Parts of the model",
      [
        "part",
        "modules",
        right("layers"),
        right("in → out"),
        right("parameters"),
        right("bytes"),
        "stored as",
      ],
      nodes.map((node) => [
        PART_WORDS[node.kind](node.scope),
        node.modules.join(", "),
        node.layers === null ? "" : formatCount(node.layers),
        sides(node) ?? "",
        node.isTied ? "the embedding's" : formatCount(node.parameters),
        node.isTied ? "" : formatBytes(node.bytes),
        [...new Set(stored(node))].join(", "),
      ]),
    ),
  );
}

const PART_WORDS: Readonly<Record<ModelNode["kind"], (scope: string) => string>> = {
  embedding: () => "embedding",
  input: () => "input",
  condition: () => "time and conditions",
  tower: (scope) => (scope === "encoder" ? "encoder" : `${scope} tower`),
  projector: () => "projector",
  layers: () => "layers",
  norm: () => "final norm",
  mtp: () => "multi-token prediction",
  head: () => "head",
  output: () => "output",
  other: () => "other",
};

/** `5,120 → 3,584`, for a table of words `151,936 × 4,096`; null where neither is known. */
function sides({ kind, in: into, out }: ModelNode): string | null {
  if (into === null && out === null) return null;
  const words = [into, out].map((side) => (side === null ? "?" : formatCount(side)));
  return words.join(kind === "embedding" ? " × " : " → ");
}

function titleOf(node: ModelNode): string {
  const word = PART_WORDS[node.kind](node.scope);
  if (node.layers !== null) {
    const wide = node.out === null ? "" : ` × ${formatCount(node.out)}`;
    const layers = `${formatQuantity(node.layers, "layer")}${wide}`;
    return node.kind === "layers" ? layers : `${word} · ${layers}`;
  }
  const shape = node.kind === "norm" ? null : sides(node);
  return `${word}${shape === null ? "" : ` · ${shape}`}`;
}

function noteOf(node: ModelNode, structures: readonly StructureData[]): string {
  if (node.isTied) return "the embedding's table again";
  const built = structures.filter(({ stack }) => stack === node.modules[0] && node.kind === "layers");
  const [only] = built;
  const kinds =
    only === undefined
      ? ""
      : built.length > 1
        ? `${formatQuantity(built.length, "kind")} of layers, `
        : `${only.title.slice(only.title.indexOf("×") + 2)}, `;
  if (kinds.length > 20) return `${kinds}${formatShortCount(node.parameters)}`;
  return `${kinds}${formatShortCount(node.parameters)} parameters`;
}

/** Pixels between two ranks of boxes. */
const RANK_GAP = 26;

function drawGraph(
  drawn: readonly ModelNode[],
  edges: ModelGraph["edges"],
  { places, columns, ranks }: Layout,
  structures: readonly StructureData[],
): Element {
  const left = (column: number) => 2 + column * (BOX.width + BOX.lane * 2);
  const top = (rank: number) => 2 + rank * (BOX.height + RANK_GAP);
  const middle = ({ column }: PlacedNode) => left(column) + BOX.width / 2;
  const lines = edges.map(({ from, to }) => {
    const [a, b] = [places.get(from), places.get(to)];
    if (a === undefined || b === undefined) return "";
    const begin = top(a.rank) + BOX.height;
    const end = top(b.rank);
    const isBehind = [...places.values()].some(
      ({ column, rank }) => column === a.column && rank > a.rank && rank < b.rank,
    );
    // Past boxes of its own column it runs beside them.
    const around = isBehind ? `v6H${left(a.column) + BOX.width + BOX.lane}` : "";
    return `M${middle(a)} ${begin}${around}V${end - 12}H${middle(b)}V${end}m-4 -6l4 6l4 -6`;
  });
  const boxes = drawn.map((node) => {
    const place = places.get(node.id);
    if (place === undefined) return null;
    const data = {
      id: node.id,
      kind: node.kind,
      title: titleOf(node),
      note: noteOf(node, structures),
      parametersEach: node.parameters,
      bytes: node.bytes,
      bits: node.stored.map(({ bits, parameters }) => [bits, parameters] as const),
      lanes: [],
      linears: [],
    };
    return drawNode(data, left(place.column), top(place.rank), BOX.height, false);
  });
  const width = left(columns) - BOX.lane + 2;
  const height = top(ranks) - RANK_GAP + 2;
  return el(
    "svg",
    {
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      "font-size": 12,
      "font-family": "system-ui, sans-serif",
      role: "img",
      "aria-label": `The whole model: ${drawn.map(titleOf).join(", ")}`,
    },
    line(lines.join("")),
    boxes,
  );
}
