import { formatBytes } from "./format/bytes.ts";
import { formatCount, formatQuantity } from "./format/count.ts";
import { quoteForMessage } from "./format/escape.ts";

/**
 * Types of details, as data: a snapshot brings back details that somebody else may have written, and they are held
 * against the row of their code before a message is made of them.
 */
interface DetailTypes {
  text: string;
  texts: readonly string[];
  number: number;
  integer: number | bigint;
  flag: boolean;
  "text?": string | null;
  "number?": number | null;
}

type DetailFields = Readonly<Record<string, keyof DetailTypes>>;
type DetailsOf<F extends DetailFields> = { readonly [K in keyof F]: DetailTypes[F[K]] };

/** A code: the details that it has, and its sentence made of them. */
function row<const F extends DetailFields>(details: F, tell: (details: DetailsOf<F>) => string) {
  return { details, tell };
}

/**
 * Every way a request can fail: one row a code, wording in this one place. A message says what and how
 * much; where (the shard) is a field of its own; what to do next is the hint. Messages hold outside text as it is:
 * whoever prints one escapes it.
 */
const ERRORS = {
  // What was asked for
  USAGE: row({ message: "text" }, (d) => d.message),
  SOURCE_NOT_FOUND: row({ target: "text" }, (d) => `${quoteForMessage(d.target)} is not there`),
  NO_CHECKPOINT: row({ reason: "text" }, (d) => d.reason),
  OUTPUT_FAILED: row(
    { path: "text", reason: "text" },
    (d) => `cannot write ${quoteForMessage(d.path)}: ${d.reason}`,
  ),
  // Files
  SHARD_MISSING: row({}, () => "the shard is missing"),
  SHARD_NAME_UNSAFE: row(
    { name: "text", reason: "text" },
    (d) => `the index names a shard ${quoteForMessage(d.name)} that is not opened: ${d.reason}`,
  ),
  LINK_LOOP: row({}, () => "a symbolic link that leads back to itself"),
  NOT_A_FILE: row({ found: "text" }, (d) => `${d.found}, not a regular file; it is not opened`),
  ACCESS_DENIED: row({}, () => "no permission to read it"),
  TOO_MANY_OPEN_FILES: row({}, () => "the system has no free file handle"),
  READ_FAILED: row({ reason: "text" }, (d) => `reading failed: ${d.reason}`),
  FILE_CHANGED: row({}, () => "the file changed while it was being read"),
  FILE_TRUNCATED: row(
    { fileBytes: "number", neededBytes: "number", missingBytes: "number" },
    (d) =>
      `truncated: the file has ${formatBytesExactly(d.fileBytes)} and needs ${formatBytesExactly(d.neededBytes)}; ${formatBytesExactly(d.missingBytes)} of the tensors' data ${d.missingBytes === 1 ? "is" : "are"} missing`,
  ),
  FILE_TOO_SHORT: row(
    { fileBytes: "number" },
    (d) =>
      `${formatQuantity(d.fileBytes, "byte")} in all; a safetensors file starts with an 8-byte header length`,
  ),
  NOT_SAFETENSORS: row({ found: "text" }, (d) => `this is ${d.found}, not a safetensors file`),
  LIMIT_EXCEEDED: row(
    { what: "text", found: "integer", limit: "number" },
    (d) => `${formatCount(d.found)} ${d.what}; unfold reads at most ${formatCount(d.limit)}`,
  ),
  // Header
  HEADER_TOO_LARGE: row(
    { claimedBytes: "integer", limitBytes: "number" },
    (d) =>
      `the header claims ${formatBytesExactly(d.claimedBytes)}; more than ${formatBytes(d.limitBytes)} is not read`,
  ),
  HEADER_PAST_END: row(
    { headerBytes: "number", fileBytes: "number" },
    (d) =>
      `truncated header: the file has ${formatBytesExactly(d.fileBytes)}, and the header alone needs ${formatBytesExactly(d.headerBytes + 8)}`,
  ),
  HEADER_SYNTAX: row(
    { offset: "number", problem: "text" },
    (d) => `${d.problem} at byte ${formatCount(d.offset)}`,
  ),
  HEADER_NOT_UTF8: row(
    { offset: "number" },
    (d) => `the header is not valid UTF-8 at byte ${formatCount(d.offset)}`,
  ),
  HEADER_TOO_DEEP: row(
    { offset: "number", limit: "number" },
    (d) => `values are nested deeper than ${d.limit} at byte ${formatCount(d.offset)}`,
  ),
  DUPLICATE_KEY: row(
    { offset: "number", key: "text" },
    (d) =>
      `the key ${quoteForMessage(d.key)} occurs twice, again at byte ${formatCount(d.offset)}; readers disagree about which one counts`,
  ),
  METADATA_INVALID: row(
    { offset: "number", problem: "text" },
    (d) => `__metadata__ must map strings to strings: ${d.problem} at byte ${formatCount(d.offset)}`,
  ),
  ENTRY_INVALID: row(
    { tensor: "text", offset: "number", problem: "text" },
    (d) => `tensor ${quoteForMessage(d.tensor)}: ${d.problem} at byte ${formatCount(d.offset)}`,
  ),
  DTYPE_UNKNOWN: row(
    { tensor: "text", dtype: "text", offset: "number" },
    (d) =>
      `tensor ${quoteForMessage(d.tensor)}: unknown dtype ${quoteForMessage(d.dtype)} at byte ${formatCount(d.offset)}`,
  ),
  DTYPE_MISALIGNED: row(
    { tensor: "text", dtype: "text", elements: "number" },
    (d) =>
      `tensor ${quoteForMessage(d.tensor)}: ${formatQuantity(d.elements, "element")} of ${d.dtype} ${d.elements === 1 ? "does" : "do"} not fill whole bytes`,
  ),
  SHAPE_INVALID: row(
    { tensor: "text", offset: "number", problem: "text" },
    (d) => `tensor ${quoteForMessage(d.tensor)}: shape: ${d.problem} at byte ${formatCount(d.offset)}`,
  ),
  SHAPE_OVERFLOW: row(
    { tensor: "text", problem: "text" },
    (d) => `tensor ${quoteForMessage(d.tensor)}: ${d.problem}`,
  ),
  OFFSETS_INVALID: row(
    { tensor: "text", offset: "number", problem: "text" },
    (d) => `tensor ${quoteForMessage(d.tensor)}: data_offsets: ${d.problem} at byte ${formatCount(d.offset)}`,
  ),
  // Layout of the data area
  SIZE_MISMATCH: row(
    { tensor: "text", dtype: "text", shape: "text", needBytes: "number", haveBytes: "number" },
    (d) =>
      `tensor ${quoteForMessage(d.tensor)}: ${d.dtype} ${d.shape} needs ${formatBytesExactly(d.needBytes)}, its data_offsets span ${formatBytesExactly(d.haveBytes)}`,
  ),
  DATA_OVERLAP: row(
    { tensor: "text", other: "text", begin: "number", end: "number" },
    (d) =>
      `tensor ${quoteForMessage(d.tensor)} at data bytes ${formatCount(d.begin)}-${formatCount(d.end)} overlaps ${quoteForMessage(d.other)}`,
  ),
  DATA_HOLE: row(
    { tensor: "text", from: "number", to: "number" },
    (d) =>
      `data bytes ${formatCount(d.from)}-${formatCount(d.to)} before tensor ${quoteForMessage(d.tensor)} belong to no tensor`,
  ),
  DATA_TRAILING: row(
    { extraBytes: "number" },
    (d) => `${formatQuantity(d.extraBytes, "byte")} after the last tensor belong to no tensor`,
  ),
  MORE_FAULTS: row(
    { count: "number" },
    (d) => `${formatQuantity(d.count, "further fault")} of this kind in the same file`,
  ),
  // Index, snapshot
  INDEX_INVALID: row({ problem: "text" }, (d) => `the index cannot be used: ${d.problem}`),
  TENSOR_MISSING: row({ tensor: "text", count: "number" }, (d) =>
    d.count === 1
      ? `the index lists ${quoteForMessage(d.tensor)}, which this shard does not hold`
      : `the index lists ${formatCount(d.count)} tensors that this shard does not hold, first ${quoteForMessage(d.tensor)}`,
  ),
  SHARDS_MISSING: row(
    { count: "number", names: "texts" },
    (d) =>
      `${formatQuantity(d.count, "further shard is", "further shards are")} missing: ${d.names.map(quoteForMessage).join(", ")}${d.count > d.names.length ? ", …" : ""}`,
  ),
  SNAPSHOT_INVALID: row({ problem: "text" }, (d) => `not a header snapshot: ${d.problem}`),
  // The Hub and the web
  REPO_NOT_FOUND: row({ id: "text", isPrivatePossible: "flag" }, (d) =>
    d.isPrivatePossible
      ? `there is no model ${quoteForMessage(d.id)}, or it is private`
      : `there is no model ${quoteForMessage(d.id)} that this token may see`,
  ),
  REPO_GATED: row({ id: "text", hasToken: "flag" }, (d) =>
    d.hasToken
      ? `the files of ${quoteForMessage(d.id)} are gated, and the token sent has no access to them`
      : `the files of ${quoteForMessage(d.id)} are gated, and no token was sent`,
  ),
  REPO_DISABLED: row({ id: "text" }, (d) => `access to ${quoteForMessage(d.id)} was disabled by the hub`),
  TOKEN_REFUSED: row({ origin: "text" }, (d) => `the token from ${d.origin} was refused`),
  REVISION_NOT_FOUND: row(
    { id: "text", revision: "text" },
    (d) => `${quoteForMessage(d.id)} has no revision ${quoteForMessage(d.revision)}`,
  ),
  // Object stores
  BUCKET_NOT_FOUND: row({ bucket: "text" }, (d) => `there is no bucket ${quoteForMessage(d.bucket)}`),
  CREDENTIALS_REFUSED: row(
    { host: "text", reason: "text" },
    (d) => `${quoteForMessage(d.host)} refused the credentials: ${d.reason}`,
  ),
  CREDENTIALS_UNUSABLE: row({ reason: "text" }, (d) => `the credentials cannot be used: ${d.reason}`),
  REGION_WRONG: row(
    { bucket: "text", region: "text" },
    (d) => `the bucket ${quoteForMessage(d.bucket)} is not in the region ${quoteForMessage(d.region)}`,
  ),
  RATE_LIMITED: row({ host: "text", waitSeconds: "number?" }, (d) =>
    d.waitSeconds === null
      ? `${quoteForMessage(d.host)} asks to slow down (429)`
      : `${quoteForMessage(d.host)} asks to slow down (429) for ${formatQuantity(d.waitSeconds, "second")}`,
  ),
  HTTP_ERROR: row(
    { status: "number", host: "text", requestId: "text?" },
    (d) =>
      `${quoteForMessage(d.host)} answered ${d.status}${d.requestId === null ? "" : ` (request ${quoteForMessage(d.requestId)})`}`,
  ),
  RESPONSE_INVALID: row({ what: "text", problem: "text" }, (d) => `${d.what} cannot be used: ${d.problem}`),
  RESPONSE_CUT: row({ receivedBytes: "number", expectedBytes: "number?" }, (d) =>
    d.expectedBytes === null
      ? `the connection broke after ${formatQuantity(d.receivedBytes, "byte")}`
      : `the answer ended after ${formatCount(d.receivedBytes)} of ${formatQuantity(d.expectedBytes, "byte")}`,
  ),
  RANGE_UNSUPPORTED: row(
    { host: "text" },
    (d) =>
      `${quoteForMessage(d.host)} does not answer ranged requests; more of the file than its beginning is not fetched`,
  ),
  RANGE_INVALID: row({ asked: "text", problem: "text" }, (d) => `asked for bytes ${d.asked}: ${d.problem}`),
  ENCODING_UNEXPECTED: row(
    { encoding: "text" },
    (d) => `the answer is compressed (${quoteForMessage(d.encoding)}), though plain bytes were asked for`,
  ),
  REDIRECT_REFUSED: row({ reason: "text" }, (d) => `a redirect was not followed: ${d.reason}`),
  TIMEOUT: row(
    { what: "text", seconds: "number" },
    (d) => `${d.what} within ${formatQuantity(d.seconds, "second")}`,
  ),
  CONNECTION_FAILED: row(
    { host: "text", reason: "text" },
    (d) => `no connection to ${quoteForMessage(d.host)}: ${d.reason}`,
  ),
  TLS_FAILED: row(
    { host: "text", reason: "text" },
    (d) => `the certificate of ${quoteForMessage(d.host)} was not accepted: ${d.reason}`,
  ),
  OFFLINE: row({ what: "text" }, (d) => `${d.what} is not in the cache, and offline mode asks for nothing`),
  INTERRUPTED: row({}, () => "interrupted"),
  INTERNAL: row({ message: "text" }, (d) => d.message),
} as const;

