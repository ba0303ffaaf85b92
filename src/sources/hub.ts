import { UnfoldError } from "../errors.ts";
import { formatCount, formatQuantity } from "../format/count.ts";
import { quoteForMessage } from "../format/escape.ts";
import { FirstRead } from "./first-read.ts";
import { entriesOf } from "./folder-listing.ts";
import { HeaderCache } from "./header-cache.ts";
import { type HubFile, parseBytes } from "./hub-api.ts";
import { explainHubAnswer } from "./hub-errors.ts";
import { listingFetch } from "./hub-fetch.ts";
import { type Commit, HubRepository, type ListPages } from "./hub-repository.ts";
import { Agents } from "./network/agents.ts";
import { HttpClient } from "./network/http-client.ts";
import { MAX_LISTING_ENTRIES } from "./network/limits.ts";
import { refuseOtherFormat } from "./other-files.ts";
import { baseName, findUnsafePath, folderOf, joinPath } from "./paths.ts";
import { RemoteFiles } from "./remote-files.ts";
import type { HubTarget } from "./remote-target.ts";
import type { NetworkSettings } from "./settings.ts";
import type { ByteReader, Footprint, ReadStats, Source, SourceEntry, SourceFacts } from "./source.ts";

/**
 * A model repository of the Hub, or of a mirror, at one commit. Paths are relative to the folder that was named.
 *
 * The first request, commit and sizes in one, is ours, and so is every read: the library's `listFiles` needs the commit
 * first and has no sizes in fewer requests, and its ranged reads take three a shard. It serves where the first
 * answer does not list everything (mirrors, more than 1,000 files), and is loaded only then.
 */
export class HubSource implements Source {
  readonly facts: SourceFacts;
  readonly chosenFile: string | null;
  readonly stats: ReadStats;
  private readonly at: Commit;
  private readonly client: HttpClient;
  private readonly caches: HeaderCache;
  private readonly firstRead: FirstRead;
  private readonly files: RemoteFiles;
  private readonly sizes: ReadonlyMap<string, number | undefined>;
  private readonly root: string;
  private readonly otherLengths = new Set<string>();

  /** Throws `REPO_NOT_FOUND`, `REVISION_NOT_FOUND`, `OFFLINE`, … where there is nothing to read from. */
  static async connect(target: HubTarget, settings: NetworkSettings): Promise<HubSource> {
    const { endpoint, environment, concurrency, limits } = settings;
    const agents = new Agents(environment, concurrency, limits.headersMs);
    const client = new HttpClient({ ...settings, origin: endpoint, agents });
    const caches = new HeaderCache(settings.cacheFolder);
    try {
      const at = await new HubRepository(settings, client, caches, listWithLibrary).resolve(target);
      return new HubSource(at, client, caches);
    } catch (error) {
      await client.close();
      throw error;
    }
  }

  private constructor(at: Commit, client: HttpClient, caches: HeaderCache) {
    if (at.files.some(({ path }) => path === at.path)) refuseOtherFormat(baseName(at.path));
    const isFile = /\.(safetensors|index\.json)$/.test(at.path);
    this.at = at;
    this.client = client;
    this.caches = caches;
    this.root = isFile ? folderOf(at.path) : at.path;
    this.chosenFile = isFile ? baseName(at.path) : null;
    this.sizes = new Map(at.files.map((file) => [file.path, file.bytes]));
    this.stats = client.stats;
    const { addresses, revision, commit } = at;
    this.facts = {
      kind: "hub",
      id: addresses.id,
      revision,
      commit,
      subfolder: this.root === "" ? null : this.root,
    };
    this.firstRead = this.expectHeaders();
    const { sendsToken, settings } = client;
    this.files = new RemoteFiles({
      client,
      cache: at.cache,
      firstRead: this.firstRead,
      isPinned: true,
      address: (path) => addresses.file(commit, joinPath(this.root, path)),
      listedBytes: (path) => this.sizes.get(joinPath(this.root, path)),
      noteLength: (path, fileBytes) => this.compareLength(path, fileBytes),
      explain: (answer, path) =>
        explainHubAnswer(answer, { addresses, revision, token: settings.token, sendsToken, file: path }),
    });
  }

  get notes(): readonly string[] {
    return [...this.at.notes, ...[...this.otherLengths].sort(), ...this.caches.notes];
  }

  get firstReadBytes(): number {
    return this.firstRead.bytes;
  }

