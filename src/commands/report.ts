import type { Command } from "commander";
import { UnfoldError } from "../errors.ts";
import { exitCodeFor } from "../report/exit-code.ts";
import { buildReport, type Report } from "../report/report.ts";
import { buildWholeReport, type WholeReport } from "../report/whole-report.ts";
import type { Io } from "../terminal/io.ts";
import { isStdout } from "../terminal/output-file.ts";
import { reportTrouble } from "../terminal/trouble.ts";
import { addCommonOptions, type CommonOptions } from "./options.ts";
import { JSON_FORMAT, type OutputFormats, PAGE_EXTENSIONS } from "./output-format.ts";
import { loadForCommand, writeReport } from "./run-view.ts";

const FORMATS: OutputFormats<Report<WholeReport>, CommonOptions> = {
  html: {
    extensions: PAGE_EXTENSIONS,
    render: async (report) => [(await import("../report/render/html/whole-page.ts")).renderWholePage(report)],
  },
  json: JSON_FORMAT,
};

/** `unfold report`: every view of a checkpoint as one page, or as one document. */
export function addReportCommand(program: Command, io: Io, done: (code: number) => void): void {
  const command = program
    .command("report")
    .description("all of it as one HTML page that needs nothing else; --json: all of it as one document")
    .argument("<source>");
  addCommonOptions(command, FORMATS).action(async (source: string, options: CommonOptions) => {
    done(await runReport(io, source, options));
  });
}

async function runReport(io: Io, source: string, options: CommonOptions): Promise<number> {
  // A hundred kilobytes of markup help nobody on a terminal, unless they are asked for by name.
  if (io.stdout.isTTY && isStdout(options.output) && options.format === undefined && !options.json)
    throw new UnfoldError(
      "USAGE",
      { message: "a page is not for a terminal" },
      { hint: "Write it to a file with -o report.html, or ask for --json." },
    );
  const checkpoint = await loadForCommand(io, source, options);
  const report = buildReport("report", checkpoint, buildWholeReport(checkpoint));
  await writeReport(io, options, FORMATS, report);
  await reportTrouble(io, options, checkpoint);
  return exitCodeFor(report);
}
