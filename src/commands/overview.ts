import type { Command } from "commander";
import { UnfoldError } from "../errors.ts";
import { editDistance } from "../format/edit-distance.ts";
import { quoteForMessage } from "../format/escape.ts";
import { buildOverviewReport, type OverviewReport } from "../report/overview-report.ts";
import type { Report } from "../report/report.ts";
import type { Io } from "../terminal/io.ts";
import { addCommonOptions, type CommonOptions } from "./options.ts";
import { viewFormats } from "./output-format.ts";
import { runView } from "./run-view.ts";

interface OverviewOptions extends CommonOptions {
  /** The source as it was typed: commands to paste name it so. */
  readonly typed?: string;
}

const FORMATS = viewFormats<Report<OverviewReport>, OverviewOptions>(async (report, { typed }) => {
  const { overviewDocument } = await import("../report/render/overview-document.ts");
  return overviewDocument(report, typed === undefined ? {} : { typed });
});

/** `unfold <source>`: the screen for someone who knows nothing of the checkpoint yet. */
export function addOverviewCommand(program: Command, io: Io, done: (code: number) => void): void {
  const command = program
    .command("overview", { isDefault: true })
    .description("one screen: what is this, how big, how precise")
    .argument("<source>")
    // `unfold tre ./export` arrives here: commander's own words would blame the number of arguments.
    .allowExcessArguments();
  addCommonOptions(command, FORMATS).action(async (source: string, options: CommonOptions) => {
    if (command.args.length > 1) throw unknownCommand(program, source);
    const { runChecks } = await import("../checks/run.ts");
    try {
      done(
        await runView(
          io,
          source,
          { ...options, typed: source },
          {
            command: "overview",
            build: (checkpoint) => buildOverviewReport(checkpoint, runChecks(checkpoint)),
            formats: FORMATS,
          },
        ),
      );
    } catch (error) {
      throw withCommandHint(error, program, source);
    }
  });
}

/** `unfold tre` alone: no path, and nearly a command. */
function withCommandHint(error: unknown, program: Command, typed: string): unknown {
  if (!(error instanceof UnfoldError) || error.code !== "SOURCE_NOT_FOUND") return error;
  const near = program.commands
    .map((command) => command.name())
    .find((name) => editDistance(name, typed) <= 2);
  if (near === undefined) return error;
  const hint = `Did you mean the command \`unfold ${near} <source>\`?`;
  return new UnfoldError("SOURCE_NOT_FOUND", { target: typed }, { hint });
}

function unknownCommand(program: Command, typed: string): UnfoldError {
  const names = program.commands.map((command) => command.name());
  const near = names.find((name) => editDistance(name, typed) <= 2);
  const hint = near === undefined ? `Commands: ${names.join(", ")}.` : `Did you mean \`unfold ${near}\`?`;
  return new UnfoldError(
    "USAGE",
    { message: `${quoteForMessage(typed)} is no command, and one source is taken` },
    { hint },
  );
}
