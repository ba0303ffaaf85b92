import { UnfoldError } from "../errors.ts";
import { quoteForMessage } from "../format/escape.ts";
import { refuseOtherFormat } from "./other-files.ts";
import { findUnsafePath, joinPath } from "./paths.ts";

/** A model repository of a hub, or a file on any web server, as the user wrote it. */
export type RemoteTarget = HubTarget | WebTarget;

export interface HubTarget {
  readonly kind: "hub";
  /** `owner/name`, or `name` of the few models that have no owner. */
  readonly id: string;
  readonly revision: string | null;
  /** A folder or file in the repository, "" for its root. */
  readonly path: string;
}

export interface WebTarget {
  readonly kind: "web";
  readonly url: URL;
  /** The file's name as its owner would write it, decoded. */
  readonly file: string;
}

/** Hosts of the public hub, in addition to the endpoint's. */
const HUB_HOSTS: readonly string[] = ["huggingface.co", "hf.co", "www.huggingface.co"];
const KINDS_NOT_READ: ReadonlyMap<string, string> = new Map([
  ["datasets", "a dataset"],
  ["spaces", "a Space"],
  ["kernels", "a kernel"],
  ["buckets", "a bucket"],
]);
/** What reads a dataset of the hub. */
export const DATASET_READER =
  "`datasets.load_dataset` reads it, and DuckDB its files: SELECT * FROM 'hf://datasets/…'.";
const ROUTES: readonly string[] = ["tree", "blob", "resolve", "raw", "blame"];
const MAX_REVISION_CHARACTERS = 250;

/**
 * Forms that are never a local path: `hf://…` and `http(s)://…`. Undefined for anything else; throws `USAGE` for one that
 * cannot be meant.
 */
