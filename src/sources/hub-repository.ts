import { UnfoldError } from "../errors.ts";
import { quoteForMessage } from "../format/escape.ts";
import { findNearest } from "../format/nearest.ts";
import type { CacheFolder } from "./cache-folder.ts";
import type { HeaderCache } from "./header-cache.ts";
import {
  HubAddresses,
  type HubFile,
  isCommit,
  parseBytes,
  parseModelInfo,
  parseRefs,
  parseSearch,
} from "./hub-api.ts";
import { HubCache } from "./hub-cache.ts";
import { explainHubAnswer } from "./hub-errors.ts";
import { findTooDeep } from "./json-depth.ts";
import type { Answer } from "./network/answer.ts";
import { type HttpClient, ONLINE_ONCE } from "./network/http-client.ts";
import { MAX_API_BYTES } from "./network/limits.ts";
import { getWhole } from "./network/whole-file.ts";
import { findUnsafePath } from "./paths.ts";
import { DATASET_READER, type HubTarget, isHubId } from "./remote-target.ts";
import type { NetworkSettings } from "./settings.ts";

/** A repository at one commit, with its files: what every later address is made of. */
export interface Commit {
  readonly addresses: HubAddresses;
  readonly revision: string;
  readonly commit: string;
  /** A folder or file in it, "" for its root. */
  readonly path: string;
  readonly files: readonly HubFile[];
  readonly notes: readonly string[];
  readonly cache: CacheFolder | undefined;
  readonly hubCache: HubCache | undefined;
}

/** Lists all files of a commit, page by page: for what one answer does not hold. */
export type ListPages = (
  client: HttpClient,
  addresses: HubAddresses,
  commit: string,
) => Promise<readonly HubFile[]>;

/** Resolves what was typed to a commit and its files: one request, or none where that is known already. */
export class HubRepository {
  private readonly settings: NetworkSettings;
  private readonly client: HttpClient;
  private readonly caches: HeaderCache;
  private readonly listPages: ListPages;

  constructor(settings: NetworkSettings, client: HttpClient, caches: HeaderCache, listPages: ListPages) {
    this.settings = settings;
    this.client = client;
    this.caches = caches;
    this.listPages = listPages;
  }

  async resolve(target: HubTarget): Promise<Commit> {
    const revision = target.revision ?? "main";
    const known = this.findKnown(target, revision);
    if (known !== undefined) return known;
    if (this.settings.isOffline) {
      const what = `the listing of ${quoteForMessage(target.id)} at ${quoteForMessage(revision)}`;
      throw new UnfoldError("OFFLINE", { what }, { hint: ONLINE_ONCE });
    }
    return this.ask(target, revision);
  }

  /** From the caches: a commit never changes; a branch may have moved, which counts only where nobody may be asked. */
  private findKnown(target: HubTarget, revision: string): Commit | undefined {
    const { isOffline, endpoint, hubCacheFolder } = this.settings;
    if (!isOffline && !isCommit(revision)) return undefined;
    const remembered = isCommit(revision)
      ? { commit: revision, id: target.id }
      : this.recall(target.id, revision);
    const hubCache = hubCacheFolder === null ? undefined : new HubCache(hubCacheFolder, target.id);
    const found = remembered ?? toKnown(hubCache?.findCommit(revision), target.id);
    if (found === undefined) return undefined;
    const addresses = new HubAddresses(endpoint, found.id);
    const cache = this.folderOf(addresses, found.commit);
    const files = parseListing(cache?.read("listing")?.bytes);
    const base = { addresses, revision, commit: found.commit, path: target.path, cache, hubCache };
    const renamed = noteRename(target.id, found.id);
    if (files !== undefined) return { ...base, files, notes: renamed };
    const downloaded = isOffline ? hubCache?.list(found.commit) : undefined;
    if (downloaded === undefined) return undefined;
    const partial = "the listing is not in the cache: only files downloaded before are seen";
    return {
      ...base,
      files: downloaded.files,
      notes: downloaded.isComplete ? renamed : [...renamed, partial],
    };
  }

  private async ask(target: HubTarget, revision: string): Promise<Commit> {
    const asked = new HubAddresses(this.settings.endpoint, target.id);
    const answer = await getWhole(this.client, asked.info(revision), MAX_API_BYTES, "bytes in the listing");
    if (answer.status !== 200) return this.recover(target, revision, asked, answer);
    const id = renamedTo(answer.url) ?? target.id;
    const addresses = new HubAddresses(this.settings.endpoint, id);
    const info = parseModelInfo(answer.body);
    if (info.isDisabled) throw new UnfoldError("REPO_DISABLED", { id }, { hint: `See ${addresses.page}.` });
    const cache = this.folderOf(addresses, info.commit);
    const files = info.files ?? (await this.listPages(this.client, addresses, info.commit));
    this.remember(target.id, revision, { commit: info.commit, id }, cache, files);
    const hubCache =
      this.settings.hubCacheFolder === null ? undefined : new HubCache(this.settings.hubCacheFolder, id);
    const notes = noteRename(target.id, id);
    return { addresses, revision, commit: info.commit, path: target.path, files, notes, cache, hubCache };
  }

