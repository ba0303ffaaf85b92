import { UnfoldError } from "../errors.ts";
import { parseLength } from "./network/content-range.ts";

/** One page of a listing, keys as the store has them. */
export interface StorePage {
  readonly objects: readonly StoreObject[];
  /** What keys have in common up to the next slash, that slash included. */
  readonly prefixes: readonly string[];
  /** Where the next page begins, null where there is none. */
  readonly next: string | null;
}

export interface StoreObject {
  readonly key: string;
  readonly bytes: number | undefined;
  /** Without quotes; null where the store tells none. */
  readonly etag: string | null;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** Reads the answer to `ListObjectsV2`: flat XML of known names. What of it is no listing throws `RESPONSE_INVALID`. */
export function parseStorePage(body: Buffer): StorePage {
  const xml = body.toString("utf8");
  if (!/^\s*(?:<\?xml[^>]*\?>\s*)?<ListBucketResult[\s>]/.test(xml))
    throw invalid("it is no list of objects");
  const isEncoded = textOf(xml, "EncodingType") === "url";
  const decode = isEncoded ? decodeKey : (key: string) => key;
  const objects = blocksOf(xml, "Contents").flatMap((block) => {
    const key = textOf(block, "Key");
    const etag = textOf(block, "ETag")?.replace(/^"|"$/g, "") || null;
    return key === undefined ? [] : [{ key: decode(key), bytes: parseLength(textOf(block, "Size")), etag }];
  });
  const prefixes = blocksOf(xml, "CommonPrefixes").flatMap((block) => {
    const prefix = textOf(block, "Prefix");
    return prefix === undefined ? [] : [decode(prefix)];
  });
  const next = textOf(xml, "IsTruncated") === "true" ? textOf(xml, "NextContinuationToken") : null;
  if (next === undefined || next === "") throw invalid("a page says that more follows, and not where");
  return { objects, prefixes, next };
}

/** What an error of a store says in its body: `<Error><Code>…`. */
export function parseStoreError(body: Buffer): { code: string; region: string | null } {
  const xml = body.toString("utf8");
  return { code: textOf(xml, "Code") ?? "", region: textOf(xml, "Region") ?? null };
}

function blocksOf(xml: string, name: string): string[] {
  const [begin, end] = [`<${name}>`, `</${name}>`];
  const blocks: string[] = [];
  for (let at = xml.indexOf(begin); at >= 0; ) {
    const stop = xml.indexOf(end, at);
    if (stop < 0) throw invalid("it is cut");
    blocks.push(xml.slice(at + begin.length, stop));
    at = xml.indexOf(begin, stop);
  }
  return blocks;
}

function textOf(xml: string, name: string): string | undefined {
  const begin = xml.indexOf(`<${name}>`);
  const end = begin < 0 ? -1 : xml.indexOf(`</${name}>`, begin);
  return end < 0 ? undefined : decodeEntities(xml.slice(begin + name.length + 2, end));
}

function decodeEntities(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]{2,4}));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}

function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll("+", " "));
  } catch {
    throw invalid("a key is not encoded as it says");
  }
}

function invalid(problem: string): UnfoldError {
  return new UnfoldError("RESPONSE_INVALID", { what: "the listing", problem });
}
