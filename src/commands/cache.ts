import { type Command, Option } from "commander";
import { UnfoldError } from "../errors.ts";
import { formatBytes } from "../format/bytes.ts";
import { formatQuantity } from "../format/count.ts";
import { EXIT } from "../report/exit-code.ts";
import { PLAIN_STYLE } from "../report/render/view.ts";
import { clearCache, listCache } from "../sources/header-cache.ts";
import { findFolders } from "../sources/settings.ts";
import type { Io } from "../terminal/io.ts";
import { writeLine } from "../terminal/lines.ts";
import { surroundingsOf } from "./open.ts";
import { writeResult } from "./run-view.ts";

/** `unfold cache`: what headers are kept, and away with them. */
export function addCacheCommand(program: Command, io: Io, done: (code: number) => void): void {
  const command = program.command("cache").summary("show or clear the headers kept from earlier runs");
  command
    .command("show", { isDefault: true })
    .summary("what is kept, the largest first")
    .addOption(new Option("--json", "as JSON"))
    .action(async (options: { json?: boolean }) => {
      await showCache(io, options.json === true);
      done(EXIT.done);
    });
  command
    .command("clear")
    .summary("remove it all")
    .action(() => {
      const { removed, left } = clearCache(folderOf(io));
      const what = formatQuantity(removed.length, "checkpoint");
      writeLine(io.stdout, PLAIN_STYLE, `removed ${what}, ${formatBytes(totalOf(removed))}`);
      if (left > 0) {
        const kept = formatQuantity(left, "checkpoint");
        writeLine(io.stderr, PLAIN_STYLE, `error ACCESS_DENIED ${kept} could not be removed`);
      }
      done(left > 0 ? EXIT.unreadable : EXIT.done);
    });
}

async function showCache(io: Io, asJson: boolean): Promise<void> {
  const folder = folderOf(io);
  const kept = listCache(folder);
  if (asJson) {
    const { renderJson } = await import("../report/render/json.ts");
    return writeResult(io, {}, [renderJson({ bytes: totalOf(kept), checkpoints: kept })]);
  }
  for (const { label, entries, bytes } of kept) {
    const sizes = `${formatBytes(bytes).padStart(10)}  ${formatQuantity(entries, "file")}`;
    writeLine(io.stdout, PLAIN_STYLE, `${sizes}  ${label}`);
  }
  const total = `${formatBytes(totalOf(kept))} in ${formatQuantity(kept.length, "checkpoint")}`;
  writeLine(io.stdout, PLAIN_STYLE, `${total}, kept in ${folder}`);
}

function folderOf(io: Io): string {
  const { headers } = findFolders(surroundingsOf(io, new AbortController().signal));
  if (headers !== null) return headers;
  throw new UnfoldError("USAGE", {
    message: "there is no cache: neither a home folder nor XDG_CACHE_HOME or HF_HOME is set",
  });
}

function totalOf(kept: readonly { bytes: number }[]): number {
  return kept.reduce((sum, { bytes }) => sum + bytes, 0);
}