  /** A refusal, explained; but a pasted branch with slashes is told apart from folders by the list of branches. */
  private async recover(
    target: HubTarget,
    revision: string,
    addresses: HubAddresses,
    answer: Answer,
  ): Promise<Commit> {
    const { token } = this.settings;
    const { sendsToken } = this.client;
    const error = explainHubAnswer(answer, { addresses, revision, token, sendsToken });
    if (error.code === "REPO_NOT_FOUND") {
      if (await this.isDataset(addresses))
        throw withHint(error, `A dataset has that name: ${DATASET_READER}`);
      throw withSuggestion(error, await this.findAlike(target.id));
    }
    if (error.code !== "REVISION_NOT_FOUND") throw error;
    const names = await this.tryApi(addresses.refs(), parseRefs);
    const whole = target.path === "" ? revision : `${revision}/${target.path}`;
    const branch = names
      .filter((name) => name.includes("/") && `${whole}/`.startsWith(`${name}/`))
      .sort(byLength)[0];
    if (branch === undefined || branch === revision)
      throw withSuggestion(error, findNearest(revision, names));
    return this.ask({ ...target, revision: branch, path: whole.slice(branch.length + 1) }, branch);
  }

  private async isDataset(addresses: HubAddresses): Promise<boolean> {
    return (await this.tryApi(addresses.dataset(), () => ["found"])).length > 0;
  }

  private async findAlike(id: string): Promise<string | undefined> {
    const [owner = "", name = owner] = id.split("/");
    const queries = [`author=${encodeURIComponent(owner)}`, `search=${encodeURIComponent(name)}`];
    const addresses = new HubAddresses(this.settings.endpoint, id);
    const found = await Promise.all(
      queries.map((query) => this.tryApi(addresses.search(query), parseSearch)),
    );
    return findNearest(id, found.flat());
  }

  /** A suggestion is worth a request, but no second error. */
  private async tryApi(url: URL, parse: (body: Buffer) => readonly string[]): Promise<readonly string[]> {
    try {
      const answer = await getWhole(this.client, url, MAX_API_BYTES, "bytes in the answer");
      return answer.status === 200 ? parse(answer.body) : [];
    } catch (error) {
      if (error instanceof UnfoldError && error.code !== "INTERRUPTED") return [];
      throw error;
    }
  }

  private folderOf(addresses: HubAddresses, commit: string): CacheFolder | undefined {
    const { endpoint, id } = addresses;
    return this.caches.folder(["hub", endpoint.href, id, commit], `${id}@${commit}`);
  }

  private refsFolder(): CacheFolder | undefined {
    const { endpoint } = this.settings;
    return this.caches.folder(["refs", endpoint.href], `branches and tags of ${endpoint.host}`);
  }

  private recall(id: string, revision: string): Known | undefined {
    const entry = this.refsFolder()?.read(`${id}@${revision}`);
    return entry === undefined ? undefined : parseKnown(entry.bytes);
  }

  private remember(
    id: string,
    revision: string,
    known: Known,
    cache: CacheFolder | undefined,
    files: readonly HubFile[],
  ): void {
    const before = this.recall(id, revision);
    if (before?.commit !== known.commit || before.id !== known.id) {
      const bytes = Buffer.from(JSON.stringify(known));
      this.refsFolder()?.write(`${id}@${revision}`, [bytes], { fileBytes: bytes.length });
    }
    if (cache === undefined || parseListing(cache.read("listing")?.bytes) !== undefined) return;
    const bytes = Buffer.from(JSON.stringify(files.map((file) => [file.path, file.bytes ?? null])));
    cache.write("listing", [bytes], { fileBytes: bytes.length });
  }
}

/** What a revision meant when it was last asked for. */
interface Known {
  readonly commit: string;
  readonly id: string;
}

function toKnown(commit: string | undefined, id: string): Known | undefined {
  return commit === undefined ? undefined : { commit, id };
}

/** What we wrote, unless somebody else did: anything that is not a commit of a model is a miss. */
function parseKnown(bytes: Buffer): Known | undefined {
  const { commit, id } = (tryParse(bytes) ?? {}) as Record<string, unknown>;
  const isKnown = typeof commit === "string" && isCommit(commit) && typeof id === "string" && isHubId(id);
  return isKnown ? { commit, id } : undefined;
}

/** The listing as it was kept; undefined where it is not one. Its names are strangers' like any others. */
function parseListing(bytes: Buffer | undefined): readonly HubFile[] | undefined {
  const rows = bytes === undefined ? undefined : tryParse(bytes);
  if (!Array.isArray(rows)) return undefined;
  const files: HubFile[] = [];
  for (const row of rows as unknown[]) {
    const [path, size] = Array.isArray(row) ? (row as unknown[]) : [];
    if (typeof path !== "string") return undefined;
    if (findUnsafePath(path) === undefined) files.push({ path, bytes: parseBytes(size) });
  }
  return files;
}

function tryParse(bytes: Buffer): unknown {
  if (findTooDeep(bytes) !== undefined) return undefined;
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}

/** The id in the address that answered, where a redirect led from a former name to the present one. */
function renamedTo(url: URL): string | undefined {
  return /\/api\/models\/([A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)?)\/revision\//.exec(url.pathname)?.[1];
}

function noteRename(asked: string, id: string): readonly string[] {
  return asked === id ? [] : [`${quoteForMessage(asked)} is called ${quoteForMessage(id)} now`];
}

function withSuggestion(error: UnfoldError, nearest: string | undefined): UnfoldError {
  if (nearest === undefined) return error;
  return withHint(error, `Did you mean ${quoteForMessage(nearest)}? ${error.hint ?? ""}`.trim());
}

function withHint(error: UnfoldError, hint: string): UnfoldError {
  return new UnfoldError(error.code, error.details, { file: error.file, hint, cause: error.cause });
}

function byLength(a: string, b: string): number {
  return b.length - a.length;
}
