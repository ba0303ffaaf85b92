import { formatBytes } from "../../format/bytes.ts";
import { formatCount } from "../../format/count.ts";
import { defineCheck, type Seen } from "../check.ts";
import { explainTotalSize } from "../claimed-totals.ts";
import page from "./total-size-wrong.md";

interface Claimed extends Seen {
  readonly claimed: number;
  readonly stored: number;
  /** What the claim counts in the place of tensors; null where it equals nothing known. */
  readonly counts: string | null;
}

/** The sum of bytes that the index claims, and what it is the sum of where it is another. */
export const totalSizeWrong = defineCheck<Claimed>({
  id: "total-size-wrong",
  family: "index",
  severity: "warning",
  title: "The index claims another total size",
  needs: ["totalSize", "whole", "undamaged"],
  find: (subject) => {
    const { index, kinds } = subject.component;
    const claimed = index?.totalSize ?? null;
    const stored = kinds.bytes(kinds.root);
    if (claimed === null || claimed === stored) return [];
    return [
      {
        shard: index?.path ?? null,
        claimed,
        stored,
        counts: explainTotalSize(subject, claimed),
        expected: formatCount(stored),
        found: formatCount(claimed),
        fix: `Set \`metadata.total_size\` to ${stored}, the sum of the tensors' bytes.`,
      },
    ];
  },
  message: ({ claimed, stored, counts }) => {
    const by = formatCount(Math.abs(claimed - stored));
    const side = claimed > stored ? "fewer" : "more";
    const told = counts === null ? "" : `; the claim is ${counts}`;
    return `the index claims total_size ${formatCount(claimed)} (${formatBytes(claimed)}); the tensors take ${formatCount(stored)} bytes (${formatBytes(stored)}), ${by} ${side}${told}`;
  },
  fix: "Set `metadata.total_size` to the sum of the tensors' bytes: headers and files' sizes are not counted.",
  page,
});
