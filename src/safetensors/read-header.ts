import { UnfoldError } from "../errors.ts";
import type { ByteReader } from "../sources/source.ts";
import { MAX_HEADER_BYTES } from "./limits.ts";
import { nameOther, POINTER_BYTES, recogniseOtherFormat } from "./other-formats.ts";

/** Bytes before the header that tell its length. */
export const LENGTH_BYTES = 8;

export interface HeaderBytes {
  /** The JSON text, valid until the next read from the same source. */
  readonly json: Uint8Array;
  readonly fileBytes: number;
  /** Bytes behind the header. */
  readonly dataBytes: number;
}

/**
 * Reads the header of one file: one read where `firstReadBytes` covers it, else a second for the rest. Nothing is
 * allocated or asked for by a length that was not held against the limit and the file's size. Throws
 * `FILE_TOO_SHORT`, `NOT_SAFETENSORS`, `HEADER_TOO_LARGE`, `HEADER_PAST_END`.
 */
export async function readHeader(reader: ByteReader, firstReadBytes: number): Promise<HeaderBytes> {
  const reading = reader.read(0, Math.max(LENGTH_BYTES, firstReadBytes));
  const first = reading instanceof Uint8Array ? reading : await reading;
  const fileBytes = reader.fileBytes;
  if (fileBytes === undefined)
    throw new UnfoldError("READ_FAILED", { reason: "the size of the file is not known" });
  if (fileBytes < LENGTH_BYTES) throw new UnfoldError("FILE_TOO_SHORT", { fileBytes });
  if (first.length < LENGTH_BYTES) throw new UnfoldError("FILE_CHANGED", {});
  const headerBytes = await checkedHeaderLength(reader, first, fileBytes);
  const end = LENGTH_BYTES + headerBytes;
  if (first.length >= end)
    return { json: first.subarray(LENGTH_BYTES, end), fileBytes, dataBytes: fileBytes - end };
  const json = await readRest(reader, first, end);
  return { json, fileBytes, dataBytes: fileBytes - end };
}

async function checkedHeaderLength(
  reader: ByteReader,
  first: Uint8Array,
  fileBytes: number,
): Promise<number> {
  const claimed = Buffer.from(first.buffer, first.byteOffset, LENGTH_BYTES).readBigUInt64LE();
  if (claimed <= MAX_HEADER_BYTES && Number(claimed) + LENGTH_BYTES <= fileBytes) return Number(claimed);
  // An absurd length is usually the text of something else: say what it is.
  const sample = await reader.read(0, Math.min(fileBytes, 64));
  const other = recogniseOtherFormat(sample);
  if (other !== undefined) {
    // A pointer says what it stands for behind its first line.
    const whole = other.isPointer ? await reader.read(0, Math.min(fileBytes, POINTER_BYTES)) : sample;
    throw new UnfoldError("NOT_SAFETENSORS", { found: nameOther(other, whole) }, { hint: other.hint });
  }
  if (claimed > MAX_HEADER_BYTES) {
    throw new UnfoldError("HEADER_TOO_LARGE", { claimedBytes: claimed, limitBytes: MAX_HEADER_BYTES });
  }
  const hint = "The download or copy ended early: fetch the file again.";
  throw new UnfoldError("HEADER_PAST_END", { headerBytes: Number(claimed), fileBytes }, { hint });
}

/** Reads on from where the first read ended; a first read of the length alone keeps nothing to join. */
async function readRest(reader: ByteReader, first: Uint8Array, end: number): Promise<Uint8Array> {
  if (first.length === LENGTH_BYTES) return exactly(await reader.read(LENGTH_BYTES, end), end - LENGTH_BYTES);
  const json = Buffer.allocUnsafeSlow(end - LENGTH_BYTES);
  json.set(first.subarray(LENGTH_BYTES));
  const have = first.length;
  json.set(exactly(await reader.read(have, end), end - have), have - LENGTH_BYTES);
  return json;
}

function exactly(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length !== length) throw new UnfoldError("FILE_CHANGED", {});
  return bytes;
}
