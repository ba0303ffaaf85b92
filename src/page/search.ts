import type { TensorRow } from "../analysis/list.ts";
import { parseWhere } from "../analysis/where.ts";
import { compilePageGlob } from "./glob.ts";
import type { Tensors } from "./tensors.ts";

/** What was typed, as a condition on tensors. */
export interface Query {
  readonly matches: (row: TensorRow) => boolean;
  /** Whether it asks for nothing that tensors of one folded row may differ in. */
  readonly isOfRows: boolean;
}

/** What was typed could not be read; the words say why. */
export class QueryError extends Error {}

/** Characters of what is typed; `ls` takes as many of one pattern. */
const MAX_QUERY_CHARACTERS = 1000;

/**
 * A query as `ls` reads it: words with an operator (`dtype=F32`, `bytes>=1MB`, `shape=[*,3072]`, `name~*.w1.*`) are
 * conditions of `--where`, words with `*`, `?`, `[` or `{` are globs of `--filter`, of which one has to fit; any other word
 * has to be part of the name.
 */
export function parseQuery(text: string): Query {
  if (text.length > MAX_QUERY_CHARACTERS) throw new QueryError(`at most ${MAX_QUERY_CHARACTERS} characters`);
  const conditions: ((row: TensorRow) => boolean)[] = [];
  const globs: ((name: string) => boolean)[] = [];
  let isOfRows = true;
  for (const word of text.split(/\s+/)) {
    if (word === "") continue;
    if (/^[a-z]+\s*(<=|>=|!=|=|<|>|~)/.test(word)) {
      if (/^(name|shard)/.test(word)) isOfRows = false;
      conditions.push(whereOf(word));
    } else if (/[*?[{]/.test(word)) {
      isOfRows = false;
      globs.push(globOf(word));
    } else {
      isOfRows = false;
      conditions.push((row) => row.name.includes(word));
    }
  }
  const matches = (row: TensorRow) =>
    conditions.every((holds) => holds(row)) && (globs.length === 0 || globs.some((fits) => fits(row.name)));
  return { matches, isOfRows };
}

function whereOf(word: string): (row: TensorRow) => boolean {
  try {
    return parseWhere(word, globOf);
  } catch (error) {
    throw new QueryError(error instanceof Error ? error.message : String(error));
  }
}

function globOf(glob: string): (name: string) => boolean {
  let matches: ((name: string) => boolean) | undefined;
  try {
    matches = compilePageGlob(glob);
  } catch {
    // A class whose end comes before its start.
  }
  if (matches === undefined) throw new QueryError(`cannot read the pattern ${glob}`);
  return matches;
}

/** Tensors that a query finds: of each row all, or those with these numbers. */
export interface Hits {
  readonly rows: readonly {
    readonly fold: number;
    readonly indices: Int32Array | null;
    readonly count: number;
  }[];
  readonly count: number;
}

/** Tensors tried at once: a key's answer comes within a frame or two. */
export const SLICE = 20_000;

/** Looks through the tensors slice by slice; the caller says when the next one is due, or drops the search. */
export function* searchTensors(tensors: Tensors, query: Query): Generator<Hits, Hits> {
  const rows: Hits["rows"][number][] = [];
  let count = 0;
  let tried = 0;
  for (let fold = 0; fold < tensors.foldCount; fold++) {
    const all = tensors.fold(fold).count;
    if (query.isOfRows) {
      if (query.matches(tensors.tensor(fold, 0))) {
        rows.push({ fold, indices: null, count: all });
        count += all;
      }
      continue;
    }
    const found = new Int32Array(all);
    let used = 0;
    for (let index = 0; index < all; index++) {
      if (query.matches(tensors.tensor(fold, index))) found[used++] = index;
      if (++tried % SLICE === 0) yield { rows, count };
    }
    if (used > 0) rows.push({ fold, indices: used === all ? null : found.slice(0, used), count: used });
    count += used;
  }
  return { rows, count };
}

/** The tensor at a place of the list of hits. */
export function hitAt(
  { rows }: Hits,
  place: number,
): { readonly fold: number; readonly index: number } | null {
  let before = 0;
  for (const { fold, indices, count } of rows) {
    if (place < before + count) {
      const at = place - before;
      return { fold, index: indices === null ? at : (indices[at] as number) };
    }
    before += count;
  }
  return null;
}
