import stringWidth from "string-width";

/**
 * ASCII, and what unfold itself draws and writes with beyond it: · × – — … → ✓ ✗, lines and boxes. All take one column.
 * Names are nearly always ASCII too, so the package, whose patterns take 20 ms to be made, is nearly never needed.
 */
const ONE_COLUMN_EACH = /^[\x20-\x7e\u00b7\u00d7\u2013\u2014\u2026\u2192\u2500-\u257f\u2713\u2717]*$/;

/** Columns that a text without control characters takes on a terminal. */
export function displayWidth(text: string): number {
  return ONE_COLUMN_EACH.test(text) ? text.length : stringWidth(text);
}

/** Cuts a text in its middle so that it takes at most `width` columns; both ends tell it from its neighbours. */
export function fitWidth(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  if (width <= 1) return "…".slice(0, width);
  const characters = Array.from(text);
  const tail = Math.floor((width - 1) / 2);
  return `${takeWidth(characters, width - 1 - tail)}…${takeWidth(characters.reverse(), tail, true)}`;
}

export function padEndWidth(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - displayWidth(text)));
}

export function padStartWidth(text: string, width: number): string {
  return " ".repeat(Math.max(0, width - displayWidth(text))) + text;
}

function takeWidth(characters: readonly string[], width: number, reversed = false): string {
  let taken = "";
  for (const character of characters) {
    const next = reversed ? character + taken : taken + character;
    if (displayWidth(next) > width) break;
    taken = next;
  }
  return taken;
}
