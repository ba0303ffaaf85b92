import { describe, expect, it } from "vitest";
import { MAX_HEADER_BYTES } from "../../src/safetensors/limits.ts";
import { readHeader } from "../../src/safetensors/read-header.ts";
import { MemorySource } from "../../src/sources/memory.ts";
import type { ByteReader } from "../../src/sources/source.ts";
import { MEMORY_FACTS } from "../support/checkpoint-builder.ts";
import { rejectionOf } from "../support/errors.ts";
import { F32_ENTRY, fileStart, headerText } from "../support/header-text.ts";

interface Counted extends ByteReader {
  readonly reads: [begin: number, end: number][];
}

/** A file that keeps a list of what was read of it. */
function fileOf(bytes: Uint8Array, fileBytes = bytes.length): Counted {
  const reader = new MemorySource(new Map([["f", { bytes, fileBytes }]]), MEMORY_FACTS).open("f");
  const reads: [number, number][] = [];
  const read = (begin: number, end: number) => {
    reads.push([begin, Math.min(end, fileBytes)]);
    return reader.read(begin, Math.min(end, bytes.length));
  };
  return { fileBytes, reads, read, close: () => {} };
}

const HEADER = headerText(['"t"', F32_ENTRY]);
const textOf = (json: Uint8Array) => Buffer.from(json).toString("utf8");

describe("the length before a header (H1 to H3)", () => {
  it.each<[string, Uint8Array, number | undefined, string]>([
    ["no bytes", new Uint8Array(0), undefined, "FILE_TOO_SHORT"],
    ["seven bytes", new Uint8Array(7), undefined, "FILE_TOO_SHORT"],
    ["one byte past the end", fileStart("{}", 3), undefined, "HEADER_PAST_END"],
    ["the cap in a short file", fileStart("{}", MAX_HEADER_BYTES), undefined, "HEADER_PAST_END"],
    [
      "the cap, one byte past the end",
      fileStart("{}", MAX_HEADER_BYTES),
      MAX_HEADER_BYTES + 7,
      "HEADER_PAST_END",
    ],
    ["one above the cap", fileStart("{}", MAX_HEADER_BYTES + 1), MAX_HEADER_BYTES * 2, "HEADER_TOO_LARGE"],
    ["2^32 more than the truth", fileStart("{}", 2 ** 32 + 2), undefined, "HEADER_TOO_LARGE"],
    ["2^53 + 1", fileStart("{}", 2n ** 53n + 1n), undefined, "HEADER_TOO_LARGE"],
    ["2^63", fileStart("{}", 2n ** 63n), undefined, "HEADER_TOO_LARGE"],
    ["2^64 - 1", fileStart("{}", 2n ** 64n - 1n), undefined, "HEADER_TOO_LARGE"],
  ])("%s", async (_, bytes, fileBytes, code) => {
    const file = fileOf(bytes, fileBytes);
    expect((await rejectionOf(readHeader(file, 8))).code).toBe(code);
    // A length is held against limit and size before a byte is asked for by it.
    expect(Math.max(...file.reads.map(([, end]) => end))).toBeLessThanOrEqual(64);
  });

  it("says the exact length that is claimed", async () => {
    const error = await rejectionOf(readHeader(fileOf(fileStart("{}", 2n ** 64n - 1n)), 8));
    expect(error.message).toContain("18,446,744,073,709,551,615");
  });

  it("takes a header of no bytes for what it is: empty, left to the parser", async () => {
    expect((await readHeader(fileOf(fileStart("")), 8)).json).toHaveLength(0);
  });
});

