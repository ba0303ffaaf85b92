import type { Finding } from "../../checks/check.ts";
import type { CheckResult, RuleState } from "../../checks/run.ts";
import { escapeForXml } from "../../format/escape.ts";
import type { CheckedSource, FailedSource } from "../checked-source.ts";
import type { Report } from "../report.ts";
import { findingPhrase, toldOf } from "./phrases.ts";

const SEVERITIES = ["error", "warning", "info"] as const;

/**
 * Findings as JUnit XML: a test case a check. What does not fail the run, by `--fail-on`, is no failure: it is written to
 * `system-out`.
 */
export function* renderJunit(report: Report<CheckResult>): Generator<string> {
  yield* renderJunitOf([{ source: report.source.id, report }]);
}

/** A suite a source; one that could not be read is a suite with an error. */
export function* renderJunitOf(sources: readonly CheckedSource[]): Generator<string> {
  yield '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n';
  for (const checked of sources)
    yield* checked.failure === undefined ? suite(checked.report) : failedSuite(checked);
  yield "</testsuites>\n";
}

function* failedSuite({ source, failure: { code, message, hint } }: FailedSource): Generator<string> {
  yield `  <testsuite name="unfold check ${escapeForXml(source)}" tests="1" failures="0" errors="1" skipped="0">\n`;
  yield '    <testcase classname="unfold" name="source">\n';
  yield `      <error type="${escapeForXml(code)}" message="${escapeForXml(message)}">${escapeForXml(hint ?? "")}</error>\n`;
  yield "    </testcase>\n  </testsuite>\n";
}

function* suite(report: Report<CheckResult>): Generator<string> {
  const { rules, failOn } = report.result;
  const findings = toldOf(report.result.findings);
  const fails = ({ severity }: Finding) =>
    failOn !== "never" && SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(failOn);
  const failing = new Set(findings.filter(fails).map(({ rule }) => rule));
  const skipped = rules.filter(({ state }) => state === "skipped").length;
  yield `  <testsuite name="unfold check ${escapeForXml(report.source.id)}" tests="${rules.length}" failures="${failing.size}" errors="0" skipped="${skipped}">\n`;
  for (const rule of rules)
    yield* testCase(
      rule,
      findings.filter((finding) => finding.rule === rule.rule),
      fails,
    );
  yield "  </testsuite>\n";
}

function* testCase(
  { rule, state, reason }: RuleState,
  findings: readonly Finding[],
  fails: (finding: Finding) => boolean,
): Generator<string> {
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
    const { severity, file, fix } = finding;
    const where = file === null ? "" : `${file}: `;
    const text = escapeForXml(`${where}${findingPhrase(finding)}`);
    if (!fails(finding)) yield `      <system-out>${severity}: ${text}</system-out>\n`;
    else yield `      <failure type="${severity}" message="${text}">${escapeForXml(fix)}</failure>\n`;
  }
  yield "    </testcase>\n";
}
