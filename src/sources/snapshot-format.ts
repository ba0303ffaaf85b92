import { isUtf8 } from "node:buffer";
import { gunzipSync, gzipSync } from "node:zlib";
import { UnfoldError } from "../errors.ts";
import { formatBytes } from "../format/bytes.ts";
import { findJsonExcess } from "./json-size.ts";
import { JSON_LIMITS, MAX_SNAPSHOT_BYTES } from "./snapshot-limits.ts";
import { SNAPSHOT, type Snapshot } from "./snapshot-schema.ts";

/**
 * Snapshot → bytes of a file, gzipped where its name says so. Deterministic: no time, no name, no system in it. Throws
 * `LIMIT_EXCEEDED` where nobody could read it.
 */
export function packSnapshot(snapshot: Snapshot, gzip: boolean): Uint8Array {
  const json = Buffer.from(`${JSON.stringify(snapshot)}\n`, "utf8");
  if (json.length > MAX_SNAPSHOT_BYTES) {
    const what = "bytes of snapshot";
    throw new UnfoldError("LIMIT_EXCEEDED", { what, found: json.length, limit: MAX_SNAPSHOT_BYTES });
  }
  if (!gzip) return json;
  const packed = gzipSync(json, { level: 9 });
  packed[9] = 0xff; // the "operating system" byte: unknown, on all of them
  return packed;
}

const NEWER = "Write it anew with `unfold snapshot`; a newer version of unfold may have made it.";

/** Bytes of a file → snapshot, every field of it checked. Throws `SNAPSHOT_INVALID`. */
export function unpackSnapshot(bytes: Uint8Array): Snapshot {
  const json = unzip(bytes);
  if (json.length > MAX_SNAPSHOT_BYTES) throw invalid(tooLarge());
  if (!isUtf8(json)) throw invalid("it is not UTF-8");
  const excess = findJsonExcess(json, JSON_LIMITS);
  if (excess !== undefined) throw invalid(excess);
  const value = parse(json);
  const mismatch = SNAPSHOT(value);
  if (mismatch !== undefined) {
    const { at, problem } = mismatch;
    throw new UnfoldError(
      "SNAPSHOT_INVALID",
      { problem: at === "" ? problem : `${at}: ${problem}` },
      { hint: NEWER },
    );
  }
  return value as Snapshot;
}

/** The JSON of a gzipped file; any other is taken as it is. */
function unzip(bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_SNAPSHOT_BYTES });
  } catch (error) {
    const isTooLarge = (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
    throw invalid(isTooLarge ? tooLarge() : "its gzip is damaged or cut off", error);
  }
}

function parse(json: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(json.buffer, json.byteOffset, json.byteLength).toString("utf8"));
  } catch (error) {
    throw invalid("neither JSON nor gzipped JSON", error);
  }
}

function tooLarge(): string {
  return `it holds more than ${formatBytes(MAX_SNAPSHOT_BYTES)}`;
}

function invalid(problem: string, cause?: unknown): UnfoldError {
  return new UnfoldError("SNAPSHOT_INVALID", { problem }, { cause });
}
