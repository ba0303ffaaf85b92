import { formatCount } from "../format/count.ts";

/** What a JSON text asks of whoever parses it. */
export interface JsonLimits {
  readonly depth: number;
  readonly containers: number;
  readonly members: number;
  readonly keys: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Which limit a JSON text passes, or undefined where it keeps to all: one walk over its bytes before it is parsed, as a few
 * kilobytes of gzip can hold a text that takes gigabytes in memory. Of a text that is no JSON it may say either.
 */
export function findJsonExcess(json: Uint8Array, limits: JsonLimits): string | undefined {
  let depth = 0;
  let containers = 0;
  let members = 0;
  let keys = 0;
  const tell = (what: string, at: number) => `${what} at byte ${formatCount(at)}`;
  for (let at = 0; at < json.length; at++) {
    switch (json[at]) {
      case QUOTE:
        for (at++; at < json.length && json[at] !== QUOTE; at++) if (json[at] === BACKSLASH) at++;
        break;
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > limits.depth) return tell(`values are nested deeper than ${limits.depth}`, at);
        if (++containers > limits.containers)
          return tell(`more than ${formatCount(limits.containers)} lists and objects`, at);
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
        break;
      case 0x2c: // ,
        if (++members > limits.members) return tell(`more than ${formatCount(limits.members)} values`, at);
        break;
      case 0x3a: // :
        if (++keys > limits.keys) return tell(`more than ${formatCount(limits.keys)} keys`, at);
        break;
    }
  }
  return undefined;
}
