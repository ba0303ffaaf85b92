import { formatBytes } from "../../format/bytes.ts";
import { formatBits, formatQuantity, formatShortCount } from "../../format/count.ts";
import { escapeForCsv } from "../../format/escape.ts";
import type { OverviewReport } from "../overview-report.ts";
import type { Report } from "../report.ts";
import { finishLine, showText } from "./line.ts";
import { keptPhrase, whatPhrase } from "./overview-words.ts";
import { KIND_WORDS } from "./phrases.ts";

/** A source on one line, for lists of many: what it is, how large, the verdict. */
export function* renderLine(report: Report<OverviewReport>): Generator<string> {
  const { source, result } = report;
  const [first] = result.components;
  const name = `${source.id}${source.revision === null ? "" : `@${source.revision}`}`;
  const what =
    result.components.length === 1 && first !== undefined
      ? whatPhrase(first)
      : `${KIND_WORDS[result.kind]} · ${formatQuantity(result.components.length, "component")}`;
  const parameters = result.parameters === null ? "? parameters" : formatShortCount(result.parameters);
  const parts = [name, what, parameters, formatBytes(report.checkpoint.tensorBytes), verdictWord(report)];
  yield finishLine(showText(parts.join(" · "), true));
}

/** Columns of the table: a head line, and one line for the source. */
const COLUMNS: readonly (readonly [
  title: string,
  of: (report: Report<OverviewReport>) => string | number | null,
])[] = [
  ["source", ({ source }) => source.id],
  ["revision", ({ source }) => source.commit ?? source.revision],
  ["kind", ({ result }) => result.kind],
  ["family", ({ result }) => only(result)?.family ?? null],
  ["task", ({ result }) => only(result)?.task ?? null],
  ["parameters", ({ result }) => result.parameters],
  ["active", ({ result }) => only(result)?.active ?? null],
  ["bytes", ({ checkpoint }) => checkpoint.tensorBytes],
  ["bits_per_weight", ({ result }) => bitsOf(only(result)?.bitsPerWeight ?? null)],
  ["kept_as", ({ result }) => (only(result) === null ? null : keptPhrase(only(result) as Component))],
  ["files", ({ checkpoint }) => checkpoint.shards],
  ["tensors", ({ checkpoint }) => checkpoint.tensors],
  ["verdict", (report) => verdictWord(report)],
  ["errors", ({ result }) => result.check.errors],
  ["warnings", ({ result }) => result.check.warnings],
  ["fingerprint", ({ result }) => only(result)?.fingerprint ?? null],
];

type Component = OverviewReport["components"][number];

/** The same as a table of one row with its head, for catalogues: what is not known is empty. */
export function* renderCsv(report: Report<OverviewReport>): Generator<string> {
  yield `${COLUMNS.map(([title]) => title).join(",")}\n`;
  yield `${COLUMNS.map(([, of]) => escapeForCsv(String(of(report) ?? ""))).join(",")}\n`;
}

function only({ components }: OverviewReport): Component | null {
  return components.length === 1 ? (components[0] ?? null) : null;
}

function bitsOf(bits: number | null): string | null {
  return bits === null ? null : formatBits(bits);
}

function verdictWord({ result: { check } }: Report<OverviewReport>): string {
  if (check.errors > 0) return `fail, ${formatQuantity(check.errors, "error")}`;
  return check.verdict ?? "no verdict";
}
