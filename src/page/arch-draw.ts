import { formatCount, formatShortCount } from "../format/count.ts";
import type { NodeData, StructureData } from "./data.ts";
import { type Content, type Element, el, right, table } from "./element.ts";
import { bitsColour } from "./palette.ts";
import { membersOf } from "./ranges.ts";

/** Pixels of the drawing. */
export const BOX = { width: 244, height: 44, small: 26, gap: 16, lane: 20, left: 56 } as const;

interface Row {
  readonly nodes: readonly NodeData[];
  readonly kind: "lanes" | "norm" | "add" | "end";
}

/** Boxes that stand side by side on one input make up a row. */
function rowsOf({ nodes }: StructureData): Row[] {
  const rows: Row[] = [];
  let lanes: NodeData[] = [];
  const close = () => {
    if (lanes.length > 0) rows.push({ nodes: lanes, kind: "lanes" });
    lanes = [];
  };
  for (const node of nodes) {
    if (node.kind === "rest") continue;
    if (node.kind === "norm" || node.kind === "add") {
      close();
      rows.push({ nodes: [node], kind: node.kind });
    } else lanes.push(node);
  }
  close();
  return rows;
}

/** One layer of a structure: the stream on the left, boxes beside it, a sum where they join it again. */
export function drawStructure(structure: StructureData, selected: string | null): Element {
  const rows = rowsOf(structure);
  const lanes = rows.reduce((most, { nodes }) => Math.max(most, nodes.length), 1);
  const width = BOX.left + lanes * (BOX.width + BOX.lane) + 8;
  const shapes: Content[] = [];
  const streamX = 24;
  let y = 30;
  let branchFrom = y - 8;
  shapes.push(el("text", { x: streamX - 14, y: 14, "font-size": 11, fill: "currentColor" }, "stream in"));
  for (const { nodes, kind } of rows) {
    if (kind === "add") {
      shapes.push(
        line(`M${BOX.left + BOX.width / 2} ${y - BOX.gap}V${y + 10}H${streamX + 9}`),
        el("circle", {
          cx: streamX,
          cy: y + 10,
          r: 9,
          fill: "none",
          stroke: "currentColor",
          "stroke-width": 1.5,
        }),
        line(`M${streamX - 4} ${y + 10}h8M${streamX} ${y + 6}v8`),
      );
      y += 20 + BOX.gap;
      branchFrom = y - 8;
      continue;
    }
    const tall = kind === "norm" ? BOX.small : BOX.height;
    const centre = (lane: number) => BOX.left + lane * (BOX.width + BOX.lane) + BOX.width / 2;
    if (branchFrom > 0) {
      shapes.push(line(`M${streamX} ${branchFrom}H${centre(0)}V${y}`));
      branchFrom = 0;
    }
    for (const [lane, node] of nodes.entries()) {
      if (lane > 0) shapes.push(line(`M${centre(0)} ${y - 6}H${centre(lane)}V${y}`));
      if (lane > 0) shapes.push(line(`M${centre(lane)} ${y + tall}V${y + tall + 6}H${centre(0)}`));
      shapes.push(drawNode(node, centre(lane) - BOX.width / 2, y, tall, node.id === selected));
    }
    shapes.push(line(`M${centre(0)} ${y + tall}v${BOX.gap}`));
    y += tall + BOX.gap;
  }
  shapes.push(line(`M${streamX} 18V${y + 4}`));
  shapes.push(
    el("text", { x: streamX - 14, y: y + 18, "font-size": 11, fill: "currentColor" }, "stream out"),
  );
  return el(
    "svg",
    {
      width,
      height: y + 26,
      viewBox: `0 0 ${width} ${y + 26}`,
      "font-size": 12,
      "font-family": "system-ui, sans-serif",
      role: "img",
      "aria-label": `A layer of ${structure.title}: ${structure.nodes
        .filter(({ kind }) => kind !== "add")
        .map(({ title }) => title)
        .join(", ")}`,
    },
    shapes,
  );
}

export function line(d: string): Element {
  return el("path", { d, fill: "none", stroke: "currentColor", "stroke-width": 1.2 });
}

