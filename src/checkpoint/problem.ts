import { type ErrorCode, UnfoldError } from "../errors.ts";

/** Something that could not be read, or is not whole: the rest is still reported, and the run ends with 3. */
export interface Problem {
  readonly code: ErrorCode;
  /** The file it is about, null for the checkpoint as a whole. */
  readonly shard: string | null;
  readonly message: string;
  readonly hint: string | null;
  /** The tensor it is about, where it is one, as the file spells it. */
  readonly tensor?: string;
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
