import type { IncomingHttpHeaders } from "node:http";
import { UnfoldError } from "../../errors.ts";
import type { Answer } from "./answer.ts";
import { parseAskedWait } from "./rate-limit.ts";

/** A wait that a server asked for, with its answer's status. */
export interface ServerWait {
  readonly host: string;
  readonly status: number;
  readonly ms: number;
}

/** The wait that a server asked for, as the cause of the error that tells it. */
export class AskedWait extends Error {
  readonly ms: number;
  readonly status: number;

  constructor(ms: number, status: number) {
    super(`asked to wait ${ms} ms`);
    this.ms = ms;
    this.status = status;
  }
}

/** The error of an answer that may be another one later: busy, limited, in trouble. */
export function refusedForNow(answer: Answer): UnfoldError {
  const { status, headers, url } = answer;
  const ms = parseAskedWait(headers, Date.now());
  const cause = ms === undefined ? undefined : new AskedWait(ms, status);
  if (status !== 429) {
    const hint = "The server has trouble: try again later.";
    return new UnfoldError(
      "HTTP_ERROR",
      { status, host: url.host, requestId: requestIdOf(headers) },
      { hint, cause },
    );
  }
  const hint = "Wait, lower --concurrency, or set HF_TOKEN: signed-in requests have a higher limit.";
  // A number of more digits than are exact is no time that anyone could be told.
  const isTellable = ms !== undefined && ms <= Number.MAX_SAFE_INTEGER;
  const waitSeconds = isTellable ? Math.ceil(ms / 1000) : null;
  return new UnfoldError("RATE_LIMITED", { host: url.host, waitSeconds }, { hint, cause });
}

/** Answers from here on are the server's trouble, and pass. */
const TROUBLE = 500;

/** What to try after an answer that is the server's last word; nothing for one that may be another later. */
export function afterRefusal(status: number): { hint?: string } {
  if (status >= TROUBLE) return {};
  return {
    hint: "The server will say so again: open the address in a browser to see why, or name another copy or mirror.",
  };
}

/** What the Hub's support asks for when one of its answers is the trouble. */
export function requestIdOf(headers: IncomingHttpHeaders): string | null {
  for (const name of ["x-request-id", "x-amzn-trace-id", "x-amz-cf-id"]) {
    const value = headers[name];
    if (typeof value === "string" && value !== "") return value;
  }
  return null;
}
