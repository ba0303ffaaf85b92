import type { IncomingHttpHeaders } from "node:http";

/**
 * How long a server that said 429 or 503 wants us to wait, in milliseconds, or undefined where it does not say. The Hub
 * writes `RateLimit: "resolvers";r=0;t=172` (seconds to the next window); proxies write `Retry-After`. The wait may be
 * of any length, infinity included: it is compared, never slept, where it is longer than anyone has patience for.
 */
export function parseAskedWait(headers: IncomingHttpHeaders, nowMs: number): number | undefined {
  const limit = headers.ratelimit;
  const window = typeof limit === "string" ? /;\s*r=0\s*;\s*t=(\d+)/.exec(limit) : null;
  // A second more: the window's edge is rounded down.
  if (window !== null) return (Number(window[1]) + 1) * 1000;
  const after = headers["retry-after"];
  if (after === undefined) return undefined;
  if (/^\d+$/.test(after)) return Number(after) * 1000;
  const date = Date.parse(after);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
