import fs from "node:fs";
import path from "node:path";
import { UnfoldError } from "../errors.ts";
import type { LocalTarget } from "./local-target.ts";
import { baseName, folderOf, joinPath } from "./paths.ts";
import type { ByteReader, Footprint, Source, SourceEntry, SourceFacts } from "./source.ts";
import { toReadError } from "./system-errors.ts";

/** Entries listed of one folder; more than any checkpoint has, fewer than a listing that never ends. */
export const MAX_FOLDER_ENTRIES = 100_000;

/**
 * A folder of the local disk, or one file in it. Reads are synchronous: a header is a page or two from the disk
 * cache, and a hundred small asynchronous reads cost more than they overlap.
 */
export class LocalSource implements Source {
  readonly facts: SourceFacts;
  readonly firstReadBytes = 8;
  readonly concurrency = 1;
  readonly chosenFile: string | null;
  readonly notes: readonly string[];
  readonly folder: string;
  private readonly buffer = new ReadBuffer();
  /** Where a listed name is not what the disk holds: names there are bytes, not always UTF-8. */
  private readonly rawPaths = new Map<string, Buffer>();
  private readonly asked = new Set<string>();
  private readonly listed = new Set<string>([""]);

  /** `target` as typed; `root` the folder; `chosenFile` the file in it that was named, if any. */
  constructor(
    target: string,
    root: string,
    chosenFile: string | null,
    notes: readonly string[] = [],
    named: Pick<LocalTarget, "id" | "commit"> = {},
  ) {
    this.notes = notes;
    this.folder = root;
    this.chosenFile = chosenFile;
    const kind = chosenFile === null ? "local" : "file";
    // Reports hold no absolute path: of one typed so, its last part is kept.
    const id = named.id ?? (path.isAbsolute(target) ? path.basename(target) || target : target);
    const commit = named.commit ?? null;
    this.facts = { kind, id, revision: commit, commit, subfolder: null };
  }

  async list(folder: string): Promise<readonly SourceEntry[]> {
    const entries: SourceEntry[] = [];
    this.listed.add(folder);
    let dir: fs.Dir;
    try {
      dir = fs.opendirSync(path.join(this.folder, folder));
    } catch (error) {
      throw toReadError(error, folder);
    }
    try {
      for (let entry = dir.readSync(); entry !== null; entry = dir.readSync()) {
        if (entries.length >= MAX_FOLDER_ENTRIES) {
          throw new UnfoldError("LIMIT_EXCEEDED", {
            what: "entries in the folder",
            found: entries.length + 1,
            limit: MAX_FOLDER_ENTRIES,
          });
        }
        const name = folder === "" ? entry.name : `${folder}/${entry.name}`;
        entries.push({ path: name, kind: this.kindOf(entry, name) });
      }
      if (entries.some((entry) => entry.path.includes("\ufffd"))) this.noteRawNames(folder);
    } catch (error) {
      throw error instanceof UnfoldError ? error : toReadError(error, folder);
    } finally {
      dir.closeSync();
    }
    return entries;
  }

  /** Decoding a name that is no UTF-8 loses what to open: the bytes are kept for it. */
  private noteRawNames(folder: string): void {
    const base = Buffer.from(`${path.join(this.folder, folder)}${path.sep}`);
    for (const raw of fs.readdirSync(path.join(this.folder, folder), { encoding: "buffer" })) {
      const name = raw.toString("utf8");
      if (name.includes("\ufffd")) this.rawPaths.set(joinPath(folder, name), Buffer.concat([base, raw]));
    }
  }

  footprint(): Footprint {
    const folders = new Set([...this.listed, ...Array.from(this.asked, folderOf)]);
    return {
      files: Array.from(this.asked, (file) => this.onDisk(file)),
      folders: Array.from(folders, (folder) => path.join(this.folder, folder)),
      trees: [],
    };
  }

  private pathOf(file: string): string | Buffer {
    this.asked.add(file);
    return this.onDisk(file);
  }

  private onDisk(file: string): string | Buffer {
    return this.rawPaths.get(file) ?? path.join(this.folder, file);
  }

  open(file: string): ByteReader {
    return LocalReader.open(this.pathOf(file), this.buffer);
  }

