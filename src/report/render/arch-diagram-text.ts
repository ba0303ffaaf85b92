import type { Diagram, DiagramBox, DiagramBranch } from "../../analysis/arch-diagram.ts";
import { formatCount, formatQuantity } from "../../format/count.ts";
import { displayWidth, fitWidth, padEndWidth } from "../../format/display-width.ts";

/** Columns of a box's inside, where there is room: drawings keep to narrow terminals. */
const BOX_WIDTH = 46;
/** Columns beside the inside of a box: the stream, and the box's sides. */
const BESIDE = 7;
/** Columns of an inside below which no word fits. */
const MIN_BOX_WIDTH = 12;

/** A layer as blocks, so many columns wide at most: the residual stream on the left, each branch leaving it and added back. */
export function diagramLines(diagram: Diagram, columns: number): string[] {
  const room = Math.max(MIN_BOX_WIDTH, Math.min(BOX_WIDTH, columns - BESIDE));
  const inside = room - (room % 2);
  const width = diagram.width === null ? "" : `  ${formatCount(diagram.width)} wide`;
  const title = `layers ${diagram.layers} (${formatQuantity(diagram.count, "layer")})`;
  return [title, `  x${width}`, ...diagram.branches.flatMap((branch) => branchLines(branch, inside)), "  ▼"];
}

function branchLines({ boxes }: DiagramBranch, width: number): string[] {
  const arm = "─".repeat(width / 2 + 2);
  const boxed = boxes.flatMap((box, at) => boxLines(box, at === 0, width));
  return ["  │", `  ├${arm}┐`, ...boxed, `  +◄${arm.slice(1)}┘`];
}

function boxLines(box: DiagramBox, isFirst: boolean, width: number): string[] {
  const half = "─".repeat(width / 2);
  const inside = [box.title, ...box.lines.map((line) => `  ${line}`)].map((line) => fitLine(line, width));
  const join = isFirst ? [] : [`  │  ${" ".repeat(width / 2)}│`];
  return [
    ...join,
    `  │ ┌${half}┴${half}┐`,
    ...inside.map((line) => `  │ │ ${line}│`),
    `  │ └${half}┬${half}┘`,
  ];
}

/** An arrow is two characters in plain ASCII, and would push the border out: here it is a word. */
function fitLine(text: string, width: number): string {
  const line = text.replaceAll(" → ", " to ");
  return displayWidth(line) > width ? fitWidth(line, width) : padEndWidth(line, width);
}
