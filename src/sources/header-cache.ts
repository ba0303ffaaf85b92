import fs from "node:fs";
import path from "node:path";
import { CacheFolder } from "./cache-folder.ts";

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
  private readonly root: string | null;
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

  /** Waits for what is being written, then removes the checkpoints not written to for the longest time. */
  async settle(): Promise<void> {
    for (const folder of this.folders) await folder.settle();
    if (this.root !== null && this.folders.some((folder) => folder.writtenEntries > 0)) this.trim(this.root);
  }

  /** Why something could not be kept, as a system error code; null where all was. */
  get writeFailure(): string | null {
    return this.folders.find((folder) => folder.writeFailure !== null)?.writeFailure ?? null;
  }

  private trim(root: string): void {
    const folders = listFolders(root).sort((a, b) => b.changedMs - a.changedMs);
    let bytes = 0;
    for (const folder of folders) {
      bytes += folder.bytes;
      if (bytes > this.maxBytes) fs.rmSync(folder.path, { recursive: true, force: true });
    }
  }
}

/** What the cache holds, the largest first. */
export function listCache(root: string): readonly CachedCheckpoint[] {
  return listFolders(root)
    .map(({ label, entries, bytes }) => ({ label, entries, bytes }))
    .sort((a, b) => b.bytes - a.bytes || (a.label < b.label ? -1 : 1));
}

/** Removes all entries; the folder is ours alone, its name ends in the version of the format. */
export function clearCache(root: string): void {
  for (const folder of listFolders(root)) fs.rmSync(folder.path, { recursive: true, force: true });
}

interface FolderOnDisk extends CachedCheckpoint {
  readonly path: string;
  readonly changedMs: number;
}

function listFolders(root: string): FolderOnDisk[] {
  const names = readFolder(root).filter((name) => /^[0-9a-f]{40}$/.test(name));
  return names.map((name) => describeFolder(path.join(root, name)));
}

function describeFolder(folder: string): FolderOnDisk {
  let bytes = 0;
  let entries = 0;
  let changedMs = 0;
  for (const name of readFolder(folder)) {
    // Another run may remove or rename it between listing and looking.
    const stats = fs.statSync(path.join(folder, name), { throwIfNoEntry: false });
    bytes += stats?.size ?? 0;
    changedMs = Math.max(changedMs, stats?.mtimeMs ?? 0);
    if (name.endsWith(".entry")) entries++;
  }
  return { path: folder, label: readLabel(folder), entries, bytes, changedMs };
}

function readLabel(folder: string): string {
  try {
    return fs.readFileSync(path.join(folder, "label"), "utf8");
  } catch {
    return "unknown"; // a folder whose writer was stopped early
  }
}

function readFolder(folder: string): readonly string[] {
  try {
    return fs.readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
