import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";

/** First bytes of a file that are looked at: headers of tests end well before. Behind them sparse files have holes, and a length. */
const LOOKED_AT_BYTES = 65_536;

/**
 * Each entry below a folder (or the file given) with what a run must not change: kind, mode, length, time of the last change, and
 * content. Entries that cannot be read are told as such.
 */
export function folderState(folder: string): Map<string, string> {
  const state = new Map<string, string>();
  const visit = (file: string, name: string): void => {
    const stats = fs.lstatSync(file, { bigint: true, throwIfNoEntry: false });
    if (stats === undefined) return;
    const facts = [stats.mode.toString(8), stats.size, stats.mtimeNs, stats.ino];
    if (stats.isSymbolicLink()) facts.push(fs.readlinkSync(file));
    else if (stats.isFile()) facts.push(hashOf(file, stats.size));
    else if (stats.isDirectory())
      for (const entry of namesIn(file)) visit(path.join(file, entry), `${name}/${entry}`);
    // A folder's own time and length change with a file that is made and removed again: its names are what counts.
    state.set(name, stats.isDirectory() ? String(facts[0]) : facts.join(" "));
  };
  visit(folder, ".");
  return state;
}

/** What differs between two states, in words; empty where nothing does. */
export function changesBetween(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): string[] {
  const changes: string[] = [];
  for (const [name, facts] of before) {
    const now = after.get(name);
    if (now === undefined) changes.push(`${name} is gone`);
    else if (now !== facts) changes.push(`${name} was changed`);
  }
  for (const name of after.keys()) if (!before.has(name)) changes.push(`${name} is new`);
  return changes;
}

function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder).sort();
  } catch {
    return []; // not ours to list: its mode is told all the same
  }
}

function hashOf(file: string, fileBytes: bigint): string {
  let descriptor: number;
  try {
    descriptor = fs.openSync(file, "r");
  } catch {
    return "unreadable";
  }
  try {
    const bytes = Buffer.alloc(Math.min(Number(fileBytes), LOOKED_AT_BYTES));
    const length = fs.readSync(descriptor, bytes, 0, bytes.length, 0);
    return crypto.createHash("sha1").update(bytes.subarray(0, length)).digest("hex");
  } finally {
    fs.closeSync(descriptor);
  }
}
