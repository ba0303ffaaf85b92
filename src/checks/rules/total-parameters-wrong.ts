import { formatCount } from "../../format/count.ts";
import { defineCheck, type Seen } from "../check.ts";
import { explainTotalParameters } from "../claimed-totals.ts";
import page from "./total-parameters-wrong.md";

interface Claimed extends Seen {
  readonly claimed: number;
  readonly stored: number;
  readonly counts: string | null;
}

/** Writers round, and count tied tables twice or buffers not: that near, a claim is as good as right. */
const TOLERANCE = 0.01;

/** The self-reported number of parameters. */
export const totalParametersWrong = defineCheck<Claimed>({
  id: "total-parameters-wrong",
  family: "index",
  severity: "info",
  title: "The index claims another number of parameters",
  needs: ["index", "whole"],
  find: (subject) => {
    const { component, quantization } = subject;
    const claimed = component.index?.totalParameters ?? null;
    const stored = quantization.parameters(component.kinds.root);
    if (claimed === null || Math.abs(claimed - stored) <= TOLERANCE * stored) return [];
    return [
      {
        shard: component.index?.path ?? null,
        claimed,
        stored,
        counts: explainTotalParameters(subject, claimed),
        expected: formatCount(stored),
        found: formatCount(claimed),
        fix: `Set \`metadata.total_parameters\` to ${stored}, or leave it out.`,
      },
    ];
  },
  message: ({ claimed, stored, counts }) => {
    const told = counts === null ? "" : `; the claim is ${counts}`;
    return `the index claims ${formatCount(claimed)} parameters, ${formatCount(stored)} are stored${told}`;
  },
  fix: "Set `metadata.total_parameters` to the logical count, or leave it out.",
  page,
});
