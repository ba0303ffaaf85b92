import type { OverviewResult } from "../analysis/overview.ts";
import type { Severity } from "../checks/check.ts";

/** The overview's facts with the verdict of the checks beside them. */
export interface OverviewReport extends OverviewResult {
  readonly check: {
    readonly verdict: "pass" | "fail";
    readonly errors: number;
    readonly warnings: number;
    readonly infos: number;
    /** The first finding of each of the worst rules, with the number of findings of that rule. */
    readonly worst: readonly {
      readonly rule: string;
      readonly severity: Severity;
      readonly shard: string | null;
      readonly message: string;
      readonly findings: number;
    }[];
  };
}
