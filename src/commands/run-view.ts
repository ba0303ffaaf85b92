import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { loadCheckpoint } from "../checkpoint/load.ts";
import type { Note } from "../checkpoint/notes.ts";
import { UnfoldError } from "../errors.ts";
import { nowMs } from "../format/clock.ts";
import { exitCodeFor } from "../report/exit-code.ts";
import { DEFAULT_WIDTH, MIN_WIDTH, PLAIN_STYLE, type View } from "../report/render/view.ts";
import { buildReport, type Report } from "../report/report.ts";
import { DEFAULT_ENDPOINT, parseEndpoint } from "../sources/settings.ts";
import type { Source } from "../sources/source.ts";
import { chooseColorLevel, createStyle, hasLinks } from "../terminal/color.ts";
import { columnsOf, type Io } from "../terminal/io.ts";
import { writeLine } from "../terminal/lines.ts";
import { isStdout, writeOutput } from "../terminal/output-file.ts";
import { reportTrouble } from "../terminal/trouble.ts";
import { formatStats, type Opened, openForCommand } from "./open.ts";
import type { CommonOptions } from "./options.ts";
import { chosenFormat, JSON_FORMAT, type OutputFormats } from "./output-format.ts";
import type { TensorChoice } from "./tensor-choice.ts";

/** A command that shows something of a checkpoint: facts, and how they look. */
export interface ViewSpec<Result, Options> {
  readonly command: string;
  /** Waits where it needs tables that no other command reads. */
  build(checkpoint: Checkpoint): Result | Promise<Result>;
  readonly formats: OutputFormats<Report<Result>, Options>;
  /** Globs of the command's own filter, beside `--include`. */
  readonly filter?: readonly string[];
  /** Throws where a choice of the command's own chose nothing of a checkpoint that was read whole. */
  requireSome?(result: Result, checkpoint: Checkpoint): void | Promise<void>;
}

/** Loads, analyses, renders, writes: the one way of all views. Returns the exit code. */
export async function runView<Result, Options extends CommonOptions>(
  io: Io,
  target: string,
  options: Options,
  spec: ViewSpec<Result, Options>,
): Promise<number> {
  const checkpoint = await loadForCommand(io, target, options, spec.filter);
  const isReadable = checkpoint.components.some(({ shards }) =>
    shards.some(({ status }) => status === "read"),
  );
  // Without a single readable shard there is nothing to say: null, not a list of zeros.
  const report = buildReport(spec.command, checkpoint, isReadable ? await spec.build(checkpoint) : null);
  if (hasResult(report) && checkpoint.problems.length === 0)
    await spec.requireSome?.(report.result, checkpoint);
  // Without a result there is text for scripts alone; the reasons follow on stderr.
  if (hasResult(report)) await writeReport(io, options, spec.formats, report);
  else if (chosenFormat(spec.formats, options) === JSON_FORMAT)
    await writeReport(io, options, { json: JSON_FORMAT }, report);
  await reportTrouble(io, options, checkpoint);
  return exitCodeFor(report);
}

function hasResult<Result>(report: Report<Result | null>): report is Report<Result> {
  return report.result !== null;
}

/** Writes what was found in the format that was asked for. */
export async function writeReport<Found, Options extends CommonOptions>(
  io: Io,
  options: Options,
  formats: OutputFormats<Found, Options>,
  found: Found,
): Promise<void> {
  const wanted = { options, view: () => viewFor(io, options) };
  await writeResult(io, options, await chosenFormat(formats, options).render(found, wanted));
}

/** Opens the source and reads all its headers, with progress on a terminal. */
export async function loadForCommand(
  io: Io,
  target: string,
  options: CommonOptions,
  filter: readonly string[] = [],
): Promise<Checkpoint> {
  const choice = await chooseTensors(options, filter);
  const checkpoint = await loadFrom(io, await openForCommand(io, target, options), options, choice);
  return { ...checkpoint, notes: [...checkpoint.notes, ...judgeChoice(choice, [checkpoint])] };
}

