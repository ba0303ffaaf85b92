import { createHash, randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { findTooDeep } from "./json-depth.ts";
import { readRegularFile } from "./regular-file.ts";

/** What the cache holds of one file. */
export interface CacheEntry {
  /** `absent`: the file is known not to be there, and `bytes` is empty. */
  readonly state: "present" | "absent";
  readonly bytes: Buffer;
  /** Length of the whole file; `bytes` may be only its beginning. */
  readonly fileBytes: number;
  /** Where entries are not pinned by a commit: what the server calls this version of the file. */
  readonly etag: string | null;
}

export interface CacheAbout {
  readonly state?: CacheEntry["state"];
  readonly fileBytes: number;
  readonly etag?: string | null;
}

/** Bytes of the line before an entry's content: a path, a few numbers and a hash. */
const MAX_ABOUT_BYTES = 8_192;

/** Bytes of an entry: the longest header or index that is kept (100 MB), behind its line. */
const MAX_ENTRY_BYTES = 100_100_000;

/** The file that says what a folder is about. */
export const LABEL_FILE = "label";

/** Names of files that this version writes into a folder of the cache, and so may remove. */
export function isOwnFile(name: string): boolean {
  return /^(?:label|[0-9a-f]{40}\.entry)(?:\.[0-9a-f]{12}\.tmp)?$/.test(name);
}

/**
 * The entries of one commit, one file each: a line of JSON that says what it is, then the bytes. Two runs may write at
 * once (each writes a file of its own and renames it); an entry that is not exactly what its line says is not there.
 */
export class CacheFolder {
  private readonly folder: string;
  private readonly label: string;
  private readonly writing = new Set<Promise<void>>();
  private isMade = false;
  /** What stopped a write: a full disk or a folder without permission is told once, at the end. */
  writeFailure: string | null = null;
  writtenEntries = 0;

  /** `key` tells this commit from all others; `label` is what `unfold cache` shows for it. */
  constructor(root: string, key: readonly string[], label: string) {
    this.folder = path.join(root, hash(JSON.stringify(key)));
    this.label = label;
  }

  read(name: string): CacheEntry | undefined {
    // Never written, not readable, no file of ours: it is asked for again.
    const content = readRegularFile(this.fileOf(name), MAX_ENTRY_BYTES);
    return content === undefined ? undefined : parseEntry(content, name);
  }

  /** Writes in the background; `settle` waits for it. */
  write(name: string, parts: readonly Uint8Array[], about: CacheAbout): void {
    const sum = createHash("sha256");
    let bytes = 0;
    for (const part of parts) {
      sum.update(part);
      bytes += part.length;
    }
    const { state = "present", fileBytes, etag = null } = about;
    const line = JSON.stringify({ name, state, fileBytes, etag, bytes, sha256: sum.digest("hex") });
    const writing = this.writeFile(this.fileOf(name), [Buffer.from(`${line}\n`), ...parts])
      .then(() => void this.writtenEntries++)
      .catch((error: NodeJS.ErrnoException) => {
        this.writeFailure = error.code ?? "unknown reason";
      })
      .finally(() => this.writing.delete(writing));
    this.writing.add(writing);
  }

  async settle(): Promise<void> {
    await Promise.all(this.writing);
  }

  private fileOf(name: string): string {
    return path.join(this.folder, `${hash(name)}.entry`);
  }

  private async writeFile(file: string, parts: readonly Uint8Array[]): Promise<void> {
    if (!this.isMade) {
      // Headers of private models: for the user alone.
      fs.mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      this.isMade = true;
      await writeWhole(path.join(this.folder, LABEL_FILE), [Buffer.from(this.label)]);
    }
    await writeWhole(file, parts);
  }
}

/** Writes beside the place and renames. What stands there, of whatever kind, is never written into. */
async function writeWhole(file: string, parts: readonly Uint8Array[]): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString("hex")}.tmp`;
  const handle = await fs.promises.open(temporary, "wx", 0o600);
  try {
    try {
      const { bytesWritten } = await handle.writev([...parts]);
      const wanted = parts.reduce((sum, part) => sum + part.length, 0);
      if (bytesWritten !== wanted) throw Object.assign(new Error("the disk is full"), { code: "ENOSPC" });
    } finally {
      await handle.close();
    }
    await fs.promises.rename(temporary, file);
  } catch (error) {
    // What stopped the writing is told, not what stops the cleaning up.
    await fs.promises.rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}

function parseEntry(content: Buffer, name: string): CacheEntry | undefined {
  const lineEnd = content.subarray(0, MAX_ABOUT_BYTES).indexOf("\n");
  if (lineEnd < 0) return undefined;
  const about = parseAbout(content.subarray(0, lineEnd));
  if (about === undefined) return undefined; // cut or overwritten
  const bytes = content.subarray(lineEnd + 1);
  const { state, fileBytes, etag } = about;
  const isWhole = about.name === name && about.bytes === bytes.length && about.sha256 === sha256(bytes);
  if (!isWhole || (state !== "present" && state !== "absent")) return undefined;
  if (typeof fileBytes !== "number" || !Number.isSafeInteger(fileBytes) || fileBytes < bytes.length)
    return undefined;
  if (etag !== null && !isEtag(etag)) return undefined;
  return { state, bytes, fileBytes, etag };
}

function parseAbout(line: Buffer): Record<string, unknown> | undefined {
  if (findTooDeep(line) !== undefined) return undefined;
  try {
    const about: unknown = JSON.parse(line.toString("utf8"));
    return typeof about === "object" && about !== null ? (about as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** What can be sent back in a header: others may have written the file. */
function isEtag(etag: unknown): etag is string {
  return typeof etag === "string" && /^[\t\x20-\x7e\x80-\xff]*$/.test(etag);
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Names on disk come from a hash: nothing that an index or a server wrote becomes a path. */
function hash(text: string): string {
  return sha256(Buffer.from(text)).slice(0, 40);
}
