import zlib from "node:zlib";
import type { PackedClass, PackedPiece, PackedSide } from "../../src/signatures/packed.ts";
import { buildSketch, wordOf } from "../../src/signatures/sketch.ts";
import { commonWords, shortenWords } from "../../src/signatures/words.ts";
import { type Derived, type DerivedRow, VERSIONS } from "./derived.ts";
import { foldAlike } from "./fold-alike.ts";
import { frontCode } from "./front-code.ts";
import { foldAllNumbers, openPatterns } from "./refuted.ts";
import { keyPrefixesOf, type Placed, RowTable } from "./templates.ts";
import { vocabularyOf } from "./vocabulary.ts";

/** Equal things are kept once and told by their place. */
class Table {
  readonly items: unknown[] = [];
  readonly #places = new Map<string, number>();

  add(item: unknown): number {
    const key = JSON.stringify(item);
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    this.#places.set(key, this.items.length);
    this.items.push(item);
    return this.items.length - 1;
  }
}

/** Pieces that have a word, for the word to be kept once for all: each is compressed by itself and would hold it again. */
const LEAST_PIECES = 2;

/** Patterns of a class that are packed as unknown, whatever its rows say of them. */
export type Distrust = (each: Derived) => ReadonlySet<string>;

/**
 * Classes by pieces as one file: an index, then the pieces, each compressed by itself, so that one class costs one small
 * piece. Tables of a piece (rows, formulas, conditions) are shared by its classes.
 *
 * File: 4 bytes, little-endian: length of the compressed index · 4 bytes: of the sketches · the index · the sketches · the
 * pieces. All are brotli over JSON.
 */
export function packFile(groups: readonly (readonly Derived[])[], distrust: Distrust): Buffer {
  const index: unknown[] = [];
  const sketches: number[][] = [];
  const texts = groups.map((group, piece) => {
    const { packed, listed, sketched } = packPiece(group, piece, distrust);
    index.push(...listed);
    sketches.push(...sketched);
    return writeAscii(packed);
  });
  const words = commonWords(texts, LEAST_PIECES);
  const compressed = texts.map((text) => compress(shortenWords(text, words)));
  const head = compress(
    writeAscii({
      libraries: Object.entries(VERSIONS),
      classes: index,
      pieces: compressed.map((bytes) => bytes.length),
      words: words.join(" "),
    }),
  );
  const alike = compress(writeAscii(sketches));
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32LE(head.length);
  lengths.writeUInt32LE(alike.length, 4);
  return Buffer.concat([lengths, head, alike, ...compressed]);
}

/** What nothing asks of a row is not packed: rows of modules of another name are then equal. */
function withoutModule(row: DerivedRow): DerivedRow {
  const { module: _, ...rest } = row;
  return rest;
}

/** Rows of a class that are to be believed, and what else is not. */
interface Trusted {
  readonly published: readonly DerivedRow[];
  readonly runtime: readonly DerivedRow[] | undefined;
  readonly wrong: ReadonlySet<string>;
}

function packable(rows: readonly DerivedRow[], wrong: ReadonlySet<string>): DerivedRow[] {
  return foldAlike(rows.filter(({ pattern }) => !wrong.has(pattern)).map(withoutModule));
}

function packPiece(
  group: readonly Derived[],
  piece: number,
  distrust: Distrust,
): { packed: PackedPiece; listed: unknown[]; sketched: number[][] } {
  const listed: unknown[] = [];
  const sketched: number[][] = [];
  const table = new RowTable();
  const tables = { names: new Table(), keys: new Table(), unknown: new Table() };
  const packed: PackedClass[] = group.map((each, place) => {
    const wrong = distrust(each);
    const published = packable(each.rows, wrong);
    const runtime = each.runtime ? packable(each.runtime, wrong) : undefined;
    listed.push([
      each.class,
      each.library === "transformers" ? 0 : 1,
      each.modelTypes.join(" "),
      piece,
      place,
    ]);
    sketched.push(buildSketch(new Set(alwaysStored(published).map(({ pattern }) => wordOf(pattern)))));
    return packClass(each, { published, runtime, wrong }, table, tables);
  });
  const f = new Table();
  const lists = new Table();
  const w = new Table();
  const listOf = (formulas: readonly unknown[]): number =>
    lists.add(formulas.map((formula) => (formula === "?" ? -1 : f.add(formula))));
  const columns = {
    p: frontCode(table.rows.map(({ pattern }) => pattern)),
    c: table.rows.map(({ counts, stages }) =>
      lists.add([
        ...counts.map((formula) => f.add(formula)),
        ...(stages === undefined ? [] : [-1 - stages.variable, f.add(stages.start)]),
      ]),
    ),
    z: table.rows.map(({ shape }) => listOf(shape)),
    q: table.rows.map(({ when }) =>
      w.add(when.map((all) => all.map(([predicate, wanted]) => [predicate, wanted ? 1 : 0]))),
    ),
    b: table.rows.flatMap(({ kind }, place) => (kind === "buffer" ? [place] : [])),
    f: f.items,
    l: lists.items,
    w: w.items,
    n: tables.names.items,
    k: tables.keys.items,
    u: tables.unknown.items,
    s: packed,
  };
  return { packed: columns as unknown as PackedPiece, listed, sketched };
}

