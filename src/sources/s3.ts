import { type ErrorCode, UnfoldError } from "../errors.ts";
import { quoteForMessage } from "../format/escape.ts";
import { FirstRead } from "./first-read.ts";
import { HeaderCache } from "./header-cache.ts";
import { Agents } from "./network/agents.ts";
import { HttpClient } from "./network/http-client.ts";
import { NetworkStats } from "./network/stats.ts";
import { findUnsafePath, joinPath } from "./paths.ts";
import { RemoteFiles } from "./remote-files.ts";
import { explainCredentials, explainStoreAnswer, regionToldBy, type StoreContext } from "./s3-errors.ts";
import { addressOf, FolderLists } from "./s3-folders.ts";
import { BY_NAME_NOTE, findByName } from "./s3-names.ts";
import type { StoreAccess } from "./s3-sdk.ts";
import { type StoreTarget, showStore } from "./s3-target.ts";
import type { NetworkSettings } from "./settings.ts";
import type { ByteReader, Footprint, ReadStats, Source, SourceEntry, SourceFacts } from "./source.ts";

/**
 * A folder of an S3-compatible object store. Each folder that is looked into is listed, which tells lengths and ETags;
 * each shard is one ranged request, and none where its ETag is the one that the cache has. Where listing is denied, files
 * are asked for by name, and each says itself whether it is what the cache has. The AWS SDK says where the bucket is and
 * signs; requests are those of every other source.
 */
export class StoreSource implements Source {
  readonly facts: SourceFacts;
  readonly chosenFile: string | null;
  readonly stats: ReadStats;
  private readonly client: HttpClient;
  private readonly caches: HeaderCache;
  private readonly lists: FolderLists;
  private readonly files: RemoteFiles;
  private readonly firstRead: FirstRead;
  /** Where listing is denied: what turned out to be there of what was asked for. */
  private readonly named: readonly SourceEntry[] | undefined;
  private readonly ownNotes: readonly string[];

  /** Throws `BUCKET_NOT_FOUND`, `CREDENTIALS_REFUSED`, `ACCESS_DENIED`, … where there is nothing to read from. */
  static async connect(target: StoreTarget, settings: NetworkSettings): Promise<StoreSource> {
    const stats = new NetworkStats();
    const first = await openStore(target, settings, stats, undefined);
    try {
      return await StoreSource.open(target, first);
    } catch (error) {
      await first.client.close();
      const region = error instanceof UnfoldError ? first.lists.toldRegion : undefined;
      if (region === undefined) throw error;
      return StoreSource.again(target, await openStore(target, settings, stats, region), region);
    }
  }

  /** Once more in the region that the store named: it may be wrong about that only once. */
  private static async again(target: StoreTarget, store: Store, region: string): Promise<StoreSource> {
    try {
      const note = `the bucket is in ${region}: with AWS_REGION=${region} it is found at once`;
      return await StoreSource.open(target, store, [note]);
    } catch (error) {
      await store.client.close();
      throw error;
    }
  }

  private static async open(
    target: StoreTarget,
    store: Store,
    notes: readonly string[] = [],
  ): Promise<StoreSource> {
    let entries: readonly SourceEntry[];
    try {
      entries = await store.lists.list("");
    } catch (error) {
      if (!(error instanceof UnfoldError && UNLISTED.includes(error.code))) throw error;
      const firstRead = new FirstRead(undefined, 0);
      const files = makeFiles(target, store, firstRead, true);
      const named = await findByName(files, target.file);
      if (named === undefined) throw error;
      return new StoreSource(target, store, { files, firstRead, named }, [...notes, BY_NAME_NOTE]);
    }
    if (entries.length === 0 || (target.file !== null && !entries.some(({ path }) => path === target.file)))
      throw nothingThere(target);
    const firstRead = expectHeaders(entries);
    const files = makeFiles(target, store, firstRead, false);
    return new StoreSource(target, store, { files, firstRead, named: undefined }, notes);
  }

  private constructor(target: StoreTarget, store: Store, found: Found, notes: readonly string[]) {
    const { client, caches, lists } = store;
    this.client = client;
    this.caches = caches;
    this.lists = lists;
    this.chosenFile = target.file;
    this.stats = client.stats;
    this.ownNotes = notes;
    this.facts = { kind: "s3", id: showStore(target), revision: null, commit: null, subfolder: null };
    this.files = found.files;
    this.firstRead = found.firstRead;
    this.named = found.named;
  }

  get listsAll(): boolean {
    return this.named === undefined;
  }

  get notes(): readonly string[] {
    return [...this.ownNotes, ...this.caches.notes];
  }

  get firstReadBytes(): number {
    return this.firstRead.bytes;
  }

  get concurrency(): number {
    return this.firstRead.limit(this.client.concurrency);
  }

  list(folder: string): Promise<readonly SourceEntry[]> {
    if (this.named === undefined) return this.lists.list(folder);
    return Promise.resolve(folder === "" ? this.named : []);
  }

