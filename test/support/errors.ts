import { type ErrorCode, UnfoldError } from "../../src/errors.ts";

/** The `UnfoldError` that `run` throws; fails where it throws anything else or nothing. */
export function errorOf(run: () => unknown): UnfoldError {
  try {
    run();
  } catch (error) {
    if (error instanceof UnfoldError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

export async function rejectionOf(promise: Promise<unknown>): Promise<UnfoldError> {
  const outcome = await promise.then(
    () => new Error("nothing was thrown"),
    (error: unknown) => error,
  );
  if (outcome instanceof UnfoldError) return outcome;
  throw outcome;
}

/** The code of the error, or "accepted". */
export function codeOf(run: () => unknown): ErrorCode | "accepted" {
  try {
    run();
    return "accepted";
  } catch (error) {
    if (error instanceof UnfoldError) return error.code;
    throw error;
  }
}
