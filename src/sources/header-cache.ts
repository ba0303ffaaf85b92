import fs from "node:fs";
import path from "node:path";
import { CacheFolder, isOwnFile, LABEL_FILE } from "./cache-folder.ts";
import { readRegularFile } from "./regular-file.ts";
import { toReadError } from "./system-errors.ts";

/**
 * Bytes that the cache may take, content of its files alone. Headers, index and configs of the largest models are some
 * 130 MB, of usual ones 1 MB: room for what a person looks at in months.
 */
export const MAX_CACHE_BYTES = 2_000_000_000;

export interface CachedCheckpoint {
  /** `owner/name@commit`, or the address without its query. Written by strangers: escape it. */
  readonly label: string;
  readonly entries: number;
  readonly bytes: number;
}

/** Headers, indexes, configs and listings seen before: by endpoint, repository and commit, or by address and ETag. */
export class HeaderCache {
  /** Folder of all entries; null where none are kept. */
  readonly root: string | null;
  private readonly maxBytes: number;
  private readonly folders: CacheFolder[] = [];

  /** `root` null: nothing is read and nothing is kept. */
  constructor(root: string | null, maxBytes = MAX_CACHE_BYTES) {
    this.root = root;
    this.maxBytes = maxBytes;
  }

  folder(key: readonly string[], label: string): CacheFolder | undefined {
    if (this.root === null) return undefined;
    const folder = new CacheFolder(this.root, key, label);
    this.folders.push(folder);
    return folder;
  }

  /** Waits for what is being written; then `notes` are complete. */
  async settle(): Promise<void> {
    for (const folder of this.folders) await folder.settle();
  }

  /** Settles, then removes the checkpoints not written to for the longest time. */
  async close(): Promise<void> {
    await this.settle();
    if (this.root !== null && this.folders.some((folder) => folder.writtenEntries > 0)) this.trim(this.root);
  }

  /** That something could not be kept: the answer stands, and the next run asks again. */
  get notes(): readonly string[] {
    const failed = this.folders.find((folder) => folder.writeFailure !== null);
    if (failed === undefined) return [];
    return [`the cache cannot be written (${failed.writeFailure}): the next run reads the headers again`];
  }

  /** Whatever others left in the cache, or may do with it that we may not, is no trouble of this run. */
  private trim(root: string): void {
    const folders = listFolders(root, tryReadFolder(root)).sort((a, b) => b.changedMs - a.changedMs);
    let bytes = 0;
    for (const folder of folders) {
      bytes += folder.bytes;
      if (bytes > this.maxBytes) removeFolder(folder.path);
    }
  }
}

/** What the cache holds, the largest first. Throws `ACCESS_DENIED`, `LINK_LOOP`, … where that cannot be told. */
export function listCache(root: string): readonly CachedCheckpoint[] {
  return listFolders(root, readFolder(root))
    .map(({ label, entries, bytes }) => ({ label, entries, bytes }))
    .sort((a, b) => b.bytes - a.bytes || (a.label < b.label ? -1 : 1));
}

/** Removes all entries and tells of those that are gone, and how many folders could not be emptied. */
export function clearCache(root: string): { removed: readonly CachedCheckpoint[]; left: number } {
  const folders = listFolders(root, readFolder(root));
  const removed = folders.filter((folder) => removeFolder(folder.path));
  return { removed, left: folders.length - removed.length };
}

interface FolderOnDisk extends CachedCheckpoint {
  readonly path: string;
  readonly changedMs: number;
}

/** Bytes of a label: a repository and a commit, or an address. */
const MAX_LABEL_BYTES = 4_096;

function listFolders(root: string, names: readonly string[]): FolderOnDisk[] {
  return names
    .filter((name) => /^[0-9a-f]{40}$/.test(name))
    .map((name) => path.join(root, name))
    .filter((folder) => statOf(folder)?.isDirectory())
    .map(describeFolder);
}

/** Files that are not ours, whatever they are, count nothing. */
function describeFolder(folder: string): FolderOnDisk {
  let bytes = 0;
  let entries = 0;
  let changedMs = 0;
  for (const name of tryReadFolder(folder).filter(isOwnFile)) {
    const stats = statOf(path.join(folder, name));
    if (!stats?.isFile()) continue;
    bytes += stats.size;
    changedMs = Math.max(changedMs, stats.mtimeMs);
    if (name.endsWith(".entry")) entries++;
  }
  const label = readRegularFile(path.join(folder, LABEL_FILE), MAX_LABEL_BYTES)?.toString("utf8");
  // Without a label its writer was stopped early.
  return { path: folder, label: label ?? "unknown", entries, bytes, changedMs };
}

/** Removes what we wrote into a folder, and the folder if nothing else is in it. Whether all of ours is gone. */
function removeFolder(folder: string): boolean {
  let isDone = true;
  for (const name of tryReadFolder(folder).filter(isOwnFile)) {
    try {
      fs.unlinkSync(path.join(folder, name));
    } catch (error) {
      // Removed by another run meanwhile is removed; another user's is left.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") isDone = false;
    }
  }
  try {
    fs.rmdirSync(folder);
  } catch {
    // Something else is in it: it stays.
  }
  return isDone;
}

/** Of the name itself: a link is never followed out of the cache. Undefined where nothing can be told. */
function statOf(file: string): fs.Stats | undefined {
  try {
    return fs.lstatSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function readFolder(folder: string): readonly string[] {
  try {
    return fs.readdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw toReadError(error);
  }
}

function tryReadFolder(folder: string): readonly string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}
