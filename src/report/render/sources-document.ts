import { formatQuantity } from "../../format/count.ts";
import type { CheckedSource, JudgedSource } from "../checked-source.ts";
import { type CheckDocumentOptions, checkDocument } from "./check-document.ts";
import type { Block, Span } from "./document.ts";
import { toldOf } from "./phrases.ts";

/** What came of several sources: a line each, what was found in each below, and how many passed at the end. */
export function sourcesDocument(
  sources: readonly CheckedSource[],
  total: string,
  options: CheckDocumentOptions,
): Block[] {
  const longest = Math.min(MAX_NAME, Math.max(...sources.map(({ source }) => source.length)));
  return [
    { kind: "lines", lines: sources.flatMap((checked) => linesOf(checked, longest)) },
    ...sources.flatMap((checked) =>
      checked.failure === undefined && isTold(checked, options) ? checkDocument(checked.report, options) : [],
    ),
    { kind: "lines", lines: [total], isApart: true },
  ];
}

/** Columns up to which what was found stands below each other. */
const MAX_NAME = 40;

const WORDS = {
  pass: { text: "PASS      ", meaning: "good" },
  fail: { text: "FAIL      ", meaning: "error" },
  none: { text: "NO VERDICT", meaning: "warning" },
  unread: { text: "NOT READ  ", meaning: "error" },
} as const;

function linesOf(checked: CheckedSource, width: number): Span[][] {
  const name = { text: `  ${checked.source.padEnd(width)}  ` };
  if (checked.failure !== undefined) {
    const { code, message, hint } = checked.failure;
    const said = [WORDS.unread, name, { text: `${code} ${message}` }];
    return hint === null ? [said] : [said, [{ text: `            hint: ${hint}`, meaning: "muted" }]];
  }
  const { verdict, summary } = checked.report.result;
  const counts = [
    formatQuantity(summary.errors, "error"),
    formatQuantity(summary.warnings, "warning"),
    formatQuantity(summary.infos, "info"),
  ];
  return [[WORDS[verdict ?? "none"], name, { text: counts.join(", "), meaning: "muted" }]];
}

/** Whether there is more to tell than its line: faults, or that not all of it could be read. */
function isTold({ report }: JudgedSource, { verbose = false }: CheckDocumentOptions): boolean {
  return (
    !report.checkpoint.whole ||
    toldOf(report.result.findings).some(({ severity }) => verbose || severity !== "info")
  );
}
