import { UnfoldError } from "../errors.ts";
import { formatCount, formatQuantity } from "../format/count.ts";
import type { Io } from "../terminal/io.ts";
import { MAX_LIST_BYTES, readUserLines, userLinesOf } from "../terminal/user-files.ts";
import type { CheckCommandOptions } from "./check-options.ts";
import { type Listed, listSources } from "./check-source.ts";
import { stdinFor } from "./open.ts";
import { underOption } from "./options.ts";

/** What `--from` lists. */
export interface ListOfSources {
  readonly listed: readonly Listed[];
  /** Lines that name a source again. */
  readonly again: number;
}

/** The name that stands for standard input. */
const STDIN = "-";
const STDIN_FILE = "/dev/stdin";

/** Sources of which one document tells: their reports are held until the last has come, some 100 kB each. */
const MAX_IN_ONE_DOCUMENT = 1000;

/** The sources of `--from`: a file of lines, or standard input. Throws `USAGE` for what is no list. */
export async function readList(io: Io, from: string, options: CheckCommandOptions): Promise<ListOfSources> {
  if (options.baseline !== undefined || options.updateBaseline)
    throw new UnfoldError("USAGE", { message: "--baseline is of one checkpoint, and --from lists many" });
  io.inputs.addFile(from === STDIN ? STDIN_FILE : from, "the list of sources");
  const lines =
    from === STDIN ? await linesOfStdin(io, options) : underOption("--from", () => readUserLines(from));
  const listed = listSources(lines);
  if (listed.length === 0)
    throw new UnfoldError(
      "USAGE",
      { message: "--from: the list names no source" },
      { hint: "Write one source a line; lines that begin with # are left out." },
    );
  if (!isStreamed(options) && listed.length > MAX_IN_ONE_DOCUMENT) throw tooMany(listed.length);
  return { listed, again: lines.length - listed.length };
}

/** Whether a line is written for each source as it ends: what `--from` does where no other format is asked for. */
export function isStreamed({ format = "ndjson", json }: CheckCommandOptions): boolean {
  return format === "ndjson" && json !== true;
}

export function repeatsOf({ again }: ListOfSources): string[] {
  return again > 0
    ? [`${formatQuantity(again, "line repeats", "lines repeat")} an earlier one of the list`]
    : [];
}

async function linesOfStdin(io: Io, options: CheckCommandOptions): Promise<string[]> {
  if (options.tokenStdin)
    throw new UnfoldError("USAGE", {
      message: "--token-stdin and --from - both read standard input, which holds one of the two",
    });
  const text = await stdinFor(io, options.timeout, { characters: MAX_LIST_BYTES, what: "list of sources" });
  return underOption("--from", () => userLinesOf("standard input", text));
}

function tooMany(count: number): UnfoldError {
  const most = formatCount(MAX_IN_ONE_DOCUMENT);
  return new UnfoldError(
    "USAGE",
    {
      message: `--from lists ${formatCount(count)} sources; one document tells of ${most} at most, as it is held until the last has come`,
    },
    { hint: "--format ndjson writes a line for each as it ends, however many there are." },
  );
}
