import { formatBytes } from "./format/bytes.ts";
import { formatCount, formatQuantity } from "./format/count.ts";
import { quoteForMessage } from "./format/escape.ts";

/**
 * Every way a request can fail: one row a code, wording in this one place. A message says what and how
 * much; where (the shard) is a field of its own; what to do next is the hint.
 */
const MESSAGES = {
  // What was asked for
  USAGE: (d: { message: string }) => d.message,
  SOURCE_NOT_FOUND: (d: { target: string }) => `${quoteForMessage(d.target)} is not there`,
  NO_CHECKPOINT: (d: { reason: string }) => d.reason,
  OUTPUT_FAILED: (d: { path: string; reason: string }) =>
    `cannot write ${quoteForMessage(d.path)}: ${d.reason}`,
  // Files
  SHARD_MISSING: (_: object) => "the shard is missing",
  SHARD_NAME_UNSAFE: (d: { name: string; reason: string }) =>
    `the index names a shard ${quoteForMessage(d.name)} that is not opened: ${d.reason}`,
  LINK_LOOP: (_: object) => "a symbolic link that leads back to itself",
  NOT_A_FILE: (d: { found: string }) => `${d.found}, not a regular file; it is not opened`,
  ACCESS_DENIED: (_: object) => "no permission to read it",
  TOO_MANY_OPEN_FILES: (_: object) => "the system has no free file handle",
  READ_FAILED: (d: { reason: string }) => `reading failed: ${d.reason}`,
  FILE_CHANGED: (_: object) => "the file changed while it was being read",
  FILE_TRUNCATED: (d: { fileBytes: number; neededBytes: number; missingBytes: number }) =>
    `truncated: the file has ${formatBytesExactly(d.fileBytes)} and needs ${formatBytesExactly(d.neededBytes)}; ${formatBytesExactly(d.missingBytes)} of the tensors' data ${d.missingBytes === 1 ? "is" : "are"} missing`,
  FILE_TOO_SHORT: (d: { fileBytes: number }) =>
    `${formatQuantity(d.fileBytes, "byte")} in all; a safetensors file starts with an 8-byte header length`,
  NOT_SAFETENSORS: (d: { found: string }) => `this is ${d.found}, not a safetensors file`,
  LIMIT_EXCEEDED: (d: { what: string; found: number | bigint; limit: number }) =>
    `${formatCount(d.found)} ${d.what}; unfold reads at most ${formatCount(d.limit)}`,
  // Header
  HEADER_TOO_LARGE: (d: { claimedBytes: bigint; limitBytes: number }) =>
    `the header claims ${formatBytesExactly(d.claimedBytes)}; more than ${formatBytes(d.limitBytes)} is not read`,
  HEADER_PAST_END: (d: { headerBytes: number; fileBytes: number }) =>
    `truncated header: the file has ${formatBytesExactly(d.fileBytes)}, and the header alone needs ${formatBytesExactly(d.headerBytes + 8)}`,
  HEADER_SYNTAX: (d: { offset: number; problem: string }) => `${d.problem} at byte ${formatCount(d.offset)}`,
  HEADER_NOT_UTF8: (d: { offset: number }) =>
    `the header is not valid UTF-8 at byte ${formatCount(d.offset)}`,
  HEADER_TOO_DEEP: (d: { offset: number; limit: number }) =>
    `values are nested deeper than ${d.limit} at byte ${formatCount(d.offset)}`,
  DUPLICATE_KEY: (d: { offset: number; key: string }) =>
    `the key ${quoteForMessage(d.key)} occurs twice, again at byte ${formatCount(d.offset)}; readers disagree about which one counts`,
  METADATA_INVALID: (d: { offset: number; problem: string }) =>
    `__metadata__ must map strings to strings: ${d.problem} at byte ${formatCount(d.offset)}`,
  ENTRY_INVALID: (d: { tensor: string; offset: number; problem: string }) =>
    `tensor ${quoteForMessage(d.tensor)}: ${d.problem} at byte ${formatCount(d.offset)}`,
  DTYPE_UNKNOWN: (d: { tensor: string; dtype: string; offset: number }) =>
    `tensor ${quoteForMessage(d.tensor)}: unknown dtype ${quoteForMessage(d.dtype)} at byte ${formatCount(d.offset)}`,
  DTYPE_MISALIGNED: (d: { tensor: string; dtype: string; elements: number }) =>
    `tensor ${quoteForMessage(d.tensor)}: ${formatQuantity(d.elements, "element")} of ${d.dtype} ${d.elements === 1 ? "does" : "do"} not fill whole bytes`,
  SHAPE_INVALID: (d: { tensor: string; offset: number; problem: string }) =>
    `tensor ${quoteForMessage(d.tensor)}: shape: ${d.problem} at byte ${formatCount(d.offset)}`,
  SHAPE_OVERFLOW: (d: { tensor: string; problem: string }) =>
    `tensor ${quoteForMessage(d.tensor)}: ${d.problem}`,
  OFFSETS_INVALID: (d: { tensor: string; offset: number; problem: string }) =>
    `tensor ${quoteForMessage(d.tensor)}: data_offsets: ${d.problem} at byte ${formatCount(d.offset)}`,
  // Layout of the data area
  SIZE_MISMATCH: (d: {
    tensor: string;
    dtype: string;
    shape: string;
    needBytes: number;
    haveBytes: number;
  }) =>
    `tensor ${quoteForMessage(d.tensor)}: ${d.dtype} ${d.shape} needs ${formatBytesExactly(d.needBytes)}, its data_offsets span ${formatBytesExactly(d.haveBytes)}`,
  DATA_OVERLAP: (d: { tensor: string; other: string; begin: number; end: number }) =>
    `tensor ${quoteForMessage(d.tensor)} at data bytes ${formatCount(d.begin)}-${formatCount(d.end)} overlaps ${quoteForMessage(d.other)}`,
  DATA_HOLE: (d: { tensor: string; from: number; to: number }) =>
    `data bytes ${formatCount(d.from)}-${formatCount(d.to)} before tensor ${quoteForMessage(d.tensor)} belong to no tensor`,
  DATA_TRAILING: (d: { extraBytes: number }) =>
    `${formatQuantity(d.extraBytes, "byte")} after the last tensor belong to no tensor`,
  MORE_FAULTS: (d: { count: number }) =>
    `${formatQuantity(d.count, "further fault")} of this kind in the same file`,
  // Index, snapshot
  INDEX_INVALID: (d: { problem: string }) => `the index cannot be used: ${d.problem}`,
  TENSOR_MISSING: (d: { tensor: string; count: number }) =>
    d.count === 1
      ? `the index lists ${quoteForMessage(d.tensor)}, which this shard does not hold`
      : `the index lists ${formatCount(d.count)} tensors that this shard does not hold, first ${quoteForMessage(d.tensor)}`,
  SHARDS_MISSING: (d: { count: number; names: readonly string[] }) =>
    `${formatQuantity(d.count, "further shard is", "further shards are")} missing: ${d.names.map(quoteForMessage).join(", ")}${d.count > d.names.length ? ", …" : ""}`,
  SNAPSHOT_INVALID: (d: { problem: string }) => `not a header snapshot: ${d.problem}`,
  // The Hub and the web
  REPO_NOT_FOUND: (d: { id: string; isPrivatePossible: boolean }) =>
    d.isPrivatePossible
      ? `there is no model ${quoteForMessage(d.id)}, or it is private`
      : `there is no model ${quoteForMessage(d.id)} that this token may see`,
  REPO_GATED: (d: { id: string; hasToken: boolean }) =>
    d.hasToken
      ? `the files of ${quoteForMessage(d.id)} are gated, and the token sent has no access to them`
      : `the files of ${quoteForMessage(d.id)} are gated, and no token was sent`,
  REPO_DISABLED: (d: { id: string }) => `access to ${quoteForMessage(d.id)} was disabled by the hub`,
  TOKEN_REFUSED: (d: { origin: string }) => `the token from ${d.origin} was refused`,
  REVISION_NOT_FOUND: (d: { id: string; revision: string }) =>
    `${quoteForMessage(d.id)} has no revision ${quoteForMessage(d.revision)}`,
  RATE_LIMITED: (d: { host: string; waitSeconds: number | null }) =>
    d.waitSeconds === null
      ? `${quoteForMessage(d.host)} asks to slow down (429)`
      : `${quoteForMessage(d.host)} asks to slow down (429) for ${formatQuantity(d.waitSeconds, "second")}`,
  HTTP_ERROR: (d: { status: number; host: string; requestId: string | null }) =>
    `${quoteForMessage(d.host)} answered ${d.status}${d.requestId === null ? "" : ` (request ${quoteForMessage(d.requestId)})`}`,
  RESPONSE_INVALID: (d: { what: string; problem: string }) => `${d.what} cannot be used: ${d.problem}`,
  RESPONSE_CUT: (d: { receivedBytes: number; expectedBytes: number | null }) =>
    d.expectedBytes === null
      ? `the connection broke after ${formatQuantity(d.receivedBytes, "byte")}`
      : `the answer ended after ${formatCount(d.receivedBytes)} of ${formatQuantity(d.expectedBytes, "byte")}`,
  RANGE_UNSUPPORTED: (d: { host: string }) =>
    `${quoteForMessage(d.host)} does not answer ranged requests; more of the file than its beginning is not fetched`,
  RANGE_INVALID: (d: { asked: string; problem: string }) => `asked for bytes ${d.asked}: ${d.problem}`,
  ENCODING_UNEXPECTED: (d: { encoding: string }) =>
    `the answer is compressed (${quoteForMessage(d.encoding)}), though plain bytes were asked for`,
  REDIRECT_REFUSED: (d: { reason: string }) => `a redirect was not followed: ${d.reason}`,
  TIMEOUT: (d: { what: string; seconds: number }) =>
    `${d.what} within ${formatQuantity(d.seconds, "second")}`,
  CONNECTION_FAILED: (d: { host: string; reason: string }) =>
    `no connection to ${quoteForMessage(d.host)}: ${d.reason}`,
  TLS_FAILED: (d: { host: string; reason: string }) =>
    `the certificate of ${quoteForMessage(d.host)} was not accepted: ${d.reason}`,
  OFFLINE: (d: { what: string }) => `${d.what} is not in the cache, and offline mode asks for nothing`,
  INTERRUPTED: (_: object) => "interrupted",
  INTERNAL: (d: { message: string }) => d.message,
} as const;

export type ErrorCode = keyof typeof MESSAGES;
export type ErrorDetails<C extends ErrorCode> = Parameters<(typeof MESSAGES)[C]>[0];

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(MESSAGES, code);
}

export interface ErrorOptions {
  /** The file it is about, relative to the source; null where it is about the request as a whole. */
  readonly file?: string | null;
  /** The next thing to try, as a sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** A request, or a part of it, that could not be carried out. `message` holds no raw outside text. */
export class UnfoldError<C extends ErrorCode = ErrorCode> extends Error {
  readonly code: C;
  readonly details: ErrorDetails<C>;
  readonly file: string | null;
  readonly hint: string | null;

  constructor(code: C, details: ErrorDetails<C>, options: ErrorOptions = {}) {
    super((MESSAGES[code] as (d: ErrorDetails<C>) => string)(details), { cause: options.cause });
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
