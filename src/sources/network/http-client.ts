import type { IncomingHttpHeaders } from "node:http";
import type { LookupFunction } from "node:net";
import { UnfoldError } from "../../errors.ts";
import type { Token } from "../credentials.ts";
import { isLoopbackHost, isPrivateHost } from "./addresses.ts";
import type { Agents } from "./agents.ts";
import type { Answer, Ask } from "./answer.ts";
import type { BodyPlan } from "./body.ts";
import { countRetries, RETRIED_STATUS } from "./connection-errors.ts";
import { exchange } from "./exchange.ts";
import type { HostBudgets } from "./host-budgets.ts";
import * as limits from "./limits.ts";
import { publicOnly } from "./lookup.ts";
import { Pacer } from "./pacer.ts";
import { isRedirect, nextAddress, refused } from "./redirects.ts";
import { AskedWait, refusedForNow, type ServerWait } from "./refusals.ts";
import { RunEnd } from "./run-end.ts";
import { NetworkStats } from "./stats.ts";

export interface ClientSettings {
  /** The hub or server that the user configured: the only origin that sees the token. */
  readonly origin: URL;
  readonly token: Token | null;
  readonly userAgent: string;
  readonly concurrency: number;
  /** Every request fails with `OFFLINE` before it is made. */
  readonly isOffline: boolean;
  readonly limits: limits.NetworkLimits;
  readonly agents: Agents;
  /** Ends all requests at once; its reason is what they fail with. */
  readonly signal: AbortSignal;
  /** Signs requests to the configured origin, each hop and each try anew: a signature holds its time and its host. */
  readonly sign?: Sign;
  /** False for servers whose redirects mean something else than "ask there". */
  readonly followsRedirects?: boolean;
  /** What hosts allow, shared by all sources of a run of many. */
  readonly hosts?: HostBudgets;
  /** Counts that another client began, of the same source. */
  readonly stats?: NetworkStats;
  /** Told of each wait that the server asked for, as it begins. */
  readonly onWait?: (wait: ServerWait) => void;
  /** Replaced in tests: waiting, chance and names. */
  readonly wait?: (ms: number) => Promise<void>;
  readonly random?: () => number;
  readonly lookup?: LookupFunction;
}

/** The headers of a request with its signature. */
export type Sign = (url: URL, headers: Readonly<Record<string, string>>) => Promise<Record<string, string>>;

/** What to do when offline mode finds something missing. */
export const ONLINE_ONCE = "Run once without --offline (and without HF_HUB_OFFLINE) to fill the cache.";

/** Requests with redirects, retries, deadlines and a bounded number at once. Knows nothing of checkpoints. */
export class HttpClient {
  readonly stats: NetworkStats;
  readonly settings: ClientSettings;
  private readonly pacer: Pacer;
  private readonly runEnd: RunEnd;
  private readonly lookup: LookupFunction | undefined;
  private refusal: UnfoldError | undefined;

  /** Throws `USAGE` where the environment names a proxy that is none. */
  constructor(settings: ClientSettings) {
    if (!settings.isOffline) settings.agents.proxyFor(settings.origin);
    this.settings = settings;
    this.stats = settings.stats ?? new NetworkStats();
    this.runEnd = new RunEnd(settings.signal);
    this.pacer =
      settings.hosts?.pacerFor(settings.origin.host, settings.concurrency) ?? new Pacer(settings.concurrency);
    this.lookup = isPrivateHost(settings.origin.hostname)
      ? settings.lookup
      : publicOnly(settings.lookup, settings.origin.hostname);
  }

  get concurrency(): number {
    return this.pacer.concurrency;
  }

  /** Whether the run is over, so that nothing new need be started. */
  get isEnded(): boolean {
    return this.runEnd.reason !== undefined;
  }

  /** Whether requests to the configured origin carry a token: over https, or to this very machine. */
  get sendsToken(): boolean {
    const { origin, token } = this.settings;
    return token !== null && (origin.protocol === "https:" || isLoopbackHost(origin.hostname));
  }