  get concurrency(): number {
    return this.firstRead.limit(this.client.concurrency);
  }

  async list(folder: string): Promise<readonly SourceEntry[]> {
    return entriesOf(this.at.files, this.root, folder);
  }

  expect(files: readonly string[]): void {
    this.files.expect(files.filter((path) => this.isListed(path) && !this.isDownloaded(path)));
  }

  open(path: string): ByteReader {
    const downloaded = this.openDownloaded(path);
    if (downloaded !== undefined) return downloaded;
    if (findUnsafePath(path) === undefined && !this.isListed(path))
      throw new UnfoldError("SHARD_MISSING", {});
    return this.files.open(path);
  }

  async readFile(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
    if (!this.isListed(path)) return undefined;
    const downloaded = this.isDownloaded(path)
      ? this.at.hubCache?.readFile(this.at.commit, joinPath(this.root, path), maxBytes)
      : undefined;
    if (downloaded === undefined) return this.files.readFile(path, maxBytes);
    this.client.stats.cacheHits++;
    return downloaded;
  }

  settle(): Promise<void> {
    return this.caches.settle();
  }

  async close(): Promise<void> {
    await this.client.close();
    await this.caches.close();
  }

  footprint(): Footprint {
    const trees = [this.caches.root, this.at.hubCache?.folder ?? null];
    return { files: [], folders: [], trees: trees.filter((folder) => folder !== null) };
  }

  /** The range answer counts; a listing that says something else is told. */
  private compareLength(path: string, fileBytes: number): void {
    const listed = this.sizes.get(joinPath(this.root, path));
    if (listed === undefined || listed === fileBytes) return;
    const lengths = `listed with ${formatQuantity(listed, "byte")}, served with ${formatCount(fileBytes)}`;
    this.otherLengths.add(`${quoteForMessage(path)} is ${lengths}; the latter counts`);
  }

  private isListed(path: string): boolean {
    return this.sizes.has(joinPath(this.root, path));
  }

  private isDownloaded(path: string): boolean {
    const file = joinPath(this.root, path);
    return findUnsafePath(file) === undefined && this.at.hubCache?.has(this.at.commit, file) === true;
  }

  private openDownloaded(path: string): ByteReader | undefined {
    if (!this.isDownloaded(path)) return undefined;
    const reader = this.at.hubCache?.open(this.at.commit, joinPath(this.root, path));
    if (reader !== undefined) this.client.stats.cacheHits++;
    return reader;
  }

  /** The listing tells the length of the index, and that how long the headers will be. */
  private expectHeaders(): FirstRead {
    const here = this.at.files.filter((file) => folderOf(file.path) === this.root);
    const index = here.find((file) => file.path.endsWith(".safetensors.index.json"));
    const shards = here.filter((file) => /-of-\d{5,6}\.safetensors$/.test(file.path)).length;
    return new FirstRead(index?.bytes, shards);
  }
}

/** All files of a commit through the library's paged listing. Its names are strangers' like any others. */
const listWithLibrary: ListPages = async (client, addresses, commit) => {
  const { token } = client.settings;
  const { sendsToken } = client;
  const explain = (answer: Parameters<typeof explainHubAnswer>[0]) =>
    explainHubAnswer(answer, { addresses, revision: commit, token, sendsToken });
  const { listFiles } = await import("@huggingface/hub");
  const pages = listFiles({
    repo: { type: "model", name: addresses.id },
    revision: commit,
    recursive: true,
    hubUrl: addresses.endpoint.href.replace(/\/+$/, ""),
    fetch: listingFetch(client, explain),
  });
  const files: HubFile[] = [];
  let entries = 0;
  try {
    for await (const entry of pages) {
      if (++entries > MAX_LISTING_ENTRIES) {
        const details = { what: "entries in the listing", found: entries, limit: MAX_LISTING_ENTRIES };
        throw new UnfoldError("LIMIT_EXCEEDED", details);
      }
      if (entry.type !== "file" || typeof entry.path !== "string" || findUnsafePath(entry.path) !== undefined)
        continue;
      files.push({ path: entry.path, bytes: parseBytes(entry.lfs?.size) ?? parseBytes(entry.size) });
    }
  } catch (cause) {
    if (cause instanceof UnfoldError) throw cause;
    throw new UnfoldError(
      "RESPONSE_INVALID",
      { what: "the listing", problem: "it is not a list of files" },
      { cause },
    );
  }
  return files;
};
