import { displayWidth, padEndWidth } from "../../format/display-width.ts";
import type { Block, Span } from "./document.ts";
import { finishLine, paint } from "./line.ts";
import { renderOutline } from "./outline.ts";
import { PLAIN_STYLE, type View } from "./view.ts";

/** A document as text for a terminal or a pipe, line by line, each with its newline. Blocks stand apart by a blank line. */
export async function* renderText(blocks: readonly Block[], view: View): AsyncGenerator<string> {
  let first = true;
  for (const block of blocks) {
    if (!first && block.kind !== "lines") yield "\n";
    first = false;
    // cli-table3 is loaded only by a report that has a table.
    const lines =
      block.kind === "table"
        ? (await import("./table.ts")).renderTable(block, view)
        : renderBlock(block, view);
    for (const line of lines) yield finishLine(view.unicode ? line : toAscii(line));
  }
}

function* renderBlock(block: Exclude<Block, { kind: "table" }>, view: View): Generator<string> {
  switch (block.kind) {
    case "title":
    case "heading": {
      const title: Span[] = [{ text: block.text, meaning: "title" }];
      if (block.aside !== undefined) title.push({ text: "  " }, { text: block.aside, meaning: "muted" });
      yield* wrap(paint(title, view.style), view.width, "  ");
      if (block.kind === "title" && block.alarm !== undefined) {
        yield* wrap(paint({ text: block.alarm, meaning: "error" }, view.style), view.width, "  ");
      }
      return;
    }
    case "facts": {
      const rows = block.rows.map(([label, value]) => [paint(label, PLAIN_STYLE), value] as const);
      const labelWidth = Math.max(...rows.map(([label]) => displayWidth(label)));
      for (const [label, value] of rows) {
        const lead = `${padEndWidth(label, labelWidth)}  `;
        const lines = wrap(paint(value, view.style), view.width - lead.length, "");
        for (const [k, line] of lines.entries())
          yield `${view.style.muted(k === 0 ? lead : " ".repeat(lead.length))}${line}`;
      }
      return;
    }
    case "lines":
      for (const line of block.lines) yield* wrap(paint(line, view.style), view.width, "  ");
      return;
    case "outline":
      yield* renderOutline(block, view);
  }
}

// biome-ignore lint/complexity/useRegexLiterals: an escape character in a literal is hard to read
const COLOR = new RegExp("\\u001b\\[[0-9;]*m", "g");

/** Where a line may be broken: not before a unit, not inside a shape. */
const BLANKS = / (?!(?:[kMGTPE]?B|bytes?)\b)(?![^[\]]{0,40}\])/;

/** Breaks a line at blanks; colour codes take no width and never stand across a break in our styles' short spans. */
function wrap(text: string, width: number, indent: string): string[] {
  const visible = (part: string) => displayWidth(part.replace(COLOR, ""));
  if (visible(text) <= width) return [text];
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(BLANKS)) {
    const next = line === "" ? word : `${line} ${word}`;
    if (line.trim() !== "" && visible(next) > width) {
      lines.push(line);
      line = indent + word;
    } else line = next;
  }
  return [...lines, line];
}

const ASCII: readonly (readonly [RegExp, string])[] = [
  [/…/g, "..."],
  [/ · /g, " - "],
  [/×/g, "x"],
  [/→/g, "->"],
  [/[–—]/g, "-"],
  [/✓/g, "ok"],
  [/✗/g, "x"],
  [/[┌┐└┘├┤┬┴┼]/g, "+"],
  [/─/g, "-"],
  [/│/g, "|"],
  [/◄/g, "<"],
  [/▼/g, "v"],
];

/** `--ascii`: marks of ours get plain spellings; outside names beyond ASCII are shown as escapes. */
function toAscii(line: string): string {
  const plain = ASCII.reduce((text, [mark, spelling]) => text.replace(mark, spelling), line);
  return plain.replace(/[^\x00-\x7f]/gu, (char) => `\\u{${(char.codePointAt(0) as number).toString(16)}}`);
}
