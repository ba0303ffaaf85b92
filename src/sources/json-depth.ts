/**
 * Depth of JSON from outside that is parsed at all: that of a header (128), which no configuration or listing comes
 * near. 50 MB of `[` take `JSON.parse` half a minute and 2.7 GB before it says that they are not JSON.
 */
export const MAX_JSON_DEPTH = 128;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The byte at which brackets of this text, JSON or not, are nested deeper than `limit`; one walk over the bytes. */
export function findTooDeep(bytes: Uint8Array, limit = MAX_JSON_DEPTH): number | undefined {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (inString) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    // `[` and `{`, `]` and `}` differ in one bit.
    else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > limit) return at;
    } else if (byte === 0x5d || byte === 0x7d) depth--;
  }
  return undefined;
}
