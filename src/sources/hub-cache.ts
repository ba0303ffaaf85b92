import fs from "node:fs";
import path from "node:path";
import { type HubFile, isCommit, parseBytes } from "./hub-api.ts";
import { LocalSource } from "./local.ts";
import { findUnsafePath } from "./paths.ts";
import type { ByteReader } from "./source.ts";

/** Bytes of a `refs/…` file (a commit) and of a `trees/….json` (the listing of one). */
const MAX_REF_BYTES = 200;
const MAX_TREE_BYTES = 50_000_000;

/**
 * The cache that the Hub's own clients share (`models--owner--name/{refs,snapshots,trees}`), read only: what was
 * downloaded there needs no request. Snapshots may be partial, so a file that is not there proves nothing.
 */
export class HubCache {
  private readonly folder: string;

  constructor(cacheFolder: string, id: string) {
    this.folder = path.join(cacheFolder, `models--${id.replaceAll("/", "--")}`);
  }

  /** The commit that a branch or tag had when it was last downloaded. */
  findCommit(revision: string): string | undefined {
    if (isCommit(revision)) return fs.existsSync(this.snapshotOf(revision)) ? revision : undefined;
    // The revision was typed, but a name with `..` would still be read elsewhere.
    if (findUnsafePath(revision) !== undefined) return undefined;
    const commit = readSmall(path.join(this.folder, "refs", revision), MAX_REF_BYTES)
      ?.toString("latin1")
      .trim();
    return commit !== undefined && isCommit(commit) ? commit : undefined;
  }

  /** Files of a commit: all of them where the clients kept the listing, else those that were downloaded. */
  list(commit: string): { files: readonly HubFile[]; isComplete: boolean } | undefined {
    const tree = readSmall(path.join(this.folder, "trees", `${commit}.json`), MAX_TREE_BYTES);
    const files = tree === undefined ? undefined : parseTree(tree);
    if (files !== undefined) return { files, isComplete: true };
    const snapshot = this.snapshotOf(commit);
    return fs.existsSync(snapshot) ? { files: walk(snapshot, ""), isComplete: false } : undefined;
  }

  has(commit: string, file: string): boolean {
    return fs.existsSync(path.join(this.snapshotOf(commit), file));
  }

  /** A downloaded file. Its bytes are the caller's own: reads of several files overlap. */
  open(commit: string, file: string): ByteReader {
    return new LocalSource(commit, this.snapshotOf(commit), null).open(file);
  }

  readFile(commit: string, file: string, maxBytes: number): Promise<Uint8Array | undefined> {
    return new LocalSource(commit, this.snapshotOf(commit), null).readFile(file, maxBytes);
  }

  private snapshotOf(commit: string): string {
    return path.join(this.folder, "snapshots", commit);
  }
}

function readSmall(file: string, maxBytes: number): Buffer | undefined {
  const stats = fs.statSync(file, { throwIfNoEntry: false });
  if (stats === undefined || !stats.isFile() || stats.size > maxBytes) return undefined;
  try {
    return fs.readFileSync(file);
  } catch {
    return undefined; // a cache that cannot be read is a cache that is not there
  }
}

function parseTree(json: Buffer): readonly HubFile[] | undefined {
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

/** Folders inside a snapshot are few and real; links in it are files. */
function walk(folder: string, prefix: string): HubFile[] {
  const files: HubFile[] = [];
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const name = prefix + entry.name;
    if (entry.isDirectory()) files.push(...walk(path.join(folder, entry.name), `${name}/`));
    else
      files.push({
        path: name,
        bytes: fs.statSync(path.join(folder, entry.name), { throwIfNoEntry: false })?.size,
      });
  }
  return files;
}
