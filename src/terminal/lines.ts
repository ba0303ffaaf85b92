import type { Inline } from "../report/render/document.ts";
import { finishLine, paintSpans, showSpans } from "../report/render/line.ts";
import { MIN_WIDTH, type Style } from "../report/render/view.ts";
import { wrapSpans } from "../report/render/wrap.ts";
import { columnsOf, type OutputStream } from "./io.ts";

type Terminal = Pick<OutputStream, "isTTY" | "columns">;

/** How far a line goes in where it goes on in the next. */
const INDENT = "  ";

/**
 * Prints a line, on a terminal broken at its width; in a pipe or a file it stays whole. What is said, outside text included,
 * is handed over raw: it is made harmless here.
 */
export function writeLine(stream: OutputStream, style: Style, inline: Inline, indent = INDENT): void {
  for (const line of fittedLines(stream, style, inline, indent)) stream.write(line);
}

/** The same, for whoever writes elsewhere. */
export function fittedLines(stream: Terminal, style: Style, inline: Inline, indent = INDENT): string[] {
  return wrapSpans(showSpans(inline, true), lineWidth(stream), indent).map((line) =>
    finishLine(paintSpans(line, style)),
  );
}

/** Columns of a line; of a terminal that is narrower than any text, those that text is made for. */
function lineWidth(stream: Terminal): number {
  const columns = columnsOf(stream);
  return columns === undefined ? Number.POSITIVE_INFINITY : Math.max(MIN_WIDTH, columns);
}
