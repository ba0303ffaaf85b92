import fs from "node:fs";
import path from "node:path";
import { UnfoldError } from "../errors.ts";
import { quoteForMessage } from "../format/escape.ts";
import { readRegularFile } from "../sources/regular-file.ts";

/** Bytes of a small text file such as a token's; a longer one is something else. */
const MAX_SMALL_TEXT_BYTES = 10_000;

/** A small text file, or undefined where there is none that can be read: like one that was never written. */
export function readSmallText(file: string): string | undefined {
  return readRegularFile(file, MAX_SMALL_TEXT_BYTES)?.toString("utf8");
}

/** Bytes of a file that the user wrote for unfold, or had written by it: a configuration, a baseline. */
const MAX_USER_FILE_BYTES = 10_000_000;

/** A file that the user named, parsed as JSON. Throws `USAGE`: it is the user's own file that cannot be used. */
export function readUserJson(file: string): unknown {
  const bytes = readRegularFile(file, MAX_USER_FILE_BYTES);
  if (bytes === undefined) throw refuse(file, whyUnread(file));
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    // What the parser says names the place.
    throw refuse(file, `is not JSON: ${(error as SyntaxError).message}`, error);
  }
}

/** No path or address has one, and every binary file does. */
const CONTROL_CHARACTER = /[\0-\x08\x0b-\x1f\x7f\ufffd]/;

/** Bytes of a list of sources: 100,000 lines of 100 characters. */
export const MAX_LIST_BYTES = 10_000_000;

/** Lines of a text file that the user named, without blanks around them; empty ones and `#` comments left out. Throws `USAGE`. */
export function readUserLines(file: string): string[] {
  const bytes = readRegularFile(file, MAX_LIST_BYTES);
  if (bytes === undefined) throw refuse(file, whyUnread(file));
  return userLinesOf(quoteForMessage(file), bytes.toString("utf8"));
}

/** The same of a text that was read otherwise; `what` names it in a message. */
export function userLinesOf(what: string, text: string): string[] {
  const lines = text.replace(/^\ufeff/, "").split(/\r?\n/);
  const binary = lines.findIndex((line) => CONTROL_CHARACTER.test(line));
  if (binary >= 0)
    throw new UnfoldError("USAGE", {
      message: `${what} is no list: line ${binary + 1} holds control characters`,
    });
  return lines.map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"));
}

function refuse(file: string, problem: string, cause?: unknown): UnfoldError {
  return new UnfoldError("USAGE", { message: `${quoteForMessage(file)} ${problem}` }, { cause });
}

function whyUnread(file: string): string {
  try {
    const stats = fs.statSync(file);
    if (stats.isDirectory()) return "is a folder";
    if (!stats.isFile()) return "is a pipe or a device, not a regular file";
    if (stats.size > MAX_USER_FILE_BYTES) return `is larger than ${MAX_USER_FILE_BYTES / 1_000_000} MB`;
    fs.accessSync(file, fs.constants.R_OK);
    return "cannot be read";
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" ? "is not there" : `cannot be read: ${code ?? "unknown reason"}`;
  }
}

/** Whether a file of the user's is there, whatever it is; where that cannot be told, reading it will say why. */
export function isThere(file: string): boolean {
  try {
    return fs.statSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}

/** The nearest file of this name in a folder or those above it, undefined where there is none. */
export function findUpwards(name: string, folder: string): string | undefined {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    const candidate = path.join(at, name);
    if (fs.existsSync(candidate)) return candidate;
    if (path.dirname(at) === at) return undefined;
  }
}
