import { createHash } from "node:crypto";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { type Fault, sendFault } from "./faults.ts";
import type { VirtualFile } from "./shards.ts";

/** One request as it arrived, for what tests say about counts, ranges and tokens. */
export interface SeenRequest {
  readonly origin: "hub" | "cdn";
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
  /** The file that it is about, as far as it is about one. */
  readonly file: string | undefined;
}

export interface TestRepo {
  readonly files: ReadonlyMap<string, VirtualFile>;
  readonly commit?: string;
  readonly branches?: Readonly<Record<string, string>>;
  /** The token that may read it; without one it is public. */
  readonly token?: string;
  /** Listing is public, files want the token. */
  readonly isGated?: boolean;
  readonly isDisabled?: boolean;
  /** Answers with a redirect to this id. */
  readonly renamedTo?: string;
  /** The first listing has names only, as on mirrors; the paged one has all. */
  readonly hasNoSizes?: boolean;
}

export interface TestHubOptions {
  readonly latencyMs?: number;
  /** Entries on a page of the listing. */
  readonly pageEntries?: number;
  /** Host that `Link: rel="next"` names instead of this one. */
  readonly nextHost?: string;
  /** A path in front of everything, as a mirror may have. */
  readonly prefix?: string;
}

export const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/**
 * A hub on this machine: revision and tree API, `resolve` with a redirect to a second origin (another port) for large
 * files and to the same one for small, with the headers, errors and gating of the real one. Files are beginnings with a
 * length. Records every request.
 */
export class TestHub {
  readonly seen: SeenRequest[] = [];
  /** Of the hub, without a slash at the end. */
  endpoint = "";
  cdnOrigin = "";
  readonly repos = new Map<string, TestRepo>();
  bytesSent = 0;
  connections = 0;
  /** Decides for each request whether it goes wrong, and how. */
  fault: (request: SeenRequest) => Fault | undefined = () => undefined;
  private readonly options: TestHubOptions;
  private readonly hub: http.Server;
  private readonly cdn: http.Server;

  private constructor(options: TestHubOptions) {
    this.options = options;
    this.hub = http.createServer((request, response) => this.receive("hub", request, response));
    this.cdn = http.createServer((request, response) => this.receive("cdn", request, response));
    for (const server of [this.hub, this.cdn]) server.on("connection", () => this.connections++);
  }

  static async start(options: TestHubOptions = {}): Promise<TestHub> {
    const hub = new TestHub(options);
    for (const server of [hub.hub, hub.cdn]) {
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    }
    hub.endpoint = originOf(hub.hub) + (options.prefix ?? "");
    hub.cdnOrigin = originOf(hub.cdn);
    return hub;
  }

  /** Ranged reads as a client counts them: a redirect and its target are one. */
  get rangedReads(): number {
    const ranged = this.seen.filter((request) => request.range !== undefined);
    const hub = ranged.filter((request) => request.origin === "hub").length;
    // A read that goes to the second origin without a redirect has no partner on the first.
    return Math.max(hub, ranged.length - hub);
  }

  forget(): void {
    this.seen.length = 0;
    this.bytesSent = 0;
  }

