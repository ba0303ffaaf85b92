import { escapeForMarkdown, escapeForMarkdownCode } from "../../format/escape.ts";
import { diagramLines } from "./arch-diagram-text.ts";
import { withoutBars } from "./bar.ts";
import { type Block, type Inline, spansOf, type Table } from "./document.ts";
import { renderOutline } from "./outline.ts";
import { PLAIN_STYLE } from "./view.ts";

/** Width of a tree in Markdown: a code block that most pages show without scrolling. */
const OUTLINE_WIDTH = 100;

/** A document as Markdown that GitHub renders. No outside text can start markup, a link or HTML. */
export function* renderMarkdown(blocks: readonly Block[]): Generator<string> {
  let first = true;
  for (const block of blocks) {
    if (!first) yield "\n";
    first = false;
    yield* renderBlock(block);
  }
}

function* renderBlock(block: Block): Generator<string> {
  switch (block.kind) {
    case "title":
    case "heading": {
      const subtitle = block.subtitle === undefined ? "" : ` (${escapeForMarkdown(block.subtitle)})`;
      yield `${block.kind === "title" ? "##" : "###"} ${escapeForMarkdown(block.text)}${subtitle}\n`;
      if (block.kind === "title" && block.alarm !== undefined)
        yield `\n**${escapeForMarkdown(block.alarm)}**\n`;
      if (block.kind === "title")
        for (const line of block.lines ?? []) yield `\n${escapeForMarkdown(line)}\n`;
      return;
    }
    case "facts":
      // A row without a label goes on with the one before.
      for (const [label, value] of block.rows) {
        yield label.trim() === ""
          ? `  - ${plain(value)}\n`
          : `- **${escapeForMarkdown(label.trim())}**: ${plain(value)}\n`;
      }
      return;
    case "lines":
      for (const line of block.lines) {
        const text = plain(line);
        // What is set in is below the line before.
        yield text.startsWith("  ") ? `  - ${text.trimStart()}\n` : `- ${text}\n`;
      }
      return;
    case "table":
      return yield* renderTable(withoutBars(block));
    case "diagram":
      yield fenced(diagramLines(block.diagram, OUTLINE_WIDTH));
      return;
    case "outline":
      yield fenced([...renderOutline(block, { width: OUTLINE_WIDTH, style: PLAIN_STYLE, unicode: true })]);
  }
}

function* renderTable({ columns, rows }: Table): Generator<string> {
  yield `| ${columns.map((column) => escapeForMarkdown(column.title)).join(" | ")} |\n`;
  yield `| ${columns.map((column) => (column.align === "right" ? "---:" : "---")).join(" | ")} |\n`;
  for (const row of rows) {
    yield `| ${row.map((cell, k) => (columns[k]?.meaning === "name" ? escapeForMarkdownCode(cell) : escapeForMarkdown(cell))).join(" | ")} |\n`;
  }
}

function fenced(lines: readonly string[]): string {
  const fence = "`".repeat(lines.reduce((most, line) => Math.max(most, longestBacktickRun(line) + 1), 3));
  return `${fence}text\n${lines.join("\n")}\n${fence}\n`;
}

function plain(inline: Inline): string {
  return spansOf(inline)
    .map(({ text, isCode }) => (isCode ? escapeForMarkdownCode(text) : escapeForMarkdown(text)))
    .join("");
}

function longestBacktickRun(text: string): number {
  return (text.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 0);
}
