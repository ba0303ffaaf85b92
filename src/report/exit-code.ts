import { UnfoldError } from "../errors.ts";
import type { Report } from "./report.ts";

/** Exit codes that users' scripts rely on. */
export const EXIT = { done: 0, found: 1, usage: 2, unreadable: 3, bug: 70, interrupted: 130 } as const;

/** What each code means, in the words of the help and the manual. */
const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  done: "done",
  found: "check has findings",
  usage: "wrong usage",
  unreadable: "could not be read or not whole",
  bug: "a bug in unfold",
  interrupted: "interrupted",
};

/** Every exit code with its meaning. */
export function exitCodes(): (readonly [code: number, means: string])[] {
  return (Object.keys(EXIT) as (keyof typeof EXIT)[]).map((name) => [EXIT[name], EXIT_MEANINGS[name]]);
}

/** The code of a view: 3 where the checkpoint could not be read whole. It does not depend on the format. */
export function exitCodeFor(report: Report): number {
  return report.problems.length > 0 ? EXIT.unreadable : EXIT.done;
}

/** The codes of `check`: 3 where the reading failed in a way that says nothing of the checkpoint (network, permissions). */
const CHECK_EXITS = { pass: EXIT.done, fail: EXIT.found, none: EXIT.unreadable } as const;

export function exitCodeForCheck({ result }: Report<{ readonly verdict: "pass" | "fail" | null }>): number {
  return CHECK_EXITS[result.verdict ?? "none"];
}

/** The code of a run that ended with an error. */
export function exitCodeForError(error: unknown): number {
  if (!(error instanceof UnfoldError)) return EXIT.bug;
  if (error.code === "USAGE" || error.code === "OUTPUT_FAILED") return EXIT.usage;
  if (error.code === "INTERRUPTED") return EXIT.interrupted;
  return error.code === "INTERNAL" ? EXIT.bug : EXIT.unreadable;
}
