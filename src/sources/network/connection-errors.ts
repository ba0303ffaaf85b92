import { UnfoldError } from "../../errors.ts";

const REASONS: ReadonlyMap<string, string> = new Map([
  ["ENOTFOUND", "its name is not known (DNS)"],
  ["EAI_AGAIN", "its name could not be looked up (DNS)"],
  ["ECONNREFUSED", "it refuses connections"],
  ["ECONNRESET", "it broke the connection"],
  ["EPIPE", "it broke the connection"],
  ["ETIMEDOUT", "it does not answer"],
  ["EHOSTUNREACH", "there is no way to it"],
  ["ENETUNREACH", "there is no network"],
]);

const TLS_REASONS: ReadonlyMap<string, string> = new Map([
  ["SELF_SIGNED_CERT_IN_CHAIN", "it was signed by an authority that Node.js does not know"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "it was signed by itself"],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "it was signed by an authority that Node.js does not know"],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "it was signed by an authority that Node.js does not know"],
  ["CERT_HAS_EXPIRED", "it has expired"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "it belongs to another host"],
  ["EPROTO", "the server does not speak TLS there"],
]);

const OWN_AUTHORITY = /SELF_SIGNED|VERIFY_LEAF|ISSUER_CERT/;

/** A failure below HTTP in words. The system's own text is kept as the cause only. */
export function toConnectionError(error: unknown, host: string): UnfoldError {
  if (error instanceof UnfoldError) return error;
  const code = String((error as NodeJS.ErrnoException).code ?? "");
  const tls = TLS_REASONS.get(code) ?? (code.startsWith("ERR_SSL") ? TLS_REASONS.get("EPROTO") : undefined);
  if (tls !== undefined) {
    const hint = OWN_AUTHORITY.test(code)
      ? "Set NODE_EXTRA_CA_CERTS to a file with that authority's certificate before starting."
      : "Check the address, the clock of this machine, and whether a proxy is in between.";
    return new UnfoldError("TLS_FAILED", { host, reason: tls }, { hint, cause: error });
  }
  if (code.startsWith("HPE_")) {
    return new UnfoldError(
      "RESPONSE_INVALID",
      { what: "the answer", problem: "it is not proper HTTP" },
      { cause: error },
    );
  }
  const reason = REASONS.get(code) ?? (/^[A-Z0-9_]{1,40}$/.test(code) ? code : "unknown reason");
  const hint = "Check the network, the address and the proxy settings (HTTPS_PROXY, NO_PROXY).";
  return new UnfoldError("CONNECTION_FAILED", { host, reason }, { hint, cause: error });
}

/** How often a request that ended this way is tried again. Other failures stay what they are. */
export function countRetries(error: UnfoldError, most: number): number {
  switch (error.code) {
    case "RATE_LIMITED":
      return most;
    case "CONNECTION_FAILED":
      return (error.cause as NodeJS.ErrnoException | undefined)?.code === "ENOTFOUND" ? 1 : most;
    case "HTTP_ERROR":
      return RETRIED_STATUS.includes((error.details as { status: number }).status) ? most : 0;
    // A stall or a cut is tried once more; a server that does it twice will do it again.
    case "TIMEOUT":
    case "RESPONSE_CUT":
      return 1;
    default:
      return 0;
  }
}

export const RETRIED_STATUS: readonly number[] = [408, 425, 429, 500, 502, 503, 504];
