import type { Finding } from "../../checks/check.ts";
import type { CheckResult } from "../../checks/run.ts";
import { escapeForTerminal } from "../../format/escape.ts";
import type { CheckedSource, FailedSource } from "../checked-source.ts";
import type { Report } from "../report.ts";
import { renderJson } from "./json.ts";
import { findingPhrase, toldOf } from "./phrases.ts";

const LEVELS = { error: "error", warning: "warning", info: "note" } as const;

/** Findings as SARIF 2.1.0, as code scanning takes them. Checks that were skipped are not in the results. */
export function renderSarif(report: Report<CheckResult>): string {
  return renderRuns([runOf(report)]);
}

/** A run a source, told apart by its category; one that could not be read is a run that did not succeed. */
export function renderSarifOf(sources: readonly CheckedSource[], version: string): string {
  return renderRuns(
    sources.map((checked) => ({
      ...(checked.failure === undefined ? runOf(checked.report) : failedRun(checked, version)),
      automationDetails: { id: escapeForTerminal(`unfold/${checked.source}`) },
    })),
  );
}

function renderRuns(runs: readonly object[]): string {
  return renderJson({ $schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs });
}

function runOf(report: Report<CheckResult>): object {
  const { rules, findings } = report.result;
  const numbers = new Map(rules.map(({ rule }, number) => [rule, number]));
  return {
    tool: {
      driver: {
        ...driver(report.unfold),
        rules: rules.map(({ rule, title, severity, help }) => ({
          id: rule,
          shortDescription: { text: title },
          helpUri: help,
          defaultConfiguration: { level: LEVELS[severity] },
        })),
      },
    },
    columnKind: "utf16CodeUnits",
    results: toldOf(findings).map((finding) => resultOf(finding, numbers.get(finding.rule) ?? -1)),
  };
}

function failedRun({ failure: { code, message, hint } }: FailedSource, version: string): object {
  const text = escapeForTerminal(`${code}: ${message}${hint === null ? "" : `. ${hint}`}`);
  return {
    tool: { driver: driver(version) },
    columnKind: "utf16CodeUnits",
    invocations: [
      { executionSuccessful: false, toolExecutionNotifications: [{ level: "error", message: { text } }] },
    ],
    results: [],
  };
}

function driver(version: string) {
  return { name: "unfold", version, informationUri: "https://github.com/unfold-cli/unfold" };
}

function resultOf(finding: Finding, ruleIndex: number) {
  const { rule, severity, fix, where, shard } = finding;
  return {
    ruleId: rule,
    ruleIndex,
    level: LEVELS[severity],
    message: { text: escapeForTerminal(`${findingPhrase(finding)}. ${fix}`) },
    ...locations(finding),
    partialFingerprints: { "unfold/v1": escapeForTerminal(JSON.stringify([rule, shard, where])) },
  };
}

/** Code scanning refuses a result without a file. */
function locations({ file: path, where }: Finding) {
  const file = path === null ? {} : { physicalLocation: { artifactLocation: { uri: toUri(path) } } };
  const place =
    where === null || where === ""
      ? {}
      : { logicalLocations: [{ fullyQualifiedName: escapeForTerminal(where), kind: "module" }] };
  const location = { ...file, ...place };
  return Object.keys(location).length === 0 ? {} : { locations: [location] };
}

/** A relative path as a URI reference; half characters, which no URI can hold, are shown as escapes before. */
function toUri(path: string): string {
  return escapeForTerminal(path).split("/").map(encodeURIComponent).join("/");
}
