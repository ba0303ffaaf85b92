import type { Inline } from "../report/render/document.ts";
import { finishLine, paint } from "../report/render/line.ts";
import type { Style } from "../report/render/view.ts";
import type { OutputStream } from "./io.ts";

/** Writes one line. What is said, outside text included, is handed over raw: it is made harmless here. */
export function writeLine(stream: OutputStream, style: Style, inline: Inline): void {
  stream.write(finishLine(paint(inline, style)));
}