/** The tensors that the options choose; undefined where they say nothing of it. */
export async function chooseTensors(
  { include, exclude }: CommonOptions,
  filter: readonly string[] = [],
): Promise<TensorChoice | undefined> {
  if (include === undefined && exclude === undefined && filter.length === 0) return undefined;
  const { TensorChoice } = await import("./tensor-choice.ts");
  return new TensorChoice({ include, exclude, filter });
}

/**
 * A choice of nothing is wrong usage, unless what was meant may lie in what could not be read; of a choice of something,
 * the patterns are told that match nothing.
 */
export function judgeChoice(choice: TensorChoice | undefined, read: readonly Checkpoint[]): Note[] {
  if (read.every(({ problems }) => problems.length === 0)) choice?.requireSome();
  return choice?.unmatched() ?? [];
}

export async function loadFrom(
  io: Io,
  { source, openedMs, progress }: Opened,
  options: CommonOptions,
  choice: TensorChoice | undefined,
  /** Further reads from the open source, once the headers are there. */
  readMore: (checkpoint: Checkpoint, source: Source) => Promise<void> = async () => {},
): Promise<Checkpoint> {
  const startMs = nowMs();
  try {
    const checkpoint = await loadCheckpoint(source, {
      variant: options.variant ?? null,
      onProgress: (done, total) => progress.update(done, total, source.stats?.bytes),
      ...(choice?.filter === undefined ? {} : { filter: choice.filter }),
    });
    // What was under way became problems of single files: the run was stopped as a whole.
    if (io.signal?.aborted) throw new UnfoldError("INTERRUPTED", {});
    await readMore(checkpoint, source);
    return checkpoint;
  } finally {
    progress.stop();
    await source.close();
    const stats = options.stats ? formatStats(source.stats ?? null, openedMs, nowMs() - startMs) : [];
    for (const line of stats) writeLine(io.stderr, PLAIN_STYLE, line);
  }
}

/** How text is shown on this stdout; a file gets no colours. */
export async function viewFor(io: Io, options: CommonOptions): Promise<View> {
  const toFile = !isStdout(options.output);
  const level = chooseColorLevel({ flag: options.color, env: io.env, isTTY: io.stdout.isTTY && !toFile });
  const asked = options.width ?? (toFile ? undefined : columnsFor(io));
  const withLinks = !toFile && hasLinks({ env: io.env, isTTY: io.stdout.isTTY });
  const style = await createStyle(level, withLinks);
  const hub = withLinks ? hubAddress(io, options) : undefined;
  const look = { style, unicode: options.ascii !== true, ...(hub === undefined ? {} : { hub }) };
  if (asked !== undefined) return { width: Math.max(MIN_WIDTH, asked), ...look };
  return { width: DEFAULT_WIDTH, tableWidth: Number.POSITIVE_INFINITY, ...look };
}

/** Where repositories are looked for, as links to them begin; undefined where that is no address. */
function hubAddress(io: Io, { endpoint }: CommonOptions): string | undefined {
  try {
    return parseEndpoint(endpoint || io.env.HF_ENDPOINT || DEFAULT_ENDPOINT).href.replace(/\/$/, "");
  } catch {
    // What is wrong with it has been told by whoever asked it for a model.
    return undefined;
  }
}

/** What the terminal tells, else what the shell knows, else what any terminal has. */
function columnsFor(io: Io): number | undefined {
  return io.stdout.columns || (columnsFrom(io.env.COLUMNS) ?? columnsOf(io.stdout));
}

/** `COLUMNS`, which shells and scripts set for what stands in a pipe. */
function columnsFrom(value: string | undefined): number | undefined {
  return value !== undefined && /^[1-9]\d{0,4}$/.test(value) ? Number(value) : undefined;
}

export function writeResult(
  io: Io,
  options: CommonOptions,
  chunks: Iterable<string> | AsyncIterable<string>,
): Promise<void> {
  return options.pager && io.page !== undefined && isStdout(options.output)
    ? io.page(io.env.PAGER || DEFAULT_PAGER, chunks)
    : writeOutput(io, options.output, chunks);
}

/** The pager of a user who has named none. */
const DEFAULT_PAGER = "less";
