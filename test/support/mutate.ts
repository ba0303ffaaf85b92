import { DTYPES } from "../../src/safetensors/dtype.ts";
import type { Prng } from "./prng.ts";
import type { RandomHeader } from "./random-header.ts";

/** Text that has broken parsers before: put anywhere, or in place of a token. */
const HOSTILE = [
  "18446744073709551615",
  "18446744073709551616",
  "9007199254740991",
  "9007199254740992",
  "9007199254740993",
  "4294967296",
  "999999999999999",
  "1000000000000000",
  "1e999",
  "-1",
  "-0",
  "1.0",
  "1e0",
  "01",
  "+1",
  "0x10",
  "NaN",
  "null",
  "true",
  '"1"',
  "[]",
  "{}",
  '""',
  '"__metadata__"',
  '"dtype"',
  '"shape"',
  '"F32"',
  '"f32"',
  '"toString"',
  '"\\ud800"',
  '"\\ud83e\\udde0"',
  '"\\udc00\\ud800"',
  '"\\x41"',
  '"\\u00e"',
  ",",
  ":",
  "}",
  "]",
  '"',
  "\\",
  "\u0000",
  "\ufeff",
  " ",
  "\t",
  "//",
  "[".repeat(130),
  `${"[".repeat(124)}${"]".repeat(124)}`,
  `${"[".repeat(125)}${"]".repeat(125)}`,
  `${"[".repeat(126)}${"]".repeat(126)}`,
];
const RAW_BYTES = [0x00, 0x1f, 0x22, 0x5c, 0x7b, 0x7d, 0x7f, 0x80, 0xbf, 0xc0, 0xc3, 0xe2, 0xed, 0xf4, 0xff];
/** Strings that JSON.parse takes and the format does not, and keys that mean something. */
const HOSTILE_STRINGS = [
  '"\\ud800"',
  '"\\udc00"',
  '"\\ud800\\ud800"',
  '"\\ud800\\uffff"',
  '"\\ud800\\n"',
  '"\\udbff\\udfff"',
  '"\\u005f_metadata__"',
  '"__metadata__"',
  '"__proto__"',
  '"dtype"',
  '"sh\\u0061pe"',
  '""',
];
/** Numbers in spellings that mean an integer, or nearly, and are none for the format. */
const HOSTILE_NUMBERS = [
  "00",
  "01",
  "-0",
  "0.0",
  "1e0",
  "1E+2",
  "2e-1",
  "1e+400",
  "1e-400",
  "9".repeat(310),
  "-1",
  "null",
  '"1"',
];
/** What may stand before or behind a header, and what may not. */
const AROUND = ["\ufeff", " ", "\n", "\u0000", "\u00a0", "x", "{}"];

/** Dimensions whose product leaves 64 bits, 53 bits, or is zero in time. */
const BIG_SHAPES = [
  "4294967296,4294967296",
  "4294967295,4294967297",
  "0,4294967296,4294967296",
  "4294967296,4294967296,0",
  "67108864,134217728",
  "67108864,16777216",
  "33554432,33554432",
  "1125899906842623",
  "1125899906842624",
];
const STRING = /"(?:[^"\\]|\\.)*"/g;
const NUMBER = /[0-9]+/g;
const ANY_TOKEN = /"(?:[^"\\]|\\.)*"|[0-9]+|[{}[\],:]/g;

/** The same header with up to four changes, or with another size of the data area. */
export function mutate(random: Prng, header: RandomHeader, other: RandomHeader): RandomHeader {
  let json = header.json;
  let dataBytes = header.dataBytes;
  if (random.chance(0.05)) dataBytes = Math.max(0, dataBytes + random.pick([-8, -1, 1, 8]));
  for (let k = random.below(5); k > 0; k--) json = change(random, json, other.json);
  return { json, dataBytes };
}

function change(random: Prng, json: Uint8Array, other: Uint8Array): Uint8Array {
  if (random.chance(0.05)) {
    const extra = Buffer.from(random.pick(AROUND));
    const place = random.chance(0.5) ? 0 : json.length;
    return splice(json, place, place, extra);
  }
  // Most often a token: the syntax stays right and the meaning does not.
  if (random.chance(0.6)) return changeToken(random, json);
  const at = random.below(json.length + 1);
  const to = Math.min(json.length, at + random.below(random.chance(0.8) ? 8 : json.length + 1));
  switch (random.below(6)) {
    case 0: // a byte changed
      return splice(json, at, Math.min(json.length, at + 1), [
        random.chance(0.5) ? random.below(256) : random.pick(RAW_BYTES),
      ]);
    case 1: // bytes lost
      return splice(json, at, to, []);
    case 2: // bytes written twice
      return splice(json, at, at, json.subarray(at, to));
    case 3: // cut short
      return json.subarray(0, at);
    case 4: // a part of another header
      return splice(json, at, to, other.subarray(random.below(other.length), random.below(other.length + 1)));
    default: // hostile text in between
      return splice(json, at, at, Buffer.from(random.pick(HOSTILE)));
  }
}

function changeToken(random: Prng, json: Uint8Array): Uint8Array {
  const text = Buffer.from(json.buffer, json.byteOffset, json.length).toString("latin1");
  const kind = random.pick([STRING, NUMBER, NUMBER, ANY_TOKEN]);
  const tokens = [...text.matchAll(kind)];
  if (tokens.length === 0) return json;
  const token = random.pick(tokens);
  return splice(
    json,
    token.index,
    token.index + token[0].length,
    replacement(random, kind, token[0], tokens),
  );
}

function replacement(
  random: Prng,
  kind: RegExp,
  token: string,
  all: readonly RegExpMatchArray[],
): Uint8Array {
  // The same value in a spelling that is none, so that nothing else is wrong with the header.
  if (kind === NUMBER && random.chance(0.2))
    return Buffer.from(random.pick([`0${token}`, `${token}.0`, `${token}e0`, `-${token}`, `+${token}`, ""]));
  if (kind === NUMBER && random.chance(0.6))
    return Buffer.from(String(Math.max(0, Number(token) + random.below(9) - 4)));
  if (kind === NUMBER && random.chance(0.2)) return Buffer.from(random.pick(BIG_SHAPES));
  if (kind === NUMBER && random.chance(0.3)) return Buffer.from(random.pick(HOSTILE_NUMBERS));
  if (kind === STRING && random.chance(0.3)) return Buffer.from(random.pick(HOSTILE_STRINGS));
  if (kind === STRING && random.chance(0.3)) return Buffer.from(`"${random.pick(DTYPES)}"`);
  // Another token of the same header, so that names and keys come twice.
  if (random.chance(0.6)) return Buffer.from(random.pick(all)[0], "latin1");
  return Buffer.from(random.pick(HOSTILE));
}

function splice(bytes: Uint8Array, from: number, until: number, insert: ArrayLike<number>): Uint8Array {
  const result = new Uint8Array(from + insert.length + bytes.length - until);
  result.set(bytes.subarray(0, from));
  result.set(insert, from);
  result.set(bytes.subarray(until), from + insert.length);
  return result;
}