  async readFile(file: string, maxBytes: number): Promise<Uint8Array | undefined> {
    let reader: LocalReader;
    try {
      reader = LocalReader.open(this.pathOf(file), new ReadBuffer());
    } catch (error) {
      if (error instanceof UnfoldError && error.code === "SHARD_MISSING") return undefined;
      throw error instanceof UnfoldError ? error.about(file) : error;
    }
    try {
      if (reader.fileBytes > maxBytes) {
        throw new UnfoldError(
          "LIMIT_EXCEEDED",
          { what: `bytes in ${baseName(file)}`, found: reader.fileBytes, limit: maxBytes },
          { file },
        );
      }
      return reader.read(0, reader.fileBytes);
    } finally {
      reader.close();
    }
  }

  async close(): Promise<void> {}

  /** Links are followed: a download cache is nothing but links. One that leads nowhere is still an entry. */
  private kindOf(entry: fs.Dirent, name: string): SourceEntry["kind"] {
    if (entry.isFile()) return "file";
    if (entry.isDirectory()) return "folder";
    if (!entry.isSymbolicLink()) return "other";
    try {
      return fs.statSync(path.join(this.folder, name)).isDirectory() ? "folder" : "file";
    } catch {
      return "file"; // opening it will say what is wrong
    }
  }
}

/** One buffer for all header reads of a source: they come one after the other. */
class ReadBuffer {
  private bytes = Buffer.alloc(0);

  take(length: number): Buffer {
    // A quarter to spare: headers of one model differ by little.
    if (this.bytes.length < length) this.bytes = Buffer.allocUnsafeSlow(Math.ceil(length * 1.25));
    return this.bytes.subarray(0, length);
  }
}

class LocalReader implements ByteReader {
  readonly fileBytes: number;
  private readonly descriptor: number;
  private readonly modifiedMs: number;
  private readonly buffer: ReadBuffer;

  private constructor(descriptor: number, stats: fs.Stats, buffer: ReadBuffer) {
    this.descriptor = descriptor;
    this.fileBytes = stats.size;
    this.modifiedMs = stats.mtimeMs;
    this.buffer = buffer;
  }

  static open(file: string | Buffer, buffer: ReadBuffer): LocalReader {
    let descriptor: number;
    try {
      // Opening a pipe without O_NONBLOCK would wait for a writer that may never come.
      descriptor = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    } catch (error) {
      throw toReadError(error);
    }
    try {
      const stats = fs.fstatSync(descriptor);
      if (!stats.isFile()) throw new UnfoldError("NOT_A_FILE", { found: describeKind(stats) });
      return new LocalReader(descriptor, stats, buffer);
    } catch (error) {
      fs.closeSync(descriptor);
      throw error instanceof UnfoldError ? error : toReadError(error);
    }
  }

  read(begin: number, end: number): Uint8Array {
    const stop = Math.min(end, this.fileBytes);
    const bytes = this.buffer.take(Math.max(0, stop - begin));
    let filled = 0;
    try {
      while (filled < bytes.length) {
        const count = fs.readSync(this.descriptor, bytes, filled, bytes.length - filled, begin + filled);
        if (count === 0)
          throw new UnfoldError(
            "FILE_CHANGED",
            {},
            { hint: "Is it still being written? Try again when that is done." },
          );
        filled += count;
      }
    } catch (error) {
      throw error instanceof UnfoldError ? error : toReadError(error);
    }
    return bytes;
  }

  /** Throws `FILE_CHANGED` when the file was replaced in place or grew while it was read. */
  close(): void {
    let stats: fs.Stats;
    try {
      stats = fs.fstatSync(this.descriptor);
    } catch (error) {
      throw toReadError(error);
    } finally {
      fs.closeSync(this.descriptor);
    }
    if (stats.size !== this.fileBytes || stats.mtimeMs !== this.modifiedMs) {
      throw new UnfoldError(
        "FILE_CHANGED",
        {},
        { hint: "Is it still being written? Try again when that is done." },
      );
    }
  }
}

function describeKind(stats: fs.Stats): string {
  if (stats.isDirectory()) return "a folder";
  if (stats.isFIFO()) return "a named pipe";
  if (stats.isSocket()) return "a socket";
  return "a device";
}
