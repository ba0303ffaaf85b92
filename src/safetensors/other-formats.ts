/** What files under a `.safetensors` name turn out to be, by their first bytes. */

interface OtherFormat {
  readonly name: string;
  readonly hint: string;
  readonly matches: (start: string) => boolean;
}

const CONVERT = "Convert it to safetensors first; unfold reads no other weight format.";

const FORMATS: readonly OtherFormat[] = [
  {
    name: "a Git LFS pointer",
    hint: "Fetch the real file: git lfs pull",
    matches: (start) => start.startsWith("version https://git-lfs"),
  },
  {
    name: "an HTML page",
    hint: "The download saved an error or login page: fetch the file again.",
    matches: (start) => /^\s*<(!doctype|html|head|\?xml)/i.test(start) || /^\s*</.test(start),
  },
  { name: "a zip archive, as PyTorch writes", hint: CONVERT, matches: (start) => start.startsWith("PK") },
  { name: "a Python pickle", hint: CONVERT, matches: (start) => /^\u0080[\u0002-\u0005]/.test(start) },
  { name: "a GGUF file", hint: CONVERT, matches: (start) => start.startsWith("GGUF") },
  {
    name: "JSON text without the 8-byte length before it",
    hint: "The file lost its first 8 bytes: fetch or write it again.",
    matches: (start) => /^\s*\{\s*"/.test(start),
  },
];

/** The format that the first bytes of a file (64 are enough) betray, or undefined. */
export function recogniseOtherFormat(bytes: Uint8Array): { name: string; hint: string } | undefined {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 64)).toString("latin1");
  return FORMATS.find((format) => format.matches(start));
}
