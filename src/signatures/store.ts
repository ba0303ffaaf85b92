import { brotliDecompressSync } from "node:zlib";
import type { Condition, Default, Formula, Library, Predicate, Row, Signature, Value } from "./signature.ts";

/** What a class is called, where its signature lies. */
export interface ListedSignature {
  readonly library: Library;
  readonly version: string;
  readonly className: string;
  readonly modelTypes: readonly string[];
  /** Tells alike classes without their rows (sketch.ts). */
  readonly sketch: readonly number[];
}

/** What a configuration says of itself: `architectures[0]` or `_class_name`, and `model_type`. */
export interface SignatureClaims {
  readonly className?: string | undefined;
  readonly library?: Library | undefined;
  readonly modelType?: string | undefined;
}

interface Entry extends ListedSignature {
  readonly piece: number;
  readonly place: number;
}

/** The tables of one piece, as tools/signatures/pack.mjs writes them. */
interface Piece {
  readonly f: readonly Formula[];
  readonly w: readonly (readonly (readonly [Predicate, 0 | 1])[])[][];
  readonly p: readonly string[];
  readonly m: readonly string[];
  readonly r: readonly PackedRow[];
  readonly s: readonly PackedClass[];
}

type PackedRow = readonly [
  pattern: number,
  counts: readonly number[],
  when: number,
  shape: readonly number[],
  module: number,
  isBuffer: 0 | 1,
];

interface PackedSide {
  /** Rows by their place in the table: [first, count, …]. */
  readonly r?: readonly number[];
  readonly u?: readonly number[];
}

interface PackedClass extends PackedSide {
  readonly t?: PackedSide;
  readonly d?: Readonly<Record<string, Default>>;
  readonly a?: Readonly<Record<string, string>>;
  readonly x?: Readonly<Record<string, Value>>;
  readonly l?: Readonly<Record<string, number>>;
  readonly tied?: readonly (readonly [string, string])[];
  readonly im?: readonly string[];
  readonly iu?: readonly string[];
}

/** All signatures of the packed file. The index is read at once, a class when it is asked for. */
export interface SignatureStore {
  readonly listSignatures: () => readonly ListedSignature[];
  /** The class that a configuration names; undefined where no library release here has it. */
  readonly signatureFor: (claims: SignatureClaims) => Signature | undefined;
}

export function openSignatures(data: Uint8Array): SignatureStore {
  const indexBytes = new DataView(data.buffer, data.byteOffset).getUint32(0, true);
  const index = unpack(data.subarray(4, 4 + indexBytes)) as {
    libraries: readonly (readonly [Library, string])[];
    classes: readonly (readonly [string, number, string, number, number, readonly number[]])[];
    pieces: readonly number[];
  };
  const entries: Entry[] = index.classes.map(([className, library, modelTypes, piece, place, sketch]) => {
    const [name, version] = index.libraries[library] as readonly [Library, string];
    return {
      library: name,
      version,
      className,
      modelTypes: modelTypes === "" ? [] : modelTypes.split(" "),
      sketch,
      piece,
      place,
    };
  });
  const starts: number[] = [];
  let start = 4 + indexBytes;
  for (const length of index.pieces) {
    starts.push(start);
    start += length;
  }
  const pieces = new Map<number, Piece>();
  const pieceOf = (number: number): Piece => {
    let piece = pieces.get(number);
    if (piece === undefined) {
      const from = starts[number] as number;
      piece = unpack(data.subarray(from, from + (index.pieces[number] as number))) as Piece;
      pieces.set(number, piece);
    }
    return piece;
  };
  return {
    listSignatures: () => entries,
    signatureFor: (claims) => {
      const entry = findEntry(entries, claims);
      return entry === undefined ? undefined : buildSignature(entry, pieceOf(entry.piece));
    },
  };
}

/** By class name; where two model types share one, the type decides. */
function findEntry(entries: readonly Entry[], claims: SignatureClaims): Entry | undefined {
  const named = entries.filter(
    ({ className, library }) =>
      className === claims.className && (claims.library === undefined || library === claims.library),
  );
  return named.find(({ modelTypes }) => modelTypes.includes(claims.modelType ?? "")) ?? named[0];
}

function unpack(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(brotliDecompressSync(bytes)));
}

function buildSignature(entry: Entry, piece: Piece): Signature {
  const packed = piece.s[entry.place] as PackedClass;
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
    lengths: packed.l ?? {},
  };
}

function buildSide(side: PackedSide, piece: Piece): { rows: Row[]; unknown: string[] } {
  const rows: Row[] = [];
  const runs = side.r ?? [];
  for (let at = 0; at < runs.length; at += 2) {
    const first = runs[at] as number;
    for (let place = first; place < first + (runs[at + 1] as number); place += 1)
      rows.push(buildRow(piece.r[place] as PackedRow, piece));
  }
  return { rows, unknown: (side.u ?? []).map((place) => piece.p[place] as string) };
}

function buildRow([pattern, counts, when, shape, module, isBuffer]: PackedRow, piece: Piece): Row {
  return {
    pattern: piece.p[pattern] as string,
    counts: counts.map((place) => piece.f[place] as Formula),
    when: (piece.w[when] as Piece["w"][number]).map((all) =>
      all.map(([predicate, wanted]) => [predicate, wanted === 1] as const),
    ) satisfies Condition,
    shape: shape.map((place) => (place < 0 ? undefined : piece.f[place])),
    module: piece.m[module] as string,
    kind: isBuffer === 1 ? "buffer" : "parameter",
  };
}
