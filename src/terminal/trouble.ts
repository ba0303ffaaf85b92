import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { Problem } from "../checkpoint/problem.ts";
import { UnfoldError } from "../errors.ts";
import { formatQuantity } from "../format/count.ts";
import { escapeForTerminal } from "../format/escape.ts";
import type { Style } from "../report/render/view.ts";
import { chooseColorLevel, createStyle } from "./color.ts";
import type { Io } from "./io.ts";

export interface TroubleOptions {
  readonly color?: boolean;
  readonly quiet?: boolean;
  readonly json?: boolean;
  readonly format?: string;
}

/** Where to tell of a bug. */
const ISSUES = "https://github.com/unfold-cli/unfold/issues";

/** Says on stderr what could not be read and, unless asked to be quiet or writing for a script, what is remarkable. */
export async function reportTrouble(
  io: Io,
  options: TroubleOptions,
  checkpoint: Pick<Checkpoint, "problems" | "notes">,
): Promise<void> {
  const style = await stderrStyle(io, options);
  const folded = foldAlike(checkpoint.problems);
  for (const [k, { problem, count }] of folded.entries()) {
    const where = problem.shard === null ? "" : `${escapeForTerminal(problem.shard)}: `;
    const more = count > 1 ? ` (and ${formatQuantity(count - 1, "further file")} alike)` : "";
    io.stderr.write(`${style.error("error")} ${problem.code} ${where}${problem.message}${more}\n`);
    // Ten missing shards share one hint: it is said after the last of them.
    if (problem.hint !== null && folded[k + 1]?.problem.hint !== problem.hint)
      io.stderr.write(`  ${style.muted("hint:")} ${escapeForTerminal(problem.hint)}\n`);
  }
  const forScript =
    options.json === true ||
    (options.format !== undefined && options.format !== "text" && options.format !== "table");
  if (options.quiet || forScript) return;
  for (const note of checkpoint.notes) {
    const where = note.shard === null ? "" : `${escapeForTerminal(note.shard)}: `;
    io.stderr.write(`${style.warning("note")} ${where}${note.message}\n`);
  }
}

/** Says remarks of a command on stderr, unless asked to be quiet. */
export function reportRemarks(io: Io, options: TroubleOptions, remarks: readonly string[]): void {
  if (options.quiet) return;
  for (const remark of remarks) io.stderr.write(`note ${escapeForTerminal(remark)}\n`);
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
    const where = error.file === null ? "" : `${escapeForTerminal(error.file)}: `;
    io.stderr.write(`${style.error("error")} ${error.code} ${where}${error.message}\n`);
    if (error.hint !== null) io.stderr.write(`  ${style.muted("hint:")} ${escapeForTerminal(error.hint)}\n`);
    return;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  io.stderr.write(
    `${style.error("error")} INTERNAL this is a bug in unfold; please report it with the lines below: ${ISSUES}\n`,
  );
  for (const line of text.split("\n").slice(0, 30)) io.stderr.write(`  ${escapeForTerminal(line)}\n`);
}

function stderrStyle(io: Io, options: TroubleOptions): Promise<Style> {
  return createStyle(chooseColorLevel({ flag: options.color, env: io.env, isTTY: io.stderr.isTTY }));
}
