import type { Row, Signature } from "./signature.ts";
import { buildSketch, wordOf } from "./sketch.ts";
import type { ListedSignature, SignatureStore } from "./store.ts";

/** Classes whose rows are read to be compared; sketches choose them. */
const MAX_COMPARED = 24;

/** A class that stores what a checkpoint stores, but for some words. Evidence, never certainty. */
export interface Near {
  readonly signature: Signature;
  /** Shared words ÷ all words of the two, 0 to 1. A word is a name's last segments without numbers. */
  readonly alikeness: number;
  /** Words of the class that the checkpoint lacks, and the other way round. */
  readonly lacking: readonly string[];
  readonly extra: readonly string[];
}

/** The class whose names are most like a checkpoint's; undefined where none shares a word. */
export function findNearest(store: SignatureStore, names: Iterable<string>): Near | undefined {
  const words = new Set<string>();
  for (const name of names) words.add(wordOf(name));
  if (words.size === 0) return undefined;
  const sketch = buildSketch(words);
  const sketches = store.readSketches();
  const ranked = store
    .listSignatures()
    .map((listed, place) => ({ listed, place, shared: sharedOf(sketches[place] ?? [], sketch) }))
    .filter(({ shared }) => shared > 0)
    .sort((a, b) => b.shared - a.shared || a.place - b.place)
    .slice(0, MAX_COMPARED);
  let best: Near | undefined;
  for (const { listed } of ranked) {
    const near = compare(listed, store, words);
    if (near !== undefined && (best === undefined || near.alikeness > best.alikeness)) best = near;
    // None can be more alike: of families whose classes share their words, the others need not be read.
    if (best?.alikeness === 1) break;
  }
  return best;
}

function sharedOf(a: readonly number[], b: readonly number[]): number {
  return a.filter((number, at) => number === b[at]).length;
}

function compare(
  listed: ListedSignature,
  store: SignatureStore,
  words: ReadonlySet<string>,
): Near | undefined {
  const signature = store.signatureFor({
    className: listed.className,
    library: listed.library,
    modelType: listed.modelTypes[0],
  });
  if (signature === undefined) return undefined;
  const own = new Set(signature.rows.map(({ pattern }) => wordOf(pattern)));
  // What only some configurations have is not lacking.
  const always = new Set(signature.rows.filter(isAlways).map(({ pattern }) => wordOf(pattern)));
  const lacking = [...always].filter((word) => !words.has(word));
  const extra = [...words].filter((word) => !own.has(word));
  const shared = words.size - extra.length;
  return { signature, alikeness: shared / (shared + lacking.length + extra.length), lacking, extra };
}

function isAlways({ when }: Row): boolean {
  return when.some((all) => all.length === 0);
}
