/** What a 206 says it holds; `end` is exclusive here, inclusive on the wire. */
export interface ContentRange {
  readonly begin: number;
  readonly end: number;
  readonly totalBytes: number;
}

/** `bytes 0-99/1000`, strictly: no unknown total, no other unit, nothing behind it. Undefined where it is not that. */
export function parseContentRange(value: string | undefined): ContentRange | undefined {
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(value ?? "");
  if (match === null) return undefined;
  const [begin, last, totalBytes] = match.slice(1).map(Number) as [number, number, number];
  return begin <= last && last < totalBytes ? { begin, end: last + 1, totalBytes } : undefined;
}

/** The file's length in the answer to a range past its end: a 416 with `bytes` and an asterisk for the range. */
export function parseUnsatisfiedRange(value: string | undefined): number | undefined {
  const match = /^bytes \*\/(\d{1,15})$/.exec(value ?? "");
  return match === null ? undefined : Number(match[1]);
}

/** A length in a header: digits only, and exact as a number. */
export function parseLength(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}
