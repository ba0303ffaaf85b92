import type { Command } from "commander";
import { type ComponentOverview, describeForOverview, describeLike } from "../analysis/overview.ts";
import type { Checkpoint, Component } from "../checkpoint/checkpoint.ts";
import type { ShortFit } from "../engines/memory/short-fit.ts";
import { UnfoldError } from "../errors.ts";
import { editDistance } from "../format/edit-distance.ts";
import { quoteForMessage } from "../format/escape.ts";
import { writesTokens } from "../kinds/kind.ts";
import { buildOverviewReport, type OverviewReport } from "../report/overview-report.ts";
import { quoteForShell } from "../report/render/shell-word.ts";
import type { Report } from "../report/report.ts";
import type { Io } from "../terminal/io.ts";
import { isThere } from "../terminal/user-files.ts";
import { addCommonOptions, type CommonOptions } from "./options.ts";
import { type OutputFormats, viewFormats } from "./output-format.ts";
import { runView } from "./run-view.ts";

interface OverviewOptions extends CommonOptions {
  /** The source as it was typed: commands to paste name it so. */
  readonly typed?: string;
}

const FORMATS: OutputFormats<Report<OverviewReport>, OverviewOptions> = {
  ...viewFormats(async (report, { typed }) => {
    const { overviewDocument } = await import("../report/render/overview-document.ts");
    return overviewDocument(report, typed === undefined ? {} : { typed });
  }),
  line: {
    extensions: [],
    render: async (report) => (await import("../report/render/overview-line.ts")).renderLine(report),
  },
  csv: {
    extensions: [".csv"],
    render: async (report) => (await import("../report/render/overview-line.ts")).renderCsv(report),
  },
};

/** `unfold <source>`: the screen for someone who knows nothing of the checkpoint yet. */
export function addOverviewCommand(program: Command, io: Io, done: (code: number) => void): void {
  const command = program
    .command("overview", { isDefault: true })
    .description("one screen: what is this, how big, how precise")
    .argument("<source>")
    // `unfold tre ./export` arrives here: commander's own words would blame the number of arguments.
    .allowExcessArguments();
  addCommonOptions(command, FORMATS).action(async (source: string, options: OverviewOptions) => {
    if (command.args.length > 1) throw unknownCommand(program, command.args);
    refuseSlip(program, source);
    const { runChecks } = await import("../checks/run.ts");
    const build = async (checkpoint: Checkpoint) => {
      const fit = await fitOf(checkpoint);
      let fits: ShortFit | null = null;
      // Of a folder of many checkpoints one model is held at a time: each is described when its checks are done.
      const described = new Map<Component, ComponentOverview>();
      const onChecked = (component: Component, like: Component | undefined) => {
        const known = like && described.get(like);
        described.set(
          component,
          known === undefined ? describeForOverview(checkpoint, component) : describeLike(known, component),
        );
        fits = fit?.(component) ?? null;
      };
      const result = runChecks(checkpoint, { onChecked });
      return buildOverviewReport(checkpoint, result, { described, fits });
    };
    try {
      done(
        await runView(
          io,
          source,
          { ...options, typed: source },
          {
            command: "overview",
            build,
            formats: FORMATS,
          },
        ),
      );
    } catch (error) {
      throw withCommands(error, program, source);
    }
  });
}

/** Tells where the one model of a source fits; the tables are read for models that write text alone. */
async function fitOf({
  components,
}: Checkpoint): Promise<((component: Component) => ShortFit | null) | null> {
  const [component] = components;
  if (component === undefined || components.length > 1 || !writesTokens(component)) return null;
  const { shortFit } = await import("../engines/memory/short-fit.ts");
  const { loadTables } = await import("../engines/table.ts");
  const tables = await loadTables(["vllm"]);
  return (each) => shortFit(each, tables);
}

/** Slips of typing that still leave a command's name: one in a short word, as models have short names too. */
function nearCommand(program: Command, typed: string): string | undefined {
  const most = typed.length <= 4 ? 1 : 2;
  return namesOf(program).find((name) => editDistance(name, typed.toLowerCase()) <= most);
}

function namesOf(program: Command): string[] {
  return program.commands.map((command) => command.name());
}

/** `unfold tre` alone: nearly a command, and nothing that is there. No hub is asked for it. */
function refuseSlip(program: Command, typed: string): void {
  const near = /^[a-z]+$/i.test(typed) ? nearCommand(program, typed) : undefined;
  if (near === undefined || isThere(typed)) return;
  const hint = `Did you mean the command \`unfold ${near} <source>\`? For a model of the hub write hf://${typed}.`;
  throw new UnfoldError("SOURCE_NOT_FOUND", { target: typed }, { hint });
}

/** A bare word that no hub knows either: whoever typed it may have looked for a command. */
function withCommands(error: unknown, program: Command, typed: string): unknown {
  const isUnknown = error instanceof UnfoldError && /^(?:SOURCE|REPO)_NOT_FOUND$/.test(error.code);
  if (!isUnknown || !/^[a-z]+$/i.test(typed)) return error;
  const hint = `${error.hint ?? ""} Commands: ${namesOf(program).join(", ")}.`.trim();
  return new UnfoldError(error.code, error.details, { file: error.file, hint, cause: error.cause });
}

function unknownCommand(program: Command, words: readonly string[]): UnfoldError {
  const [typed = "", ...rest] = words;
  const names = namesOf(program);
  const named = rest.find((word) => names.includes(word));
  const near = nearCommand(program, typed);
  const others = rest.filter((word) => word !== named);
  // What is there, or looks like a path, was meant as a source.
  if (near === undefined && named === undefined && (isThere(typed) || /[/\\]/.test(typed))) {
    const hint = "`unfold diff A B` compares two, `unfold check A B` judges several.";
    const message = `one source is taken; ${rest.map(quoteForMessage).join(", ")} came on top`;
    return new UnfoldError("USAGE", { message }, { hint });
  }
  const hint =
    near !== undefined
      ? `Did you mean \`unfold ${near}\`?`
      : named !== undefined
        ? `Did you mean \`unfold ${[named, typed, ...others].map(quoteForShell).join(" ")}\`?`
        : `One source at a time; for another, run unfold again. Commands: ${names.join(", ")}.`;
  return new UnfoldError(
    "USAGE",
    { message: `${quoteForMessage(typed)} is no command, and one source is taken` },
    { hint },
  );
}
