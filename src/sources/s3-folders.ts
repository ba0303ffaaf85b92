import { UnfoldError } from "../errors.ts";
import { quoteForMessage } from "../format/escape.ts";
import type { CacheFolder } from "./cache-folder.ts";
import { findTooDeep } from "./json-depth.ts";
import type { Answer } from "./network/answer.ts";
import { type HttpClient, ONLINE_ONCE } from "./network/http-client.ts";
import { MAX_API_BYTES, MAX_LISTING_ENTRIES, MAX_LISTING_PAGES } from "./network/limits.ts";
import { getWhole } from "./network/whole-file.ts";
import { findUnsafePath, joinPath } from "./paths.ts";
import { parseStorePage, type StoreObject } from "./s3-listing.ts";
import type { SourceEntry } from "./source.ts";

export interface StoreFolder {
  readonly client: HttpClient;
  readonly cache: CacheFolder | undefined;
  readonly bucketUrl: URL;
  /** Prefix of all keys, without a slash at the end; "" for the whole bucket. */
  readonly root: string;
  readonly headers: Readonly<Record<string, string>>;
  explain(answer: Answer): UnfoldError;
  regionToldBy(answer: Answer): string | undefined;
}

/** Folders of a bucket, each listed by itself when it is asked for, and once: a prefix may hold a thousand others. */
export class FolderLists {
  /** Files of the folders listed so far, by their paths from the root. */
  readonly known = new Map<string, Omit<StoreObject, "key">>();
  /** The region that a refusal named. */
  toldRegion: string | undefined;
  private readonly store: StoreFolder;
  private readonly lists = new Map<string, Promise<readonly SourceEntry[]>>();

  constructor(store: StoreFolder) {
    this.store = store;
  }

  list(folder: string): Promise<readonly SourceEntry[]> {
    const known = this.lists.get(folder) ?? this.read(folder);
    this.lists.set(folder, known);
    return known;
  }

  private async read(folder: string): Promise<readonly SourceEntry[]> {
    const { cache, client } = this.store;
    if (client.settings.isOffline) return this.take(this.recall(folder));
    const rows = await this.ask(folder);
    const bytes = Buffer.from(JSON.stringify(rows));
    cache?.write(`listing:${folder}`, [bytes], { fileBytes: bytes.length });
    return this.take(rows);
  }

  /** All pages: files with what is known of them, folders with a slash at the end. */
  private async ask(folder: string): Promise<Row[]> {
    const inside = joinPath(this.store.root, folder).replace(/\/$/, "");
    const prefix = inside === "" ? "" : `${inside}/`;
    const rows: Row[] = [];
    const seen = new Set<string | null>();
    for (let next: string | null = null; ; ) {
      if (seen.has(next)) throw invalid("a page leads back to itself");
      seen.add(next);
      if (seen.size > MAX_LISTING_PAGES) throw exceeded("pages in the listing", seen.size, MAX_LISTING_PAGES);
      const page = parseStorePage(await this.askPage(prefix, next));
      for (const { key, bytes, etag } of page.objects)
        if (key.startsWith(prefix)) rows.push([key.slice(prefix.length), bytes ?? null, etag]);
      for (const each of page.prefixes)
        if (each.startsWith(prefix)) rows.push([each.slice(prefix.length), null, null]);
      if (rows.length > MAX_LISTING_ENTRIES)
        throw exceeded("entries in the listing", rows.length, MAX_LISTING_ENTRIES);
      if (page.next === null) return rows.map(([name, ...rest]) => [joinPath(folder, name), ...rest]);
      next = page.next;
    }
  }

  private async askPage(prefix: string, next: string | null): Promise<Buffer> {
    const { client, bucketUrl, headers } = this.store;
    const url = new URL(bucketUrl);
    const query = { "list-type": "2", delimiter: "/", "encoding-type": "url", prefix };
    const token = next === null ? {} : { "continuation-token": next };
    url.search = `?${Object.entries({ ...query, ...token })
      .map(([name, value]) => `${name}=${encode(value)}`)
      .join("&")}`;
    const answer = await getWhole(client, url, MAX_API_BYTES, "bytes in a page of the listing", {
      ...headers,
    });
    if (answer.status === 200) return answer.body;
    this.toldRegion ??= this.store.regionToldBy(answer);
    throw this.store.explain(answer);
  }

  /** As it was when it was last listed. */
  private recall(folder: string): readonly Row[] {
    const rows = parseRows(this.store.cache?.read(`listing:${folder}`)?.bytes);
    if (rows !== undefined) return rows;
    const what = `the listing of ${quoteForMessage(joinPath(this.store.root, folder))}`;
    throw new UnfoldError("OFFLINE", { what }, { hint: ONLINE_ONCE });
  }

  private take(rows: readonly Row[]): readonly SourceEntry[] {
    const entries: SourceEntry[] = [];
    for (const [path, bytes, etag] of rows) {
      const isFolder = path.endsWith("/");
      const name = isFolder ? path.slice(0, -1) : path;
      // The key of the folder itself, which some programs make, and names that are no paths.
      if (findUnsafePath(name) !== undefined) continue;
      if (!isFolder) this.known.set(name, { bytes: bytes ?? undefined, etag });
      entries.push({
        path: name,
        kind: isFolder ? "folder" : "file",
        ...(bytes === null || isFolder ? {} : { bytes }),
      });
    }
    return entries;
  }
}

/** Path from the root, a folder's with a slash at the end; length and ETag of a file. */
type Row = [path: string, bytes: number | null, etag: string | null];

/** The address of a key. Each character that the signature's rules encode is encoded: what is signed is what is sent. */
export function addressOf(bucketUrl: URL, key: string): URL {
  return new URL(`${bucketUrl.href.replace(/\/+$/, "")}/${key.split("/").map(encode).join("/")}`);
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** What we wrote, unless somebody else did. */
function parseRows(bytes: Buffer | undefined): readonly Row[] | undefined {
  if (bytes === undefined || findTooDeep(bytes) !== undefined) return undefined;
  let rows: unknown;
  try {
    rows = JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
  return Array.isArray(rows) && rows.every(isRow) ? rows : undefined;
}

function isRow(row: unknown): row is Row {
  if (!Array.isArray(row) || row.length !== 3) return false;
  const [path, bytes, etag] = row as unknown[];
  const isLength = bytes === null || (typeof bytes === "number" && Number.isSafeInteger(bytes) && bytes >= 0);
  return typeof path === "string" && isLength && (etag === null || typeof etag === "string");
}

function invalid(problem: string): UnfoldError {
  return new UnfoldError("RESPONSE_INVALID", { what: "the listing", problem });
}

function exceeded(what: string, found: number, limit: number): UnfoldError {
  return new UnfoldError("LIMIT_EXCEEDED", { what, found, limit });
}
