import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { Problem } from "../checkpoint/problem.ts";
import { UnfoldError } from "../errors.ts";
import { formatQuantity } from "../format/count.ts";
import { PLAIN_STYLE, type Style } from "../report/render/view.ts";
import { BUG, describeError } from "./bug-report.ts";
import { chooseColorLevel, createStyle } from "./color.ts";
import type { Io } from "./io.ts";
import { writeLine } from "./lines.ts";

export interface TroubleOptions {
  readonly color?: boolean;
  readonly quiet?: boolean;
  readonly json?: boolean;
  readonly format?: string;
}

/** Says on stderr what could not be read and, unless asked to be quiet or writing for a script, what is remarkable. */
export async function reportTrouble(
  io: Io,
  options: TroubleOptions,
  checkpoint: Pick<Checkpoint, "problems" | "notes">,
): Promise<void> {
  const style = await stderrStyle(io, options);
  const folded = foldAlike(await withNextSteps(checkpoint.problems));
  for (const [k, { problem, count }] of folded.entries()) {
    const more = count > 1 ? ` (and ${formatQuantity(count - 1, "further file")} alike)` : "";
    writeError(io, style, { ...problem, message: `${problem.message}${more}` });
    // Ten missing shards share one hint: it is said after the last of them.
    if (folded[k + 1]?.problem.hint !== problem.hint) writeHint(io, style, problem.hint);
  }
  const forScript =
    options.json === true ||
    (options.format !== undefined && options.format !== "text" && options.format !== "table");
  if (options.quiet || forScript) return;
  for (const note of checkpoint.notes) {
    // A server that does not answer is told once: by the error of a shard.
    if (checkpoint.problems.some(({ message }) => note.message.endsWith(message))) continue;
    const text = ` ${placed(note.shard, note.message)}`;
    writeLine(io.stderr, style, [{ text: "note", meaning: "warning" }, { text }]);
  }
}

/** Problems that nobody nearer had a hint for get that of their code. */
async function withNextSteps(problems: readonly Problem[]): Promise<readonly Problem[]> {
  if (problems.every(({ hint }) => hint !== null)) return problems;
  const { nextStepOf } = await import("./next-steps.ts");
  return problems.map((problem) => ({ ...problem, hint: problem.hint ?? nextStepOf(problem.code) }));
}

/** Says remarks of a command on stderr, unless asked to be quiet. */
export function reportRemarks(io: Io, options: TroubleOptions, remarks: readonly string[]): void {
  if (options.quiet) return;
  for (const remark of remarks) writeLine(io.stderr, PLAIN_STYLE, `note ${remark}`);
}

/** Files of which one is told for all: a server that is down says the same of every shard. */
const ALIKE_AT_LEAST = 3;

/** Problems in their order, those that say the same of three files or more told once. */
function foldAlike(problems: readonly Problem[]): { problem: Problem; count: number }[] {
  const counts = new Map<string, number>();
  const keyOf = ({ code, message, hint }: Problem) => JSON.stringify([code, message, hint]);
  for (const problem of problems) counts.set(keyOf(problem), (counts.get(keyOf(problem)) ?? 0) + 1);
  const told = new Set<string>();
  const folded: { problem: Problem; count: number }[] = [];
  for (const problem of problems) {
    const key = keyOf(problem);
    const count = counts.get(key) ?? 1;
    const isFolded = problem.shard !== null && count >= ALIKE_AT_LEAST && problem.code !== "SHARD_MISSING";
    if (isFolded && told.has(key)) continue;
    told.add(key);
    folded.push({ problem, count: isFolded ? count : 1 });
  }
  return folded;
}

/** Says why a run ended without a report: one sentence and what to try next, or, for a bug, where to report it. */
export async function reportFailure(io: Io, error: unknown, options: TroubleOptions = {}): Promise<void> {
  const style = await stderrStyle(io, options);
  if (error instanceof UnfoldError) {
    const { code, file, message, hint } = error;
    writeError(io, style, { code, shard: file, message });
    writeHint(io, style, hint);
    return;
  }
  writeError(io, style, { code: "INTERNAL", shard: null, message: BUG });
  for (const line of describeError(error)) writeLine(io.stderr, style, `  ${line}`);
}

function writeError(io: Io, style: Style, { code, shard, message }: Omit<Problem, "hint">): void {
  const text = ` ${code} ${placed(shard, message)}`;
  writeLine(io.stderr, style, [{ text: "error", meaning: "error" }, { text }]);
}

/** A hint stands below what it is about, and goes on further in. */
const HINT_INDENT = "    ";

function writeHint(io: Io, style: Style, hint: string | null): void {
  if (hint === null) return;
  writeLine(
    io.stderr,
    style,
    [{ text: "  " }, { text: "hint:", meaning: "muted" }, { text: ` ${hint}` }],
    HINT_INDENT,
  );
}

function placed(file: string | null, message: string): string {
  return file === null || message.startsWith(`${file} `) ? message : `${file}: ${message}`;
}

function stderrStyle(io: Io, options: TroubleOptions): Promise<Style> {
  return createStyle(chooseColorLevel({ flag: options.color, env: io.env, isTTY: io.stderr.isTTY }));
}