function packClass(
  each: Derived,
  { published, runtime, wrong }: Trusted,
  table: RowTable,
  tables: { names: Table; keys: Table; unknown: Table },
): PackedClass {
  const prefixes = keyPrefixesOf([...published, ...(runtime ?? [])]);
  const side = (rows: readonly DerivedRow[], unknown: Derived["unknown"]): PackedSide => {
    let last: Placed | undefined;
    const placed = rows.map((row) => {
      last = table.find(row, prefixes, last) ?? table.add(row);
      return last;
    });
    return {
      r: runs(placed, tables),
      u: collapse(
        new Set([...unknown.map(([pattern]) => pattern), ...wrong, ...openPatterns(rows)]),
        new Set(rows.map(({ pattern }) => pattern)),
      ).map((pattern) => tables.unknown.add(pattern)),
    };
  };
  const needed = JSON.stringify([each.rows, each.runtime, each.defaults]);
  const entry: Record<string, unknown> = {
    ...side(published, each.unknown),
    t: runtime && side(runtime, each.runtimeUnknown),
    d: each.defaults,
    a: Object.fromEntries(
      Object.entries(each.aliases).filter(([, path]) => each.packed || needed.includes(`"${path}"`)),
    ),
    x: each.fixed,
    l: Object.fromEntries(
      Object.entries(each.lengths).filter(
        ([path, n]) =>
          // What a backbone hands on: of one stage, where all samples have one, nothing follows for several.
          /\.out_(features|indices)$/.test(path) ||
          (n > 1 && each.read.includes(path) && !/id2label$|label2id$/.test(path)),
      ),
    ),
    n: each.packed?.required ?? singleLayersOf(each.base),
    v: each.packed?.vocabulary ?? vocabularyOf(each),
    y: each.synonyms,
    tied: each.ties,
    im: each.ignorable.missing,
    iu: each.ignorable.unexpected,
  };
  for (const [key, value] of Object.entries(entry))
    if (value === undefined || Object.keys(value as object).length === 0) delete entry[key];
  return entry as unknown as PackedClass;
}

/** Paths of what a configuration says of single layers. */
function singleLayersOf(base: unknown, prefix = ""): string[] {
  if (typeof base !== "object" || base === null || Array.isArray(base)) return [];
  return Object.entries(base).flatMap(([key, value]) =>
    key === "per_layer_config" && value !== null ? [prefix + key] : singleLayersOf(value, `${prefix}${key}.`),
  );
}

/** Members of a list of unknown names that are told as one pattern. */
const LEAST_ALIKE = 3;

/** Unknown names that are alike but for their numbers, as one pattern, unless what is known has that pattern. */
function collapse(unknown: ReadonlySet<string>, known: ReadonlySet<string>): string[] {
  const alike = new Map<string, string[]>();
  for (const pattern of unknown) {
    const whole = foldAllNumbers(pattern);
    alike.set(whole, [...(alike.get(whole) ?? []), pattern]);
  }
  return Array.from(alike, ([whole, own]) =>
    own.length < LEAST_ALIKE || known.has(whole) ? own : [whole],
  ).flat();
}

function alwaysStored(rows: readonly DerivedRow[]): readonly DerivedRow[] {
  const always = rows.filter(({ when }) => when.some((all) => all.length === 0));
  return always.length > 0 ? always : rows;
}

/** Rows that follow each other in the table under the same prefixes, told by the first and their count. */
function runs(placed: readonly Placed[], tables: { names: Table; keys: Table }): number[] {
  const sorted = [...placed].sort(
    (a, b) => compare(a.keyPrefix, b.keyPrefix) || compare(a.namePrefix, b.namePrefix) || a.place - b.place,
  );
  const out: number[] = [];
  let last: Placed | undefined;
  for (const each of sorted) {
    const at = out.length - 1;
    if (
      last !== undefined &&
      last.keyPrefix === each.keyPrefix &&
      last.namePrefix === each.namePrefix &&
      last.place + 1 === each.place
    )
      out[at] = (out[at] as number) + 1;
    else out.push(tables.names.add(each.namePrefix), tables.keys.add(each.keyPrefix), each.place, 1);
    last = each;
  }
  return out;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** JSON, with nothing but ASCII: other characters stand for words (words.ts). */
function writeAscii(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u0080-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function compress(written: string): Buffer {
  const text = Buffer.from(written);
  return zlib.brotliCompressSync(text, {
    params: {
      [zlib.constants.BROTLI_PARAM_QUALITY]: 11,
      [zlib.constants.BROTLI_PARAM_LGWIN]: 22,
      [zlib.constants.BROTLI_PARAM_MODE]: zlib.constants.BROTLI_MODE_TEXT,
      [zlib.constants.BROTLI_PARAM_SIZE_HINT]: text.length,
    },
  });
}
