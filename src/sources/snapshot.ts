import { type ErrorCode, type ErrorDetails, isErrorCode, UnfoldError } from "../errors.ts";
import { type MemoryFile, MemorySource } from "./memory.ts";
import {
  decodeHeader,
  decodeIndex,
  encodeHeader,
  encodeIndex,
  type Snapshot,
  type SnapshotFile,
  unpackSnapshot,
} from "./snapshot-format.ts";
import type { ByteReader, ReadStats, Source, SourceEntry, SourceFacts } from "./source.ts";

/** Bytes kept of a file that is no safetensors file: enough to tell what it is. */
const SAMPLE_BYTES = 64;

/** A snapshot as a source: every command says of it what it said of the checkpoint itself. */
export function openSnapshot(target: string, bytes: Uint8Array): Source {
  const snapshot = unpackSnapshot(bytes);
  const files = new Map<string, MemoryFile>();
  for (const file of snapshot.files) {
    const held = toMemoryFile(file);
    if (held !== undefined) files.set(file.path, held);
  }
  const { id, revision, commit, subfolder } = snapshot.source;
  const facts: SourceFacts = {
    kind: "snapshot",
    id: typeof id === "string" ? id : target,
    revision,
    commit,
    subfolder,
  };
  return new MemorySource(files, facts, snapshot.chosenFile);
}

function toMemoryFile(file: SnapshotFile): MemoryFile | undefined {
  switch (file.kind) {
    case "text":
      return { bytes: Buffer.from(file.text, "utf8") };
    case "bytes":
      return { bytes: Buffer.from(file.base64, "base64"), fileBytes: file.fileBytes };
    case "listed":
      return { bytes: new Uint8Array(0), fileBytes: file.fileBytes ?? 0 };
    case "failed":
      return { bytes: new Uint8Array(0), error: restoreError(file) };
    case "shard":
      return { bytes: withLength(decodeHeader(file)), fileBytes: file.fileBytes };
    case "index":
      return { bytes: decodeIndex(file) };
    default:
      return undefined; // a kind of a later version: the files we know are still read
  }
}

/** The error that opening the file gave when the snapshot was made. */
function restoreError({ code, details, hint }: SnapshotFile & { kind: "failed" }): UnfoldError {
  try {
    if (isErrorCode(code))
      return new UnfoldError(
        code,
        details as ErrorDetails<ErrorCode>,
        typeof hint === "string" ? { hint } : {},
      );
  } catch {
    // details that do not fit the code: said below
  }
  return new UnfoldError("SNAPSHOT_INVALID", { problem: "a failed read without a known reason" });
}

function withLength(json: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(8 + json.length);
  bytes.writeBigUInt64LE(BigInt(json.length));
  bytes.set(json, 8);
  return bytes;
}

/** A source that notes all that is read of another, to write a snapshot of it. */
export class RecordingSource implements Source {
  readonly facts: SourceFacts;
  readonly chosenFile: string | null;
  private readonly inner: Source;
  private readonly files = new Map<string, SnapshotFile>();

  constructor(inner: Source) {
    this.inner = inner;
    this.facts = inner.facts;
    this.chosenFile = inner.chosenFile;
  }

  get notes(): readonly string[] {
    return this.inner.notes ?? [];
  }

  get stats(): ReadStats | null {
    return this.inner.stats ?? null;
  }

  expect(files: readonly string[]): void {
    this.inner.expect?.(files);
  }

  get firstReadBytes(): number {
    return this.inner.firstReadBytes;
  }

  get concurrency(): number {
    return this.inner.concurrency;
  }

  noteHeader(headerBytes: number): void {
    this.inner.noteHeader?.(headerBytes);
  }

  async list(folder: string): Promise<readonly SourceEntry[]> {
    const entries = await this.inner.list(folder);
    for (const entry of entries) {
      if (entry.kind !== "folder" && !this.files.has(entry.path)) {
        this.files.set(entry.path, { path: entry.path, kind: "listed", fileBytes: entry.bytes ?? null });
      }
    }
    return entries;
  }

  async open(path: string): Promise<ByteReader> {
    try {
      const reader = await this.inner.open(path);
      return recordReads(reader, (file) => this.files.set(path, { path, ...file }));
    } catch (error) {
      if (error instanceof UnfoldError && error.code !== "SHARD_MISSING") {
        this.files.set(path, {
          path,
          kind: "failed",
          code: error.code,
          details: error.details,
          hint: error.hint,
        });
      }
      throw error;
    }
  }

  async readFile(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
    const bytes = await this.inner.readFile(path, maxBytes);
    if (bytes !== undefined) this.files.set(path, encodeWholeFile(path, bytes));
    return bytes;
  }

  async close(): Promise<void> {
    await this.inner.close();
  }

  /** What was read so far, in the order of paths. */
  snapshot(): Snapshot {
    const files = [...this.files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
    return { unfoldSnapshot: 1, source: this.facts, chosenFile: this.chosenFile, files };
  }
}

type Unnamed<T> = T extends unknown ? Omit<T, "path"> : never;

/** Passes reads through and keeps the header, once the last byte of it was read. */
function recordReads(reader: ByteReader, keep: (file: Unnamed<SnapshotFile>) => void): ByteReader {
  const held: Buffer[] = [];
  let end = 0;
  return {
    get fileBytes() {
      return reader.fileBytes;
    },
    read: async (begin, stop) => {
      const bytes = await reader.read(begin, stop);
      if (begin <= end && begin + bytes.length > end) {
        held.push(Buffer.from(bytes.subarray(end - begin)));
        end = begin + bytes.length;
      }
      return bytes;
    },
    close: async () => {
      keep(encodeShardStart(Buffer.concat(held), reader.fileBytes ?? end));
      await reader.close();
    },
  };
}

function encodeShardStart(start: Buffer, fileBytes: number): Unnamed<SnapshotFile> {
  const length = start.length >= 8 ? start.readBigUInt64LE() : 0n;
  if (start.length >= 8 && BigInt(start.length) >= length + 8n) {
    const json = start.subarray(8, 8 + Number(length));
    const columns = encodeHeader(json);
    if (columns !== undefined) return { kind: "shard", fileBytes, ...columns };
    return { kind: "bytes", base64: start.subarray(0, 8 + json.length).toString("base64"), fileBytes };
  }
  return { kind: "bytes", base64: start.subarray(0, SAMPLE_BYTES).toString("base64"), fileBytes };
}

function encodeWholeFile(path: string, bytes: Uint8Array): SnapshotFile {
  const columns = /\.index(\.[^.]+)?\.json$/.test(path) ? encodeIndex(bytes) : undefined;
  if (columns !== undefined) return { path, kind: "index", ...columns };
  const text = Buffer.from(bytes).toString("utf8");
  if (Buffer.from(text, "utf8").equals(bytes)) return { path, kind: "text", text };
  return { path, kind: "bytes", base64: Buffer.from(bytes).toString("base64"), fileBytes: bytes.length };
}
