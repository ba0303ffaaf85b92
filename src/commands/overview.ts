import type { Command } from "commander";
import { buildOverview } from "../analysis/overview.ts";
import { UnfoldError } from "../errors.ts";
import { editDistance } from "../format/edit-distance.ts";
import { quoteForMessage } from "../format/escape.ts";
import type { Io } from "../terminal/io.ts";
import { addCommonOptions, type CommonOptions } from "./options.ts";
import { runView, VIEW_FORMATS } from "./run-view.ts";

/** `unfold <source>`: the screen for someone who knows nothing of the checkpoint yet. */
export function addOverviewCommand(program: Command, io: Io, done: (code: number) => void): void {
  const command = program
    .command("overview", { isDefault: true })
    .description("one screen: what is this, how big, how precise")
    .argument("<source>")
    // `unfold tre ./export` arrives here: commander's own words would blame the number of arguments.
    .allowExcessArguments();
  addCommonOptions(command, VIEW_FORMATS).action(async (source: string, options: CommonOptions) => {
    if (command.args.length > 1) throw unknownCommand(program, source);
    done(
      await runView(io, source, options, {
        command: "overview",
        build: buildOverview,
        document: async (report) => {
          const { overviewDocument } = await import("../report/render/overview-document.ts");
          return overviewDocument(report);
        },
      }),
    );
  });
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
