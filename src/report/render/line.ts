import { breakCommands, escapeForTerminal } from "../../format/escape.ts";
import { type Inline, spansOf } from "./document.ts";
import type { Style } from "./view.ts";

/**
 * Pieces of text → what a terminal shows of them: outside text made harmless, then coloured. The one way from text to a
 * terminal, for reports and for messages: whoever has something to say hands over pieces, raw, and escapes nothing.
 */
export function paint(inline: Inline, style: Style): string {
  return spansOf(inline)
    .map(({ text, meaning, isCode }) => {
      const escaped = escapeForTerminal(text);
      return style[meaning ?? "plain"](isCode ? `\`${escaped}\`` : escaped);
    })
    .join("");
}

/** A painted line as it is written: pieces that are harmless alone may be a command of a CI runner together. */
export function finishLine(line: string): string {
  return `${breakCommands(line)}\n`;
}