  /**
   * Sends, follows and retries. Throws what the last try threw; an answer that is worth no retry is returned as it is.
   */
  async send(ask: Ask): Promise<Answer> {
    if (this.settings.isOffline)
      throw new UnfoldError("OFFLINE", { what: "what is needed" }, { hint: ONLINE_ONCE });
    if (this.refusal !== undefined) throw this.refusal;
    const start = await this.pacer.enter();
    try {
      for (let retries = 0; ; retries++) {
        this.runEnd.throwIfOver();
        if (this.refusal !== undefined) throw this.refusal;
        this.stats.requests++;
        if (ask.headers?.Range !== undefined) this.stats.rangedReads++;
        try {
          const answer = await this.follow(ask);
          if (!RETRIED_STATUS.includes(answer.status)) return answer;
          throw refusedForNow(answer);
        } catch (error) {
          this.runEnd.throwIfOver();
          if (!(error instanceof UnfoldError)) throw error;
          this.slowDownAfter(error, start);
          await this.waitForRetry(error, retries);
        }
      }
    } finally {
      this.pacer.leave();
    }
  }

  /** What would be said again and again: nothing more is asked, and everything fails with it. */
  refuse(error: UnfoldError): void {
    this.refusal ??= error;
  }

  async close(): Promise<void> {
    this.runEnd.finish(new UnfoldError("INTERRUPTED", {}));
    await this.settings.agents.close();
  }

  private async follow(ask: Ask): Promise<Answer> {
    let url = ask.url;
    let firstHeaders: IncomingHttpHeaders | undefined;
    for (let hop = 0; hop <= limits.MAX_REDIRECTS; hop++) {
      const headers = await this.headersFor(url, ask.headers);
      const agent = await this.settings.agents.for(url);
      const plan = (status: number, received: IncomingHttpHeaders): BodyPlan =>
        status < 300 ? ask.plan(status, received) : { maxBytes: limits.MAX_ERROR_BODY_BYTES };
      const { deadlineMs } = ask;
      const request = {
        url,
        headers,
        agent,
        lookup: this.lookup,
        limits: this.settings.limits,
        deadlineMs,
        plan,
      };
      const answer = await exchange(request, this.stats, this.runEnd);
      firstHeaders ??= answer.headers;
      if (!isRedirect(answer.status) || this.settings.followsRedirects === false)
        return { ...answer, url, firstHeaders };
      url = nextAddress(url, answer.headers.location, this.settings.origin);
    }
    throw refused(`there were more than ${limits.MAX_REDIRECTS} in a row`);
  }

  /** The token is decided anew for every hop, by the origin that hop goes to. */
  private headersFor(
    url: URL,
    headers: Ask["headers"],
  ): Readonly<Record<string, string>> | Promise<Record<string, string>> {
    const { origin, token, userAgent, sign } = this.settings;
    const isOwn = url.origin === origin.origin;
    const authorization = token !== null && isOwn && this.sendsToken ? { Authorization: token.header() } : {};
    const whole = { "User-Agent": userAgent, "Accept-Encoding": "identity", ...headers, ...authorization };
    return sign !== undefined && isOwn ? sign(url, whole) : whole;
  }

  private slowDownAfter(error: UnfoldError, start: number): void {
    const isBusy = error.code === "HTTP_ERROR" && (error.details as { status: number }).status === 503;
    if (error.code === "RATE_LIMITED" || isBusy) this.pacer.slowDown(start);
  }

  private async waitForRetry(error: UnfoldError, retries: number): Promise<void> {
    if (retries >= countRetries(error, limits.MAX_RETRIES) || this.stats.retries >= limits.MAX_RUN_RETRIES)
      throw error;
    const { backoffMs, maxBackoffMs } = this.settings.limits;
    const backoff =
      (this.settings.random ?? Math.random)() * Math.min(maxBackoffMs, backoffMs * 2 ** retries);
    const wait = error.cause instanceof AskedWait ? error.cause : undefined;
    const asked = wait?.ms;
    const longest = this.settings.hosts === undefined ? limits.MAX_ASKED_WAIT_MS : limits.MAX_SHARED_WAIT_MS;
    if (asked !== undefined && asked > longest) {
      this.refuse(error);
      throw error;
    }
    this.stats.retries++;
    const ms = (asked ?? 0) + backoff;
    const waiting = this.settings.wait === undefined ? this.runEnd.wait(ms) : this.settings.wait(ms);
    if (wait !== undefined) {
      this.pacer.hold(waiting);
      this.settings.onWait?.({ host: this.settings.origin.host, status: wait.status, ms });
    }
    await waiting;
  }
}
