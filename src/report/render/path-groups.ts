import type { Column } from "./document.ts";

/** Columns that a heading has to save in each of its rows: fewer are not worth a line. */
const MIN_SAVED = 8;

/** Rows below one heading, at least. */
const MIN_ROWS = 2;

/** What rows are set in by below a heading. */
const INDENT = "  ";

export interface GroupedRows {
  readonly rows: readonly (readonly string[])[];
  /** What rows from one on have in front of their paths, said once in a line of its own. */
  readonly headings: ReadonlyMap<number, string>;
}

/** Says what the paths of neighbouring rows begin with once, above them; undefined where that saves nothing. */
export function groupPaths(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): GroupedRows | undefined {
  // A heading stands where the rows begin.
  const at = 0;
  if (columns[at]?.isPath !== true) return undefined;
  const paths = rows.map((row) => row[at] ?? "");
  const headings = new Map<number, string>();
  const shown: (readonly string[])[] = [];
  for (let from = 0; from < rows.length; ) {
    const to = endOfRun(paths, from);
    const shared = sharedStart(paths.slice(from, to));
    const isGroup = to - from >= MIN_ROWS && shared.length >= MIN_SAVED;
    if (isGroup) headings.set(from, shared.slice(0, -1));
    for (let row = from; row < to; row++) {
      const cells = rows[row] as readonly string[];
      shown.push(isGroup ? cells.with(at, INDENT + (paths[row] as string).slice(shared.length)) : cells);
    }
    from = to;
  }
  return headings.size === 0 ? undefined : { rows: shown, headings };
}

/** Where rows of the same list of modules, or of the same module, end. */
function endOfRun(paths: readonly string[], from: number): number {
  const place = placeOf(paths[from] as string);
  let to = from + 1;
  while (to < paths.length && placeOf(paths[to] as string) === place) to++;
  return to;
}

/** What stands before the first number of a path, else before its last part. */
function placeOf(path: string): string {
  const list = /^(.*?\.)(?:\{|\d+(?:\.|$))/.exec(path)?.[1];
  return list ?? path.slice(0, path.lastIndexOf(".") + 1);
}

/** The segments that all of some paths begin with, dot included; "" for none. */
function sharedStart(paths: readonly string[]): string {
  let shared = paths[0] ?? "";
  for (const path of paths) {
    let same = 0;
    while (same < shared.length && shared[same] === path[same]) same++;
    shared = shared.slice(0, same);
  }
  return shared.slice(0, shared.lastIndexOf(".") + 1);
}
