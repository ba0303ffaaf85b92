import { detailFieldsOf, type ErrorCode, type ErrorDetails, UnfoldError } from "../errors.ts";
import { type MemoryFile, MemorySource } from "./memory.ts";
import { ExpansionBudget } from "./snapshot-budget.ts";
import { decodeHeader, decodeIndex, encodeHeader, encodeIndex } from "./snapshot-columns.ts";
import { unpackSnapshot } from "./snapshot-format.ts";
import { isFailureCode, isSnapshotPath, type Snapshot, type SnapshotFile } from "./snapshot-schema.ts";
import type { ByteReader, ReadStats, Source, SourceEntry, SourceFacts } from "./source.ts";

/** A snapshot as a source: every command says of it what it said of the checkpoint itself. Throws `SNAPSHOT_INVALID`. */
export function openSnapshot(bytes: Uint8Array): Source {
  const snapshot = unpackSnapshot(bytes);
  const budget = new ExpansionBudget();
  const files = new Map<string, MemoryFile>();
  for (const file of snapshot.files) {
    budget.begin(file.path);
    files.set(file.path, toMemoryFile(file, budget));
  }
  const { id, revision, commit, subfolder } = snapshot.source;
  const facts: SourceFacts = { kind: "snapshot", id, revision, commit, subfolder };
  return new MemorySource(files, facts, snapshot.chosenFile);
}

const NOTHING = new Uint8Array(0);

function toMemoryFile(file: SnapshotFile, budget: ExpansionBudget): MemoryFile {
  switch (file.kind) {
    case "text":
      budget.reserve(Buffer.byteLength(file.text));
      return { bytes: Buffer.from(file.text, "utf8") };
    case "bytes":
      budget.reserve(Buffer.byteLength(file.base64, "base64"));
      return { bytes: Buffer.from(file.base64, "base64"), fileBytes: file.fileBytes };
    case "listed":
      return {
        bytes: NOTHING,
        isLeftOut: true,
        ...(file.fileBytes === null ? {} : { fileBytes: file.fileBytes }),
      };
    case "failed":
      return { bytes: NOTHING, error: restoreError(file) };
    case "shard":
      return { bytes: withLength(decodeHeader(file, budget)), fileBytes: file.fileBytes };
    case "index":
      return { bytes: decodeIndex(file, budget) };
    default:
      return file satisfies never;
  }
}
/** The error that opening the file gave when the snapshot was made. Its details were held against the row of their code. */
function restoreError({ code, details, hint }: SnapshotFile & { kind: "failed" }): UnfoldError {
  const restored: Record<string, unknown> = {};
  for (const [name, type] of Object.entries(detailFieldsOf(code))) {
    const value = (details as Readonly<Record<string, unknown>>)[name];
    restored[name] = type === "integer" && typeof value === "string" ? BigInt(value) : value;
  }
  return new UnfoldError(code, restored as ErrorDetails<ErrorCode>, hint === null ? {} : { hint });
}

/** A failed read as a snapshot holds it: JSON has no integers beyond its numbers, so they are written in digits. */
function recordError(path: string, { code, details, hint }: UnfoldError): SnapshotFile {
  const plain = Object.entries(details).map(([name, value]) => [
    name,
    typeof value === "bigint" ? String(value) : value,
  ]);
  return { path, kind: "failed", code, details: Object.fromEntries(plain), hint };
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

  get listsAll(): boolean {
    return this.inner.listsAll ?? true;
  }

  noteHeader(headerBytes: number): void {
    this.inner.noteHeader?.(headerBytes);
  }

  /** A link may lead to any file, and snapshots are sent around: of what is no weights file or index, the reason is kept alone. */
  noteUnusable(path: string, error: UnfoldError): void {
    this.inner.noteUnusable?.(path, error);
    this.recordFailure(path, error);
  }

  async list(folder: string): Promise<readonly SourceEntry[]> {
    const entries = await this.inner.list(folder);
    for (const entry of entries) {
      if (entry.kind !== "folder" && !this.files.has(entry.path) && isSnapshotPath(entry.path)) {
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
      this.recordFailure(path, error);
      throw error;
    }
  }

  async readFile(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
    try {
      const bytes = await this.inner.readFile(path, maxBytes);
      if (bytes !== undefined) this.files.set(path, encodeWholeFile(path, bytes));
      return bytes;
    } catch (error) {
      this.recordFailure(path, error);
      throw error;
    }
  }

  private recordFailure(path: string, error: unknown): void {
    if (error instanceof UnfoldError && isFailureCode(error.code) && error.code !== "SHARD_MISSING")
      this.files.set(path, recordError(path, error));
  }

  async settle(): Promise<void> {
    await this.inner.settle?.();
  }

  async close(): Promise<void> {
    await this.inner.close();
  }

  /** What was read so far, in the order of paths. */
  snapshot(): Snapshot {
    const files = [...this.files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
    const { kind, id, revision, commit, subfolder } = this.facts;
    const source = { kind, id, revision, commit, subfolder };
    return { unfoldSnapshot: 1, source, chosenFile: this.chosenFile, files };
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
  return { kind: "listed", fileBytes }; // no header: the loader says why
}

function encodeWholeFile(path: string, bytes: Uint8Array): SnapshotFile {
  const isIndex = /\.index(\.[^.]+)?\.json$/.test(path);
  const columns = isIndex ? encodeIndex(bytes) : undefined;
  if (columns !== undefined) return { path, kind: "index", ...columns };
  // A link may lead to any text, and snapshots are sent around: what is no configuration is "not JSON" without its text as well.
  if (!isIndex && !looksLikeJson(bytes)) return { path, kind: "text", text: "" };
  const text = Buffer.from(bytes).toString("utf8");
  if (Buffer.from(text, "utf8").equals(bytes)) return { path, kind: "text", text };
  return { path, kind: "bytes", base64: Buffer.from(bytes).toString("base64"), fileBytes: bytes.length };
}

/** Whether a file holds a JSON object or list, in Python's spelling of numbers too. */
function looksLikeJson(bytes: Uint8Array): boolean {
  const text = new TextDecoder().decode(bytes).replace(/-?Infinity|NaN/g, "0");
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null;
  } catch {
    return false;
  }
}
