import fs from "node:fs";

/** Prints a few characters without opening a stream; false where that did not work, and nothing was printed. */
export function printAtOnce(text: string): boolean {
  try {
    return fs.writeSync(1, text) > 0;
  } catch {
    return false; // a full disk, a pipe without a reader
  }
}
