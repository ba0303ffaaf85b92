import { type ErrorCode, UnfoldError } from "../errors.ts";
import { quoteForMessage } from "../format/escape.ts";
import type { Answer } from "./network/answer.ts";
import { parseStoreError } from "./s3-listing.ts";

export interface StoreContext {
  readonly bucket: string;
  readonly region: string;
  /** False where no credentials were found, and it was asked anonymously. */
  readonly isSigned: boolean;
  readonly paysRequests: boolean;
  /** The file asked for; undefined for the bucket as a whole. */
  readonly file?: string;
}

/** Refusals of who asks: what is wrong with the credentials, and what to do. By the code in the answer's body. */
const REFUSED: ReadonlyMap<string, readonly [reason: string, hint: string]> = new Map([
  ...rows(
    ["InvalidAccessKeyId"],
    "it does not know the access key",
    "Check AWS_ACCESS_KEY_ID or the profile (AWS_PROFILE), and that they belong to this store (--endpoint).",
  ),
  ...rows(
    ["SignatureDoesNotMatch"],
    "the secret key does not belong to the access key",
    "Check AWS_SECRET_ACCESS_KEY or the profile (AWS_PROFILE): a character may be lost.",
  ),
  ...rows(
    ["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "RequestExpired"],
    "the temporary credentials have expired",
    "Sign in again (aws sso login), or get new temporary credentials.",
  ),
  ...rows(
    ["InvalidToken", "InvalidClientTokenId", "InvalidSecurity", "MissingSecurityHeader"],
    "the token of the temporary credentials is not valid",
    "Check AWS_SESSION_TOKEN: it belongs to the same access key, or is not set at all.",
  ),
  ...rows(
    ["RequestTimeTooSkewed", "RequestInTheFuture"],
    "the clock of this machine is more than 15 minutes off",
    "Set the clock, and run again.",
  ),
]);

/** The bucket is elsewhere, said in as many ways as there are stores. */
const ELSEWHERE: readonly string[] = [
  "PermanentRedirect",
  "TemporaryRedirect",
  "Redirect",
  "AuthorizationHeaderMalformed",
  "IllegalLocationConstraintException",
  "InvalidRegionName",
];

/** The region that a refusal names for the bucket, undefined where it names none or the one that was asked in. */
export function regionToldBy({ headers, body }: Answer, asked: string): string | undefined {
  const header = headers["x-amz-bucket-region"];
  const { code, region } = parseStoreError(body);
  const told =
    typeof header === "string" && header !== "" ? header : ELSEWHERE.includes(code) ? region : null;
  return told !== null && told !== asked && /^[a-z0-9-]{2,40}$/.test(told) ? told : undefined;
}

/** What an answer of a store without success means; its body is XML with a code, or anything. */
export function explainStoreAnswer(answer: Answer, context: StoreContext): UnfoldError {
  const { status, headers, url, body } = answer;
  const { bucket, region, file } = context;
  const { host } = url;
  const about = file === undefined ? {} : { file };
  const { code } = parseStoreError(body);
  const refused = REFUSED.get(code);
  if (refused !== undefined) {
    const [reason, hint] = refused;
    return new UnfoldError("CREDENTIALS_REFUSED", { host, reason }, { ...about, hint });
  }
  if (ELSEWHERE.includes(code) || status === 301 || status === 307) {
    const hint = "Set AWS_REGION to the region of the bucket, or --endpoint to the store that has it.";
    return new UnfoldError("REGION_WRONG", { bucket, region }, { ...about, hint });
  }
  if (code === "NoSuchBucket" || (status === 404 && file === undefined)) {
    const hint =
      "Check the name; a bucket of another store than Amazon's needs --endpoint or AWS_ENDPOINT_URL.";
    return new UnfoldError("BUCKET_NOT_FOUND", { bucket }, { hint });
  }
  if (status === 404 && file !== undefined) return new UnfoldError("SHARD_MISSING", {}, { file });
  if (status === 401 || status === 403)
    return new UnfoldError("ACCESS_DENIED", {}, { ...about, hint: accessHint(context) });
  if (status === 412) {
    const hint = "It was replaced since it was listed: run again.";
    return new UnfoldError("FILE_CHANGED", {}, { ...about, hint });
  }
  const id = headers["x-amz-request-id"];
  const requestId = typeof id === "string" ? id : null;
  return new UnfoldError("HTTP_ERROR", { status, host, requestId }, about);
}

function accessHint({ bucket, isSigned, paysRequests }: StoreContext): string {
  if (!isSigned)
    return "No AWS credentials were found, so it was asked anonymously: set AWS_PROFILE or AWS_ACCESS_KEY_ID.";
  const payer = paysRequests ? "" : " If the requester pays for it, add --requester-pays.";
  return `The credentials need s3:ListBucket on ${quoteForMessage(bucket)} and s3:GetObject on what is in it.${payer}`;
}

/** A link of the credential chain that is set up and does not work. Its own words may hold commands and keys: not told. */
export function explainCredentials(cause: unknown): UnfoldError {
  const said = cause instanceof Error ? cause.message : "";
  const [reason, hint] = /\bsso\b|token.*expired/i.test(said)
    ? ["the sign-in of the profile has expired or was never made", "Sign in: aws sso login."]
    : /profile|from any providers/i.test(said)
      ? ["the profile has none that work", "Check AWS_PROFILE, and ~/.aws/config and ~/.aws/credentials."]
      : ["the AWS chain of credentials failed", "See what `aws sts get-caller-identity` says."];
  return new UnfoldError("CREDENTIALS_UNUSABLE", { reason }, { hint });
}

/** What is not about one file. */
export const STORE_REFUSALS: readonly ErrorCode[] = [
  "CREDENTIALS_REFUSED",
  "BUCKET_NOT_FOUND",
  "REGION_WRONG",
];

function rows(codes: readonly string[], reason: string, hint: string) {
  return codes.map((code): [string, readonly [string, string]] => [code, [reason, hint]]);
}
