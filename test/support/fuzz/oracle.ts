import { schemaFaults } from "../report-schema.ts";
import { findWrongSums, type ReadReport } from "./sums.ts";

/** What came of one command line. */
export interface Outcome {
  readonly argv: readonly string[];
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What was written to `--output`; undefined where nothing was. */
  readonly written?: string | undefined;
  readonly mayColor: boolean;
}

/** C0 but LF, DEL, C1, bidi controls, separators: no output of any kind holds one raw. */
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
/** Zero-width characters, which JSON may keep and a terminal hides. */
const HIDDEN = /[\u200b\ufeff]/;
const CI_COMMAND = /^\s*::|##\[|##vso\[|##teamcity\[/im;
/** Colour as we write it. */
const SGR = /\u001b\[[0-9;]*m/g;
const EXIT_CODES = new Set([0, 1, 2, 3]);

/** What is wrong with an outcome, whatever the input was; empty where it keeps every promise. */
export function judge(outcome: Outcome): string[] {
  const { argv, code, stdout, stderr, written } = outcome;
  const format = formatOf(argv);
  const faults = judgeCode(outcome);
  faults.push(...judgeText("stderr", outcome.mayColor ? stderr.replace(SGR, "") : stderr, "text"));
  faults.push(...judgeText("stdout", outcome.mayColor ? stdout.replace(SGR, "") : stdout, format));
  // A list of rules is no report of a checkpoint.
  if (code !== 2 && code !== 70 && !isList(argv)) faults.push(...judgeFormat(stdout, format));
  if (written !== undefined && argv[0] !== "snapshot" && !isList(argv)) {
    faults.push(...judgeText("the file", outcome.mayColor ? written.replace(SGR, "") : written, format));
    faults.push(...judgeFormat(written, format));
  }
  if (/Warning: |\(node:\d+\)/.test(stderr)) faults.push("a warning of the runtime");
  return faults;
}

function judgeCode({ argv, code, stderr }: Outcome): string[] {
  if (!EXIT_CODES.has(code)) return [`exit code ${code}: ${stderr.slice(0, 2000)}`];
  const mayFind = argv[0] === "check" || argv.includes("--exit-code");
  if (code === 1 && !mayFind) return ["exit code 1 of a command that finds nothing"];
  if (code === 3 && stderr.trim() === "") return ["it refuses without a word on stderr"];
  return [];
}

/** `text`, `json` …: what the output is to be read as. */
export function formatOf(argv: readonly string[]): string {
  if (argv.includes("--json")) return "json";
  const at = argv.lastIndexOf("--format");
  const format = at < 0 ? undefined : argv[at + 1];
  return format ?? "text";
}

function judgeText(where: string, text: string, format: string): string[] {
  const faults: string[] = [];
  const raw = CONTROL.exec(text) ?? LONE_SURROGATE.exec(text) ?? (isJson(format) ? null : HIDDEN.exec(text));
  if (raw !== null)
    faults.push(
      `raw U+${raw[0].charCodeAt(0).toString(16).padStart(4, "0")} on ${where}: ${around(text, raw.index)}`,
    );
  const command = format === "github" ? null : CI_COMMAND.exec(text);
  if (command !== null) faults.push(`a CI command on ${where}: ${around(text, command.index)}`);
  return faults;
}

function isJson(format: string): boolean {
  return ["json", "sarif", "ndjson", "gitlab"].includes(format);
}

function judgeFormat(text: string, format: string): string[] {
  if (text === "" || !isJson(format)) return [];
  const documents = format === "ndjson" ? text.trimEnd().split("\n") : [text];
  return documents.flatMap((document) => {
    try {
      const value: unknown = JSON.parse(document);
      return format === "json" ? judgeReport(value) : [];
    } catch (error) {
      return [`not JSON: ${(error as Error).message}`];
    }
  });
}

function judgeReport(value: unknown): string[] {
  // `declare` of what declares nothing.
  if (value === null) return [];
  const report = value as ReadReport & { readonly error?: unknown; readonly schemaVersion?: unknown };
  if (report.error !== undefined || report.schemaVersion === undefined) return [];
  const faults = schemaFaults(report)
    .slice(0, 3)
    .map((fault) => `schema: ${fault}`);
  return faults.length > 0 ? faults : findWrongSums(report);
}

function around(text: string, index: number): string {
  return JSON.stringify(text.slice(Math.max(0, index - 40), index + 40));
}

/** Lists of what the program knows are no reports of a checkpoint. */
function isList(argv: readonly string[]): boolean {
  return argv.includes("--list-rules") || argv.includes("--list-signatures");
}
