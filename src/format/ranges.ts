/** Sets of indices, such as the layers that are alike, as text: exact for data, elided for people. */

interface Run {
  readonly first: number;
  readonly last: number;
}

/** `[0,1,2,5]` (ascending, distinct) → `0-2,5`. Exact whatever the set: the form of JSON fields. */
export function formatIndexRanges(indices: readonly number[]): string {
  return toRuns(indices).map(formatRun).join(",");
}

/**
 * The same set as a person would write it: `0-2, 5`, or `3, 7, …, 59` where runs of one length keep one
 * distance. A set without such a rhythm is written out in full, so nothing is guessed by the reader.
 */
export function formatIndexSummary(indices: readonly number[]): string {
  const runs = toRuns(indices);
  if (runs.length < 4 || !isRegular(runs)) return runs.map(formatRun).join(",");
  const [first, second] = runs.map(formatRun);
  return `${first},${second},…,${formatRun(runs[runs.length - 1] as Run)}`;
}

/** An exact set as data has it (`0,2,4,6,8`) the way people read it (`0,2,…,8`). */
export function summarizeRanges(ranges: string): string {
  return formatIndexSummary(rangeMembers(ranges));
}

/** A pattern as data has it, its sets as people read them: `h.{0,2,4,6}.mlp` → `h.{0,2,…,6}.mlp`. */
export function summarizePattern(pattern: string): string {
  return pattern.replace(/\{(\d[\d,-]*)\}/g, (_, ranges: string) => `{${summarizeRanges(ranges)}}`);
}

/** The numbers of a set as data has it: `0-2,5` → `[0,1,2,5]`; none of the empty text. */
export function rangeMembers(ranges: string): number[] {
  if (ranges === "") return [];
  return ranges.split(",").flatMap((range) => {
    const [first, last = first] = range.split("-").map(Number) as [number, number?];
    return Array.from({ length: last - first + 1 }, (_, k) => first + k);
  });
}

function toRuns(indices: readonly number[]): Run[] {
  const runs: { first: number; last: number }[] = [];
  for (const index of indices) {
    const open = runs[runs.length - 1];
    if (open !== undefined && index === open.last + 1) open.last = index;
    else runs.push({ first: index, last: index });
  }
  return runs;
}

function formatRun({ first, last }: Run): string {
  return first === last ? `${first}` : `${first}-${last}`;
}

/** Equal distances between starts and equal lengths; the last run may be cut short by the end of the list. */
function isRegular(runs: readonly Run[]): boolean {
  const [a, b] = runs as [Run, Run];
  const step = b.first - a.first;
  const length = a.last - a.first;
  return runs.every(
    (run, k) =>
      run.first === a.first + k * step &&
      (run.last - run.first === length || (k === runs.length - 1 && run.last - run.first < length)),
  );
}
