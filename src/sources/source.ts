import type { UnfoldError } from "../errors.ts";

/**
 * Where the files of a checkpoint come from: a folder, one file, a hub, a web server, a snapshot. Whoever reads a
 * checkpoint sees only this: names, sizes and ranges of bytes. Paths are relative to the source, with "/".
 */
export interface Source {
  readonly facts: SourceFacts;
  /**
   * Bytes that a first read of a shard asks for. 8 where every read is cheap (the header length alone), more where
   * a read is a request. The loader raises it as it learns how long the headers of this checkpoint are.
   */
  readonly firstReadBytes: number;
  /** Shards worth reading at once, asked before each: 1 where reads are synchronous. */
  readonly concurrency: number;
  /** Told after each shard how long its header was, so that the next first read can fit. */
  noteHeader?(headerBytes: number): void;
  /** Told of a file whose content is not what its name claims: it is no part of the checkpoint, and its text nobody's business. */
  noteUnusable?(path: string, error: UnfoldError): void;
  /** Folder of this disk that paths of the source begin in; not given where they lie on none. */
  readonly folder?: string;
  /** A file that the user named, which decides what is loaded; null for "the checkpoint that is there". */
  readonly chosenFile: string | null;
  /** What the user should know of how the source was found: a renamed repository, a listing that was wrong. */
  readonly notes?: readonly string[];
  /** False where entries are only what was asked for by name, and others may be there; not given where all are listed. */
  readonly listsAll?: boolean;
  /** What was asked of the network so far, where there is one. */
  readonly stats?: ReadStats | null;
  /**
   * Told which files will be read, in order, before they are: where a read is a request, all can be under way together, and
   * the shards' headers need not wait for the index.
   */
  expect?(files: readonly string[]): void;
  /** Entries of one folder of the source, "" for its root, in no particular order. */
  list(folder: string): Promise<readonly SourceEntry[]>;
  /** Opens a file for ranged reads. Throws `SHARD_MISSING`, `ACCESS_DENIED`, `NOT_A_FILE`, … */
  open(path: string): ByteReader | Promise<ByteReader>;
  /** A whole small file, or undefined where there is none. Throws `LIMIT_EXCEEDED` above `maxBytes`. */
  readFile(path: string, maxBytes: number): Promise<Uint8Array | undefined>;
  /** Waits for what is still being written of what was read; then `notes` are complete. */
  settle?(): Promise<void>;
  /** Ends what is still open or under way. */
  close(): Promise<void>;
  /** What of this disk was read or could be, so far; not given where that is nothing. */
  footprint?(): Footprint;
}

/** What of this disk a source reads or could read, so that no output takes its place. */
export interface Footprint {
  /** Files asked for, also those that were not there. Names on disk are bytes, not always UTF-8. */
  readonly files: readonly (string | Buffer)[];
  /** Folders from which files are taken by their names. */
  readonly folders: readonly string[];
  /** Folders that count as a whole: what a cache holds of the checkpoint. */
  readonly trees: readonly string[];
}

/** What reports say of the source. Holds no absolute path, no credentials and no signed address. */
export interface SourceFacts {
  readonly kind: "local" | "file" | "hub" | "http" | "s3" | "snapshot";
  /** `owner/name`, or as typed. */
  readonly id: string;
  readonly revision: string | null;
  readonly commit: string | null;
  readonly subfolder: string | null;
}

export interface SourceEntry {
  readonly path: string;
  readonly kind: "file" | "folder" | "other";
  /** Length of the file where the listing tells it. */
  readonly bytes?: number;
}

/** One open file. Positions count from its first byte; ends are exclusive. */
export interface ByteReader {
  /** Length of the whole file; undefined until the first read where only the answer tells it. */
  readonly fileBytes: number | undefined;
  /**
   * The bytes `[begin, end)`, fewer only where the file ends before. A read from 0 may bring fewer, but at least the
   * first 8: what a cache holds, or what was read ahead. The array may be a buffer that the next
   * read overwrites. Throws `FILE_CHANGED` when the file is not what it was at the first read.
   */
  read(begin: number, end: number): Uint8Array | Promise<Uint8Array>;
  close(): void | Promise<void>;
}

/** What a run fetched, for `--stats` and for the tests that prove no weight was read. */
export interface ReadStats {
  /** Requests as a reader sees them: a redirect and its target are one, a retry is another. */
  readonly requests: number;
  /** Bytes of answers received, whatever they were. */
  readonly bytes: number;
  /** Answers on the wire, redirects included. */
  readonly exchanges: number;
  /** Ranged reads among the requests: the ones for shards. */
  readonly rangedReads: number;
  readonly retries: number;
  /** Files served from the header cache or the local Hugging Face cache. */
  readonly cacheHits: number;
}
