import { type ErrorCode, UnfoldError } from "../errors.ts";
import { quoteForMessage } from "../format/escape.ts";
import type { CacheFolder } from "./cache-folder.ts";
import type { FirstRead } from "./first-read.ts";
import type { Answer } from "./network/answer.ts";
import { type HttpClient, ONLINE_ONCE } from "./network/http-client.ts";
import { type CachedBeginning, headerLength, RangeReader } from "./network/range-reader.ts";
import { getWhole } from "./network/whole-file.ts";
import { baseName, findUnsafePath } from "./paths.ts";

/** What a hub and a web server have in common: files at addresses, read in ranges or whole, and kept in a cache. */
export interface RemoteFolder {
  readonly client: HttpClient;
  readonly cache: CacheFolder | undefined;
  readonly firstRead: FirstRead;
  /** Whether addresses hold a commit, so that what was read once stays true. Else the server is asked by ETag. */
  readonly isPinned: boolean;
  address(path: string): URL;
  listedBytes(path: string): number | undefined;
  /** What a listing calls this version of a file, without quotes: what the cache has of it under that name stays true. */
  listedEtag?(path: string): string | undefined;
  /** Sent with every request for a file. */
  readonly headers?: Readonly<Record<string, string>>;
  explain(answer: Answer, path: string): UnfoldError;
  /** Told how long a shard turned out to be. */
  noteLength?(path: string, fileBytes: number): void;
}

/** Bytes of shards read before they are asked for, in all; the others are read when the loader comes to them. */
const MAX_AHEAD_BYTES = 64_000_000;
/** A whole file read before anyone says how long it may be: the longest index that is read. */
const MAX_WHOLE_BYTES = 100_000_000;
/** Longest header kept: that of the format. */
const MAX_KEPT_BYTES = 100_000_008;
/** The least that is read of a shard: the length of its header. */
const HEADER_LENGTH_BYTES = 8;

/** Refusals that are not about one file. */
const OF_ALL_FILES: readonly ErrorCode[] = [
  "REPO_GATED",
  "REPO_DISABLED",
  "TOKEN_REFUSED",
  "REPO_NOT_FOUND",
  "CREDENTIALS_REFUSED",
  "BUCKET_NOT_FOUND",
  "REGION_WRONG",
];

/** Opens shards and reads small files of one place, ahead where it was told what comes. */
export class RemoteFiles {
  private readonly place: RemoteFolder;
  private readonly shardsAhead = new Map<string, RangeReader>();
  private readonly wholeAhead = new Map<string, Promise<Buffer | undefined>>();
  private readonly taken = new Set<string>();
  private aheadBytes = 0;
  private running = 0;

  constructor(place: RemoteFolder) {
    this.place = place;
  }

  /** Starts reading: whole files at once (the index takes longest), shards as many as may run together. */
  expect(files: readonly string[]): void {
    const shards = files.filter((path) => path.endsWith(".safetensors"));
    for (const path of files) if (!shards.includes(path)) this.readWholeAhead(path);
    this.startShards(shards[Symbol.iterator]());
  }

  /** As many at once as may run together, asked again after each: the first of many unknown ones go ahead. */
  private startShards(shards: Iterator<string>): void {
    const { firstRead, client } = this.place;
    while (this.running < firstRead.limit(client.concurrency)) {
      const reading = this.readShardAhead(shards);
      if (reading === undefined) return;
      this.running++;
      void reading.then(() => {
        this.running--;
        this.startShards(shards);
      });
    }
  }

  open(path: string): RangeReader {
    const reason = findUnsafePath(path);
    if (reason !== undefined) throw new UnfoldError("SHARD_NAME_UNSAFE", { name: path, reason });
    this.taken.add(path);
    const ahead = this.shardsAhead.get(path);
    this.shardsAhead.delete(path);
    return ahead ?? this.makeReader(path);
  }

