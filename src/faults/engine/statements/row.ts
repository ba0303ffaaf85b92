import type { EngineRule } from "../kinds.ts";

/** Numbers and names that a statement is made with. Outside text among them is raw. */
export type StatementValues = Readonly<Record<string, number | string>>;

/** What becomes of a start: it ends, it serves nonsense, it is slower than it could be, nothing, or nobody knows. */
export type Outcome = "refuse" | "garbage" | "slow" | "note" | "unknown";

/** How a statement is known: read in the released source, reported by users, or inferred. */
export type Certainty = "source" | "report" | "likely";

/** One way in which an engine meets a checkpoint: a row, whatever the engine. */
export interface Statement {
  readonly rule: EngineRule;
  readonly outcome: Outcome;
  readonly certainty: Certainty;
  /** Project, file and symbol that it was read in. */
  readonly source: string;
  /** What is so, in our words. */
  readonly tells: (values: StatementValues) => string;
  /** The key phrase of the engine's own message, to search for. */
  readonly says: ((values: StatementValues) => string) | null;
  readonly fix: (values: StatementValues) => string;
}

export type Text = string | ((values: StatementValues) => string);

function text(given: Text): (values: StatementValues) => string {
  return typeof given === "string" ? () => given : given;
}

/** A row: rule, outcome, how sure, where from; what is so, what the engine says, what to do. */
export function row(
  [rule, outcome, certainty, source]: readonly [EngineRule, Outcome, Certainty, string],
  tells: Text,
  says: Text | null,
  fix: Text,
): Statement {
  return {
    rule,
    outcome,
    certainty,
    source,
    tells: text(tells),
    says: says === null ? null : text(says),
    fix: text(fix),
  };
}

export const OTHER_PLAN: Text = "Choose a plan that the verdict lists as one that loads.";
export const REQUANTIZE: Text =
  "Quantize with settings that the engine takes, or use an engine that takes these.";
export const NEWER_OR_OTHER: Text = "Use a version or an engine that knows it.";
export const COMPLETE_CONFIG: Text =
  "Complete the declaration; `unfold declare` prints one that describes what is stored.";
export const MEND_LIST: Text =
  "Mend the skip list; `unfold declare` prints one in the names that the engine compares.";