export function parseRemoteTarget(text: string, endpoint: URL): RemoteTarget | undefined {
  if (/^hf:\/\//i.test(text)) return parseHubUri(text.slice("hf://".length));
  if (!/^https?:\/\//i.test(text)) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw usage(`${quoteForMessage(text)} is not an address`);
  if (url.username !== "" || url.password !== "")
    throw usage("an address with a user name or password in it is not used");
  return parseHubUrl(url, endpoint) ?? parseWebUrl(url);
}

/** Files of checkpoints: one that is not there is no model of a hub. */
const FILE_NAME = /\.(?:safetensors|json|gz|bin|pt|pth|ckpt|gguf|onnx|zip|tar)$/i;

/**
 * Forms that a path on disk may have too: `owner/name`, `owner/name@rev`, `owner/name/sub/folder`, `gpt2`,
 * `huggingface.co/owner/name…`. Undefined for what is none; whoever calls this has seen that no such path exists.
 */
export function parseHubName(text: string, endpoint: URL): HubTarget | undefined {
  const [host = "", ...rest] = text.split("/");
  if (rest.length > 0 && [...HUB_HOSTS, endpoint.host].includes(host.toLowerCase())) {
    return parseHubUrl(new URL(`https://${host}/${rest.join("/")}`), new URL(`https://${host}`));
  }
  refuseOtherKinds(host);
  // `owner/` is a path: of a model's name, the part behind the slash says which.
  if (/^[^/]*\/+$/.test(text)) return undefined;
  const [name = "", revision] = splitOnce(text, "@");
  const segments = name.replace(/\/+$/, "").split("/");
  const id = segments.slice(0, 2).join("/");
  if (!isHubId(id) || FILE_NAME.test(segments.at(-1) ?? "")) return undefined;
  const below = segments.slice(2).join("/");
  if (below !== "" && (revision !== undefined || findUnsafePath(below) !== undefined)) return undefined;
  return makeTarget(id, revision ?? null, below);
}

/** `--revision` and `--subfolder` on top of what was written. Throws `USAGE` where the two contradict each other. */
export function applyOptions(
  target: HubTarget,
  options: { readonly revision?: string | null; readonly subfolder?: string | null },
): HubTarget {
  const { revision, subfolder } = options;
  if (revision && target.revision !== null && revision !== target.revision) {
    throw usage(`the source names revision ${quoteForMessage(target.revision)}, --revision another one`);
  }
  const below = subfolder ? joinPath(target.path, subfolder.replace(/\/+$/, "")) : target.path;
  return makeTarget(target.id, revision || target.revision, below);
}

/** Whether this is a name that a hub could have: 1-96 characters, none of the forms that the hub refuses. */
export function isHubId(id: string): boolean {
  const segments = id.split("/");
  const isName = (segment: string) =>
    /^[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?$/.test(segment) &&
    !/--|\.\./.test(segment) &&
    !segment.endsWith(".git");
  return id.length <= 96 && segments.length <= 2 && segments.every(isName);
}

function parseHubUri(rest: string): HubTarget {
  const segments = rest.replace(/\/+$/, "").split("/");
  if (segments[0] === "models" && segments.length > 2) segments.shift();
  refuseOtherKinds(segments[0] ?? "");
  const [first = "", second = "", ...path] = segments;
  if (segments.length === 1) return makeTarget(...(splitOnce(first, "@") as [string, string?]), "");
  // `@` counts only straight after the name; what follows the next slash is the path, but for refs/pr/N.
  const [name, written] = splitOnce(second, "@");
  if (written === undefined) return makeTarget(`${first}/${name}`, undefined, path.join("/"));
  const { revision, below } = splitRevision([written, ...path]);
  return makeTarget(`${first}/${name}`, revision, below);
}

/** A page or file address of a hub; undefined where the host is another one. */
function parseHubUrl(url: URL, endpoint: URL): HubTarget | undefined {
  const prefix = endpoint.pathname.replace(/\/+$/, "");
  const isEndpoint = url.host === endpoint.host && `${url.pathname}/`.startsWith(`${prefix}/`);
  if (!isEndpoint && !HUB_HOSTS.includes(url.hostname)) return undefined;
  const segments = url.pathname
    .slice(isEndpoint ? prefix.length : 0)
    .split("/")
    .filter((segment) => segment !== "");
  const [first = "", second = ""] = segments;
  refuseOtherKinds(first);
  if (first === "" || first === "api") throw notAModel(url);
  const hasOwner = segments.length > 1 && !ROUTES.includes(second);
  const id = hasOwner ? `${first}/${second}` : first;
  const [route, ...rest] = segments.slice(hasOwner ? 2 : 1);
  if (!isHubId(id)) throw notAModel(url);
  if (route === undefined) return makeTarget(id, undefined, "");
  if (!ROUTES.includes(route) || rest.length === 0) throw notAModel(url);
  const { revision, below } = splitRevision(rest);
  return makeTarget(id, revision, below);
}

function parseWebUrl(url: URL): WebTarget {
  const file = decodeSegment(url.pathname.split("/").at(-1) ?? "");
  refuseOtherFormat(file);
  if (!/\.(safetensors|index\.json)$/.test(file)) {
    const hint =
      "Give the address of a .safetensors file or of an .index.json file; for a private hub set --endpoint.";
    throw new UnfoldError(
      "USAGE",
      { message: "this address is neither a model of the hub nor a safetensors file" },
      { hint },
    );
  }
  const unsafe = file.includes("/") ? "it holds a slash" : findUnsafePath(file);
  if (unsafe !== undefined) throw usage(`the file name ${quoteForMessage(file)} cannot be used: ${unsafe}`);
  url.hash = "";
  return { kind: "web", url, file };
}

/**
 * Segments behind a route: one is the revision (a slash in it is written %2F), the rest the path; `refs/pr/1` and
 * `refs/convert/x` are one revision.
 */
function splitRevision(segments: readonly string[]): { revision: string; below: string } {
  const isRef =
    segments[0] === "refs" && (segments[1] === "pr" || segments[1] === "convert") && segments.length > 2;
  const length = isRef ? 3 : 1;
  const decoded = segments.map(decodeSegment);
  return { revision: decoded.slice(0, length).join("/"), below: decoded.slice(length).join("/") };
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw usage(`${quoteForMessage(segment)} is not properly encoded`);
  }
}

function makeTarget(id: string, revision: string | null | undefined, path: string): HubTarget {
  if (!isHubId(id))
    throw usage(
      id === "" ? "no model is named behind hf://" : `${quoteForMessage(id)} is not the name of a model`,
      "Write owner/name, as the address of the model's page ends.",
    );
  if (revision !== undefined && revision !== null) checkRevision(revision);
  const unsafe = path === "" ? undefined : findUnsafePath(path);
  if (unsafe !== undefined) throw usage(`the path ${quoteForMessage(path)} cannot be used: ${unsafe}`);
  return { kind: "hub", id, revision: revision ?? null, path };
}

/** Throws `USAGE` for what git allows as no name of a branch or tag. */
export function checkRevision(revision: string): void {
  const isBad =
    /[\u0000- \u007f~^:?*[\\#]|\.\.|^[/-]|\/$|^$/.test(revision) ||
    /\p{Surrogate}/u.test(revision) ||
    revision.length > MAX_REVISION_CHARACTERS;
  if (revision === "") throw usage("no revision stands behind the @", REVISIONS);
  if (isBad) throw usage(`${quoteForMessage(revision)} cannot be a revision`, REVISIONS);
}

function refuseOtherKinds(first: string): void {
  const kind = KINDS_NOT_READ.get(first);
  if (kind === undefined) return;
  const message = `this is ${kind}; unfold reads model repositories`;
  const hint = first === "datasets" ? DATASET_READER : "Give the name of a model.";
  throw new UnfoldError("USAGE", { message }, { hint });
}

function notAModel(url: URL): UnfoldError {
  const hint = "Give owner/name, or the address of a model's page, folder or file.";
  return new UnfoldError(
    "USAGE",
    { message: `${quoteForMessage(url.pathname)} is not the page of a model` },
    { hint },
  );
}

const REVISIONS = "A revision is a branch, a tag, a commit, or refs/pr/N; without one it is main.";

function usage(message: string, hint?: string): UnfoldError {
  return new UnfoldError("USAGE", { message }, hint === undefined ? {} : { hint });
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}
