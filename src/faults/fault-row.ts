/** From worst to mildest. */
export const SEVERITIES = ["error", "warning", "info"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What is known of every fault of a kind before one is seen. */
export interface FaultRow {
  /** The check that tells it, and where its page is. */
  readonly rule: string;
  /** What the other views call it; null for what check alone shows. */
  readonly code: string | null;
  /** The severity that it has unless the circumstances call for another. */
  readonly severity: Severity;
  /** Where else it is shown: among scales in this state, or as a contradiction to what a configuration declares of packing, or of the model. */
  readonly view: "missing" | "orphan" | "mismatched" | "note" | "declared" | "config" | null;
  /** Whether tensors that are not here may explain it: then nothing is said where some are not. */
  readonly byAbsence: boolean;
  /** Whether it is about the component as a whole: its places are where that shows, and none of them is named. */
  readonly isOfWhole?: boolean;
}
