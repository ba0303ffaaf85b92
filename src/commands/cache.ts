import { type Command, Option } from "commander";
import { UnfoldError } from "../errors.ts";
import { formatBytes } from "../format/bytes.ts";
import { formatQuantity } from "../format/count.ts";
import { escapeForTerminal } from "../format/escape.ts";
import { EXIT } from "../report/exit-code.ts";
import { clearCache, listCache } from "../sources/header-cache.ts";
import { findFolders } from "../sources/settings.ts";
import type { Io } from "../terminal/io.ts";
import { surroundingsOf } from "./open.ts";

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
      io.stdout.write(
        `removed ${formatQuantity(removed.length, "checkpoint")}, ${formatBytes(totalOf(removed))}\n`,
      );
      if (left > 0)
        io.stderr.write(`error ACCESS_DENIED ${formatQuantity(left, "checkpoint")} could not be removed\n`);
      done(left > 0 ? EXIT.unreadable : EXIT.done);
    });
}

async function showCache(io: Io, asJson: boolean): Promise<void> {
  const folder = folderOf(io);
  const kept = listCache(folder);
  if (asJson) {
    const { escapeJsonText } = await import("../format/escape.ts");
    io.stdout.write(
      `${escapeJsonText(JSON.stringify({ bytes: totalOf(kept), checkpoints: kept }, null, 2))}\n`,
    );
    return;
  }
  for (const { label, entries, bytes } of kept) {
    io.stdout.write(
      `${formatBytes(bytes).padStart(10)}  ${formatQuantity(entries, "file")}  ${escapeForTerminal(label)}\n`,
    );
  }
  io.stdout.write(
    `${formatBytes(totalOf(kept))} in ${formatQuantity(kept.length, "checkpoint")}, kept in ${escapeForTerminal(folder)}\n`,
  );
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
