import { DTYPES } from "../../src/safetensors/dtype.ts";
import { byteLength, utf8 } from "./header-text.ts";
import type { Prng } from "./prng.ts";

/** A header as some writer might spell it, with the data area that belongs to it. */
export interface RandomHeader {
  readonly json: Uint8Array;
  readonly dataBytes: number;
}

const NAME_PARTS = [
  "model",
  "layers",
  "0",
  "1",
  "10",
  "mlp",
  "experts",
  "weight",
  "weight_scale_inv",
  "__proto__",
  "constructor",
  "toString",
  "length",
  "",
  " ",
  "é",
  "模型",
  "🧠",
  '"',
  "\\",
  "\u0000",
  "\u007f",
  "\u202e",
  "\ufeff",
  "__metadata",
  "dtype",
];
const SPACES = ["", "", "", " ", "\n", "\t", "\r\n", "  "];

/** A header of up to some ten tensors, nearly always sound: names, order, spelling and blanks vary. */
export function randomHeader(random: Prng): RandomHeader {
  const plain = random.chance(0.6);
  const space = () => (plain ? "" : random.pick(SPACES));
  const members: string[] = [];
  const names = randomNames(random);
  let at = 0;
  for (const name of names) {
    const dtype = random.pick(DTYPES);
    const shape = randomShape(random, dtype);
    const end = at + byteLength(dtype, shape);
    members.push(
      `${spell(random, name, plain)}${space()}:${space()}${entry(random, plain, dtype, shape, at, end)}`,
    );
    at = end;
  }
  if (random.chance(0.3)) members.push(`"__metadata__"${space()}:${metadataText(random)}`);
  // Now and then one member twice, as a whole: sound but for that.
  if (members.length > 0 && random.chance(0.03)) members.push(random.pick(members));
  const ordered = random.chance(0.3) ? random.shuffled(members) : members;
  const text = `${plain ? "" : space()}{${space()}${ordered.join(`${space()},${space()}`)}${space()}}`;
  // The scanner's fast path wants room behind an entry: padding gives it to the last ones too.
  const padding = " ".repeat(random.pick([0, 0, random.below(9), 240]));
  return { json: utf8(text + padding), dataBytes: at };
}

function randomNames(random: Prng): Set<string> {
  const names = new Set<string>();
  const count = random.below(10);
  const stem = random.pick(NAME_PARTS);
  for (let k = 0; k < count; k++) {
    const parts = Array.from({ length: 1 + random.below(4) }, () => random.pick(NAME_PARTS));
    names.add(random.chance(0.5) ? [stem, ...parts].join(".") : parts.join("."));
  }
  if (random.chance(0.02)) names.add("d.".repeat(62 + random.below(5)) + random.pick(NAME_PARTS));
  return names;
}

function randomShape(random: Prng, dtype: string): number[] {
  const rank = random.pick([0, 1, 1, 2, 2, 3, 4, 9]);
  const shape = Array.from({ length: rank }, () => random.pick([0, 1, 1, 2, 3, 4, 7, 16, 128]));
  // Sub-byte dtypes have to fill whole bytes: four elements always do.
  return dtype.startsWith("F4") || dtype.startsWith("F6") ? [...shape, 4] : shape;
}

function entry(
  random: Prng,
  plain: boolean,
  dtype: string,
  shape: readonly number[],
  begin: number,
  end: number,
): string {
  const space = () => (plain ? "" : random.pick(SPACES));
  const members = [
    `"dtype"${space()}:${space()}${spell(random, dtype, plain)}`,
    `"shape"${space()}:${space()}[${shape.map((dim) => `${space()}${dim}`).join(",")}${space()}]`,
    `${spell(random, "data_offsets", plain)}:${space()}[${begin}${space()},${space()}${end}]`,
  ];
  if (!plain && random.chance(0.1))
    members.push(
      `"x"${space()}:${random.pick(['{"y":[1,{}]}', "[]", "1e5", "1E+5", "null", nested(random)])}`,
    );
  const ordered = plain ? members : random.shuffled(members);
  return `{${space()}${ordered.join(`${space()},`)}${space()}}`;
}

/** Arrays in each other, around the depth that is allowed below an entry. */
function nested(random: Prng): string {
  const levels = 122 + random.below(6);
  return `${"[".repeat(levels)}${"]".repeat(levels)}`;
}

/** A string as JSON text, some of its characters as escapes. */
function spell(random: Prng, text: string, plain: boolean): string {
  const json = JSON.stringify(text);
  if (plain || random.chance(0.7)) return json;
  return json.replace(/[a-z_.]/g, (char, at: number) =>
    json[at - 1] !== "\\" && random.chance(0.2)
      ? `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`
      : char,
  );
}

function metadataText(random: Prng): string {
  if (random.chance(0.2)) return "null";
  const pairs = new Map<string, string>();
  for (let k = random.below(4); k > 0; k--) pairs.set(random.pick(NAME_PARTS), random.pick(NAME_PARTS));
  return JSON.stringify(Object.fromEntries(pairs));
}
