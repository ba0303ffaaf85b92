// Packs derived classes into one file: an index, then pieces of some tens of classes, each compressed by itself, so that
// one class costs one small piece. Tables of a piece (formulas, conditions, patterns) are shared by its classes.
//
//   node run.mjs pack RESULTS OUT.data [REPORT.json…]
//
// Reports are evaluate.ts's: what they found wrong is packed as unknown.
//
// File: 4 bytes, little-endian: length of the compressed index · the index · the pieces. All are brotli over JSON.
import fs from "node:fs";
import path from "node:path";
import zlib from "node:zlib";
import { buildSketch, wordOf } from "../../src/signatures/sketch.ts";

/** A class as derive.py writes it. */
interface Derived {
  readonly library: string;
  readonly folder: string;
  readonly class: string;
  readonly modelTypes: readonly string[];
  readonly rows: readonly DerivedRow[];
  readonly unknown: readonly (readonly [string, string])[];
  readonly runtime: readonly DerivedRow[] | null;
  readonly runtimeUnknown: readonly (readonly [string, string])[];
  readonly ties: readonly (readonly [string, string])[];
  readonly ignorable: { readonly missing: readonly string[]; readonly unexpected: readonly string[] };
  readonly aliases: Readonly<Record<string, string>>;
  readonly defaults: Readonly<Record<string, unknown>>;
  readonly fixed: Readonly<Record<string, unknown>>;
  readonly lengths: Readonly<Record<string, number>>;
  readonly read: readonly string[];
}

interface DerivedRow {
  readonly pattern: string;
  readonly counts: readonly unknown[];
  readonly when: readonly (readonly (readonly [unknown, boolean])[])[];
  readonly shape: readonly unknown[];
  readonly kind: string;
  readonly module: string;
}

/** Equal things are kept once and told by their place. */
class Table {
  readonly items: unknown[] = [];
  characters = 0;
  readonly #places = new Map<string, number>();

  add(item: unknown): number {
    const key = JSON.stringify(item);
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    this.#places.set(key, this.items.length);
    this.items.push(item);
    this.characters += key.length + 1;
    return this.items.length - 1;
  }
}

const VERSIONS: Readonly<Record<string, string>> = { transformers: "5.23.0", diffusers: "0.42.1" };
/** Text of one piece, before compression: a few milliseconds to read. */
const PIECE_CHARACTERS = 120_000;

const [results, out, ...reports] = process.argv.slice(2) as [string, string, ...string[]];
const distrusted = new Map<string, Set<string>>();
for (const file of reports)
  for (const { key, patterns } of readJson(file) as { key: string; patterns: string[] }[])
    distrusted.set(key, new Set([...(distrusted.get(key) ?? []), ...patterns]));
const classes: Derived[] = [];
for (const library of Object.keys(VERSIONS)) {
  const folder = path.join(results, library);
  if (!fs.existsSync(folder)) continue;
  for (const file of fs.readdirSync(folder).sort()) {
    if (!file.endsWith(".json")) continue;
    const found = readJson(path.join(folder, file)) as Derived | { readonly rows?: undefined };
    if (found.rows !== undefined) classes.push(found);
  }
}
// Classes of one model lie in one piece: they share nearly all their rows.
classes.sort(
  (a, b) => compare(a.library, b.library) || compare(a.folder, b.folder) || compare(a.class, b.class),
);

const pieces: unknown[] = [];
const index: unknown[] = [];
let piece = newPiece();
let lastFolder: string | undefined;
for (const each of classes) {
  if (piece.characters > PIECE_CHARACTERS && each.folder !== lastFolder) flush();
  lastFolder = each.folder;
  index.push([
    each.class,
    each.library === "transformers" ? 0 : 1,
    each.modelTypes.join(" "),
    pieces.length,
    piece.classes.length,
    buildSketch(new Set(alwaysStored(each.rows).map(({ pattern }) => wordOf(pattern)))),
  ]);
  addClass(each);
}
flush();
const compressed = pieces.map(compress);
const head = compress({
  libraries: Object.entries(VERSIONS),
  classes: index,
  pieces: compressed.map((bytes) => bytes.length),
});
const length = Buffer.alloc(4);
length.writeUInt32LE(head.length);
fs.writeFileSync(out, Buffer.concat([length, head, ...compressed]));
console.log(`${classes.length} classes, ${pieces.length} pieces, ${fs.statSync(out).size} bytes`);

