import fs from "node:fs";
import path from "node:path";
import { UnfoldError } from "../errors.ts";
import { type HubFile, isCommit, parseBytes } from "./hub-api.ts";
import { findTooDeep } from "./json-depth.ts";
import { LocalSource } from "./local.ts";
import { MAX_LISTING_ENTRIES } from "./network/limits.ts";
import { findUnsafePath } from "./paths.ts";
import { isRegularFile, readRegularFile } from "./regular-file.ts";
import type { ByteReader } from "./source.ts";

/** Bytes of a `refs/…` file (a commit) and of a `trees/….json` (the listing of one). */
const MAX_REF_BYTES = 200;
const MAX_TREE_BYTES = 50_000_000;

/**
 * The cache that the Hub's own clients share (`models--owner--name/{refs,snapshots,trees}`), read only: what was
 * downloaded there needs no request. Snapshots may be partial, so a file that is not there proves nothing.
 */
export class HubCache {
  readonly folder: string;

  constructor(cacheFolder: string, id: string) {
    this.folder = path.join(cacheFolder, `models--${id.replaceAll("/", "--")}`);
  }

  /** The commit that a branch or tag had when it was last downloaded. */
  findCommit(revision: string): string | undefined {
    if (isCommit(revision)) return fs.existsSync(this.snapshotOf(revision)) ? revision : undefined;
    // The revision was typed, but a name with `..` would still be read elsewhere.
    if (findUnsafePath(revision) !== undefined) return undefined;
    const commit = readRegularFile(path.join(this.folder, "refs", revision), MAX_REF_BYTES)
      ?.toString("latin1")
      .trim();
    return commit !== undefined && isCommit(commit) ? commit : undefined;
  }

  /** Files of a commit: all of them where the clients kept the listing, else those that were downloaded. */
  list(commit: string): { files: readonly HubFile[]; isComplete: boolean } | undefined {
    const tree = readRegularFile(path.join(this.folder, "trees", `${commit}.json`), MAX_TREE_BYTES);
    const files = tree === undefined ? undefined : parseTree(tree);
    if (files !== undefined) return { files, isComplete: true };
    const downloaded: HubFile[] = [];
    return walk(this.snapshotOf(commit), "", 0, downloaded)
      ? { files: downloaded, isComplete: false }
      : undefined;
  }

  has(commit: string, file: string): boolean {
    return isRegularFile(path.join(this.snapshotOf(commit), file));
  }

  /** A downloaded file, undefined where it cannot be opened. Its bytes are the caller's own: reads of several files overlap. */
  open(commit: string, file: string): ByteReader | undefined {
    try {
      return new LocalSource(commit, this.snapshotOf(commit), null).open(file);
    } catch (error) {
      if (error instanceof UnfoldError) return undefined;
      throw error;
    }
  }

  /** A whole downloaded file, undefined where it cannot be read, or is longer than `maxBytes`. */
  readFile(commit: string, file: string, maxBytes: number): Uint8Array | undefined {
    return readRegularFile(path.join(this.snapshotOf(commit), file), maxBytes);
  }

  private snapshotOf(commit: string): string {
    return path.join(this.folder, "snapshots", commit);
  }
}

function parseTree(json: Buffer): readonly HubFile[] | undefined {
  if (findTooDeep(json) !== undefined) return undefined;
  let files: unknown;
  try {
    files = (JSON.parse(json.toString("utf8")) as { files?: unknown } | null)?.files;
  } catch {
    return undefined; // being written, or of another version
  }
  if (typeof files !== "object" || files === null) return undefined;
  const listed: HubFile[] = [];
  for (const [name, about] of Object.entries(files)) {
    const { size, lfs_size } = (about ?? {}) as { size?: unknown; lfs_size?: unknown };
    if (findUnsafePath(name) === undefined)
      listed.push({ path: name, bytes: parseBytes(lfs_size) ?? parseBytes(size) });
  }
  return listed;
}

/** Depth of folders in a snapshot, and files in it, that are listed: repositories have a few, a mistake any number. */
const MAX_WALK_DEPTH = 16;

/**
 * Files of a snapshot. Folders inside it are few and real; links in it are files. Whether it could be listed: what is not
 * ours to read is not there, and the hub is asked.
 */
function walk(folder: string, prefix: string, depth: number, files: HubFile[]): boolean {
  let entries: fs.Dirent[];
  try {
    entries = fs.readdirSync(folder, { withFileTypes: true });
  } catch {
    return false;
  }
  for (const entry of entries) {
    if (files.length >= MAX_LISTING_ENTRIES) break;
    const name = prefix + entry.name;
    const place = path.join(folder, entry.name);
    if (!entry.isDirectory()) files.push({ path: name, bytes: lengthOf(place) });
    else if (depth < MAX_WALK_DEPTH) walk(place, `${name}/`, depth + 1, files);
  }
  return true;
}

function lengthOf(file: string): number | undefined {
  try {
    return fs.statSync(file).size;
  } catch {
    return undefined; // a link that leads nowhere, or in circles: told when it is opened
  }
}
