import { breakCommands, escapeForTerminal } from "../../format/escape.ts";
import { toAscii } from "./ascii.ts";
import { type Inline, spansOf } from "./document.ts";
import type { Meaning, Style, View } from "./view.ts";

/** A piece of a line as it will be seen, before it is coloured: what is measured and cut. */
export interface ShownSpan {
  readonly text: string;
  readonly meaning: Meaning;
  readonly dropAt?: number;
  readonly link?: string;
}

/**
 * Pieces of text → what a terminal shows of them: outside text made harmless. The one way from text to a terminal, for
 * reports and for messages: whoever has something to say hands over pieces, raw, and escapes nothing.
 */
export function showSpans(inline: Inline, unicode: boolean): ShownSpan[] {
  return spansOf(inline).map(({ text, meaning, isCode, dropAt, link }) => {
    const shown = showText(text, unicode);
    return {
      text: isCode ? `\`${shown}\`` : shown,
      meaning: meaning ?? "plain",
      ...(dropAt === undefined ? {} : { dropAt }),
      ...(link === undefined ? {} : { link }),
    };
  });
}

/** Outside text made harmless, and in plain characters where there are no others. */
export function showText(text: string, unicode: boolean): string {
  const escaped = escapeForTerminal(text);
  return unicode ? escaped : toAscii(escaped);
}

/** What stands where something was cut. */
export function cutMark({ unicode }: Pick<View, "unicode">): string {
  return unicode ? "…" : "...";
}

export function paintSpans(spans: readonly ShownSpan[], style: Style): string {
  return spans
    .map(({ text, meaning, link }) => {
      const painted = style[meaning](text);
      return link === undefined || style.link === undefined ? painted : style.link(painted, link);
    })
    .join("");
}

/** Pieces of text made harmless and coloured, for a line that is not cut. */
export function paint(inline: Inline, style: Style): string {
  return paintSpans(showSpans(inline, true), style);
}

/** A painted line as it is written: pieces that are harmless alone may be a command of a CI runner together. */
export function finishLine(line: string): string {
  return `${breakCommands(line)}\n`;
}
