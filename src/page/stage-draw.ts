import { BOX, drawNode, drawStructure, line } from "./arch-draw.ts";
import type { StructureData } from "./data.ts";
import { type Content, type Element, el } from "./element.ts";

/** Pixels between two lines beside the boxes. */
const SKIP_STEP = 14;

/** What a tab shows: a layer of a structure, or a chain of stages. */
export function drawBoxes(structure: StructureData, selected: string | null): Element {
  return structure.skips === undefined ? drawStructure(structure, selected) : drawStages(structure, selected);
}

/** A chain of stages, one below the other; beside it runs what skips the stages between. */
function drawStages({ title, nodes, skips = [] }: StructureData, selected: string | null): Element {
  const shapes: Content[] = [];
  const left = 8;
  const right = left + BOX.width;
  const tops = new Map<number, number>();
  let y = 4;
  for (const [at, node] of nodes.entries()) {
    if (node.kind !== "stage") continue;
    if (tops.size > 0) shapes.push(line(`M${left + BOX.width / 2} ${y - BOX.gap}v${BOX.gap}`));
    tops.set(at, y);
    shapes.push(drawNode(node, left, y, BOX.height, node.id === selected));
    y += BOX.height + BOX.gap;
  }
  // The outermost skips the most.
  const drawn = skips.toSorted((a, b) => a[1] - a[0] - (b[1] - b[0]));
  for (const [order, [from, to]] of drawn.entries()) {
    const [begin, end] = [tops.get(from), tops.get(to)];
    if (begin === undefined || end === undefined) continue;
    const x = right + (order + 1) * SKIP_STEP;
    const middle = BOX.height / 2;
    shapes.push(line(`M${right} ${begin + middle}H${x}V${end + middle}H${right}m5 -4l-5 4l5 4`));
  }
  const width = right + (drawn.length + 1) * SKIP_STEP;
  return el(
    "svg",
    {
      width,
      height: y,
      viewBox: `0 0 ${width} ${y}`,
      "font-size": 12,
      "font-family": "system-ui, sans-serif",
      role: "img",
      "aria-label": `${title}: ${nodes
        .filter(({ kind }) => kind === "stage")
        .map((node) => node.title)
        .join(", ")}${drawn.length > 0 ? "; what went down is taken in again on the way up" : ""}`,
    },
    shapes,
  );
}
