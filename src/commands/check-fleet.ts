import { formatQuantity } from "../format/count.ts";
import { renderJsonLine } from "../report/render/json.ts";
import { footprintOfNames } from "../sources/footprint-of-names.ts";
import type { Io } from "../terminal/io.ts";
import { openLineLog } from "../terminal/line-log.ts";
import { reportRemarks } from "../terminal/trouble.ts";
import { type ListOfSources, repeatsOf } from "./check-list.ts";
import type { CheckCommandOptions } from "./check-options.ts";
import { checkAll } from "./check-pool.ts";
import { prepareChecks } from "./check-run.ts";
import { entryOf, summaryOf, worstOf } from "./check-source.ts";

/** What a line of the output says of its source, as far as a later run needs it. */
interface Line {
  readonly source: string;
  readonly exitCode: number;
}

/**
 * `unfold check --from` as NDJSON: one line of JSON a source, as it ends. A source that cannot be read is a line too; only the end of the
 * run as a whole, and an output that takes nothing, end it. What the output holds already is not done again.
 */
export async function checkFleet(io: Io, list: ListOfSources, options: CheckCommandOptions): Promise<number> {
  const { listed } = list;
  // Before the first is opened: a line of one source must not become a file of another.
  io.inputs.addSource(() => footprintOfNames(listed.map(({ source }) => source)));
  const setup = await prepareChecks(io, options);
  const log = openLineLog(io, options.output, parseLine);
  const codes = log.earlier.map(({ exitCode }) => exitCode);
  const done = new Set(log.earlier.map(({ source }) => source));
  const left = listed.filter(({ source }) => !done.has(source));
  try {
    await checkAll(io, left, { ...options, quiet: true }, setup, options.jobs, async (outcome) => {
      await log.write(renderJsonLine(entryOf(outcome)));
      codes.push(outcome.exitCode);
    });
  } finally {
    log.close();
  }
  reportRemarks(io, options, [
    ...repeatsOf(list),
    ...(left.length < listed.length
      ? [`${formatQuantity(listed.length - left.length, "source was", "sources were")} in the output already`]
      : []),
    summaryOf(codes),
  ]);
  return worstOf(codes);
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
