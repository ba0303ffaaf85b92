import { UnfoldError } from "../../errors.ts";
import type { Answer } from "./answer.ts";
import type { BodyPlan } from "./body.ts";
import { parseLength } from "./content-range.ts";
import type { HttpClient } from "./http-client.ts";
import { refuseEncoding } from "./range-plan.ts";

/** Gets one whole file of at most `maxBytes`; `what` names it in the error when there is more. */
export function getWhole(
  client: HttpClient,
  url: URL,
  maxBytes: number,
  what: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const tooLong = (found: number) => new UnfoldError("LIMIT_EXCEEDED", { what, found, limit: maxBytes });
  const plan = (status: number, received: Answer["headers"]): BodyPlan => {
    refuseEncoding(received);
    if (status !== 200) throw new UnfoldError("HTTP_ERROR", { status, host: url.host, requestId: null });
    const length = parseLength(received["content-length"]);
    if (length !== undefined && length > maxBytes) throw tooLong(length);
    return { maxBytes, surplus: () => tooLong(maxBytes + 1) };
  };
  return client.send({ url, headers, deadlineMs: client.settings.limits.fileMs, plan });
}