describe("the first read", () => {
  const bytes = Buffer.concat([fileStart(HEADER), Buffer.alloc(4)]);
  const whole = 8 + HEADER.length;

  it.each([0, 8, 9, whole - 1, whole, whole + 1, bytes.length, bytes.length + 1, 100_000])(
    "of %i bytes gives the same header",
    async (firstReadBytes) => {
      const file = fileOf(bytes);
      const { json, fileBytes, dataBytes } = await readHeader(file, firstReadBytes);
      expect(textOf(json)).toBe(HEADER);
      expect([fileBytes, dataBytes]).toEqual([bytes.length, 4]);
      expect(file.reads).toHaveLength(firstReadBytes >= whole ? 1 : 2);
    },
  );

  it("is not asked for again, and no byte behind the header is", async () => {
    const file = fileOf(bytes);
    await readHeader(file, 8);
    expect(file.reads).toEqual([
      [0, 8],
      [8, whole],
    ]);
  });

  it("may be overwritten by the second, as a shared buffer is", async () => {
    const shared = Buffer.alloc(1024);
    const reader: ByteReader = {
      fileBytes: bytes.length,
      read: (begin, end) => {
        const part = bytes.subarray(begin, end);
        shared.fill(0xee);
        shared.set(part);
        return shared.subarray(0, part.length);
      },
      close: () => {},
    };
    for (const first of [8, 20]) expect(textOf((await readHeader(reader, first)).json)).toBe(HEADER);
  });

  it("that comes back short is an error, not zeros (D15)", async () => {
    const reader: ByteReader = {
      fileBytes: bytes.length,
      read: (begin, end) => bytes.subarray(begin, begin === 0 ? end : end - 1),
      close: () => {},
    };
    expect((await rejectionOf(readHeader(reader, 8))).code).toBe("FILE_CHANGED");
    const cut: ByteReader = { ...reader, read: () => Uint8Array.from(bytes.subarray(0, 5)) };
    expect((await rejectionOf(readHeader(cut, 8))).code).toBe("FILE_CHANGED");
  });
});

describe("files that are something else (H4)", () => {
  it.each([
    [
      "a Git LFS pointer",
      "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
      "git lfs pull",
    ],
    ["an HTML page", "<!DOCTYPE html><html><head></head></html>", "fetch"],
    ["an HTML page", "\n  <html lang=en><body>not found</body></html>", "fetch"],
    ["an XML error", '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "fetch"],
    ["a zip archive", "PK\u0003\u0004\u0014\u0000\u0000\u0000\u0008\u0000", "Convert"],
    ["a Python pickle", "\u0080\u0002}q\u0000(X\u0006\u0000\u0000\u0000weights", "Convert"],
    ["a GGUF file", "GGUF\u0003\u0000\u0000\u0000\u0000\u0000\u0000\u0000", "Convert"],
    ["a GGUF file", "GGUF\u0003\u0000\u0000\u0000\u0000\u0000\u0000\u0000", "gguf-dump"],
    ["an HDF5 file", "\u0089HDF\r\n\u001a\n\u0000\u0000\u0000\u0000", "h5py"],
    ["a NumPy file", "\u0093NUMPY\u0001\u0000v\u0000{'descr'", "numpy.load"],
    ["a Parquet file", "PAR1\u0015\u0004\u0015\u0000\u0015\u0000", "DuckDB"],
    ["JSON text", '{"t":{"dtype":"F32","shape":[1]}}', "8 bytes"],
  ])("%s", async (name, text, hint) => {
    const error = await rejectionOf(readHeader(fileOf(Buffer.from(text, "latin1")), 8));
    expect(error.code).toBe("NOT_SAFETENSORS");
    if (!name.includes("XML")) expect(error.message).toContain(name);
    expect(error.hint).toContain(hint);
  });

  it("but nothing that begins like a header of its length", async () => {
    // 0x4b50 is "PK" in the file, as a zip archive starts.
    const json = `{}${" ".repeat(0x4b50 - 2)}`;
    const file = fileOf(fileStart(json));
    expect(textOf((await readHeader(file, 8)).json).trim()).toBe("{}");
    expect(textOf((await file.read(0, 2)) as Uint8Array)).toBe("PK");
  });
});