function newPiece(): {
  characters: number;
  tables: Record<"f" | "w" | "p" | "m" | "r", Table>;
  classes: unknown[];
} {
  return {
    characters: 0,
    tables: { f: new Table(), w: new Table(), p: new Table(), m: new Table(), r: new Table() },
    classes: [],
  };
}

function flush(): void {
  if (piece.classes.length === 0) return;
  const { f, w, p, m, r } = piece.tables;
  pieces.push({ f: f.items, w: w.items, p: p.items, m: m.items, r: r.items, s: piece.classes });
  piece = newPiece();
}

function addClass(each: Derived): void {
  const before = tableCharacters();
  const { r, p } = piece.tables;
  const wrong = distrusted.get(`${each.library} ${each.class}`) ?? new Set<string>();
  const side = (rows: Derived["rows"], unknown: Derived["unknown"]) => ({
    r: runs(rows.filter(({ pattern }) => !wrong.has(pattern)).map((row) => r.add(packRow(row)))),
    u: [...new Set([...unknown.map(([pattern]) => pattern), ...wrong])].map((pattern) => p.add(pattern)),
  });
  const published = side(each.rows, each.unknown);
  const runtime = each.runtime ? side(each.runtime, each.runtimeUnknown) : undefined;
  const needed = JSON.stringify([each.rows, each.runtime, each.defaults]);
  const lists = Object.fromEntries(
    Object.entries(each.lengths).filter(
      ([path, n]) => n > 1 && each.read.includes(path) && !/id2label$|label2id$/.test(path),
    ),
  );
  const entry: Record<string, unknown> = {
    ...published,
    t: runtime,
    d: each.defaults,
    a: Object.fromEntries(Object.entries(each.aliases).filter(([, path]) => needed.includes(`"${path}"`))),
    x: each.fixed,
    l: lists,
    tied: each.ties,
    im: each.ignorable.missing,
    iu: each.ignorable.unexpected,
  };
  for (const [key, value] of Object.entries(entry))
    if (value === undefined || Object.keys(value as object).length === 0) delete entry[key];
  piece.classes.push(entry);
  piece.characters += tableCharacters() - before + JSON.stringify(entry).length;
}

function tableCharacters(): number {
  return Object.values(piece.tables).reduce((sum, table) => sum + table.characters, 0);
}

function alwaysStored(rows: Derived["rows"]): Derived["rows"] {
  const always = rows.filter(({ when }) => when.some((all) => all.length === 0));
  return always.length > 0 ? always : rows;
}

/** Numbers that follow each other are told by the first and their count: [first, count, …]. */
function runs(numbers: readonly number[]): number[] {
  const out: number[] = [];
  for (const number of numbers) {
    const last = out.length - 2;
    if (last >= 0 && (out[last] as number) + (out[last + 1] as number) === number)
      out[last + 1] = (out[last + 1] as number) + 1;
    else out.push(number, 1);
  }
  return out;
}

function packRow(row: DerivedRow): unknown[] {
  const { f, w, p, m } = piece.tables;
  return [
    p.add(row.pattern),
    row.counts.map((formula) => f.add(formula)),
    w.add(row.when.map((all) => all.map(([predicate, wanted]) => [predicate, wanted ? 1 : 0]))),
    row.shape.map((formula) => (formula === "?" ? -1 : f.add(formula))),
    m.add(row.module),
    row.kind === "buffer" ? 1 : 0,
  ];
}

function compress(value: unknown): Buffer {
  const text = Buffer.from(JSON.stringify(value));
  return zlib.brotliCompressSync(text, {
    params: {
      [zlib.constants.BROTLI_PARAM_QUALITY]: 11,
      [zlib.constants.BROTLI_PARAM_LGWIN]: 22,
      [zlib.constants.BROTLI_PARAM_MODE]: zlib.constants.BROTLI_MODE_TEXT,
      [zlib.constants.BROTLI_PARAM_SIZE_HINT]: text.length,
    },
  });
}

/** Python writes numbers that JSON has not. */
function readJson(file: string): unknown {
  return JSON.parse(fs.readFileSync(file, "utf8").replace(/([:[,] ?)(-?Infinity|NaN)(?=[,\]}])/g, "$1null"));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
