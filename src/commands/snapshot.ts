import type { Command } from "commander";
import { formatBytes } from "../format/bytes.ts";
import { exitCodeFor } from "../report/exit-code.ts";
import { buildReport } from "../report/report.ts";
import { RecordingSource } from "../sources/snapshot.ts";
import { packSnapshot } from "../sources/snapshot-format.ts";
import type { Io } from "../terminal/io.ts";
import { writeOutputFile } from "../terminal/io.ts";
import { reportTrouble } from "../terminal/trouble.ts";
import { openForCommand } from "./open.ts";
import { addCommonOptions, type CommonOptions } from "./options.ts";
import { loadFrom, writeResult } from "./run-view.ts";

export function addSnapshotCommand(program: Command, io: Io, done: (code: number) => void): void {
  const command = program
    .command("snapshot")
    .description("all headers, the index and the configs in one small file that every command reads")
    .argument("<source>")
    .addHelpText("after", EXAMPLES);
  addCommonOptions(command, ["text", "json"]).action(async (source: string, options: CommonOptions) =>
    done(await runSnapshot(io, source, options)),
  );
}

const EXAMPLES = `
Without --output the file is named after the source: export.unfold.json.gz

Examples:
  unfold snapshot ./export -o export.unfold.json.gz
  unfold tree export.unfold.json.gz`;

async function runSnapshot(io: Io, target: string, options: CommonOptions): Promise<number> {
  const { source: opened, openedMs } = await openForCommand(io, target, options);
  const source = new RecordingSource(opened);
  const checkpoint = await loadFrom(io, source, options, [], openedMs);
  const file = options.output ?? `${defaultName(target)}.unfold.json.gz`;
  const bytes = packSnapshot(source.snapshot(), file.endsWith(".gz"));
  writeOutputFile(file, [bytes]);
  const report = buildReport("snapshot", checkpoint, {
    file: file.split(/[/\\]/).pop() ?? file,
    bytes: bytes.length,
  });
  if (options.json || options.format === "json") {
    const { renderJson } = await import("../report/render/json.ts");
    await writeResult(io, { quiet: true }, [renderJson(report)]);
  } else if (!options.quiet) {
    io.stdout.write(
      `${file}: ${formatBytes(bytes.length)}, ${formatBytes(report.checkpoint.headerBytes)} of headers\n`,
    );
  }
  await reportTrouble(io, options, checkpoint);
  return exitCodeFor(report);
}

/** `./export/` → `export`, `owner/name@main` → `name`. */
function defaultName(target: string): string {
  const last =
    target
      .replace(/[/\\]+$/, "")
      .split(/[/\\]/)
      .pop() ?? "checkpoint";
  const stem = last
    .replace(/(\.safetensors(\.index\.json)?|\.unfold\.json(\.gz)?)$/, "")
    .replace(/[^A-Za-z0-9._-]/g, "-");
  return stem === "" || stem === "." || stem === ".." ? "checkpoint" : stem;
}
