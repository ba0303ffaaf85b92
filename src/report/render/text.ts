import { displayWidth, padEndWidth } from "../../format/display-width.ts";
import { diagramLines } from "./arch-diagram-text.ts";
import type { Block, Inline, Span } from "./document.ts";
import { finishLine, paintSpans, showSpans, showText } from "./line.ts";
import { renderOutline } from "./outline.ts";
import type { View } from "./view.ts";
import { packPieces, wrapSpans } from "./wrap.ts";

/** Share of the width that labels of facts may take; where they need more, values stand below them. */
const MAX_LABEL_SHARE = 0.5;

/** A document as text for a terminal or a pipe, line by line, each with its newline. Blocks stand apart by a blank line. */
export async function* renderText(blocks: readonly Block[], view: View): AsyncGenerator<string> {
  let first = true;
  for (const block of blocks) {
    if (!first && (block.kind !== "lines" || block.isApart === true)) yield "\n";
    first = false;
    // cli-table3 is loaded only by a report that has a table.
    const lines =
      block.kind === "table"
        ? (await import("./table.ts")).renderTable(block, view)
        : renderBlock(block, view);
    for (const line of lines) yield finishLine(line);
  }
}

function* renderBlock(block: Exclude<Block, { kind: "table" }>, view: View): Generator<string> {
  switch (block.kind) {
    case "title":
    case "heading": {
      const meaning = block.kind === "heading" ? (block.meaning ?? "title") : "title";
      const title: Span[] = [{ text: block.text, meaning, ...linkOf(block, view) }];
      if (block.subtitle !== undefined)
        title.push({ text: "  " }, { text: block.subtitle, meaning: "muted" });
      yield* wrapped(title, view, view.width, "  ");
      if (block.kind === "title" && block.alarm !== undefined)
        yield* wrapped({ text: block.alarm, meaning: "error" }, view, view.width, "  ");
      if (block.kind === "title")
        for (const phrase of block.lines ?? [])
          for (const line of packPieces(phrase, view.width, "  "))
            yield* wrapped(line, view, view.width, "  ");
      return;
    }
    case "facts":
      return yield* renderFacts(block.rows, view);
    case "lines":
      for (const line of block.lines) yield* wrapped(line, view, view.width, "  ");
      return;
    case "diagram":
      for (const line of diagramLines(block.diagram, view.width)) yield* wrapped(line, view, view.width, "");
      return;
    case "outline":
      yield* renderOutline(block, view);
  }
}

/** What a title or a heading leads to. */
function linkOf(block: Extract<Block, { kind: "title" | "heading" }>, { hub }: View): { link?: string } {
  if (block.kind === "heading") return block.link === undefined ? {} : { link: block.link };
  return block.repository === undefined || hub === undefined ? {} : { link: `${hub}/${block.repository}` };
}

function* renderFacts(rows: Extract<Block, { kind: "facts" }>["rows"], view: View): Generator<string> {
  const shown = rows.map(([label, value]) => [showText(label, view.unicode), value] as const);
  const labelWidth = Math.max(...shown.map(([label]) => displayWidth(label)));
  const isBeside = labelWidth + 2 <= view.width * MAX_LABEL_SHARE;
  for (const [label, value] of shown) {
    const lead = isBeside ? `${padEndWidth(label, labelWidth)}  ` : "  ";
    if (!isBeside && label.trim() !== "")
      yield* wrapped({ text: label, meaning: "muted" }, view, view.width, "");
    let isFirst = true;
    for (const line of wrapped(value, view, view.width - displayWidth(lead), "")) {
      yield `${view.style.muted(isFirst ? lead : " ".repeat(displayWidth(lead)))}${line}`;
      isFirst = false;
    }
  }
}

/** A line of text, broken where it is too wide, made harmless and coloured. */
function* wrapped(inline: Inline, view: View, width: number, indent: string): Generator<string> {
  for (const line of wrapSpans(showSpans(inline, view.unicode), width, indent))
    yield paintSpans(line, view.style);
}
