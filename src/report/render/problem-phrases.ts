import type { ErrorCode } from "../../errors.ts";
import { formatQuantity } from "../../format/count.ts";

/** `2 shards are truncated`, from the words for one and for several. */
const shards =
  (one: string, several: string) =>
  (files: number): string =>
    formatQuantity(files, `shard ${one}`, `shards ${several}`);

const unreadable = shards("could not be read", "could not be read");

/** What is wrong in a few words, by code: for the line that says that a checkpoint is not whole. The problem itself says more. */
const PHRASES = {
  SHARD_MISSING: shards("is missing", "are missing"),
  SHARDS_MISSING: () => "further shards are missing",
  SHARD_NAME_UNSAFE: () => "the index names files outside of the checkpoint",
  LINK_LOOP: shards("is a link that leads back to itself", "are links that lead back to themselves"),
  NOT_A_FILE: shards("is no regular file", "are no regular files"),
  FILE_TRUNCATED: shards("is truncated", "are truncated"),
  FILE_TOO_SHORT: shards("is too short to have a header", "are too short to have a header"),
  FILE_CHANGED: shards("changed while it was read", "changed while they were read"),
  NOT_SAFETENSORS: shards("is some other kind of file", "are some other kind of file"),
  HEADER_PAST_END: shards("ends within its header", "end within their headers"),
  DUPLICATE_KEY: shards("names something twice", "name something twice"),
  DTYPE_UNKNOWN: shards("has a dtype that is none of the format", "have dtypes that are none of the format"),
  SIZE_MISMATCH: shards(
    "has tensors of another size than their shapes need",
    "have tensors of another size than their shapes need",
  ),
  DTYPE_MISALIGNED: shards(
    "has tensors that do not fill whole bytes",
    "have tensors that do not fill whole bytes",
  ),
  DATA_OVERLAP: shards("has tensors that share bytes", "have tensors that share bytes"),
  DATA_HOLE: shards("has data that belongs to no tensor", "have data that belongs to no tensor"),
  DATA_TRAILING: shards("has bytes after the last tensor", "have bytes after the last tensor"),
  MORE_FAULTS: shards("has further faults", "have further faults"),
  INDEX_INVALID: () => "the index cannot be used",
  TENSOR_MISSING: () => "the index lists tensors that are not in the shards",
  ACCESS_DENIED: shards("may not be read", "may not be read"),
  TOO_MANY_OPEN_FILES: unreadable,
  READ_FAILED: unreadable,
  LIMIT_EXCEEDED: shards("is beyond what is read", "are beyond what is read"),
  HEADER_TOO_LARGE: shards("claims a header beyond what is read", "claim headers beyond what is read"),
  HEADER_SYNTAX: unreadable,
  HEADER_NOT_UTF8: unreadable,
  HEADER_TOO_DEEP: unreadable,
  METADATA_INVALID: unreadable,
  ENTRY_INVALID: unreadable,
  SHAPE_INVALID: unreadable,
  SHAPE_OVERFLOW: unreadable,
  OFFSETS_INVALID: unreadable,
  SNAPSHOT_INVALID: () => "the snapshot cannot be used",
  RATE_LIMITED: unreadable,
  HTTP_ERROR: unreadable,
  RESPONSE_INVALID: unreadable,
  RESPONSE_CUT: unreadable,
  RANGE_UNSUPPORTED: unreadable,
  RANGE_INVALID: unreadable,
  ENCODING_UNEXPECTED: unreadable,
  REDIRECT_REFUSED: unreadable,
  TIMEOUT: unreadable,
  CONNECTION_FAILED: unreadable,
  TLS_FAILED: unreadable,
  OFFLINE: shards("is not in the cache", "are not in the cache"),
  // What a request as a whole may fail for, where it fails for one file.
  USAGE: unreadable,
  SOURCE_NOT_FOUND: unreadable,
  NO_CHECKPOINT: unreadable,
  OUTPUT_FAILED: unreadable,
  REPO_NOT_FOUND: unreadable,
  REPO_GATED: unreadable,
  REPO_DISABLED: unreadable,
  TOKEN_REFUSED: unreadable,
  REVISION_NOT_FOUND: unreadable,
  BUCKET_NOT_FOUND: unreadable,
  CREDENTIALS_REFUSED: unreadable,
  CREDENTIALS_UNUSABLE: unreadable,
  REGION_WRONG: unreadable,
  INTERRUPTED: unreadable,
  INTERNAL: unreadable,
} as const satisfies Record<ErrorCode, (files: number) => string>;

/** A problem's code in words, for so many files. */
export function problemPhrase(code: string, files: number): string {
  const phrases: Readonly<Record<string, (files: number) => string>> = PHRASES;
  return (Object.hasOwn(phrases, code) ? (phrases[code] ?? unreadable) : unreadable)(files);
}