  async readFile(path: string, maxBytes: number): Promise<Buffer | undefined> {
    const reason = findUnsafePath(path);
    if (reason !== undefined) throw new UnfoldError("SHARD_NAME_UNSAFE", { name: path, reason });
    const listed = this.place.listedBytes(path);
    if (listed !== undefined && listed > maxBytes) throw tooLong(path, listed, maxBytes);
    const ahead = this.wholeAhead.get(path);
    this.wholeAhead.delete(path);
    const bytes = await (ahead ?? this.readWhole(path, maxBytes));
    if (bytes !== undefined && bytes.length > maxBytes) throw tooLong(path, bytes.length, maxBytes);
    return bytes;
  }

  /**
   * Whether a small file is there, by reading it: what came is kept for `readFile`. A failure counts as there, so that
   * it is told when the file is read.
   */
  async exists(path: string, maxBytes: number): Promise<boolean> {
    const reading = this.readWhole(path, maxBytes);
    this.wholeAhead.set(path, reading);
    const isThere = await reading.then(
      (bytes) => bytes !== undefined,
      (error) => !(error instanceof UnfoldError && error.code === "OFFLINE"),
    );
    if (!isThere) this.wholeAhead.delete(path);
    return isThere;
  }

  /** The same of weights: of a shard its first read, which `open` goes on from; of an index the whole. */
  async isThere(path: string): Promise<boolean> {
    if (!path.endsWith(".safetensors")) return this.exists(path, MAX_WHOLE_BYTES);
    let reader: RangeReader;
    try {
      reader = this.makeReader(path);
    } catch {
      return false; // offline, and never read
    }
    await reader.readAhead(this.place.firstRead.bytes);
    const isMissing = await reader.read(0, HEADER_LENGTH_BYTES).then(
      () => false,
      (error) => error instanceof UnfoldError && error.code === "SHARD_MISSING",
    );
    if (isMissing) return false;
    this.taken.add(path);
    this.shardsAhead.set(path, reader);
    return true;
  }

  private readWholeAhead(path: string): void {
    if (this.wholeAhead.has(path) || (this.place.listedBytes(path) ?? 0) > MAX_WHOLE_BYTES) return;
    const reading = this.readWhole(path, MAX_WHOLE_BYTES);
    reading.catch(() => {}); // told to whoever asks for the file
    this.wholeAhead.set(path, reading);
  }

  /** Starts the next shard that nobody has taken; undefined where there is none, or no room. */
  private readShardAhead(shards: Iterator<string>): Promise<void> | undefined {
    for (let next = shards.next(); !next.done; next = shards.next()) {
      const path = next.value;
      if (this.taken.has(path) || findUnsafePath(path) !== undefined) continue;
      const bytes = this.place.firstRead.bytes;
      if (this.aheadBytes + bytes > MAX_AHEAD_BYTES || this.place.client.isEnded) return undefined;
      let reader: RangeReader;
      try {
        reader = this.makeReader(path);
      } catch {
        continue; // offline: told when the shard is opened
      }
      this.taken.add(path);
      this.shardsAhead.set(path, reader);
      this.aheadBytes += bytes;
      return reader.readAhead(bytes);
    }
    return undefined;
  }

  private makeReader(path: string): RangeReader {
    const { client, firstRead, cache } = this.place;
    const entry = cache?.read(`header:${path}`);
    const isTrusted = this.isTrusted(path, entry?.etag);
    const cached: CachedBeginning | undefined =
      entry === undefined ? undefined : { ...entry, etag: isTrusted ? null : entry.etag };
    if (cached === undefined && client.settings.isOffline) throw offline(path);
    return new RangeReader(client, {
      url: this.place.address(path),
      headers: this.headersFor(path),
      listedBytes: this.place.listedBytes(path),
      explain: (answer) => this.explain(answer, path),
      cached,
      noteLength: (fileBytes) => this.place.noteLength?.(path, fileBytes),
      noteHeader: (headerBytes) => firstRead.note(headerBytes),
      keep: (beginning, fileBytes, etag) => this.keepHeader(path, beginning, fileBytes, etag),
    });
  }