export type ErrorCode = keyof typeof ERRORS;
export type ErrorDetails<C extends ErrorCode> = DetailsOf<(typeof ERRORS)[C]["details"]>;

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code);
}

/** The names of a code's details, and the type that each has. */
export function detailFieldsOf(code: ErrorCode): DetailFields {
  return ERRORS[code].details;
}

export interface ErrorOptions {
  /** The file it is about, relative to the source; null where it is about the request as a whole. */
  readonly file?: string | null;
  /** The next thing to try, as a sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** A request, or a part of it, that could not be carried out. `message` holds outside text raw. */
export class UnfoldError<C extends ErrorCode = ErrorCode> extends Error {
  readonly code: C;
  readonly details: ErrorDetails<C>;
  readonly file: string | null;
  readonly hint: string | null;

  constructor(code: C, details: ErrorDetails<C>, options: ErrorOptions = {}) {
    super((ERRORS[code].tell as (d: ErrorDetails<C>) => string)(details), { cause: options.cause });
    this.name = "UnfoldError";
    this.code = code;
    this.details = details;
    this.file = options.file ?? null;
    this.hint = options.hint ?? null;
  }

  /** The same error, told about a file: readers deep inside do not know what the file is called. */
  about(file: string): UnfoldError<C> {
    const hint = this.hint === null ? {} : { hint: this.hint };
    return new UnfoldError(this.code, this.details, { file, cause: this.cause, ...hint });
  }
}

function formatBytesExactly(bytes: number | bigint): string {
  return bytes < 1000 ? formatQuantity(bytes, "byte") : `${formatCount(bytes)} bytes (${formatBytes(bytes)})`;
}
