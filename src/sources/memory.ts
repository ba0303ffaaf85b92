import { UnfoldError } from "../errors.ts";
import type { ByteReader, Source, SourceEntry, SourceFacts } from "./source.ts";

/** A file held in memory: its first bytes, and how long it would be. */
export interface MemoryFile {
  readonly bytes: Uint8Array;
  /** Length of the whole file where `bytes` is only its beginning. */
  readonly fileBytes?: number;
  /** The file is known to be there but not readable: opening it fails with this. */
  readonly error?: UnfoldError;
  /** The file is known to be there, and none of its bytes are held: nothing is said of them. */
  readonly isLeftOut?: boolean;
}

/** Files in memory as a source: for snapshots, for tests, and for programs that have headers already. */
export class MemorySource implements Source {
  readonly facts: SourceFacts;
  readonly firstReadBytes = 8;
  readonly concurrency = 1;
  readonly chosenFile: string | null;
  private readonly files: ReadonlyMap<string, MemoryFile>;

  constructor(files: ReadonlyMap<string, MemoryFile>, facts: SourceFacts, chosenFile: string | null = null) {
    this.files = files;
    this.facts = facts;
    this.chosenFile = chosenFile;
  }

  async list(folder: string): Promise<readonly SourceEntry[]> {
    const entries = new Map<string, SourceEntry>();
    const prefix = folder === "" ? "" : `${folder}/`;
    for (const [path, file] of this.files) {
      if (!path.startsWith(prefix)) continue;
      const slash = path.indexOf("/", prefix.length);
      if (slash < 0) entries.set(path, { path, kind: "file", ...lengthOf(file) });
      else entries.set(path.slice(0, slash), { path: path.slice(0, slash), kind: "folder" });
    }
    return [...entries.values()];
  }

  open(path: string): ByteReader {
    const file = this.files.get(path);
    if (file === undefined) throw new UnfoldError("SHARD_MISSING", {});
    if (file.error !== undefined) throw file.error;
    if (file.isLeftOut) throw notHeld(path);
    const fileBytes = file.fileBytes ?? file.bytes.length;
    return {
      fileBytes,
      read: (begin, end) => {
        const stop = Math.min(end, fileBytes);
        if (stop > file.bytes.length) throw notHeld(path);
        return file.bytes.subarray(begin, stop);
      },
      close: () => {},
    };
  }

  async readFile(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
    const file = this.files.get(path);
    if (file === undefined || file.isLeftOut) return undefined;
    if (file.error !== undefined) throw file.error;
    if ((file.fileBytes ?? 0) > file.bytes.length) throw notHeld(path);
    if (file.bytes.length > maxBytes) {
      throw new UnfoldError(
        "LIMIT_EXCEEDED",
        { what: "bytes", found: file.bytes.length, limit: maxBytes },
        { file: path },
      );
    }
    return file.bytes;
  }

  async close(): Promise<void> {}
}

function notHeld(file: string): UnfoldError {
  return new UnfoldError("READ_FAILED", { reason: "these bytes are not held" }, { file });
}

function lengthOf({ bytes, fileBytes, isLeftOut }: MemoryFile): { bytes?: number } {
  if (fileBytes !== undefined) return { bytes: fileBytes };
  return isLeftOut ? {} : { bytes: bytes.length };
}
