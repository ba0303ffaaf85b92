import type { Diagram, DiagramBox, DiagramBranch } from "../../analysis/arch-diagram.ts";
import { formatCount, formatQuantity } from "../../format/count.ts";
import { displayWidth, fitWidth, padEndWidth } from "../../format/display-width.ts";

/** Columns of a box's inside: drawings keep to narrow terminals. */
const BOX_WIDTH = 46;

/** A layer as blocks: the residual stream on the left, each branch leaving it and added back. */
export function diagramLines(diagram: Diagram): string[] {
  const width = diagram.width === null ? "" : `  ${formatCount(diagram.width)} wide`;
  const title = `layers ${diagram.layers} (${formatQuantity(diagram.count, "layer")})`;
  return [title, `  x${width}`, ...diagram.branches.flatMap(branchLines), "  ▼"];
}

function branchLines({ boxes }: DiagramBranch): string[] {
  const arm = "─".repeat(BOX_WIDTH / 2 + 2);
  const boxed = boxes.flatMap((box, at) => boxLines(box, at === 0));
  return ["  │", `  ├${arm}┐`, ...boxed, `  +◄${arm.slice(1)}┘`];
}

function boxLines(box: DiagramBox, isFirst: boolean): string[] {
  const half = "─".repeat(BOX_WIDTH / 2);
  const inside = [box.title, ...box.lines.map((line) => `  ${line}`)].map(fit);
  const join = isFirst ? [] : [`  │  ${" ".repeat(BOX_WIDTH / 2)}│`];
  return [
    ...join,
    `  │ ┌${half}┴${half}┐`,
    ...inside.map((line) => `  │ │ ${line}│`),
    `  │ └${half}┬${half}┘`,
  ];
}

/** An arrow is two characters in plain ASCII, and would push the border out: here it is a word. */
function fit(text: string): string {
  const line = text.replaceAll(" → ", " to ");
  return displayWidth(line) > BOX_WIDTH ? fitWidth(line, BOX_WIDTH) : padEndWidth(line, BOX_WIDTH);
}
