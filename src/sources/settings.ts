import path from "node:path";
import { UnfoldError } from "../errors.ts";
import { quoteForMessage } from "../format/escape.ts";
import { findToken, isTrue, type Token } from "./credentials.ts";
import type { Environment } from "./network/agents.ts";
import type { HostBudgets } from "./network/host-budgets.ts";
import {
  DEFAULT_CONCURRENCY,
  DEFAULT_LIMITS,
  MAX_CONCURRENCY,
  type NetworkLimits,
} from "./network/limits.ts";
import type { ServerWait } from "./network/refusals.ts";

/** What the command line says about the network; undefined where it says nothing. */
export interface NetworkOptions {
  readonly token?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly isOffline?: boolean | undefined;
  readonly useCache?: boolean | undefined;
  readonly concurrency?: number | undefined;
  /** Of `s3://`: the requester pays for requests. */
  readonly paysRequests?: boolean | undefined;
}

/** The world around a run, handed in: nothing below reads `process.env`. */
export interface Surroundings {
  readonly environment: Environment;
  readonly homeFolder: string;
  /** A small text file, or undefined where it cannot be read. */
  readonly readText: (path: string) => string | undefined;
  /** Of unfold, for the user agent. */
  readonly version: string;
  /** Ends the run: Ctrl-C, or `--timeout`. */
  readonly signal: AbortSignal;
}

export interface NetworkSettings {
  /** Without a trailing slash in its path. */
  readonly endpoint: URL;
  /** The endpoint as the command line names it: that of an object store too. */
  readonly storeEndpoint: URL | null;
  /** Whether requests to an object store may cost the requester something. */
  readonly paysRequests: boolean;
  readonly token: Token | null;
  readonly isOffline: boolean;
  /** Folder of the header cache; null where none is used. */
  readonly cacheFolder: string | null;
  /** The local Hugging Face cache, read only. */
  readonly hubCacheFolder: string | null;
  readonly concurrency: number;
  readonly limits: NetworkLimits;
  /** Shared by the sources of a run of many; each has its own where it is not given. */
  readonly hosts?: HostBudgets;
  /** Told of each wait that a server asked for, as it begins. */
  readonly onWait?: (wait: ServerWait) => void;
  readonly userAgent: string;
  readonly environment: Environment;
  readonly signal: AbortSignal;
}

/** The hub that is asked where no other is named. */
export const DEFAULT_ENDPOINT = "https://huggingface.co";

/** Options and environment → settings, in the Hub's order of precedence. Throws `USAGE`. */
export function readNetworkSettings(options: NetworkOptions, around: Surroundings): NetworkSettings {
  const { environment, readText } = around;
  const folders = findFolders(around);
  const tokenFile = expand(environment.HF_TOKEN_PATH, around) ?? joinIf(folders.hub, "token");
  const useCache = options.useCache !== false;
  const isOffline =
    options.isOffline ?? isTrue(environment.HF_HUB_OFFLINE || environment.TRANSFORMERS_OFFLINE);
  return {
    endpoint: parseEndpoint(options.endpoint || environment.HF_ENDPOINT || DEFAULT_ENDPOINT),
    storeEndpoint: options.endpoint ? parseEndpoint(options.endpoint) : null,
    paysRequests: options.paysRequests === true,
    token: findToken({ option: options.token, environment, tokenFile, readText }),
    isOffline,
    cacheFolder: useCache ? folders.headers : null,
    hubCacheFolder: useCache ? folders.hubCache : null,
    concurrency: Math.min(options.concurrency ?? DEFAULT_CONCURRENCY, MAX_CONCURRENCY),
    limits: readLimits(environment),
    userAgent: userAgent(around),
    environment,
    signal: around.signal,
  };
}

/** `http(s)://host[:port][/path]`; anything else, credentials too, is refused without being repeated. */
export function parseEndpoint(text: string): URL {
  const endpoint = URL.canParse(text) ? new URL(text) : undefined;
  if (endpoint?.protocol !== "https:" && endpoint?.protocol !== "http:") {
    throw new UnfoldError(
      "USAGE",
      {
        message: `the endpoint ${quoteForMessage(text)} is no address that starts with https:// or http://`,
      },
      {
        hint: "Check --endpoint, or HF_ENDPOINT where it is not given: https://huggingface.co is the default.",
      },
    );
  }
  if (endpoint.username !== "" || endpoint.password !== "") {
    throw new UnfoldError(
      "USAGE",
      {
        message: "the endpoint must not hold a user name or password",
      },
      { hint: "Use a token: HF_TOKEN, or --token-stdin." },
    );
  }
  return new URL(endpoint.origin + endpoint.pathname.replace(/\/+$/, ""));
}

/** Folders of our header cache and of what the Hub's own clients keep; null where neither home nor variable names one. */
export function findFolders(around: Surroundings): Folders {
  const { environment, homeFolder } = around;
  const userCache = homeFolder === "" ? undefined : path.join(homeFolder, ".cache");
  const cacheHome = expand(environment.XDG_CACHE_HOME, around) ?? userCache;
  const hubHome = expand(environment.HF_HOME, around);
  const hub = hubHome ?? joinIf(cacheHome, "huggingface");
  const named = expand(environment.HF_HUB_CACHE, around) ?? expand(environment.HUGGINGFACE_HUB_CACHE, around);
  // Whoever moved HF_HOME to a large disk wants its neighbours there too.
  return {
    hub,
    hubCache: named ?? joinIf(hub, "hub"),
    headers: joinIf(hubHome ?? cacheHome, "unfold", "headers-1"),
  };
}

export interface Folders {
  readonly hub: string | null;
  readonly hubCache: string | null;
  readonly headers: string | null;
}

function joinIf(folder: string | null | undefined, ...names: string[]): string | null {
  return folder === undefined || folder === null ? null : path.join(folder, ...names);
}

/** `~` and `$VAR` as the Python client expands them; empty is unset, and so is what lies in a home that there is none of. */
function expand(value: string | undefined, around: Surroundings): string | undefined {
  if (value === undefined || value === "") return undefined;
  if (around.homeFolder === "" && /^~(?=$|[/\\])/.test(value)) return undefined;
  return value
    .replace(/^~(?=$|[/\\])/, () => around.homeFolder)
    .replace(/\$(?:\{(\w+)\}|(\w+))/g, (whole, braced, bare) => around.environment[braced ?? bare] ?? whole);
}

/** `HF_HUB_ETAG_TIMEOUT` and `HF_HUB_DOWNLOAD_TIMEOUT`, in whole seconds. */
function readLimits(environment: Environment): NetworkLimits {
  const seconds = (name: string) =>
    /^[1-9]\d{0,4}$/.test(environment[name] ?? "") ? Number(environment[name]) : undefined;
  const headersMs = (seconds("HF_HUB_ETAG_TIMEOUT") ?? DEFAULT_LIMITS.headersMs / 1000) * 1000;
  const idleMs = (seconds("HF_HUB_DOWNLOAD_TIMEOUT") ?? DEFAULT_LIMITS.idleMs / 1000) * 1000;
  return { ...DEFAULT_LIMITS, headersMs, idleMs };
}

function userAgent({ environment, version }: Surroundings): string {
  const origin = environment.HF_HUB_USER_AGENT_ORIGIN ?? "";
  const suffix = /^[\x21-\x7e]+$/.test(origin) ? `; origin/${origin}` : "";
  return `unfold/${version}; node/${process.versions.node}${suffix}`;
}
