import type { CheckResult } from "../../checks/run.ts";
import { formatQuantity } from "../../format/count.ts";
import { escapeForTerminal } from "../../format/escape.ts";
import type { CheckedSource } from "../checked-source.ts";
import type { Report } from "../report.ts";
import { findingPhrase, toldOf } from "./phrases.ts";

const COMMANDS = { error: "error", warning: "warning", info: "notice" } as const;

/**
 * Findings as workflow annotations: the one output whose lines begin with `::` on purpose. All outside text is data
 * of such a command, escaped as the runner decodes it, so that none of it begins a command of its own.
 */
export function renderGithub(report: Report<CheckResult>): Generator<string> {
  return annotations(report, "unfold check");
}

/** The annotations of each source, and a line that counts them; one that could not be read is an error. */
export function* renderGithubOf(sources: readonly CheckedSource[]): Generator<string> {
  for (const checked of sources) {
    const { source, failure } = checked;
    const name = `unfold check ${escapeForTerminal(source)}`;
    if (failure === undefined) {
      yield* annotations(checked.report, name);
      continue;
    }
    const advice = failure.hint === null ? "" : `. ${failure.hint}`;
    yield `::error title=${property(`unfold ${failure.code}`)}::${data(`${source}: ${failure.message}${advice}`)}\n`;
    yield `${name}: not read\n`;
  }
}

function* annotations({ result }: Report<CheckResult>, name: string): Generator<string> {
  for (const finding of toldOf(result.findings)) {
    const { severity, rule, file, fix } = finding;
    const opened = file === null ? "" : `file=${property(file)},`;
    yield `::${COMMANDS[severity]} ${opened}title=${property(`unfold ${rule}`)}::${data(`${findingPhrase(finding)}. ${fix}`)}\n`;
  }
  const { errors, warnings, infos } = result.summary;
  const counts = [
    formatQuantity(errors, "error"),
    formatQuantity(warnings, "warning"),
    formatQuantity(infos, "info"),
  ];
  yield `${name}: ${result.verdict ?? "no verdict"}, ${counts.join(", ")}\n`;
}

/** `%`, CR and LF are what the runner decodes in data; controls were made visible before. */
function data(text: string): string {
  return escapeForTerminal(text).replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
