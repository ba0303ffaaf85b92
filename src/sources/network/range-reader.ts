import { UnfoldError } from "../../errors.ts";
import { formatCount } from "../../format/count.ts";
import type { ByteReader } from "../source.ts";
import type { Answer } from "./answer.ts";
import { parseLength, parseUnsatisfiedRange } from "./content-range.ts";
import type { HttpClient } from "./http-client.ts";
import { MAX_RANGE_PARTS } from "./limits.ts";
import { planRange, rangeUnsupported } from "./range-plan.ts";

/** Bytes before the header that tell its length. */
const LENGTH_BYTES = 8;

/** A file to be read in ranges: where it is, and what its owner knows about it. */
export interface RemoteFile {
  readonly url: URL;
  /** Sent with every read. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Its length as a listing told it: a first read asks no further. */
  readonly listedBytes: number | undefined;
  /** Turns an answer that is no part of the file into an error. */
  readonly explain: (answer: Answer) => UnfoldError;
  /** Bytes of its beginning that a cache holds; with `etag` they count only if the server confirms that. */
  readonly cached?: CachedBeginning | undefined;
  /** Told on closing how long the file is. */
  readonly noteLength?: (fileBytes: number) => void;
  /** Told how long the header says it is, once the first bytes are there. */
  readonly noteHeader?: (headerBytes: number) => void;
  /** Told on closing what was read of the beginning, to be kept. */
  readonly keep?: (beginning: readonly Uint8Array[], fileBytes: number, etag: string | null) => void;
}

export interface CachedBeginning {
  readonly bytes: Buffer;
  readonly fileBytes: number;
  readonly etag: string | null;
}

/**
 * Reads ranges of one remote file. What was read of its beginning is kept until closing: a second look costs nothing.
 * The first read goes through the redirects, later ones straight to where they led.
 */
export class RangeReader implements ByteReader {
  private readonly client: HttpClient;
  private readonly file: RemoteFile;
  private readonly pieces: Uint8Array[] = [];
  private heldBytes = 0;
  private totalBytes: number | undefined;
  private etag: string | null = null;
  private resolved: URL | undefined;
  private ignoresRanges = false;
  private isFromCache = false;
  private ahead: Promise<Uint8Array> | undefined;

  constructor(client: HttpClient, file: RemoteFile) {
    this.client = client;
    this.file = file;
    if (file.cached !== undefined && file.cached.etag === null) this.takeCached(file.cached);
  }

  get fileBytes(): number | undefined {
    return this.totalBytes;
  }

  /** Starts the first read before anyone waits for it; its failure is that of the read that comes. */
  readAhead(bytes: number): Promise<void> {
    if (this.isFromCache) return Promise.resolve();
    this.ahead = this.readNow(0, bytes);
    return this.ahead.then(
      () => undefined,
      () => undefined,
    );
  }

  async read(begin: number, end: number): Promise<Uint8Array> {
    const { ahead } = this;
    this.ahead = undefined;
    if (ahead !== undefined) await ahead;
    // Whoever parses a header goes on from what came: asking for more now could be for nothing.
    if (begin === 0 && this.heldBytes >= LENGTH_BYTES) return this.held(0, Math.min(end, this.heldBytes));
    return this.readNow(begin, end);
  }

  private async readNow(begin: number, end: number): Promise<Uint8Array> {
    const limit = this.totalBytes ?? Math.max(LENGTH_BYTES, this.file.listedBytes ?? end);
    const stop = Math.min(end, limit);
    if (stop <= begin) return new Uint8Array(0);
    if (begin > this.heldBytes) return Buffer.concat(await this.fetch(begin, stop));
    if (stop > this.heldBytes) {
      const isFirst = this.heldBytes === 0;
      for (const piece of await this.fetch(this.heldBytes, stop)) this.hold(piece);
      if (isFirst) this.noteHeader();
    }
    return this.held(begin, Math.min(stop, this.heldBytes));
  }

  close(): void {
    if (this.totalBytes !== undefined) this.file.noteLength?.(this.totalBytes);
    if (!this.isFromCache && this.totalBytes !== undefined)
      this.file.keep?.(this.pieces, this.totalBytes, this.etag);
    this.pieces.length = 0;
  }

  private takeCached(cached: CachedBeginning): void {
    this.isFromCache = true;
    this.totalBytes = cached.fileBytes;
    this.hold(cached.bytes);
    this.client.stats.cacheHits++;
  }

  private noteHeader(): void {
    const headerBytes = headerLength(this.pieces);
    // Lengths that cannot be true (a pointer file, a web page) teach nothing.
    if (headerBytes !== undefined && headerBytes + LENGTH_BYTES <= (this.totalBytes ?? 0))
      this.file.noteHeader?.(headerBytes);
  }

  private hold(piece: Uint8Array): void {
    this.pieces.push(piece);
    this.heldBytes += piece.length;
  }

