import { UnfoldError } from "../errors.ts";

/** Something that could not be read, or is not whole: the rest is still reported, and the run ends with 3. */
export interface Problem {
  readonly code: string;
  /** The file it is about, null for the checkpoint as a whole. */
  readonly shard: string | null;
  readonly message: string;
  readonly hint: string | null;
  /** The tensor it is about, where it is one, as the file spells it. */
  readonly tensor?: string;
}

/** Something a reader of the report should know, and no fault of the reading: what was chosen, what is odd. */
export interface Note {
  readonly code: string;
  readonly shard: string | null;
  readonly message: string;
  /** The tensor it is about, the first of several. */
  readonly tensor?: string;
  /** Files said to be left aside: an index that is read later may name them after all. */
  readonly aside?: readonly string[];
}

export function toProblem(error: UnfoldError, shard: string | null = error.file): Problem {
  const { tensor } = error.details as { readonly tensor?: string };
  const base = { code: error.code, shard, message: error.message, hint: error.hint };
  return tensor === undefined ? base : { ...base, tensor };
}

/** Errors of ours become problems; anything else is a bug and goes on its way. */
export function problemFrom(error: unknown, shard: string | null): Problem {
  if (error instanceof UnfoldError) return toProblem(error, error.file ?? shard);
  throw error;
}
