import stringWidth from "string-width";

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/** Columns that a text without control characters takes on a terminal; names are nearly always ASCII. */
export function displayWidth(text: string): number {
  return PRINTABLE_ASCII.test(text) ? text.length : stringWidth(text);
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
