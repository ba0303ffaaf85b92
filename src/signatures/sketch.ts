/** Numbers of one sketch; each is the smallest of one order of all words. */
const SKETCH_LENGTH = 12;
/** Segments at a name's end that make a word: deep enough to tell families apart, short enough to forget prefixes. */
const WORD_SEGMENTS = 3;

/** A name's last segments without numbers: `layers.{}.self_attn.q_proj.weight` → `self_attn.q_proj.weight`. */
export function wordOf(name: string): string {
  const segments = name.split(".").filter((segment) => !/^(\d+|\{\d+\})$/.test(segment));
  return segments.slice(-WORD_SEGMENTS).join(".");
}

/**
 * A few numbers of 16 bits that two alike sets of words share most of: how alike all classes are to a checkpoint is told
 * from the index alone.
 */
export function buildSketch(words: Iterable<string>): number[] {
  const smallest = new Array<number>(SKETCH_LENGTH).fill(0xffffffff);
  for (const word of words)
    for (let order = 0; order < SKETCH_LENGTH; order += 1) {
      const hash = hashOf(word, order);
      if (hash < (smallest[order] as number)) smallest[order] = hash;
    }
  return smallest.map((hash) => hash & 0xffff);
}

/** FNV-1a, mixed so that orders are independent. */
function hashOf(word: string, order: number): number {
  let hash = 0x811c9dc5 ^ Math.imul(order + 1, 0x9e3779b1);
  for (let at = 0; at < word.length; at += 1) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
