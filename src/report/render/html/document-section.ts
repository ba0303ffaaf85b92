import { type Content, el, preformatted, right, table } from "../../../page/element.ts";
import { diagramLines } from "../arch-diagram-text.ts";
import { type Block, type Inline, spansOf } from "../document.ts";
import { renderOutline } from "../outline.ts";
import { PLAIN_STYLE } from "../view.ts";

/** Columns of trees and drawings that are set as on a terminal. */
const TEXT_WIDTH = 110;

/** The document of a view as elements: what has no drawing of its own is read here as it is on a terminal. */
export function documentSection(blocks: readonly Block[]): Content {
  return blocks.map((block) => toContent(block));
}

function toContent(block: Block): Content {
  switch (block.kind) {
    // The page has a title of its own.
    case "title":
      return block.alarm === undefined ? null : el("p", { class: "alarm" }, block.alarm);
    case "heading":
      return el("h3", {}, block.text, block.subtitle === undefined ? null : ` ${block.subtitle}`);
    case "facts":
      return el(
        "dl",
        { class: "facts" },
        block.rows.map(([label, value]) => [el("dt", {}, label), el("dd", {}, inline(value))]),
      );
    case "lines":
      return el(
        "ul",
        { class: "lines" },
        block.lines.map((line) => el("li", {}, inline(line))),
      );
    case "diagram":
      return preformatted(diagramLines(block.diagram, TEXT_WIDTH));
    case "table":
      return table(
        block.columns.map(({ title }) => title).join(", "),
        block.columns.map(({ title, align }) => (align === "right" ? right(title) : title)),
        block.rows,
        // The heads say it all.
        false,
      );
    case "outline":
      return preformatted([
        ...renderOutline(block, { width: TEXT_WIDTH, style: PLAIN_STYLE, unicode: true }),
      ]);
    default:
      return block satisfies never;
  }
}

function inline(line: Inline): Content {
  return spansOf(line).map(({ text, isCode, meaning }) => {
    if (isCode === true) return el("code", {}, text);
    return meaning === "error" || meaning === "warning" ? el("b", {}, text) : text;
  });
}
