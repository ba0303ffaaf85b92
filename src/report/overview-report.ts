import { buildOverview, type Described, type OverviewResult } from "../analysis/overview.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { Severity } from "../checks/check.ts";
import type { CheckResult } from "../checks/run.ts";
import type { ShortFit } from "../engines/memory/short-fit.ts";

/** The overview's facts with the verdict of the checks beside them. */
export interface OverviewReport extends OverviewResult {
  /** Where its one model fits; null where that was not asked, or is not told. */
  readonly fits: ShortFit | null;
  readonly check: {
    readonly verdict: CheckResult["verdict"];
    readonly errors: number;
    readonly warnings: number;
    readonly infos: number;
    readonly passed: number;
    /** Rules that were not run, by reason, most of them first. */
    readonly skipped: readonly { readonly reason: string; readonly rules: number }[];
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
export function buildOverviewReport(
  checkpoint: Checkpoint,
  result: CheckResult,
  { described, fits = null }: { described?: Described; fits?: ShortFit | null } = {},
): OverviewReport {
  return { ...buildOverview(checkpoint, described), fits, check: summariseCheck(result) };
}

/** What `unfold check` says, in short: the overview answers "is anything wrong" with it. */
function summariseCheck({ verdict, summary, findings, rules }: CheckResult): OverviewReport["check"] {
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
  const passed = rules.filter(({ state }) => state === "passed").length;
  return {
    verdict,
    ...summary,
    passed,
    skipped: skippedBy(rules),
    worst: [...byRule.values()].slice(0, MAX_WORST),
  };
}

function skippedBy(rules: CheckResult["rules"]): OverviewReport["check"]["skipped"] {
  const counts = new Map<string, number>();
  for (const { reason } of rules) if (reason !== null) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return Array.from(counts, ([reason, count]) => ({ reason, rules: count })).sort(
    (a, b) => b.rules - a.rules,
  );
}