  async stop(): Promise<void> {
    for (const server of [this.hub, this.cdn]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  private receive(origin: "hub" | "cdn", request: http.IncomingMessage, response: http.ServerResponse): void {
    const path = request.url ?? "/";
    const url = new URL(path, "http://host");
    const { range, authorization } = request.headers;
    const file = fileOf(decodeURIComponent(url.pathname));
    const seen = { origin, method: request.method ?? "GET", path, range, authorization, file };
    this.seen.push(seen);
    const answer = () => {
      const fault = this.fault(seen);
      if (fault !== undefined) sendFault(fault, response, (chunk) => this.send(response, chunk));
      else if (origin === "cdn") this.serveBlob(url, seen, request, response);
      else this.serveHub(url, seen, request, response);
    };
    const { latencyMs } = this.options;
    if (latencyMs === undefined) answer();
    else setTimeout(answer, latencyMs);
  }

  private serveHub(
    url: URL,
    seen: SeenRequest,
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): void {
    response.setHeader("RateLimit", '"resolvers";r=2998;t=172');
    response.setHeader("X-Request-Id", "Root=1-test");
    const prefix = this.options.prefix ?? "";
    const path = url.pathname.slice(prefix.length);
    if (path === "/api/models") return this.serveSearch(url, response);
    const cached = /^\/api\/resolve-cache\/models\/([^/]+\/[^/]+)\/([0-9a-f]{40})\/(.+)$/.exec(path);
    if (cached !== null) {
      const file = this.repos.get(cached[1] ?? "")?.files.get(decodeURIComponent(cached[3] ?? ""));
      return file === undefined
        ? refuse(response, 404, "EntryNotFound")
        : this.serveFile(file, request, response, oidOf(decodeURIComponent(cached[3] ?? "")));
    }
    const api = /^\/api\/models\/(.+?)\/(revision|tree|refs)(?:\/([^/]+))?$/.exec(path);
    if (api !== null)
      return this.serveApi(api[1] ?? "", api[2] ?? "", decodeURIComponent(api[3] ?? ""), url, seen, response);
    const file = /^\/([^/]+(?:\/[^/]+)?)\/(resolve|raw)\/([^/]+)\/(.+)$/.exec(path);
    if (file === null) return refuse(response, 404);
    const [, id = "", route = "", revision = "", name = ""] = file;
    this.serveResolve(
      id,
      route,
      decodeURIComponent(revision),
      decodeURIComponent(name),
      seen,
      request,
      response,
    );
  }

  private serveApi(
    id: string,
    route: string,
    revision: string,
    url: URL,
    seen: SeenRequest,
    response: http.ServerResponse,
  ): void {
    const repo = this.repos.get(id);
    const refusal = this.refusal(repo, seen, false);
    if (refusal !== undefined) return refuse(response, ...refusal);
    if (repo === undefined) return refuse(response, 404, "RepoNotFound");
    if (repo.renamedTo !== undefined) {
      response.writeHead(307, { Location: url.pathname.replace(id, repo.renamedTo) + url.search });
      response.end();
      return;
    }
    if (route === "refs") {
      const branches = Object.keys(repo.branches ?? {}).map((name) => ({ name, ref: `refs/heads/${name}` }));
      return this.sendJson(response, {
        branches: [{ name: "main", ref: "refs/heads/main" }, ...branches],
        tags: [],
        converts: [],
      });
    }
    const commit = commitOf(repo, revision);
    if (commit === undefined) {
      return refuse(response, 404, "RevisionNotFound", `Invalid rev id: ${encodeURIComponent(revision)}`);
    }
    if (route === "tree") return this.serveTree(repo, url, response);
    const siblings = [...repo.files].map(([rfilename, file]) =>
      repo.hasNoSizes ? { rfilename } : { rfilename, size: file.fileBytes, blobId: oidOf(rfilename) },
    );
    this.sendJson(response, {
      id,
      sha: commit,
      private: false,
      disabled: repo.isDisabled === true,
      siblings,
    });
  }

  private serveTree(repo: TestRepo, url: URL, response: http.ServerResponse): void {
    const perPage = this.options.pageEntries ?? 1000;
    const from = Number(url.searchParams.get("cursor") ?? 0);
    const entries = [...repo.files].slice(from, from + perPage);
    if (from + perPage < repo.files.size) {
      const next = new URL(url.pathname + url.search, this.options.nextHost ?? originOf(this.hub));
      next.searchParams.set("cursor", String(from + perPage));
      response.setHeader("Link", `<${next.href}>; rel="next"`);
    }
    this.sendJson(
      response,
      entries.map(([path, file]) => ({ type: "file", oid: oidOf(path), size: file.fileBytes, path })),
    );
  }

  private serveSearch(url: URL, response: http.ServerResponse): void {
    const author = url.searchParams.get("author");
    const search = url.searchParams.get("search");
    const isFound = (id: string) =>
      author !== null ? id.startsWith(`${author}/`) : id.includes(search ?? "");
    this.sendJson(
      response,
      [...this.repos.keys()].filter(isFound).map((id) => ({ id })),
    );
  }

  private serveResolve(
    id: string,
    route: string,
    revision: string,
    name: string,
    seen: SeenRequest,
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): void {
    const repo = this.repos.get(id);
    const refusal = this.refusal(repo, seen, true);
    if (refusal !== undefined) return refuse(response, ...refusal);
    if (repo === undefined) return refuse(response, 404, "RepoNotFound");
    const commit = commitOf(repo, revision);
    if (commit === undefined)
      return refuse(response, 404, "RevisionNotFound", `Invalid rev id: ${encodeURIComponent(revision)}`);
    response.setHeader("X-Repo-Commit", commit);
    const file = repo.files.get(name);
    if (file === undefined) return refuse(response, 404, "EntryNotFound", "Entry not found");
    if (route === "raw") {
      const pointer = Buffer.from(
        `version https://git-lfs.github.com/spec/v1\noid sha256:${oidOf(name)}\nsize ${file.fileBytes}\n`,
      );
      return this.serveFile(
        isLarge(name, file) ? { bytes: pointer, fileBytes: pointer.length } : file,
        request,
        response,
      );
    }
    const encoded = name.split("/").map(encodeURIComponent).join("/");
    if (isLarge(name, file)) {
      response.writeHead(302, {
        Location: `${this.cdnOrigin}/blobs/${id}/${encoded}?X-Signature=secret-of-the-cdn`,
        "X-Linked-Size": file.fileBytes,
        "X-Linked-ETag": `"${oidOf(name)}"`,
        "Content-Length": 9,
      });
      response.end("Found. Go");
      return;
    }
    response.writeHead(307, {
      Location: `${this.options.prefix ?? ""}/api/resolve-cache/models/${id}/${commit}/${encoded}?etag=x`,
    });
    response.end();
  }

  /** The order of the real hub: missing and private look alike without a token; gating shows only on files. */
  private refusal(
    repo: TestRepo | undefined,
    seen: SeenRequest,
    isFile: boolean,
  ): Parameters<typeof refuse> extends [unknown, ...infer R] ? R | undefined : never {
    const token = seen.authorization?.replace("Bearer ", "");
    if (token === "refused") return [401, undefined, "Invalid credentials in Authorization header"];
    if (repo === undefined && token === undefined) return [401, undefined, "Invalid username or password."];
    if (repo === undefined) return [404, "RepoNotFound", "Repository not found"];
    if (repo.isDisabled && isFile) return [403, undefined, "Access to this resource is disabled."];
    if (repo.token === undefined || repo.token === token) return undefined;
    if (repo.isGated)
      return isFile
        ? [token === undefined ? 401 : 403, "GatedRepo", "Access to this model is restricted"]
        : undefined;
    return token === undefined
      ? [401, undefined, "Invalid username or password."]
      : [404, "RepoNotFound", "Repository not found"];
  }

  private serveBlob(
    url: URL,
    _seen: SeenRequest,
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): void {
    const match = /^\/blobs\/([^/]+(?:\/[^/]+)?)\/(.+)$/.exec(url.pathname);
    for (const [id, repo] of this.repos) {
      const name = decodeURIComponent(url.pathname.slice(`/blobs/${id}/`.length));
      const file = url.pathname.startsWith(`/blobs/${id}/`) ? repo.files.get(name) : undefined;
      if (match !== null && file !== undefined) return this.serveFile(file, request, response, oidOf(name));
    }
    refuse(response, 404);
  }

  private serveFile(
    file: VirtualFile,
    request: http.IncomingMessage,
    response: http.ServerResponse,
    etag?: string,
  ): void {
    if (etag !== undefined) response.setHeader("ETag", `"${etag}"`);
    response.setHeader("Accept-Ranges", "bytes");
    const match = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
    const begin = Number(match?.[1] ?? 0);
    const end = Math.min(Number(match?.[2] ?? file.fileBytes - 1) + 1, file.fileBytes);
    if (match !== null && begin >= file.fileBytes) {
      response.writeHead(416, { "Content-Range": `bytes */${file.fileBytes}` });
      response.end();
      return;
    }
    response.setHeader("Content-Length", end - begin);
    if (match === null) response.writeHead(200);
    else response.writeHead(206, { "Content-Range": `bytes ${begin}-${end - 1}/${file.fileBytes}` });
    if (request.method === "HEAD") {
      response.end();
      return;
    }
    this.send(response, sliceOf(file, begin, end));
    response.end();
  }

  private sendJson(response: http.ServerResponse, value: unknown): void {
    response.setHeader("Content-Type", "application/json");
    this.send(response, Buffer.from(JSON.stringify(value)));
    response.end();
  }

  private send(response: http.ServerResponse, chunk: Buffer): boolean {
    this.bytesSent += chunk.length;
    return response.write(chunk);
  }
}

export function refuse(response: http.ServerResponse, status: number, code?: string, message?: string): void {
  if (code !== undefined) response.setHeader("X-Error-Code", code);
  if (message !== undefined) response.setHeader("X-Error-Message", message);
  response.statusCode = status;
  response.end();
}

/** Bytes of a virtual file: its beginning, then zeros. */
export function sliceOf(file: VirtualFile, begin: number, end: number): Buffer {
  const slice = Buffer.alloc(end - begin);
  file.bytes.copy(slice, 0, begin, Math.min(end, file.bytes.length));
  return slice;
}

function commitOf(repo: TestRepo, revision: string): string | undefined {
  const commit = repo.commit ?? COMMIT;
  if (revision === "main" || revision === commit) return commit;
  return repo.branches?.[revision] ?? Object.values(repo.branches ?? {}).find((sha) => sha === revision);
}

/** On the real hub what LFS or Xet holds; here what is no text. */
function isLarge(name: string, file: VirtualFile): boolean {
  return name.endsWith(".safetensors") || file.fileBytes > 10_000_000;
}

function oidOf(name: string): string {
  return createHash("sha256").update(name).digest("hex");
}

function fileOf(path: string): string | undefined {
  return /\/(?:resolve|raw)\/[^/]+\/(.+)$/.exec(path)?.[1] ?? /^\/blobs\/[^/]+\/[^/]+\/(.+)$/.exec(path)?.[1];
}

function originOf(server: http.Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
