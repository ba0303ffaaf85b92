import { buildOverview, type OverviewResult } from "../analysis/overview.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { Severity } from "../checks/check.ts";
import type { CheckResult } from "../checks/run.ts";

/** The overview's facts with the verdict of the checks beside them. */
export interface OverviewReport extends OverviewResult {
  readonly check: {
    readonly verdict: CheckResult["verdict"];
    readonly errors: number;
    readonly warnings: number;
    readonly infos: number;
    /** The first finding of each of the worst rules, with the number of findings of that rule. */
    readonly worst: readonly {
      readonly rule: string;
      readonly severity: Severity;
      readonly shard: string | null;
      readonly file: string | null;
      readonly message: string;
      readonly findings: number;
    }[];
  };
}

/** Rules on the one screen, the first finding of each; `unfold check` has them all. */
const MAX_WORST = 3;

/** The facts of a checkpoint and what the checks said of it. */
export function buildOverviewReport(checkpoint: Checkpoint, result: CheckResult): OverviewReport {
  return { ...buildOverview(checkpoint), check: summariseCheck(result) };
}

/** What `unfold check` says, in short: the overview answers "is anything wrong" with it. */
function summariseCheck({ verdict, summary, findings }: CheckResult): OverviewReport["check"] {
  const byRule = new Map<string, OverviewReport["check"]["worst"][number]>();
  for (const { rule, severity, message, shard, file, because } of findings) {
    if (severity === "info" || because.length > 0) continue;
    const known = byRule.get(rule);
    byRule.set(
      rule,
      known
        ? { ...known, findings: known.findings + 1 }
        : { rule, severity, shard, file, message, findings: 1 },
    );
  }
  return { verdict, ...summary, worst: [...byRule.values()].slice(0, MAX_WORST) };
}
