import { type Command, Option } from "commander";
import { UnfoldError } from "../errors.ts";
import { formatBytes } from "../format/bytes.ts";
import { formatQuantity } from "../format/count.ts";
import { EXIT } from "../report/exit-code.ts";
import { PLAIN_STYLE } from "../report/render/view.ts";
import { clearCache, listCache } from "../sources/header-cache.ts";
import { findFolders } from "../sources/settings.ts";
import type { Io, OutputStream } from "../terminal/io.ts";
import { fittedLines, writeLine } from "../terminal/lines.ts";
import { isStdout } from "../terminal/output-file.ts";
import { refuseOutput, surroundingsOf } from "./open.ts";
import { type CommonOptions, outputOption } from "./options.ts";
import { formatOfOutput, JSON_FORMAT, type OutputFormats } from "./output-format.ts";
import { writeReport, writeResult } from "./run-view.ts";

/** What is kept, as JSON has it. */
interface CacheList {
  readonly bytes: number;
  readonly checkpoints: ReturnType<typeof listCache>;
}

type CacheOptions = Pick<CommonOptions, "json" | "output">;

/** `unfold cache`: what headers are kept, and away with them. */
export function addCacheCommand(program: Command, io: Io, done: (code: number) => void): void {
  const command = program.command("cache").summary("show or clear the headers kept from earlier runs");
  command
    .command("show", { isDefault: true })
    .summary("what is kept, the largest first")
    .addOption(new Option("--json", "as JSON"))
    .addOption(outputOption())
    .action(async (options: CacheOptions) => {
      await showCache(io, options);
      done(EXIT.done);
    });
  command
    .command("clear")
    .summary("remove it all")
    .addOption(outputOption())
    .action(async (options: CacheOptions) => {
      const { removed, left } = clearCache(folderOf(io, options));
      const what = formatQuantity(removed.length, "checkpoint");
      const told = `removed ${what}, ${formatBytes(totalOf(removed))}`;
      await writeResult(io, options, fittedLines(io.stdout, PLAIN_STYLE, told));
      if (left > 0) {
        const kept = formatQuantity(left, "checkpoint");
        writeLine(io.stderr, PLAIN_STYLE, `error ACCESS_DENIED ${kept} could not be removed`);
      }
      done(left > 0 ? EXIT.unreadable : EXIT.done);
    });
}

async function showCache(io: Io, options: CacheOptions): Promise<void> {
  const folder = folderOf(io, options);
  const checkpoints = listCache(folder);
  const formats: OutputFormats<CacheList, CacheOptions> = {
    text: {
      extensions: [".txt"],
      render: async (list) => linesOf(isStdout(options.output) ? io.stdout : FILE, list, folder),
    },
    json: JSON_FORMAT,
  };
  const format = options.output === undefined ? undefined : formatOfOutput(options.output, formats);
  const wanted = format === undefined ? options : { ...options, format };
  await writeReport(io, wanted, formats, { bytes: totalOf(checkpoints), checkpoints });
}

/** Where lines stay whole. */
const FILE = { isTTY: false, columns: undefined };

/** Labels come from the cache, which is outside text too. */
function* linesOf(
  stream: Pick<OutputStream, "isTTY" | "columns">,
  { bytes, checkpoints }: CacheList,
  folder: string,
): Generator<string> {
  for (const { label, entries, bytes: own } of checkpoints) {
    const sizes = `${formatBytes(own).padStart(10)}  ${formatQuantity(entries, "file")}`;
    yield* fittedLines(stream, PLAIN_STYLE, `${sizes}  ${label}`);
  }
  const total = `${formatBytes(bytes)} in ${formatQuantity(checkpoints.length, "checkpoint")}`;
  yield* fittedLines(stream, PLAIN_STYLE, `${total}, kept in ${folder}`);
}

/** The folder of the cache. Nothing is written into it, and where an output cannot go is said before anything is removed. */
function folderOf(io: Io, { output }: CacheOptions): string {
  const { headers } = findFolders(surroundingsOf(io, new AbortController().signal));
  if (headers === null)
    throw new UnfoldError("USAGE", {
      message: "there is no cache: neither a home folder nor XDG_CACHE_HOME or HF_HOME is set",
    });
  io.inputs.addSource(() => ({ files: [], folders: [], trees: [headers] }));
  refuseOutput(io, output);
  return headers;
}

function totalOf(kept: readonly { bytes: number }[]): number {
  return kept.reduce((sum, { bytes }) => sum + bytes, 0);
}
