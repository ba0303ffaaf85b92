import type { Command } from "commander";
import { UnfoldError } from "../errors.ts";
import { formatBytes } from "../format/bytes.ts";
import { exitCodeFor } from "../report/exit-code.ts";
import { PLAIN_STYLE } from "../report/render/view.ts";
import { buildReport } from "../report/report.ts";
import { RecordingSource } from "../sources/snapshot.ts";
import { packSnapshot } from "../sources/snapshot-format.ts";
import type { Io } from "../terminal/io.ts";
import { writeLine } from "../terminal/lines.ts";
import { STDOUT, writeOutput } from "../terminal/output-file.ts";
import { reportTrouble } from "../terminal/trouble.ts";
import { openForCommand } from "./open.ts";
import { addCommonOptions, type CommonOptions } from "./options.ts";
import { chooseTensors, judgeChoice, loadFrom } from "./run-view.ts";
import { nameSnapshot } from "./snapshot-name.ts";

/** Of the report: the output is the snapshot itself, and its name says nothing of how the report is printed. */
const FORMATS = { text: { extensions: [] }, json: { extensions: [] } };

export function addSnapshotCommand(program: Command, io: Io, done: (code: number) => void): void {
  const command = program
    .command("snapshot")
    .description(
      "all headers, the index and the configs in one small file that every command reads; without --output it is named after the source",
    )
    .argument("<source>");
  addCommonOptions(command, FORMATS).action(async (source: string, options: CommonOptions) =>
    done(await runSnapshot(io, source, options)),
  );
}

async function runSnapshot(io: Io, target: string, options: CommonOptions): Promise<number> {
  const asJson = options.json === true || options.format === "json";
  const toStdout = options.output === STDOUT;
  if (asJson && toStdout)
    throw new UnfoldError("USAGE", {
      message: "--output - prints the snapshot itself, which leaves no place for a report as JSON",
    });
  const choice = await chooseTensors(options);
  const opened = await openForCommand(io, target, options);
  const source = new RecordingSource(opened.source);
  const loaded = await loadFrom(io, { ...opened, source }, options, choice);
  const checkpoint = { ...loaded, notes: [...loaded.notes, ...judgeChoice(choice, [loaded])] };
  const file = options.output ?? nameSnapshot(target, source);
  const bytes = packSnapshot(source.snapshot(), file.endsWith(".gz"));
  await writeOutput(io, file, [bytes]);
  const name = toStdout ? "stdout" : (file.split(/[/\\]/).pop() ?? file);
  const report = buildReport("snapshot", checkpoint, { file: name, bytes: bytes.length });
  if (asJson) {
    const { renderJson } = await import("../report/render/json.ts");
    await writeOutput(io, undefined, [renderJson(report)]);
  } else if (!options.quiet && !toStdout) {
    const sizes = `${formatBytes(bytes.length)}, ${formatBytes(report.checkpoint.headerBytes)} of headers`;
    writeLine(io.stdout, PLAIN_STYLE, `${file}: ${sizes}`);
  }
  await reportTrouble(io, options, checkpoint);
  return exitCodeFor(report);
}
