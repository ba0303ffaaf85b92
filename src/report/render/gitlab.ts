import { createHash } from "node:crypto";
import type { Finding } from "../../checks/check.ts";
import type { CheckResult } from "../../checks/run.ts";
import { escapeForTerminal } from "../../format/escape.ts";
import type { CheckedSource, FailedSource } from "../checked-source.ts";
import type { Report } from "../report.ts";
import { renderJson } from "./json.ts";
import { findingPhrase, toldOf } from "./phrases.ts";

/** GitLab's own scale; it has `blocker` besides, and `critical` is for what could not be read. */
const SEVERITIES = { error: "major", warning: "minor", info: "info" } as const;

/** What a finding lies in that is about no file: GitLab leaves out entries without a path. */
const NO_FILE = "model.safetensors.index.json";

/** Findings as GitLab's code quality report. The fingerprint stays while the finding does, so that only new ones are shown. */
export function renderGitlab(report: Report<CheckResult>): string {
  return renderJson(entriesOf(report, keyOf));
}

/** The entries of all sources; one that could not be read is an entry. */
export function renderGitlabOf(sources: readonly CheckedSource[]): string {
  return renderJson(
    sources.flatMap((checked) => {
      const { source, failure } = checked;
      return failure === undefined
        ? entriesOf(checked.report, (finding) => JSON.stringify([source, keyOf(finding)]))
        : [failureOf(checked)];
    }),
  );
}

function entriesOf({ result }: Report<CheckResult>, keyOf: (finding: Finding) => string): object[] {
  const seen = new Map<string, number>();
  return toldOf(result.findings).map((finding) => {
    const { rule, severity, file, fix } = finding;
    const key = keyOf(finding);
    const before = seen.get(key) ?? 0;
    seen.set(key, before + 1);
    return {
      description: escapeForTerminal(`${findingPhrase(finding)}. ${fix}`),
      check_name: rule,
      fingerprint: hash(before === 0 ? key : `${key}#${before}`),
      severity: SEVERITIES[severity],
      location: { path: escapeForTerminal(file ?? NO_FILE), lines: { begin: 1 } },
    };
  });
}

function failureOf({ source, failure: { code, message } }: FailedSource): object {
  return {
    description: escapeForTerminal(`${source}: ${message}`),
    check_name: code,
    fingerprint: hash(JSON.stringify([source, code])),
    severity: "critical",
    location: { path: escapeForTerminal(source), lines: { begin: 1 } },
  };
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}

function keyOf({ rule, shard, where }: Finding): string {
  return JSON.stringify([rule, shard, where]);
}
