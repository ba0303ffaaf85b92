/** Edits, as a share of the longer word, up to which a name counts as a misspelling of another. */
const MAX_EDIT_SHARE = 0.34;
/** Names longer than this are not compared: the cost grows with the square. */
const MAX_CHARACTERS = 200;

/** The candidate most like what was typed, or undefined where none is like it. Case counts less than letters. */
export function findNearest(typed: string, candidates: readonly string[]): string | undefined {
  let nearest: string | undefined;
  let leastEdits = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const longer = Math.max(typed.length, candidate.length);
    if (candidate === typed || longer > MAX_CHARACTERS) continue;
    const edits = countEdits(typed.toLowerCase(), candidate.toLowerCase());
    if (edits <= longer * MAX_EDIT_SHARE && edits < leastEdits) {
      leastEdits = edits;
      nearest = candidate;
    }
  }
  return nearest;
}

/** Letters to insert, remove or replace, and neighbours to swap. */
function countEdits(from: string, to: string): number {
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      const swapped = isSwap ? (before[j - 2] ?? 0) + 1 : replaced;
      next.push(Math.min(replaced, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    before = row;
    row = next;
  }
  return row[to.length] ?? 0;
}
