/** Projections that one loader keeps apart and another joins, by the joined name. */
const JOINED: Readonly<Record<string, readonly string[]>> = {
  qkv_proj: ["q_proj", "k_proj", "v_proj"],
  qkv: ["q", "k", "v"],
  kv_proj: ["k_proj", "v_proj"],
  gate_up_proj: ["gate_proj", "up_proj"],
  w13: ["w1", "w3"],
  in_proj_qkvz: ["in_proj_qkv", "in_proj_z"],
  in_proj_ba: ["in_proj_b", "in_proj_a"],
  fused_qkv_a_proj_with_mqa: ["q_a_proj", "kv_a_proj_with_mqa"],
};

const APART: ReadonlyMap<string, readonly string[]> = new Map(
  [...new Set(Object.values(JOINED).flat())].map((part) => [
    part,
    Object.keys(JOINED).filter((joined) => JOINED[joined]?.includes(part)),
  ]),
);

/** Letters that a word must have, for another with one letter changed to be the same one misspelt. */
const MIN_LETTERS = 4;

/** Words that are looked through for a misspelt one: a model has some hundred names of modules. */
const MAX_WORDS = 5_000;

/**
 * Names that an entry may mean which matches nothing: with its last projection joined or split, or with one letter of
 * an unknown word changed. `words` are all names of modules.
 */
export function nearNames(segments: readonly string[], words: ReadonlySet<string>): string[][] {
  const leaf = segments.at(-1) ?? "";
  const found = [
    ...(Object.hasOwn(JOINED, leaf) ? (JOINED[leaf] ?? []) : []),
    ...(APART.get(leaf) ?? []),
  ].map((other) => [...segments.slice(0, -1), other]);
  if (words.size > MAX_WORDS) return found;
  for (const [at, segment] of segments.entries()) {
    if (words.has(segment) || segment.length < MIN_LETTERS || /\d/.test(segment)) continue;
    for (const word of words) if (isOneEdit(segment, word)) found.push(segments.with(at, word));
  }
  return found;
}

/** Whether one letter more, less or other, or two in turn, make one of the other. */
export function isOneEdit(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1 || a === b) return false;
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  const [restA, restB] = [a.slice(start), b.slice(start)];
  return (
    restA.slice(1) === restB ||
    restA === restB.slice(1) ||
    restA.slice(1) === restB.slice(1) ||
    (restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2))
  );
}
