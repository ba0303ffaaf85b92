import { createHash, randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";

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
    let content: Buffer;
    try {
      content = fs.readFileSync(this.fileOf(name));
    } catch {
      return undefined; // never written, or not readable: it is asked for again
    }
    return parseEntry(content, name);
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
      fs.writeFileSync(path.join(this.folder, "label"), this.label, { mode: 0o600 });
      this.isMade = true;
    }
    const temporary = `${file}.${randomBytes(6).toString("hex")}.tmp`;
    try {
      const handle = await fs.promises.open(temporary, "wx", 0o600);
      try {
        await handle.writev([...parts]);
      } finally {
        await handle.close();
      }
      await fs.promises.rename(temporary, file);
    } catch (error) {
      await fs.promises.rm(temporary, { force: true });
      throw error;
    }
  }
}

function parseEntry(content: Buffer, name: string): CacheEntry | undefined {
  const lineEnd = content.subarray(0, MAX_ABOUT_BYTES).indexOf("\n");
  if (lineEnd < 0) return undefined;
  let about: Record<string, unknown>;
  try {
    about = JSON.parse(content.toString("utf8", 0, lineEnd)) as Record<string, unknown>;
  } catch {
    return undefined; // cut or overwritten
  }
  const bytes = content.subarray(lineEnd + 1);
  const { state, fileBytes, etag } = about;
  const isWhole = about.name === name && about.bytes === bytes.length && about.sha256 === sha256(bytes);
  if (!isWhole || (state !== "present" && state !== "absent")) return undefined;
  if (typeof fileBytes !== "number" || !Number.isSafeInteger(fileBytes) || fileBytes < bytes.length)
    return undefined;
  return { state, bytes, fileBytes, etag: typeof etag === "string" ? etag : null };
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Names on disk come from a hash: nothing that an index or a server wrote becomes a path. */
function hash(text: string): string {
  return sha256(Buffer.from(text)).slice(0, 40);
}
