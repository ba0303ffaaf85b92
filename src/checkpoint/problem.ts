import { UnfoldError } from "../errors.ts";

/** Something that could not be read, or is not whole: the rest is still reported, and the run ends with 3. */
export interface Problem {
  readonly code: string;
  /** The file it is about, null for the checkpoint as a whole. */
  readonly shard: string | null;
  readonly message: string;
  readonly hint: string | null;
}

/** Something a reader of the report should know, and no fault of the reading: what was chosen, what is odd. */
export interface Note {
  readonly code: string;
  readonly shard: string | null;
  readonly message: string;
}

export function toProblem(error: UnfoldError, shard: string | null = error.file): Problem {
  return { code: error.code, shard, message: error.message, hint: error.hint };
}

/** Errors of ours become problems; anything else is a bug and goes on its way. */
export function problemFrom(error: unknown, shard: string | null): Problem {
  if (error instanceof UnfoldError) return toProblem(error, error.file ?? shard);
  throw error;
}
