import type { Finding } from "../../checks/check.ts";
import type { CheckResult, RuleState } from "../../checks/run.ts";
import { escapeForXml } from "../../format/escape.ts";
import type { Report } from "../report.ts";
import { findingPhrase } from "./phrases.ts";

/** Findings as JUnit XML: a test case a check. Information is written to `system-out`, it is no failure. */
export function* renderJunit(report: Report<CheckResult>): Generator<string> {
  const { rules, findings } = report.result;
  const failing = new Set(findings.filter(({ severity }) => severity !== "info").map(({ rule }) => rule));
  const skipped = rules.filter(({ state }) => state === "skipped").length;
  yield '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n';
  yield `  <testsuite name="unfold check ${escapeForXml(report.source.id)}" tests="${rules.length}" failures="${failing.size}" errors="0" skipped="${skipped}">\n`;
  for (const rule of rules)
    yield* testCase(
      rule,
      findings.filter((finding) => finding.rule === rule.rule),
    );
  yield "  </testsuite>\n</testsuites>\n";
}

function* testCase({ rule, state, reason }: RuleState, findings: readonly Finding[]): Generator<string> {
  const open = `    <testcase classname="unfold" name="${escapeForXml(rule)}"`;
  if (state === "skipped") {
    yield `${open}>\n      <skipped message="${escapeForXml(reason ?? "")}"/>\n    </testcase>\n`;
    return;
  }
  if (findings.length === 0) {
    yield `${open}/>\n`;
    return;
  }
  yield `${open}>\n`;
  for (const finding of findings) {
    const { severity, shard, fix } = finding;
    const where = shard === null ? "" : `${shard}: `;
    const text = escapeForXml(`${where}${findingPhrase(finding)}`);
    if (severity === "info") yield `      <system-out>${text}</system-out>\n`;
    else yield `      <failure type="${severity}" message="${text}">${escapeForXml(fix)}</failure>\n`;
  }
  yield "    </testcase>\n";
}