  private held(begin: number, end: number): Uint8Array {
    const [only] = this.pieces;
    if (this.pieces.length === 1 && only !== undefined) return only.subarray(begin, end);
    // A second read asks for what the first did not bring, which is one piece.
    const last = this.pieces.at(-1);
    if (last !== undefined && begin === this.heldBytes - last.length) return last.subarray(0, end - begin);
    return Buffer.concat(this.pieces).subarray(begin, end);
  }

  /** The bytes [begin, end), in as many parts as the server likes to send, up to a limit. */
  private async fetch(begin: number, end: number): Promise<Uint8Array[]> {
    const parts: Uint8Array[] = [];
    let at = begin;
    while (at < Math.min(end, this.totalBytes ?? end)) {
      if (parts.length === MAX_RANGE_PARTS) {
        const asked = `${formatCount(begin)}-${formatCount(end - 1)}`;
        throw new UnfoldError("RANGE_INVALID", {
          asked,
          problem: `after ${MAX_RANGE_PARTS} answers the end was not reached`,
        });
      }
      const part = await this.fetchPart(at, end);
      if (part.length === 0) break;
      if (this.isFromCache && begin === 0) return [];
      parts.push(part);
      at += part.length;
      if (this.ignoresRanges) break;
    }
    return parts;
  }

  private async fetchPart(begin: number, end: number): Promise<Uint8Array> {
    if (this.ignoresRanges) throw rangeUnsupported(this.file.url.host);
    for (let tries = 0; ; tries++) {
      const direct = this.resolved;
      const answer = await this.ask(begin, end, direct ?? this.file.url);
      // A signature ran out, or the file there is another one by now: ask the hub once more where it is.
      const mayBeStale = answer.url.origin !== this.file.url.origin && answer.status === 403;
      if (tries === 0 && (mayBeStale || (direct !== undefined && this.isOther(answer)))) {
        this.resolved = undefined;
        continue;
      }
      return this.accept(answer, begin, end);
    }
  }

  private ask(begin: number, end: number, url: URL): Promise<Answer> {
    const { cached } = this.file;
    const isFirst = this.totalBytes === undefined;
    const condition = isFirst && cached?.etag != null ? { "If-None-Match": cached.etag } : {};
    const headers = { Range: `bytes=${begin}-${end - 1}`, ...this.file.headers, ...condition };
    const deadlineMs = this.client.settings.limits.rangeMs;
    return this.client.send({ url, headers, deadlineMs, plan: planRange(begin, end, url.host) });
  }

  private accept(answer: Answer, begin: number, end: number): Uint8Array {
    if (answer.status === 304 && this.file.cached !== undefined) {
      this.takeCached(this.file.cached);
      return this.file.cached.bytes;
    }
    if (answer.status === 416) {
      const totalBytes = parseUnsatisfiedRange(answer.headers["content-range"]);
      if (totalBytes === undefined || totalBytes > begin) throw this.file.explain(answer);
      this.remember(answer, totalBytes);
      return answer.body.subarray(0, 0);
    }
    if (answer.status === 200) {
      this.ignoresRanges = true;
      this.remember(answer, this.lengthOfWhole(answer, end));
      return answer.body;
    }
    if (answer.status !== 206) throw this.file.explain(answer);
    this.remember(answer, totalOf(answer));
    return answer.body;
  }

  /** The length of a file that came as a 200, of which no more was read than asked for. */
  private lengthOfWhole(answer: Answer, askedBytes: number): number {
    const told = parseLength(answer.headers["content-length"]) ?? parseLength(linkedSize(answer));
    if (told !== undefined) return told;
    if (answer.body.length < askedBytes) return answer.body.length;
    throw rangeUnsupported(answer.url.host);
  }

  private remember(answer: Answer, totalBytes: number): void {
    if (this.isOther(answer) || (this.totalBytes !== undefined && this.totalBytes !== totalBytes)) {
      const hint = "It was replaced between two reads: run again.";
      throw new UnfoldError("FILE_CHANGED", {}, { hint });
    }
    this.totalBytes = totalBytes;
    this.etag ??= answer.headers.etag ?? null;
    this.resolved = answer.url;
  }

  /** Whether an answer is about another file than the first one was. */
  private isOther(answer: Answer): boolean {
    if (this.totalBytes === undefined || answer.status !== 206) return false;
    const { etag } = answer.headers;
    return (
      totalOf(answer) !== this.totalBytes || (this.etag !== null && etag !== undefined && etag !== this.etag)
    );
  }
}

/** The header length that the first 8 bytes tell, undefined where there are fewer or it is no exact number. */
export function headerLength(beginning: readonly Uint8Array[]): number | undefined {
  const [first] = beginning;
  if (first === undefined || first.length < LENGTH_BYTES) return undefined;
  const length = Buffer.from(first.buffer, first.byteOffset, LENGTH_BYTES).readBigUInt64LE();
  return length <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(length) : undefined;
}

function totalOf(answer: Answer): number {
  return Number(answer.headers["content-range"]?.split("/")[1]);
}

function linkedSize(answer: Answer): string | undefined {
  const value = answer.firstHeaders["x-linked-size"];
  return typeof value === "string" ? value : undefined;
}
