import { brotliDecompressSync } from "node:zlib";
import { frontCodedNames, type PackedPiece, type PackedSide } from "./packed.ts";
import { renameKeysOfCondition, renameKeysOfFormula } from "./paths.ts";
import type { Condition, Formula, Library, Row, Signature } from "./signature.ts";
import { lengthenLiterals, lengthenStrings, lengthenWords } from "./words.ts";

/** What a class is called, where its signature lies. */
export interface ListedSignature {
  readonly library: Library;
  readonly version: string;
  readonly className: string;
  readonly modelTypes: readonly string[];
  /** Which part of the file has it. */
  readonly piece: number;
}

/** What a configuration says of itself: `architectures[0]` or `_class_name`, and `model_type`. */
export interface SignatureClaims {
  readonly className?: string | undefined;
  readonly library?: Library | undefined;
  readonly modelType?: string | undefined;
}

interface Entry extends ListedSignature {
  readonly place: number;
}

/** All signatures of the packed file. The index is read at once, a class when it is asked for. */
export interface SignatureStore {
  readonly listSignatures: () => readonly ListedSignature[];
  /** Of each listed class, what tells alike classes without their rows (sketch.ts). Read anew by each call. */
  readonly readSketches: () => readonly (readonly number[])[];
  /** The class that a configuration names; undefined where no library release here has it. */
  readonly signatureFor: (claims: SignatureClaims) => Signature | undefined;
}

/** Lengths of the index and of the sketches, four bytes each. */
const HEAD_BYTES = 8;

export function openSignatures(data: Uint8Array): SignatureStore {
  const view = new DataView(data.buffer, data.byteOffset);
  const indexEnd = HEAD_BYTES + view.getUint32(0, true);
  const sketchesEnd = indexEnd + view.getUint32(4, true);
  const index = unpack(data.subarray(HEAD_BYTES, indexEnd)) as {
    libraries: readonly (readonly [Library, string])[];
    classes: readonly (readonly [string, number, string, number, number])[];
    pieces: readonly number[];
    words: string;
  };
  const readEntry = ([
    className,
    library,
    modelTypes,
    piece,
    place,
  ]: (typeof index.classes)[number]): Entry => {
    const [name, version] = index.libraries[library] as readonly [Library, string];
    return {
      library: name,
      version,
      className,
      modelTypes: modelTypes === "" ? [] : modelTypes.split(" "),
      piece,
      place,
    };
  };
  const starts: number[] = [];
  let start = sketchesEnd;
  for (const length of index.pieces) {
    starts.push(start);
    start += length;
  }
  const words = index.words.split(" ");
  const pieces = new Map<number, Piece>();
  const pieceOf = (number: number): Piece => {
    let piece = pieces.get(number);
    if (piece === undefined) {
      const from = starts[number] as number;
      const bytes = data.subarray(from, from + (index.pieces[number] as number));
      piece = openPiece(
        JSON.parse(lengthenLiterals(brotliDecompressSync(bytes), words)) as PackedPiece,
        words,
      );
      pieces.set(number, piece);
    }
    return piece;
  };
  return {
    listSignatures: () => index.classes.map(readEntry),
    readSketches: () => unpack(data.subarray(indexEnd, sketchesEnd)) as readonly (readonly number[])[],
    signatureFor: (claims) => {
      // Of nearly two thousand classes one is asked for: the others are not made ready.
      const named = index.classes.filter(([className]) => className === claims.className);
      const entry = findEntry(named.map(readEntry), claims);
      return entry === undefined ? undefined : buildSignature(entry, pieceOf(entry.piece));
    },
  };
}

/** Of classes of one name: where two model types share one, the type decides. */
function findEntry(entries: readonly Entry[], claims: SignatureClaims): Entry | undefined {
  const named = entries.filter(({ library }) => claims.library === undefined || library === claims.library);
  return named.find(({ modelTypes }) => modelTypes.includes(claims.modelType ?? "")) ?? named[0];
}

function unpack(bytes: Uint8Array): unknown {
  return JSON.parse(brotliDecompressSync(bytes).toString("utf8"));
}

/** A piece and what of it is made ready once. Its texts are short still: only what a class has of them is lengthened. */
interface Piece {
  readonly packed: PackedPiece;
  readonly words: readonly string[];
  readonly patternAt: (place: number) => string;
  readonly buffers: ReadonlySet<number>;
}

function openPiece(packed: PackedPiece, words: readonly string[]): Piece {
  return { packed, words, patternAt: frontCodedNames(packed.p), buffers: new Set(packed.b) };
}

function buildSignature(entry: Entry, piece: Piece): Signature {
  const packed = lengthenStrings(piece.packed.s[entry.place] as PackedPiece["s"][number], piece.words);
  const { rows, unknown } = buildSide(packed, piece);
  return {
    library: entry.library,
    version: entry.version,
    className: entry.className,
    modelTypes: entry.modelTypes,
    rows,
    unknown,
    runtime: packed.t === undefined ? undefined : buildSide(packed.t, piece),
    tied: packed.tied ?? [],
    ignorable: { missing: packed.im ?? [], unexpected: packed.iu ?? [] },
    defaults: packed.d ?? {},
    aliases: packed.a ?? {},
    fixed: packed.x ?? {},
    vocabulary: packed.v ?? {},
    synonyms: packed.y ?? {},
    lengths: packed.l ?? {},
    required: packed.n ?? [],
  };
}

function buildSide(side: PackedSide, piece: Piece): { rows: Row[]; unknown: string[] } {
  const { n, k, u } = piece.packed;
  const long = (text: string | undefined): string => lengthenWords(text as string, piece.words);
  const rows: Row[] = [];
  const runs = side.r ?? [];
  for (let at = 0; at < runs.length; at += 4) {
    const [names, keys, first, count] = runs.slice(at, at + 4) as [number, number, number, number];
    for (let place = first; place < first + count; place += 1)
      rows.push(buildRow(place, long(n[names]), long(k[keys]), piece));
  }
  return { rows, unknown: (side.u ?? []).map((place) => long(u[place])) };
}

/** One row as a class has it: its names and keys may begin with those of the part that stores it. */
function buildRow(place: number, namePrefix: string, keyPrefix: string, piece: Piece): Row {
  const { c, z, q, f, l, w } = piece.packed;
  const under = (path: string): string => keyPrefix + path;
  const formulaAt = (at: number): Formula => {
    const formula = lengthenStrings(f[at] as Formula, piece.words);
    return keyPrefix === "" ? formula : renameKeysOfFormula(formula, under);
  };
  const condition = lengthenStrings(w[q[place] as number] as PackedPiece["w"][number], piece.words);
  const when = condition.map((all) =>
    all.map(([predicate, wanted]) => [predicate, wanted === 1] as const),
  ) satisfies Condition;
  const list = l[c[place] as number] as readonly number[];
  const end = list.findIndex((at) => at < 0);
  const stages =
    end < 0 ? undefined : { variable: -1 - (list[end] as number), start: formulaAt(list[end + 1] as number) };
  return {
    pattern: namePrefix + lengthenWords(piece.patternAt(place), piece.words),
    counts: (end < 0 ? list : list.slice(0, end)).map(formulaAt),
    ...(stages === undefined ? {} : { stages }),
    when: keyPrefix === "" ? when : renameKeysOfCondition(when, under),
    shape: (l[z[place] as number] as readonly number[]).map((at) => (at < 0 ? undefined : formulaAt(at))),
    kind: piece.buffers.has(place) ? "buffer" : "parameter",
  };
}
