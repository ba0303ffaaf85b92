import type { CheckResult } from "../checks/run.ts";
import type { Report } from "./report.ts";

/** Why a source could not be judged, as programs read it. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly file: string | null;
}

/** One of the sources of a run of checks: what was found, or why nothing could be. */
export type CheckedSource = JudgedSource | FailedSource;

export interface JudgedSource {
  /** As the user wrote it. */
  readonly source: string;
  readonly report: Report<CheckResult>;
  readonly failure?: never;
}

export interface FailedSource {
  readonly source: string;
  readonly report?: never;
  readonly failure: Failure;
}
