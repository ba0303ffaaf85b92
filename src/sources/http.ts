import { UnfoldError } from "../errors.ts";
import { FILES_BESIDE, MAX_CONFIG_BYTES } from "./config-files.ts";
import { FirstRead } from "./first-read.ts";
import { HeaderCache } from "./header-cache.ts";
import { showAddress } from "./network/addresses.ts";
import { Agents } from "./network/agents.ts";
import type { Answer } from "./network/answer.ts";
import { HttpClient } from "./network/http-client.ts";
import { afterRefusal, requestIdOf } from "./network/refusals.ts";
import { RemoteFiles } from "./remote-files.ts";
import type { WebTarget } from "./remote-target.ts";
import type { NetworkSettings } from "./settings.ts";
import type { ByteReader, Footprint, ReadStats, Source, SourceEntry, SourceFacts } from "./source.ts";

/** Answers that mean "not there" for a file nobody named: storage services say 403 for what does not exist. */
const ABSENT_STATUS: readonly number[] = [401, 403, 404, 410];

/**
 * One safetensors file on any web server that answers ranged requests, or an index with the shards beside it. No token
 * is sent. Sizes come from `Content-Range`.
 */
export class WebSource implements Source {
  readonly facts: SourceFacts;
  readonly chosenFile: string;
  readonly stats: ReadStats;
  private readonly url: URL;
  private readonly client: HttpClient;
  private readonly caches: HeaderCache;
  private readonly firstRead = new FirstRead(undefined, 0);
  private readonly files: RemoteFiles;
  private listing: Promise<SourceEntry[]> | undefined;

  constructor(target: WebTarget, settings: NetworkSettings) {
    this.url = target.url;
    this.chosenFile = target.file;
    this.facts = { kind: "http", id: showAddress(target.url), revision: null, commit: null, subfolder: null };
    const { environment, concurrency, limits } = settings;
    const agents = new Agents(environment, concurrency, limits.headersMs);
    this.client = new HttpClient({ ...settings, token: null, origin: target.url, agents });
    this.stats = this.client.stats;
    this.caches = new HeaderCache(settings.cacheFolder);
    const beside = new URL(".", target.url);
    this.files = new RemoteFiles({
      client: this.client,
      cache: this.caches.folder(["web", beside.href], showAddress(beside)),
      firstRead: this.firstRead,
      isPinned: false,
      address: (path) => this.address(path),
      listedBytes: () => undefined,
      explain: (answer, path) => this.explain(answer, path),
    });
  }

  get notes(): readonly string[] {
    return this.caches.notes;
  }

  get firstReadBytes(): number {
    return this.firstRead.bytes;
  }

  get concurrency(): number {
    return this.client.concurrency;
  }

  /** The file that was named, and the configuration files that turn out to be there. */
  list(folder: string): Promise<readonly SourceEntry[]> {
    if (folder !== "") return Promise.resolve([]);
    this.listing ??= this.lookBeside();
    return this.listing;
  }

  /** An index is read alone: the names of its shards are in it. */
  expect(files: readonly string[]): void {
    this.files.expect(files);
  }

  open(path: string): ByteReader {
    return this.files.open(path);
  }

  readFile(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
    return this.files.readFile(path, maxBytes);
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

  private async lookBeside(): Promise<SourceEntry[]> {
    const entries: SourceEntry[] = [{ path: this.chosenFile, kind: "file" }];
    const isThere = await Promise.all(FILES_BESIDE.map((name) => this.files.exists(name, MAX_CONFIG_BYTES)));
    FILES_BESIDE.forEach((path, at) => {
      if (isThere[at]) entries.push({ path, kind: "file" });
    });
    return entries;
  }

  /** The address as it was typed for the file that was named; its query belongs to no other. */
  private address(path: string): URL {
    if (path === this.chosenFile) return this.url;
    return new URL(path.split("/").map(encodeURIComponent).join("/"), new URL(".", this.url));
  }

  private explain(answer: Answer, path: string): UnfoldError {
    const { status, headers, url } = answer;
    const isBeside = (FILES_BESIDE as readonly string[]).includes(path);
    if (status === 404 || status === 410 || (isBeside && ABSENT_STATUS.includes(status))) {
      return new UnfoldError("SHARD_MISSING", {}, { file: path });
    }
    if (status === 401 || status === 403) {
      const hint =
        "The server wants a login or a signed address; download the file and give its path instead.";
      return new UnfoldError("ACCESS_DENIED", {}, { file: path, hint });
    }
    return new UnfoldError(
      "HTTP_ERROR",
      { status, host: url.host, requestId: requestIdOf(headers) },
      { file: path, ...afterRefusal(status) },
    );
  }
}
