import { formatCount } from "../../../format/count.ts";
import type { BoxData } from "../../../page/data.ts";
import { type Content, el, right, table } from "../../../page/element.ts";
import { bestColour, colourKeys, drawBox, isComparison, layOut, sizeOfBox } from "../../../page/icicle.ts";
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
        { class: "scroll", tabindex: 0, role: "group", "aria-label": labelOf(root) },
        el(
          "svg",
          {
            width: WIDTH,
            height: ICICLE_HEIGHT,
            viewBox: `0 0 ${WIDTH} ${ICICLE_HEIGHT}`,
            "font-size": 12,
            "font-family": "system-ui, sans-serif",
            role: "img",
            "aria-label": `${labelOf(root)}, coloured by ${colour}: ${root.children
              .slice(0, 6)
              .map((box) => `${box.path} ${sizeOfBox(box)}`)
              .join(", ")}`,
          },
          boxes.map((placed) => drawBox(placed, colour, keys)),
        ),
      ),
      icicleLegend(root, colour, keys),
    ),
    isAnyCut(root) &&
      el(
        "p",
        { class: "muted" },
        isComparison(root)
          ? "The smallest changes are left out: unfold diff has them."
          : "Modules further down are left out: unfold tree has them.",
      ),
    el(
      "details",
      { class: "twin" },
      el(
        "summary",
        {},
        isComparison(root) ? "The largest changes as a table" : "The largest modules as a table",
      ),
      isComparison(root) ? largestChanges(root) : largest(root),
    ),
  ];
}

function labelOf(root: BoxData): string {
  return isComparison(root) ? "Modules by bytes that changed" : "Modules by bytes";
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

function largestLeaves(root: BoxData): BoxData[] {
  const leaves: BoxData[] = [];
  const visit = (box: BoxData) => {
    if (box.children.length === 0) leaves.push(box);
    for (const child of box.children) visit(child);
  };
  visit(root);
  return leaves.sort((a, b) => b.bytes - a.bytes).slice(0, MAX_LARGEST);
}

function largestChanges(root: BoxData): Content {
  return table(
    "Modules that grew or shrank most",
    ["module", right("number"), right("bytes"), "how"],
    largestLeaves(root).map((box) => [
      box.path,
      formatCount(box.count),
      `${box.role === "grown" ? "+" : "−"}${formatCount(box.bytes)}`,
      box.differs ?? "",
    ]),
  );
}

function largest(root: BoxData): Content {
  const rows = largestLeaves(root);
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
