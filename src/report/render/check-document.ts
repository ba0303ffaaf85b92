import type { Finding } from "../../checks/check.ts";
import type { CheckResult } from "../../checks/run.ts";
import { formatCount, formatQuantity } from "../../format/count.ts";
import { quoteForMessage } from "../../format/escape.ts";
import { countShown } from "../../format/shown.ts";
import type { Report } from "../report.ts";
import type { Block, Inline, Span } from "./document.ts";
import { engineBlocks } from "./engine-blocks.ts";
import { classPhrase, openedFile, placesPhrase, titleOf, toldOf } from "./phrases.ts";

/** Findings of one rule that are shown; JSON has all. */
const MAX_SHOWN = 10;

/** Findings from which on what they have in common is said once, before their places. */
const MIN_SHARED = 3;

export interface CheckDocumentOptions {
  /** All findings of a rule, and every rule that was skipped under its reason. */
  readonly verbose?: boolean;
  /** What the user expects of it, in the user's words. */
  readonly expected?: readonly string[];
}

/** How severities and verdicts look where there is colour; their words say the same without. */
const MEANINGS = { error: "error", warning: "warning", info: "info", pass: "good", fail: "error" } as const;

/** What was found, worst first, each rule once with its advice; the verdict last. */
export function checkDocument(
  report: Report<CheckResult>,
  { verbose = false, expected = [] }: CheckDocumentOptions = {},
): Block[] {
  const { rules } = report.result;
  const findings = toldOf(report.result.findings);
  const titles = new Map(rules.map(({ rule, title }) => [rule, title]));
  return [
    titleOf(report),
    ...groupByRule(findings).flatMap((group) => ruleBlocks(group, titles.get(group[0].rule) ?? "", verbose)),
    ...engineBlocks(report.result.engines ?? []),
    ...metBlocks(report.result, expected),
    ...remarks(report, verbose),
    verdict(report.result),
  ];
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

function ruleBlocks(findings: readonly [Finding, ...Finding[]], title: string, verbose: boolean): Block[] {
  const [{ severity, rule, help }] = findings;
  const shown = verbose ? findings : findings.slice(0, countShown(findings.length, MAX_SHOWN));
  const lines = shareAlike(shown);
  const rest = findings.length - shown.length;
  if (rest > 0) lines.push({ text: `… ${formatCount(rest)} more (--verbose lists them)`, meaning: "muted" });
  for (const fix of new Set(shown.map((finding) => finding.fix)))
    lines.push([{ text: "fix: ", meaning: "muted" }, ...spansOfAdvice(fix)]);
  return [
    {
      kind: "heading",
      text: `${severity}  ${rule}`,
      link: help,
      subtitle: title,
      meaning: MEANINGS[severity],
    },
    { kind: "lines", lines },
  ];
}

/** A line for each finding; of several that say the same of other places, what they say comes once. */
function shareAlike(findings: readonly Finding[]): Inline[] {
  const groups: { readonly says: string | null; readonly findings: Finding[] }[] = [];
  for (const finding of findings) {
    const says = finding.where === null ? null : finding.says;
    const group = says === null ? undefined : groups.find((each) => each.says === says);
    if (group === undefined) groups.push({ says, findings: [finding] });
    else group.findings.push(finding);
  }
  return groups.flatMap(({ says, findings: own }) =>
    says === null || own.length < MIN_SHARED ? own.map(findingLine) : [`${says}:`, ...own.map(sharedLine)],
  );
}

function sharedLine(finding: Finding): Inline {
  return [
    { text: "  " },
    ...whereFound(finding),
    { text: quoteForMessage(finding.where ?? ""), meaning: "name" },
    ...howMany(finding),
  ];
}

function findingLine(finding: Finding): Inline {
  return [...whereFound(finding), { text: finding.message }, ...howMany(finding)];
}

function whereFound(finding: Finding): Span[] {
  const { component } = finding;
  const spans: Span[] = [];
  if (component !== null && component !== ".") spans.push({ text: `[${component}] `, meaning: "muted" });
  const opened = openedFile(finding);
  if (opened !== null) spans.push({ text: `${opened}: `, meaning: "name" });
  return spans;
}

function howMany(finding: Finding): Span[] {
  const places = placesPhrase(finding);
  return places === "" ? [] : [{ text: places, meaning: "muted" }];
}

/** Advice with what is to be written literally between backticks. */
function spansOfAdvice(fix: string): Span[] {
  return fix
    .split("`")
    .map((text, k) => (k % 2 === 1 ? { text, isCode: true } : { text }))
    .filter(({ text }) => text !== "");
}

/** What was expected and is so: a run that only says PASS leaves one wondering. */
function metBlocks({ rules }: CheckResult, expected: readonly string[]): Block[] {
  const isMet = rules.some(({ rule, state }) => rule === "expectation-unmet" && state === "passed");
  if (!isMet || expected.length === 0) return [];
  const text = expected.map((each) => `${each} ✓`).join(" · ");
  return [{ kind: "facts", rows: [["expected", { text, meaning: "good" }]] }];
}

/** Reasons for skipping rules that are told in words. */
const MAX_REASONS = 2;

/** Why rules were skipped, and where to read on. */
function remarks({ result }: Report<CheckResult>, verbose: boolean): Block[] {
  const rows: [string, string][] = [];
  const classes = new Set(result.heldAgainst.map(classPhrase));
  if (classes.size > 0) rows.push(["held against", [...classes].join("; ")]);
  if (verbose) rows.push(...skippedRows(result));
  else {
    const skipped = reasonsOfSkipping(result);
    if (skipped !== "") rows.push(["not checked", skipped]);
  }
  const rules = new Set(toldOf(result.findings).map(({ rule }) => rule));
  const [first] = rules;
  if (first !== undefined) {
    const page = `unfold explain ${rules.size === 1 ? first : "RULE"}`;
    rows.push(["read on", `${page}: why it matters, and when it is fine to ignore`]);
  }
  return rows.length === 0 ? [] : [{ kind: "facts", rows }];
}

/** Every reason with the rules that were skipped for it. */
function skippedRows({ rules }: CheckResult): [string, string][] {
  const byReason = new Map<string, string[]>();
  for (const { reason, rule } of rules)
    if (reason !== null) byReason.set(reason, [...(byReason.get(reason) ?? []), rule]);
  return [...byReason]
    .sort((a, b) => b[1].length - a[1].length)
    .map(([reason, own], k) => [k === 0 ? "not checked" : "", `${reason}: ${own.join(", ")}`]);
}

/** Reasons that several rules share, and how many there are beside these. */
function reasonsOfSkipping({ rules }: CheckResult): string {
  const counts = new Map<string, number>();
  for (const { reason } of rules) if (reason !== null) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const sorted = [...counts].sort((a, b) => b[1] - a[1]);
  const shown = sorted.filter(([, count]) => count > 2).slice(0, MAX_REASONS);
  const rest = sorted.filter((each) => !shown.includes(each)).reduce((sum, [, count]) => sum + count, 0);
  const parts = shown.map(([reason, count]) => `${formatQuantity(count, "rule")}: ${reason}`);
  if (rest > 0) parts.push(`${formatQuantity(rest, "rule")} for other reasons, which --verbose gives`);
  return parts.join("; ");
}

function verdict({ verdict: word, summary, rules, accepted, failOn }: CheckResult): Block {
  const counts = [
    formatQuantity(summary.errors, "error"),
    formatQuantity(summary.warnings, "warning"),
    formatQuantity(summary.infos, "info"),
  ];
  const states = (state: string) => rules.filter((rule) => rule.state === state).length;
  const rest = `${states("passed")} checks passed, ${states("skipped")} skipped`;
  const known = accepted === 0 ? "" : `, ${accepted} accepted as known`;
  const threshold =
    failOn === "error" ? "" : failOn === "never" ? "; nothing fails this run" : `; fails from ${failOn} on`;
  const unread = word === null ? "; not all of it could be read" : "";
  const subtitle = `${counts.join(", ")}${known}; ${rest}${threshold}${unread}`;
  const meaning = word === null ? "warning" : MEANINGS[word];
  return { kind: "heading", text: word === null ? "NO VERDICT" : word.toUpperCase(), subtitle, meaning };
}
