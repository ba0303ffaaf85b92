import { UnfoldError } from "../errors.ts";
import { formatQuantity } from "../format/count.ts";
import { renderJsonLine } from "../report/render/json.ts";
import { footprintOfNames } from "../sources/footprint-of-names.ts";
import type { Io } from "../terminal/io.ts";
import { type LineLog, openLineLog } from "../terminal/line-log.ts";
import { reportRemarks } from "../terminal/trouble.ts";
import { readUserLines } from "../terminal/user-files.ts";
import type { CheckCommandOptions } from "./check-options.ts";
import { type CheckSetup, prepareChecks } from "./check-run.ts";
import { checkSource, entryOf, type Listed, listSources, summaryOf, worstOf } from "./check-source.ts";
import { partsOf } from "./open.ts";
import { underOption } from "./options.ts";

/** What a line of the output says of its source, as far as a later run needs it. */
interface Line {
  readonly source: string;
  readonly exitCode: number;
}

/** Sources at once: reading one waits for the line while another is judged. */
const DEFAULT_JOBS = 4;

/**
 * `unfold check --from`: one line of JSON a source, as it ends. A source that cannot be read is a line too; only the end of the
 * run as a whole, and an output that takes nothing, end it. What the output holds already is not done again.
 */
export async function checkFleet(io: Io, from: string, options: CheckCommandOptions): Promise<number> {
  refuseOptions(options);
  io.inputs.addFile(from, "the list of sources");
  const { listed, again } = readList(from);
  // Before the first is opened: a line of one source must not become a file of another.
  io.inputs.addSource(() => footprintOfNames(listed.map(({ source }) => source)));
  const setup = await prepareChecks(io, options);
  const log = openLineLog(io, options.output, parseLine);
  const codes = log.earlier.map(({ exitCode }) => exitCode);
  const done = new Set(log.earlier.map(({ source }) => source));
  const left = listed.filter(({ source }) => !done.has(source));
  try {
    codes.push(...(await runAll(io, left, options, setup, log)));
  } finally {
    log.close();
  }
  reportRemarks(io, options, [
    ...(again > 0
      ? [`${formatQuantity(again, "line repeats", "lines repeat")} an earlier one of the list`]
      : []),
    ...(left.length < listed.length
      ? [`${formatQuantity(listed.length - left.length, "source was", "sources were")} in the output already`]
      : []),
    summaryOf(codes),
  ]);
  return worstOf(codes);
}

function refuseOptions(options: CheckCommandOptions): void {
  const refused = (message: string) => new UnfoldError("USAGE", { message });
  if ((options.format ?? "ndjson") !== "ndjson" || options.json)
    throw refused("--from prints a line of JSON for each source: --format ndjson");
  if (options.baseline !== undefined || options.updateBaseline)
    throw refused("--baseline is of one checkpoint, and --from lists many");
}

function readList(file: string): { listed: readonly Listed[]; again: number } {
  const lines = underOption("--from", () => readUserLines(file));
  const listed = listSources(lines);
  return { listed, again: lines.length - listed.length };
}

/** As many at once as asked for, started in the order of the list; the codes of all. */
async function runAll(
  io: Io,
  left: readonly Listed[],
  options: CheckCommandOptions,
  setup: CheckSetup,
  log: LineLog<Line>,
): Promise<number[]> {
  const codes: number[] = [];
  const { part, end } = partsOf(io, options.timeout);
  const next = left[Symbol.iterator]();
  let isOver = false;
  const work = async () => {
    for (let turn = next.next(); !turn.done && !isOver; turn = next.next()) {
      const outcome = await checkSource(part(), turn.value, { ...options, quiet: true }, setup);
      // What was under way at the end of the run was cut off, and says nothing of the source.
      end.throwIfAborted();
      if (!isOver) await log.write(renderJsonLine(entryOf(outcome)));
      codes.push(outcome.exitCode);
    }
  };
  try {
    await Promise.all(Array.from({ length: options.jobs ?? DEFAULT_JOBS }, work));
  } finally {
    isOver = true;
  }
  return codes;
}

function parseLine(text: string): Line | undefined {
  try {
    const { listed, exitCode } = JSON.parse(text) as { listed?: { source?: unknown }; exitCode?: unknown };
    const source = listed?.source;
    return typeof source === "string" && typeof exitCode === "number" ? { source, exitCode } : undefined;
  } catch {
    return undefined;
  }
}
