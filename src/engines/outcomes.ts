import type { Outcome } from "../faults/engine/statements/row.ts";
import { STATEMENTS } from "../faults/engine/statements.ts";
import type { Said } from "./ask.ts";

const ENDS: ReadonlySet<Outcome> = new Set(["refuse", "garbage"]);

/** Whether a start ends with it, or goes on to compute nonsense. */
export function endsStart(said: Said): boolean {
  return ENDS.has(outcomeOf(said));
}

export function outcomeOf({ statement }: Said): Outcome {
  return STATEMENTS[statement].outcome;
}
