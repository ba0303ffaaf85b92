import type { Finding } from "../../checks/check.ts";
import type { CheckResult } from "../../checks/run.ts";
import { formatCount, formatQuantity } from "../../format/count.ts";
import { countShown } from "../../format/shown.ts";
import type { Report } from "../report.ts";
import type { Block, Inline, Span } from "./document.ts";
import { titleOf } from "./phrases.ts";

/** Findings of one rule that are shown; JSON has all. */
const MAX_SHOWN = 10;

/** What was found, worst first, each rule once with its advice; the verdict last. */
export function checkDocument(report: Report<CheckResult>): Block[] {
  const { findings } = report.result;
  return [titleOf(report), ...groupByRule(findings).flatMap(ruleBlocks), verdict(report.result)];
}

function groupByRule(findings: readonly Finding[]): (readonly [Finding, ...Finding[]])[] {
  const groups = new Map<string, [Finding, ...Finding[]]>();
  for (const finding of findings) {
    const key = `${finding.severity} ${finding.rule}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [finding]);
    else group.push(finding);
  }
  return [...groups.values()];
}

function ruleBlocks(findings: readonly [Finding, ...Finding[]]): Block[] {
  const [{ severity, rule, fix }] = findings;
  const shown = countShown(findings.length, MAX_SHOWN);
  const lines: Inline[] = findings.slice(0, shown).map(findingLine);
  if (findings.length > shown)
    lines.push({ text: `… ${formatCount(findings.length - shown)} more (all in --json)`, meaning: "muted" });
  const fixes = [...new Set(findings.map((finding) => finding.fix))];
  lines.push([
    { text: "fix: ", meaning: "muted" },
    { text: fixes.length === 1 ? fix : (fixes[0] as string) },
  ]);
  return [
    { kind: "heading", text: `${severity}  ${rule}` },
    { kind: "lines", lines },
  ];
}

function findingLine({ shard, message, count, component, where }: Finding): Inline {
  const spans: Span[] = [];
  if (component !== null && component !== ".") spans.push({ text: `[${component}] `, meaning: "muted" });
  if (shard !== null && !message.includes(shard)) spans.push({ text: `${shard}: `, meaning: "name" });
  spans.push({ text: message });
  if (count > 1 && where !== null)
    spans.push({ text: ` (${formatQuantity(count, "place")})`, meaning: "muted" });
  return spans;
}

function verdict({ verdict: word, summary, rules, accepted }: CheckResult): Block {
  const counts = [
    formatQuantity(summary.errors, "error"),
    formatQuantity(summary.warnings, "warning"),
    formatQuantity(summary.infos, "info"),
  ];
  const states = (state: string) => rules.filter((rule) => rule.state === state).length;
  const rest = `${states("passed")} checks passed, ${states("skipped")} skipped`;
  const known = accepted === 0 ? "" : `, ${accepted} accepted as known`;
  const aside = `${counts.join(", ")}${known}; ${rest}`;
  return { kind: "heading", text: word === "pass" ? "PASS" : "FAIL", aside };
}
