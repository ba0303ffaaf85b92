import type { IncomingHttpHeaders } from "node:http";
import type { BodyPlan } from "./body.ts";

/** One thing asked of a server, whatever redirects and retries it takes. */
export interface Ask {
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly deadlineMs: number;
  readonly plan: (status: number, headers: IncomingHttpHeaders) => BodyPlan;
}

/** An answer at the end of its redirects, whatever its status. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Where the last redirect led. */
  readonly url: URL;
  /** Headers of the first answer: the Hub tells commit and size with its redirect, not with the file. */
  readonly firstHeaders: IncomingHttpHeaders;
}