  expect(files: readonly string[]): void {
    this.files.expect(files.filter((path) => this.mayHave(path)));
  }

  open(path: string): ByteReader {
    if (findUnsafePath(path) === undefined && !this.mayHave(path)) throw new UnfoldError("SHARD_MISSING", {});
    return this.files.open(path);
  }

  async readFile(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
    return this.mayHave(path) ? this.files.readFile(path, maxBytes) : undefined;
  }

  private mayHave(path: string): boolean {
    return this.named !== undefined || this.lists.known.has(path);
  }

  settle(): Promise<void> {
    return this.caches.settle();
  }

  async close(): Promise<void> {
    await this.client.close();
    await this.caches.close();
  }

  footprint(): Footprint {
    return { files: [], folders: [], trees: this.caches.root === null ? [] : [this.caches.root] };
  }
}

/** Why there is no list though files may be there: it is denied, or was never made before the network was left. */
const UNLISTED: readonly ErrorCode[] = ["ACCESS_DENIED", "OFFLINE"];

/** How the files of a source are read, and which they are where they are not listed. */
interface Found {
  readonly files: RemoteFiles;
  readonly firstRead: FirstRead;
  readonly named: readonly SourceEntry[] | undefined;
}

/** What requests to one bucket are made with. */
interface Store {
  readonly access: StoreAccess;
  readonly client: HttpClient;
  readonly caches: HeaderCache;
  readonly lists: FolderLists;
  readonly context: StoreContext;
}

async function openStore(
  target: StoreTarget,
  settings: NetworkSettings,
  stats: NetworkStats,
  region: string | undefined,
): Promise<Store> {
  const { environment, concurrency, limits, isOffline, storeEndpoint, paysRequests } = settings;
  const { accessStore } = await import("./s3-sdk.ts");
  const { bucket } = target;
  let access: StoreAccess;
  let isSigned: boolean;
  try {
    access = await accessStore({ bucket, region, endpoint: storeEndpoint?.href });
    isSigned = !isOffline && (await access.hasCredentials());
  } catch (cause) {
    throw explainCredentials(cause);
  }
  const client = new HttpClient({
    ...settings,
    token: null,
    origin: access.url,
    agents: new Agents(environment, concurrency, limits.headersMs),
    stats,
    followsRedirects: false,
    ...(isSigned ? { sign: (url, headers) => access.sign(url, headers) } : {}),
  });
  const context: StoreContext = { bucket, region: access.region, isSigned, paysRequests };
  const caches = new HeaderCache(settings.cacheFolder);
  const lists = new FolderLists({
    client,
    cache: caches.folder(cacheKey(target, access), showStore(target)),
    bucketUrl: access.url,
    root: target.root,
    headers: payerHeader(paysRequests),
    explain: (answer) => explainStoreAnswer(answer, context),
    regionToldBy: (answer) => regionToldBy(answer, access.region),
  });
  return { access, client, caches, lists, context };
}

function makeFiles(target: StoreTarget, store: Store, firstRead: FirstRead, isByName: boolean): RemoteFiles {
  const { client, caches, lists, context, access } = store;
  return new RemoteFiles({
    client,
    cache: caches.folder(cacheKey(target, access), showStore(target)),
    firstRead,
    isPinned: false,
    address: (path) => addressOf(access.url, joinPath(target.root, path)),
    listedBytes: (path) => lists.known.get(path)?.bytes,
    listedEtag: (path) => lists.known.get(path)?.etag ?? undefined,
    headers: payerHeader(context.paysRequests),
    explain: (answer, file) => {
      const error = explainStoreAnswer(answer, { ...context, file });
      // Who may not list is told 403 of what is not there.
      const isAbsent = isByName && error.code === "ACCESS_DENIED";
      return isAbsent ? new UnfoldError("SHARD_MISSING", {}, { file }) : error;
    },
  });
}

/** Who asks is no part of it, and neither is the region, which a bucket has one of. */
function cacheKey({ bucket, root }: StoreTarget, { endpoint }: StoreAccess): readonly string[] {
  return ["s3", endpoint ?? "", bucket, root];
}

function payerHeader(paysRequests: boolean): Readonly<Record<string, string>> {
  return paysRequests ? { "x-amz-request-payer": "requester" } : {};
}

function expectHeaders(entries: readonly SourceEntry[]): FirstRead {
  const index = entries.find(({ path }) => path.endsWith(".safetensors.index.json"));
  const shards = entries.filter(({ path }) => /-of-\d{5,6}\.safetensors$/.test(path)).length;
  return new FirstRead(index?.bytes, shards);
}

function nothingThere(target: StoreTarget): UnfoldError {
  const what = joinPath(showStore(target), target.file ?? "").replace(/\/$/, "");
  const hint = `Nothing of ${quoteForMessage(target.bucket)} has that prefix: keys are case-sensitive, and taken as they are.`;
  return new UnfoldError("SOURCE_NOT_FOUND", { target: what }, { hint });
}
