import { formatBytes } from "../../../format/bytes.ts";
import { formatCount } from "../../../format/count.ts";
import type { BoxData } from "../../../page/data.ts";
import { type Content, el, right, table } from "../../../page/element.ts";
import { bestColour, colourKeys, drawBox, layOut } from "../../../page/icicle.ts";
import { bitsColour, bitsWord, kindColour } from "../../../page/palette.ts";

/** Pixels of the first drawing; the script draws it anew for the room there is. */
const WIDTH = 1080;
const ICICLE_HEIGHT = 420;

/** Pixels of the thinnest box of the first drawing: hundreds of hairlines say nothing, and weigh. */
const THINNEST_OF_FIRST = 5;

/** Rows of the table. */
const MAX_LARGEST = 30;

/** Which module takes how much, as boxes in boxes and as a table. */
export function icicleSection(root: BoxData): Content {
  const colour = bestColour(root);
  const keys = colour === "bits" ? [] : colourKeys(root, colour);
  const boxes = layOut(root, [], "bytes", WIDTH, ICICLE_HEIGHT, THINNEST_OF_FIRST);
  return [
    el(
      "figure",
      { class: "icicle" },
      el(
        "div",
        { class: "scroll", tabindex: 0, role: "group", "aria-label": "Modules by bytes" },
        el(
          "svg",
          {
            width: WIDTH,
            height: ICICLE_HEIGHT,
            viewBox: `0 0 ${WIDTH} ${ICICLE_HEIGHT}`,
            "font-size": 12,
            "font-family": "system-ui, sans-serif",
            role: "img",
            "aria-label": `Modules by bytes, coloured by ${colour}: ${root.children
              .slice(0, 6)
              .map((box) => `${box.path} ${formatBytes(box.bytes)}`)
              .join(", ")}`,
          },
          boxes.map((placed) => drawBox(placed, colour, keys)),
        ),
      ),
      icicleLegend(root, colour, keys),
    ),
    isAnyCut(root) && el("p", { class: "muted" }, "Modules further down are left out: unfold tree has them."),
    el("details", { class: "twin" }, el("summary", {}, "The largest modules as a table"), largest(root)),
  ];
}

/** What the colours of an icicle stand for. */
function icicleLegend(root: BoxData, colour: string, keys: readonly string[]): Content {
  const widths = new Set<number | null>();
  const visit = (box: BoxData) => {
    if (box.children.length === 0) widths.add(box.bits);
    for (const child of box.children) visit(child);
  };
  visit(root);
  const items: [string, string][] =
    colour === "bits"
      ? [...widths].sort((a, b) => (a ?? 99) - (b ?? 99)).map((bits) => [bitsColour(bits), bitsWord(bits)])
      : keys.slice(0, 9).map((key, at) => [kindColour(at), key]);
  return el(
    "ul",
    { class: "legend" },
    items.map(([fill, words]) =>
      el(
        "li",
        {},
        el(
          "svg",
          { width: 14, height: 14, viewBox: "0 0 14 14", "aria-hidden": "true" },
          el("rect", { width: 13, height: 13, fill }),
        ),
        ` ${words}`,
      ),
    ),
  );
}

function isAnyCut(box: BoxData): boolean {
  return box.isCut === true || box.children.some(isAnyCut);
}

function largest(root: BoxData): Content {
  const leaves: BoxData[] = [];
  const visit = (box: BoxData) => {
    if (box.children.length === 0) leaves.push(box);
    for (const child of box.children) visit(child);
  };
  visit(root);
  const rows = leaves.sort((a, b) => b.bytes - a.bytes).slice(0, MAX_LARGEST);
  return table(
    "Modules with the most bytes",
    ["module", right("number"), right("bytes"), right("parameters"), "bits", "scheme"],
    rows.map((box) => [
      box.path === "" ? "(root)" : box.path,
      formatCount(box.count),
      formatCount(box.bytes),
      formatCount(box.parameters),
      box.bits === null ? "?" : String(box.bits),
      box.scheme === null || box.scheme === "none" ? (box.dtype ?? "") : box.scheme,
    ]),
  );
}
