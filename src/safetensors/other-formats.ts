import { formatCount } from "../format/count.ts";
import { formatOfFile } from "../format/file-formats.ts";

/** What files under a `.safetensors` name turn out to be, by their first bytes. */

export interface OtherFormat {
  readonly name: string;
  readonly hint: string;
  /** Whether it only points to the real file. */
  readonly isPointer?: true;
  readonly matches: (start: string) => boolean;
}

const CONVERT = "Convert it to safetensors first; unfold reads no other weight format.";

/** What to do with a file that is one of another format under a wrong name. */
function convert(fileName: string): string {
  return `${CONVERT} ${formatOfFile(fileName)?.reader ?? ""}`.trim();
}

const FORMATS: readonly OtherFormat[] = [
  {
    name: "a Git LFS pointer",
    hint: "Fetch the real file: git lfs pull",
    isPointer: true,
    matches: (start) => start.startsWith("version https://git-lfs"),
  },
  {
    name: "an HTML page",
    hint: "The download saved an error or login page: fetch the file again.",
    matches: (start) => /^\s*<(!doctype|html|head|\?xml)/i.test(start) || /^\s*</.test(start),
  },
  {
    name: "a zip archive, as PyTorch writes",
    hint: convert("x.pt"),
    matches: (start) => start.startsWith("PK"),
  },
  {
    name: "a Python pickle",
    hint: convert("x.pt"),
    matches: (start) => /^\u0080[\u0002-\u0005]/.test(start),
  },
  { name: "a GGUF file", hint: convert("x.gguf"), matches: (start) => start.startsWith("GGUF") },
  { name: "an HDF5 file", hint: convert("x.h5"), matches: (start) => start.startsWith("\u0089HDF\r\n") },
  { name: "a NumPy file", hint: convert("x.npy"), matches: (start) => start.startsWith("\u0093NUMPY") },
  { name: "a Parquet file", hint: convert("x.parquet"), matches: (start) => start.startsWith("PAR1") },
  {
    name: "a server's answer in JSON",
    hint: "The download saved a message instead of the file: read it, then fetch the file again.",
    matches: (start) => /^\s*\{\s*"(?:error|message|detail|code|status)s?"\s*:\s*["\d[]/i.test(start),
  },
  {
    name: "JSON text without the 8-byte length before it",
    hint: "The file lost its first 8 bytes: fetch or write it again.",
    matches: (start) => /^\s*\{\s*"/.test(start),
  },
];

/** Bytes of a Git LFS pointer: its three lines are shorter. */
export const POINTER_BYTES = 200;

/** The format that the first bytes of a file (64 are enough) betray, or undefined. */
export function recogniseOtherFormat(bytes: Uint8Array): OtherFormat | undefined {
  const start = textOf(bytes).slice(0, 64);
  return FORMATS.find((format) => format.matches(start));
}

/** The format's name; of a pointer also the size and the hash of the file that it stands for. */
export function nameOther({ name, isPointer }: OtherFormat, bytes: Uint8Array): string {
  const [, oid, size] = /^oid (sha256:[0-9a-f]{64})\nsize (\d{1,15})$/m.exec(textOf(bytes)) ?? [];
  if (!isPointer || oid === undefined || size === undefined) return name;
  return `${name} to ${formatCount(Number(size))} bytes (${oid})`;
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}
