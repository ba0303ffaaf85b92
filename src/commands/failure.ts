import { CommanderError } from "commander";
import { UnfoldError } from "../errors.ts";
import { quoteForMessage } from "../format/escape.ts";
import type { Failure } from "../report/checked-source.ts";
import { EXIT, exitCodeForError } from "../report/exit-code.ts";
import type { Io } from "../terminal/io.ts";
import { nextStepOf } from "../terminal/next-steps.ts";
import { findStdoutOwner } from "../terminal/output-file.ts";
import { reportFailure } from "../terminal/trouble.ts";
import { NO_SOURCE } from "./require-source.ts";

/**
 * Says why a run ended without a report, and returns its exit code: on stderr for people and, where JSON was asked for and none
 * of it is written yet, on stdout for programs.
 */
export async function tellFailure(
  io: Io,
  argv: readonly string[],
  thrown: unknown,
  isReportWritten: boolean,
): Promise<number> {
  if (thrown instanceof CommanderError && thrown.exitCode === 0) return EXIT.done;
  // A command without what belongs to it: its help was printed.
  if (thrown instanceof CommanderError && thrown.code === "commander.help") return EXIT.usage;
  const error = withNextStep(thrown instanceof CommanderError ? toUsageError(thrown) : thrown, argv);
  await reportFailure(io, error, colorFlag(argv));
  if (asksForJson(argv) && !isReportWritten) await writeDocument(io, error);
  return exitCodeForError(error);
}

/** Every answer ends with the next thing to try. */
function withNextStep(error: unknown, argv: readonly string[]): unknown {
  if (!(error instanceof UnfoldError) || error.hint !== null) return error;
  const hint = error.code === "USAGE" ? helpFor(argv) : nextStepOf(error.code);
  if (hint === null) return error;
  const { code, details, file, cause } = error;
  return new UnfoldError(code, details, { file, hint, cause });
}

function helpFor([first]: readonly string[]): string {
  const isCommand = first !== undefined && /^[a-z]+$/.test(first) && first !== "help";
  return isCommand
    ? `unfold ${first} --help lists its options and arguments.`
    : "unfold --help lists commands, unfold COMMAND --help the options of each.";
}

async function writeDocument(io: Io, error: unknown): Promise<void> {
  // Not even this goes into a file that the run reads.
  if (findStdoutOwner(io) !== undefined) return;
  const { renderJson } = await import("../report/render/json.ts");
  try {
    io.stdout.write(renderJson({ schemaVersion: 1, error: describeFailure(error) }));
  } catch (failure) {
    // A stdout that takes nothing is a second misfortune: the run's own code stays.
    await reportFailure(io, failure);
  }
}

/** Why a run ended, for programs. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof UnfoldError) {
    const { code, message, hint, file } = error;
    return { code, message, hint: hint ?? nextStepOf(code), file };
  }
  return { code: "INTERNAL", message: String(error), hint: null, file: null };
}

/** What the reader of arguments says, as an error of ours: "error: …", and a suggestion in a line of its own. */
function toUsageError({ message: said }: CommanderError): UnfoldError {
  const [, text = said, suggestion] =
    /^(?:error: )?(.*?)(?:\n\((Did you mean [^\n]*)\))?\n?$/s.exec(said) ?? [];
  const { message, hint = suggestion } = reworded(text);
  return new UnfoldError("USAGE", { message }, hint === undefined ? {} : { hint });
}

/** The reader's sentences about options, as ours: which option, which value, which there are. */
function reworded(text: string): { message: string; hint?: string } {
  const [, flags, value = "", choices] =
    /^option '([^']*)' argument '(.*)' is invalid\. Allowed choices are (.*)\.$/s.exec(text) ?? [];
  if (flags !== undefined)
    return {
      message: `${nameOf(flags)} does not take ${quoteForMessage(value)}`,
      hint: `It takes ${choices}.`,
    };
  const [, lacking] = /^option '([^']*)' argument missing$/.exec(text) ?? [];
  if (lacking !== undefined)
    return {
      message: `${nameOf(lacking)} needs a value`,
      hint: `Write it as ${lacking.replace(/^-\w, /, "")}.`,
    };
  const [, argument] = /^missing required argument '([^']*)'$/.exec(text) ?? [];
  if (argument === "source") return NO_SOURCE;
  if (argument !== undefined) return { message: `no ${argument.toUpperCase()} is named` };
  const [, other = "", name, known] =
    /^command-argument value '(.*)' is invalid for argument '([^']*)'\. Allowed choices are (.*)\.$/s.exec(
      text,
    ) ?? [];
  if (name !== undefined)
    return {
      message: `${name.toUpperCase()} cannot be ${quoteForMessage(other)}`,
      hint: `It can be ${known}.`,
    };
  const [, flag] = /^unknown option '(--[\w-]+)=/.exec(text) ?? [];
  if (flag !== undefined) return { message: `${flag} is no option that takes a value` };
  return { message: text };
}

/** `--format` of `-f, --format <format>`. */
function nameOf(flags: string): string {
  return /--[\w-]+/.exec(flags)?.[0] ?? flags;
}

/** Colour as asked for, for messages of runs that may never have come to read their options. */
function colorFlag(argv: readonly string[]): { color?: boolean } {
  if (argv.includes("--no-color")) return { color: false };
  return argv.includes("--color") ? { color: true } : {};
}

function asksForJson(argv: readonly string[]): boolean {
  return argv.some(
    (word, k) =>
      word === "--json" || word === "--format=json" || (word === "json" && argv[k - 1] === "--format"),
  );
}