export function drawNode(node: NodeData, x: number, y: number, tall: number, isSelected: boolean): Content {
  const total = node.bits.reduce((sum, [, parameters]) => sum + parameters, 0);
  let at = x;
  const stripe = node.bits.map(([bits, parameters]) => {
    const wide = (BOX.width * parameters) / Math.max(1, total);
    if (wide < 0.1) return null;
    const bar = el("rect", { x: at, y: y + tall - 4, width: wide, height: 4, fill: bitsColour(bits) });
    at += wide;
    return bar;
  });
  const parameters = node.parametersEach > 0 ? `${formatShortCount(node.parametersEach)} parameters` : "";
  const below = node.note === undefined || node.note === "" ? parameters : shorten(node.note, 40);
  return el(
    "g",
    { "data-node": node.id, class: "node" },
    el("rect", {
      x,
      y,
      width: BOX.width,
      height: tall,
      rx: 3,
      fill: "#8882",
      stroke: "currentColor",
      "stroke-width": isSelected ? 3 : 1,
    }),
    stripe,
    el("text", { x: x + 8, y: y + 16, fill: "currentColor", "font-weight": 600 }, shorten(node.title, 33)),
    tall > BOX.small && el("text", { x: x + 8, y: y + 32, fill: "currentColor", "font-size": 11 }, below),
  );
}

function shorten(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** Which layer is of which structure: a letter and a shade each, so that the pattern shows without colours. */
export function drawStrip(structures: readonly StructureData[], selected: number): Element {
  const layers = structures.flatMap(({ layers }, at) =>
    membersOf(layers).map((layer) => [layer, at] as const),
  );
  layers.sort((a, b) => a[0] - b[0]);
  const size = layers.length > 64 ? 9 : 14;
  return el(
    "svg",
    {
      width: layers.length * size + 2,
      height: 20,
      viewBox: `0 0 ${layers.length * size + 2} 20`,
      role: "img",
      "font-size": 10,
      "font-family": "system-ui, sans-serif",
      "aria-label": structures.map(({ title, layers: own }) => `${title}: layers ${own}`).join("; "),
    },
    layers.map(([, at], column) => [
      el("rect", {
        x: column * size + 1,
        y: 1,
        width: size - 1,
        height: 16,
        fill: SHADES[at % SHADES.length],
        ...(at === selected ? { stroke: "currentColor", "stroke-width": 1.5 } : {}),
      }),
      size > 9 &&
        el(
          "text",
          { x: column * size + size / 2 + 0.5, y: 13, "text-anchor": "middle", fill: "#111111" },
          structureLetter(at),
        ),
    ]),
  );
}

const SHADES = ["#c6dbef", "#fdd0a2", "#e0e0e0", "#d4b9da", "#b2dfdb", "#ffe082"] as const;

/** `A` for the first structure. */
export function structureLetter(at: number): string {
  return String.fromCharCode(65 + (at % 26));
}

/** An opened box: what it computes lane by lane, and its linears. */
export function nodeDetails(node: NodeData): Content {
  const lanes = node.lanes.map(([lane, steps]) =>
    el(
      "li",
      {},
      lane === null ? null : [el("b", {}, lane), " "],
      steps.map(({ does, isClaim }, at) => [
        at === 0 ? null : " → ",
        does,
        isClaim ? el("abbr", { title: "by config.json, not from headers" }, " c") : null,
      ]),
    ),
  );
  return [
    lanes.length === 0 ? null : el("ul", { class: "lanes" }, lanes),
    node.linears.length === 0
      ? null
      : table(
          `${node.kind === "stage" ? "Convolutions" : "Linears"} of ${node.title}`,
          node.kind === "stage"
            ? ["module", right("in → out"), right("number"), "kernel"]
            : ["module", right("in → out"), right("a layer"), "stored as"],
          node.linears.map(({ module, shape, perLayer, stored }) => [
            module,
            shape,
            formatCount(perLayer),
            stored,
          ]),
        ),
  ];
}

/** The boxes of a structure as a table: for print, and for those who see no drawing. */
export function structureTable(structure: StructureData): Content {
  const own = structure.nodes.filter(({ kind, parametersEach }) => kind !== "add" && parametersEach > 0);
  const isLayer = structure.skips === undefined;
  return table(
    `Boxes of ${structure.title}`,
    isLayer
      ? ["box", right("parameters, a layer"), right("all its layers"), "bits"]
      : ["stage", right("parameters"), "blocks", "bits"],
    own.map((node) => [
      node.title,
      formatCount(node.parametersEach),
      isLayer ? formatCount(node.parametersEach * structure.count) : (node.note ?? ""),
      [...new Set(node.bits.map(([bits]) => (bits === null ? "?" : String(bits))))].join(", "),
    ]),
  );
}
