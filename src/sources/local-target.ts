import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { UnfoldError } from "../errors.ts";
import { quoteForMessage } from "../format/escape.ts";
import { readRegularFile } from "./regular-file.ts";

/** A path as it was meant, and what it is called in reports where that is not what was typed. */
export interface LocalTarget {
  readonly path: string;
  /** `owner/name` of a folder of the Hugging Face cache, or a folder's own name for `.`; undefined for the path itself. */
  readonly id?: string;
  readonly commit?: string;
}

/** Bytes of a file that holds a commit: 40 digits and a line end. */
const MAX_REF_BYTES = 100;

/** What was typed → the path that is meant: `file://` addresses, `.`, and folders of the Hugging Face cache. */
export function localTargetOf(typed: string): LocalTarget {
  const isAddress = /^file:/i.test(typed);
  const place = isAddress ? pathOfAddress(typed) : typed;
  const cached = inCache(place);
  if (cached !== undefined) return cached;
  if (isAddress) return { path: place, id: path.basename(place) || place };
  return isDots(place) ? { path: place, id: nameOfDots(place) } : { path: place };
}

function pathOfAddress(typed: string): string {
  try {
    return fileURLToPath(typed);
  } catch {
    throw new UnfoldError(
      "USAGE",
      { message: `${quoteForMessage(typed)} is no address of a file on this disk` },
      { hint: "Write the path itself, such as ./export, or file:///absolute/path." },
    );
  }
}

/** `.`, `..`, `../..`: of no use as a name. */
function isDots(place: string): boolean {
  return place.split(/[/\\]/).every((part) => part === "." || part === ".." || part === "");
}

function nameOfDots(place: string): string {
  try {
    return path.basename(path.resolve(place)) || place;
  } catch {
    return place; // the working folder is gone: what is read will say so
  }
}

const CACHE_FOLDER = /^models--(.+)$/;

/** `models--owner--name` follows `refs/main`; a snapshot in it is told by its model and commit. Undefined for other paths. */
function inCache(place: string): LocalTarget | undefined {
  const trimmed = place.replace(/[/\\]+$/, "");
  const snapshot = /^(.*[/\\])?(models--[^/\\]+)[/\\]snapshots[/\\]([0-9a-f]{40})$/.exec(trimmed);
  if (snapshot !== null)
    return { path: place, id: idOf(snapshot[2] as string), commit: snapshot[3] as string };
  const name = path.basename(trimmed);
  if (!CACHE_FOLDER.test(name) || !fs.existsSync(path.join(trimmed, "snapshots"))) return undefined;
  const commit = readRegularFile(path.join(trimmed, "refs", "main"), MAX_REF_BYTES)
    ?.toString("utf8")
    .trim();
  if (commit === undefined || !/^[0-9a-f]{40}$/.test(commit)) return undefined;
  return { path: path.join(trimmed, "snapshots", commit), id: idOf(name), commit };
}

/** `models--owner--name` → `owner/name`. */
function idOf(folder: string): string {
  return (CACHE_FOLDER.exec(folder)?.[1] ?? folder).replace("--", "/");
}
