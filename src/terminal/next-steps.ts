import type { ErrorCode } from "../errors.ts";

const FETCH_AGAIN = "The download or copy ended early: fetch the file again.";
const SAVE_AGAIN =
  "No loader takes the file as it stands: save it again with the safetensors library, or fetch it again if it is a copy.";
const OTHER_COPY = "Download the file and name the local copy, or name another mirror.";
const WRITE_INDEX = "Write the index anew, or name the shards' folder without it.";
const FETCH_SHARD = "Fetch or copy the missing files.";

/**
 * What to try next where nobody nearer to the matter has said it: a row for each code, null where only the place that throws
 * it can know.
 */
const NEXT_STEPS: Readonly<Record<ErrorCode, string | null>> = {
  USAGE: null,
  SOURCE_NOT_FOUND: "Check the path; a local source is a folder or a file.",
  NO_CHECKPOINT: "Name the folder that has .safetensors files in it.",
  OUTPUT_FAILED: "Name a file in a folder that is there, may be written to and has room.",
  SHARD_MISSING: FETCH_SHARD,
  SHARD_NAME_UNSAFE: "Write the index anew, with plain names of files beside it.",
  LINK_LOOP: "Mend the link, or name the file that it should lead to.",
  NOT_A_FILE: "Write what it holds to a regular file, and name that.",
  ACCESS_DENIED: "Give yourself the right to read it (chmod u+r), or run as a user who has it.",
  TOO_MANY_OPEN_FILES: "Raise the limit with `ulimit -n` or close other programs.",
  READ_FAILED: "Check the disk or the mount that it lies on, then run again.",
  FILE_CHANGED: "Run again once what writes it has ended.",
  FILE_TRUNCATED: FETCH_AGAIN,
  FILE_TOO_SHORT: FETCH_AGAIN,
  NOT_SAFETENSORS: "Convert it to safetensors first; unfold reads no other weight format.",
  LIMIT_EXCEEDED: "No published checkpoint comes near: is the file what it is called?",
  HEADER_TOO_LARGE:
    "Its first 8 bytes are no header length: is it a safetensors file? Fetch or export it again.",
  HEADER_PAST_END: FETCH_AGAIN,
  HEADER_SYNTAX: SAVE_AGAIN,
  HEADER_NOT_UTF8: SAVE_AGAIN,
  HEADER_TOO_DEEP: SAVE_AGAIN,
  DUPLICATE_KEY: SAVE_AGAIN,
  METADATA_INVALID: SAVE_AGAIN,
  ENTRY_INVALID: SAVE_AGAIN,
  DTYPE_UNKNOWN: "A newer version of unfold may know it; otherwise save the tensor in a dtype of the format.",
  DTYPE_MISALIGNED: SAVE_AGAIN,
  SHAPE_INVALID: SAVE_AGAIN,
  SHAPE_OVERFLOW: SAVE_AGAIN,
  OFFSETS_INVALID: SAVE_AGAIN,
  SIZE_MISMATCH: SAVE_AGAIN,
  DATA_OVERLAP: SAVE_AGAIN,
  DATA_HOLE: SAVE_AGAIN,
  DATA_TRAILING: SAVE_AGAIN,
  MORE_FAULTS: null,
  INDEX_INVALID: WRITE_INDEX,
  TENSOR_MISSING: "Write the index anew, or fetch the shard that belongs to it.",
  SHARDS_MISSING: FETCH_SHARD,
  SNAPSHOT_INVALID: "Write it anew with `unfold snapshot`; a newer version of unfold may have made it.",
  REPO_NOT_FOUND: "Check owner and name; a private model needs a token (HF_TOKEN).",
  REPO_GATED: "Ask for access on the model's page, and give the token of that account (HF_TOKEN).",
  REPO_DISABLED: "Look for a copy of the model by another owner.",
  TOKEN_REFUSED: "Make a new token on the hub, or run without one.",
  REVISION_NOT_FOUND:
    "Leave the revision out for the main branch, or look on the model's page for those there are.",
  BUCKET_NOT_FOUND: "Check the name; another store than Amazon's is named with --endpoint.",
  CREDENTIALS_REFUSED:
    "Check whose credentials count: the AWS CLI finds the same (`aws sts get-caller-identity`).",
  CREDENTIALS_UNUSABLE: "Check the AWS configuration: `aws configure list` shows what counts.",
  REGION_WRONG: "Set AWS_REGION to the region of the bucket.",
  RATE_LIMITED:
    "Wait and run again, with a lower --concurrency or with a token: headers read so far are in the cache.",
  HTTP_ERROR: "Run again later: headers read so far are in the cache.",
  RESPONSE_INVALID: "Check that the address is that of a hub (--endpoint, HF_ENDPOINT), then run again.",
  RESPONSE_CUT: "Run again: headers read so far are in the cache.",
  RANGE_UNSUPPORTED: OTHER_COPY,
  RANGE_INVALID: OTHER_COPY,
  ENCODING_UNEXPECTED: OTHER_COPY,
  REDIRECT_REFUSED: OTHER_COPY,
  TIMEOUT: "Run again, with a longer --timeout: headers read so far are in the cache.",
  CONNECTION_FAILED: "Check the network, the address and the proxy settings (HTTPS_PROXY, NO_PROXY).",
  TLS_FAILED: "Where a proxy has a certificate of its own, name it in NODE_EXTRA_CA_CERTS.",
  OFFLINE: "Run once without --offline (and without HF_HUB_OFFLINE) to fill the cache.",
  INTERRUPTED: null,
  INTERNAL: null,
};

export function nextStepOf(code: ErrorCode): string | null {
  return NEXT_STEPS[code];
}
