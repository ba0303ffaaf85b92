import { UnfoldError } from "../errors.ts";
import type { Token } from "./credentials.ts";
import type { HubAddresses } from "./hub-api.ts";
import type { Answer } from "./network/answer.ts";
import { afterRefusal, requestIdOf } from "./network/refusals.ts";

export interface HubContext {
  readonly addresses: HubAddresses;
  readonly revision: string;
  readonly token: Token | null;
  /** False where a token is there but is not sent, the endpoint being plain http. */
  readonly sendsToken: boolean;
  /** The file asked for; undefined for the repository as a whole. */
  readonly file?: string;
}

/**
 * What an answer of the hub without success means. The hub tells in headers: its bodies are empty, text or JSON as it
 * goes. 401 stands for missing, private and gated alike where no token was sent.
 */
export function explainHubAnswer(answer: Answer, context: HubContext): UnfoldError {
  const { status } = answer;
  const { addresses, file, revision } = context;
  const { id } = addresses;
  const code = headerOf(answer, "x-error-code");
  const message = headerOf(answer, "x-error-message");
  const about = file === undefined ? {} : { file };
  if (/access to this resource is disabled/i.test(message)) {
    return new UnfoldError("REPO_DISABLED", { id }, { ...about, hint: `See ${addresses.page}.` });
  }
  if (code === "GatedRepo") return gated(context, status);
  if (/invalid credentials/i.test(message)) return tokenRefused(context);
  if (code === "RevisionNotFound") {
    const hint = `Branches and tags are listed at ${addresses.page}/tree/main.`;
    return new UnfoldError("REVISION_NOT_FOUND", { id, revision }, { ...about, hint });
  }
  if (code === "EntryNotFound" && file !== undefined) return new UnfoldError("SHARD_MISSING", {}, { file });
  if (code === "RepoNotFound" || status === 401) return notFound(context);
  if (status === 404)
    return file === undefined ? notFound(context) : new UnfoldError("SHARD_MISSING", {}, { file });
  if (status === 403 && file !== undefined)
    return new UnfoldError("ACCESS_DENIED", {}, { file, hint: `See ${addresses.page}.` });
  const host = answer.url.host;
  const details = { status, host, requestId: requestIdOf(answer.headers) };
  return new UnfoldError("HTTP_ERROR", details, { ...about, ...afterRefusal(status) });
}

function gated({ addresses, token, sendsToken, file }: HubContext, status: number): UnfoldError {
  const { id, page } = addresses;
  const about = file === undefined ? {} : { file };
  const hasToken = token !== null && sendsToken;
  const hint = !hasToken
    ? `Accept the terms at ${page}, then set HF_TOKEN.${unsentToken(token, sendsToken)}`
    : status === 401
      ? `The token from ${token.origin} is not accepted: check it, and accept the terms at ${page}.`
      : `Ask for access at ${page}.`;
  return new UnfoldError("REPO_GATED", { id, hasToken }, { ...about, hint });
}

function tokenRefused({ token, file }: HubContext): UnfoldError {
  const about = file === undefined ? {} : { file };
  const hint = "It may have expired: make a new one in the settings of your account.";
  return new UnfoldError("TOKEN_REFUSED", { origin: token?.origin ?? "nowhere" }, { ...about, hint });
}

function notFound({ addresses, token, sendsToken, file }: HubContext): UnfoldError {
  const isAnonymous = token === null || !sendsToken;
  const about = file === undefined ? {} : { file };
  const hint = isAnonymous
    ? `Check the name; for a private model set HF_TOKEN.${unsentToken(token, sendsToken)}`
    : `Check the name, and whether the token from ${token.origin} may read it.`;
  return new UnfoldError(
    "REPO_NOT_FOUND",
    { id: addresses.id, isPrivatePossible: isAnonymous },
    { ...about, hint },
  );
}

function unsentToken(token: Token | null, sendsToken: boolean): string {
  return token !== null && !sendsToken
    ? ` The token from ${token.origin} was not sent: the endpoint is not https.`
    : "";
}

/** The last hop's header, else the first's: a renamed repository answers with a redirect before the refusal. */
function headerOf(answer: Answer, name: string): string {
  const value = answer.headers[name] ?? answer.firstHeaders[name];
  return typeof value === "string" ? value : "";
}
