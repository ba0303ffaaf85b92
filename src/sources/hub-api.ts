import { UnfoldError } from "../errors.ts";
import { findTooDeep } from "./json-depth.ts";
import { findUnsafePath } from "./paths.ts";

/** Files of one commit. */
export interface HubFile {
  readonly path: string;
  /** Length of the content, not of the pointer that git holds for it. */
  readonly bytes: number | undefined;
}

export interface ModelInfo {
  readonly commit: string;
  /** Undefined where this answer does not list them all with their sizes: the paged listing does. */
  readonly files: readonly HubFile[] | undefined;
  readonly isDisabled: boolean;
}

/** Above this many entries the answer is not known to be complete. */
const MAX_TRUSTED_SIBLINGS = 1_000;

/** Addresses of one repository on one endpoint. The revision is one segment, whatever slashes it holds. */
export class HubAddresses {
  readonly endpoint: URL;
  readonly id: string;

  constructor(endpoint: URL, id: string) {
    this.endpoint = endpoint;
    this.id = id;
  }

  info(revision: string): URL {
    return this.at(`/api/models/${this.id}/revision/${encodeURIComponent(revision)}?blobs=true`);
  }

  /** A dataset of the same name. */
  dataset(): URL {
    return this.at(`/api/datasets/${this.id}`);
  }

  refs(): URL {
    return this.at(`/api/models/${this.id}/refs`);
  }

  /** Models that answer a query such as `author=owner`. */
  search(query: string): URL {
    return this.at(`/api/models?${query}&limit=100`);
  }

  file(commit: string, path: string): URL {
    const encoded = path.split("/").map(encodeURIComponent).join("/");
    return this.at(`/${this.id}/resolve/${encodeURIComponent(commit)}/${encoded}`);
  }

  /** For people: where terms are accepted and access is asked for. */
  get page(): string {
    return this.at(`/${this.id}`).href;
  }

  private at(path: string): URL {
    return new URL(this.endpoint.href.replace(/\/+$/, "") + path);
  }
}

export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}

/** The answer of `revision/{rev}?blobs=true`. Throws `RESPONSE_INVALID`. */
export function parseModelInfo(body: Buffer): ModelInfo {
  const info = parseObject(body, "the hub's answer");
  if (typeof info.sha !== "string" || !isCommit(info.sha))
    throw invalid("the hub's answer", "it names no commit");
  return { commit: info.sha, files: parseSiblings(info.siblings), isDisabled: info.disabled === true };
}

function parseSiblings(siblings: unknown): readonly HubFile[] | undefined {
  if (!Array.isArray(siblings) || siblings.length === 0 || siblings.length > MAX_TRUSTED_SIBLINGS)
    return undefined;
  const files: HubFile[] = [];
  for (const sibling of siblings as unknown[]) {
    if (typeof sibling !== "object" || sibling === null) return undefined;
    const { rfilename, size, lfs } = sibling as Record<string, unknown>;
    const bytes = parseBytes((lfs as { size?: unknown } | null | undefined)?.size) ?? parseBytes(size);
    if (typeof rfilename !== "string" || bytes === undefined) return undefined;
    if (findUnsafePath(rfilename) === undefined) files.push({ path: rfilename, bytes });
  }
  return files;
}

export function parseBytes(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** Names of branches, tags and pull requests in the answer of `refs`. */
export function parseRefs(body: Buffer): readonly string[] {
  const refs = parseObject(body, "the list of branches");
  const names: string[] = [];
  for (const group of [refs.branches, refs.tags, refs.converts]) {
    for (const ref of Array.isArray(group) ? (group as unknown[]) : []) {
      const name = (ref as { name?: unknown } | null)?.name;
      if (typeof name === "string") names.push(name);
    }
  }
  return names;
}

/** Ids in the answer of a search. */
export function parseSearch(body: Buffer): readonly string[] {
  const found: unknown = parseJson(body, "the search");
  if (!Array.isArray(found)) return [];
  return found.map((entry) => (entry as { id?: unknown } | null)?.id).filter((id) => typeof id === "string");
}

function parseObject(body: Buffer, what: string): Record<string, unknown> {
  const value = parseJson(body, what);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw invalid(what, "it is no JSON object");
  return value as Record<string, unknown>;
}

function parseJson(body: Buffer, what: string): unknown {
  refuseDepth(body, what);
  try {
    return JSON.parse(body.toString("utf8")) as unknown;
  } catch (cause) {
    throw invalid(what, "it is not JSON", cause);
  }
}

/** Throws `RESPONSE_INVALID` for JSON that is nested as no answer of a hub is. */
export function refuseDepth(body: Uint8Array, what: string): void {
  if (findTooDeep(body) !== undefined) throw invalid(what, "it is nested too deep");
}

function invalid(what: string, problem: string, cause?: unknown): UnfoldError {
  const hint = "Is the endpoint a hub, and no sign-in page or proxy in between?";
  return new UnfoldError("RESPONSE_INVALID", { what, problem }, { hint, cause });
}
