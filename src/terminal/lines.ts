import type { Inline } from "../report/render/document.ts";
import { finishLine, paint } from "../report/render/line.ts";
import type { Style } from "../report/render/view.ts";
import type { OutputStream } from "./io.ts";

/** One line to print. What is said, outside text included, is handed over raw: it is made harmless here. */
export function toLine(style: Style, inline: Inline): string {
  return finishLine(paint(inline, style));
}

export function writeLine(stream: OutputStream, style: Style, inline: Inline): void {
  stream.write(toLine(style, inline));
}
