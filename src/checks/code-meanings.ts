import type { ErrorCode } from "../errors.ts";

/** What each code of a failed reading means, and what to do: for `unfold explain`, where no check has a page of its own for it. */
export const CODE_MEANINGS: Readonly<Record<ErrorCode, string>> = {
  USAGE:
    "The command line asks for something that there is not. The message names the word; `unfold COMMAND --help` lists what there is. Exit code 2.",
  SOURCE_NOT_FOUND:
    "Nothing is there under the name that was typed: no path of this disk, and no model of a hub. Check the spelling; a model of the Hub is `owner/name`.",
  NO_CHECKPOINT:
    "The place is there and holds no safetensors files. Name the folder that has them, or the sub-folder with `--subfolder`.",
  OUTPUT_FAILED:
    "The output could not be written: a full disk, a folder that is not there, no permission, or a file that the run reads. Exit code 2.",
  SHARD_MISSING: "The index names a file that is not there. Copy or download it, or write the index anew.",
  SHARDS_MISSING: "Further files of the index are not there, beside those that are named one by one.",
  SHARD_NAME_UNSAFE:
    "The index names a file outside of the checkpoint's folder. It is not opened, whatever it holds.",
  LINK_LOOP: "A symbolic link leads back to itself. Take it out, or point it at the file.",
  NOT_A_FILE: "A device, a pipe, a socket or a folder stands where a file was expected. It is not opened.",
  ACCESS_DENIED: "The system refuses to open the file. Give yourself permission to read it.",
  TOO_MANY_OPEN_FILES:
    "The system has no file handle left. Raise the limit (`ulimit -n`), or lower `--concurrency`.",
  READ_FAILED:
    "The disk or the network file system failed while reading. Try again; look at the system's log.",
  FILE_CHANGED:
    "The file changed while it was read, so its header says nothing of it. Wait until whoever writes it is done.",
  FILE_TRUNCATED: "The file ends before its last tensor: a copy or a download was cut short. Fetch it anew.",
  FILE_TOO_SHORT:
    "The file is shorter than the eight bytes that every safetensors file begins with. Fetch it anew.",
  NOT_SAFETENSORS:
    "The file is of another format, whatever its name says. Where it is a Git LFS pointer, run `git lfs pull`.",
  LIMIT_EXCEEDED:
    "There is more of something than unfold reads of outside input. Real checkpoints stay far below; the message has both numbers.",
  HEADER_TOO_LARGE:
    "The header claims to be longer than the format allows. The file is damaged, or not safetensors.",
  HEADER_PAST_END: "The file ends within its own header: a copy or a download was cut short. Fetch it anew.",
  HEADER_SYNTAX:
    "The header is not JSON. The file is damaged, or was written by something that does not know the format.",
  HEADER_NOT_UTF8:
    "The header is not UTF-8 text. The file is damaged, or was written by something that does not know the format.",
  HEADER_TOO_DEEP:
    "The header nests deeper than the format has levels. The file was not written by a known tool.",
  DUPLICATE_KEY: "The header names a tensor twice. Loaders differ in which they take: write the file anew.",
  METADATA_INVALID: "`__metadata__` holds something other than texts by name. Loaders refuse such a file.",
  ENTRY_INVALID:
    "An entry of the header is no tensor: dtype, shape or offsets are missing or of another type.",
  DTYPE_UNKNOWN:
    "A dtype is none of the format. The writer is newer than this unfold, or the file is damaged.",
  DTYPE_MISALIGNED: "A tensor of less than a byte an element does not fill whole bytes.",
  SHAPE_INVALID: "A shape holds something other than whole numbers from 0.",
  SHAPE_OVERFLOW: "A shape has more elements than can be counted. The header is damaged or hostile.",
  OFFSETS_INVALID: "Offsets are no pair of whole numbers in order, or lie outside of the file.",
  SIZE_MISMATCH: "A tensor takes another number of bytes than its dtype and shape need.",
  DATA_OVERLAP: "Two tensors claim the same bytes of the file.",
  DATA_HOLE: "Bytes between two tensors belong to none. Loaders refuse such a file.",
  DATA_TRAILING: "Bytes behind the last tensor belong to none. Loaders refuse such a file.",
  MORE_FAULTS: "The file has further faults of the kinds that are listed.",
  INDEX_INVALID: "The index of shards cannot be used. `unfold declare --index` writes one from the shards.",
  TENSOR_MISSING: "The index names a tensor that its shard does not hold.",
  SNAPSHOT_INVALID: "The snapshot is damaged, or not one of unfold's. Write it anew with `unfold snapshot`.",
  REPO_NOT_FOUND:
    "The hub has no such repository, or shows it only to those with access. Check the name; log in or give a token with `HF_TOKEN`.",
  REPO_GATED:
    "The owner of the repository asks for consent first. Ask for access on its page, then give a token with `HF_TOKEN`.",
  REPO_DISABLED: "The hub has closed the repository.",
  TOKEN_REFUSED: "The hub does not accept the token: it has expired, was withdrawn, or is of another hub.",
  REVISION_NOT_FOUND: "The repository has no such branch, tag, commit or pull request.",
  BUCKET_NOT_FOUND:
    "The object store has no such bucket, or shows it to others alone. Check its name, the endpoint and the region.",
  CREDENTIALS_REFUSED: "The object store does not accept the credentials, or they may not read there.",
  CREDENTIALS_UNUSABLE:
    "No credentials for the object store could be made of the environment, the profile or the machine's role.",
  REGION_WRONG: "The bucket lies in another region than was asked. Set `AWS_REGION`.",
  RATE_LIMITED:
    "The server asks to wait longer than the run does. Try later, lower `--concurrency`, or give a token.",
  HTTP_ERROR: "The server answered with an error of its own. The message has the status.",
  RESPONSE_INVALID:
    "The server answered something that is no answer of its kind: a page of a proxy, a login, damaged JSON.",
  RESPONSE_CUT: "The answer ended before its announced length, again and again.",
  RANGE_UNSUPPORTED:
    "The server cannot send a part of a file. unfold reads headers by ranges and never whole files.",
  RANGE_INVALID: "The server sent another part of the file than was asked for.",
  ENCODING_UNEXPECTED: "The server compressed what was asked for as it is.",
  REDIRECT_REFUSED:
    "The server sends elsewhere in a way that is not followed: too often, or away from https.",
  TIMEOUT:
    "The run or a request took longer than it may. Give it more with `--timeout`; headers read so far are in the cache.",
  CONNECTION_FAILED:
    "No connection came about: no such host, nobody listens, or a proxy refuses. Check the network and the proxy's settings.",
  TLS_FAILED:
    "The server's certificate is not trusted. Of an own authority, name it with `NODE_EXTRA_CA_CERTS`.",
  OFFLINE: "`--offline` makes no request, and the cache has not all that is needed. Run once without it.",
  INTERRUPTED: "The run was stopped. Exit code 130.",
  INTERNAL: "A bug in unfold. The message says where to report it. Exit code 70.",
};