  /** Keeps exactly the header, and only a whole one. */
  private keepHeader(
    path: string,
    beginning: readonly Uint8Array[],
    fileBytes: number,
    etag: string | null,
  ): void {
    const end = (headerLength(beginning) ?? MAX_KEPT_BYTES) + 8;
    if (end > fileBytes || end > MAX_KEPT_BYTES || !this.mayKeep(etag)) return;
    const parts: Uint8Array[] = [];
    let left = end;
    for (const piece of beginning) {
      parts.push(piece.subarray(0, left));
      left -= Math.min(left, piece.length);
    }
    if (left === 0) this.place.cache?.write(`header:${path}`, parts, { fileBytes, etag });
  }

  private async readWhole(path: string, maxBytes: number): Promise<Buffer | undefined> {
    const { client, cache } = this.place;
    const entry = cache?.read(`whole:${path}`);
    if (entry !== undefined && this.isTrusted(path, entry.etag)) return this.hit(entry);
    if (client.settings.isOffline) throw offline(path);
    const what = `bytes in ${baseName(path)}`;
    const condition = entry?.etag ? { "If-None-Match": entry.etag } : this.headersFor(path);
    const headers = { ...this.place.headers, ...condition };
    const answer = await getWhole(client, this.place.address(path), maxBytes, what, headers);
    if (answer.status === 304 && entry !== undefined) return this.hit(entry);
    const isThere = answer.status === 200;
    const error = isThere ? undefined : this.explain(answer, path);
    if (error !== undefined && error.code !== "SHARD_MISSING") throw error;
    const etag = answer.headers.etag ?? null;
    const about = {
      state: isThere ? "present" : "absent",
      fileBytes: isThere ? answer.body.length : 0,
      etag,
    } as const;
    if (!isThere || this.mayKeep(etag)) cache?.write(`whole:${path}`, isThere ? [answer.body] : [], about);
    return isThere ? answer.body : undefined;
  }

  /** Whether what the cache has of a file is true without asking: pinned, of the listed version, or all that may be had. */
  private isTrusted(path: string, etag: string | null | undefined): boolean {
    const { client, isPinned, listedEtag } = this.place;
    const listed = listedEtag?.(path);
    return (
      isPinned || client.settings.isOffline || (listed !== undefined && listed === withoutQuotes(etag ?? ""))
    );
  }

  /** What is read is the version that was listed, or nothing. */
  private headersFor(path: string): Readonly<Record<string, string>> {
    const { headers, listedEtag } = this.place;
    const etag = listedEtag?.(path);
    return etag === undefined ? { ...headers } : { ...headers, "If-Match": `"${etag}"` };
  }

  /** What holds for the repository holds for its next file: it is not asked for a hundred times. */
  private explain(answer: Answer, path: string): UnfoldError {
    const error = this.place.explain(answer, path);
    if (OF_ALL_FILES.includes(error.code)) this.place.client.refuse(error);
    return error;
  }

  private hit(entry: { state: string; bytes: Buffer }): Buffer | undefined {
    this.place.client.stats.cacheHits++;
    return entry.state === "present" ? entry.bytes : undefined;
  }

  /** Without a commit only a strong ETag tells later whether the bytes are still the same. */
  private mayKeep(etag: string | null): boolean {
    return this.place.isPinned || (etag !== null && !etag.startsWith("W/"));
  }
}

function withoutQuotes(etag: string): string {
  return etag.replace(/^"|"$/g, "");
}

function offline(path: string): UnfoldError {
  return new UnfoldError("OFFLINE", { what: quoteForMessage(path) }, { file: path, hint: ONLINE_ONCE });
}

function tooLong(path: string, found: number, limit: number): UnfoldError {
  return new UnfoldError(
    "LIMIT_EXCEEDED",
    { what: `bytes in ${baseName(path)}`, found, limit },
    { file: path },
  );
}
