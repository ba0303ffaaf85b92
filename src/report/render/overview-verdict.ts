import { formatCount, formatQuantity } from "../../format/count.ts";
import type { OverviewReport } from "../overview-report.ts";
import type { Report } from "../report.ts";
import type { Block, Inline } from "./document.ts";
import { openedFile } from "./phrases.ts";
import { quoteForShell } from "./shell-word.ts";

/** Is anything wrong: what the checks say, the worst of it in words. Never green above something that was not read. */
export function verdictBlock({ result, checkpoint }: Report<OverviewReport>, typed: string): Block {
  const { check } = result;
  if (check.worst.length > 0)
    return { kind: "lines", isApart: true, lines: [findingsLine(check, typed), ...worstLines(check)] };
  const unread = checkpoint.shards - checkpoint.shardsRead;
  const part = result.components.find(({ absence }) => absence !== null)?.absence;
  if (check.verdict === null || unread > 0) {
    const what = unread > 0 ? `${formatQuantity(unread, "shard")} unread` : "not all of it could be read";
    return line(
      "warning",
      `⚠ checks: not complete, ${what} (${skippedWords(check)}); nothing wrong in the rest`,
    );
  }
  if (part === "one-shard" || part === "filtered") {
    const what = part === "filtered" ? "of the tensors that match alone" : "of one shard alone";
    return line("warning", `⚠ checks: ${what} (${skippedWords(check)}); nothing wrong in it`);
  }
  const infos = check.infos === 0 ? "" : `, ${formatQuantity(check.infos, "info")}`;
  return line("good", `✓ checks pass: no errors, no warnings${infos}; ${passedWords(check)}`);
}

function line(meaning: "good" | "warning", text: string): Block {
  return { kind: "lines", isApart: true, lines: [{ text, meaning }] };
}

type Check = OverviewReport["check"];

function findingsLine(check: Check, typed: string): Inline {
  const counts = [formatQuantity(check.errors, "error"), formatQuantity(check.warnings, "warning")].join(
    ", ",
  );
  const meaning = check.errors > 0 ? "error" : "warning";
  return [
    { text: `${check.errors > 0 ? "✗" : "⚠"} checks find ${counts}; all of them: `, meaning },
    { text: `unfold check ${quoteForShell(typed)}`, isCode: true },
  ];
}

function worstLines({ worst }: Check): Inline[] {
  return worst.map((finding): Inline => {
    const { rule, severity, message, findings } = finding;
    const times = findings > 1 ? ` (${formatCount(findings)} findings)` : "";
    const opened = openedFile(finding);
    return [
      { text: `  ${severity} ${rule}${times}  `, meaning: severity === "error" ? "error" : "warning" },
      { text: `${opened === null ? "" : `${opened}: `}${message}` },
    ];
  });
}

/** `77 rules run, 20 not (12 need an original: --against)`. */
function passedWords(check: Check): string {
  const skipped = skippedCount(check);
  const against = check.skipped.filter(({ reason }) => reason.includes("--against"));
  const need = against.reduce((sum, { rules }) => sum + rules, 0);
  const why = need === 0 ? "" : ` (${formatCount(need)} need an original: --against)`;
  const rest = skipped === 0 ? "" : `, ${formatCount(skipped)} not${why}`;
  return `${formatQuantity(check.passed, "rule")} run${rest}`;
}

function skippedWords(check: Check): string {
  return `${formatQuantity(skippedCount(check), "rule")} skipped`;
}

function skippedCount({ skipped }: Check): number {
  return skipped.reduce((sum, { rules }) => sum + rules, 0);
}
