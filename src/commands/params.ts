import { type Command, Option } from "commander";
import { BREAKDOWNS, type Breakdown, countParameters, type ParamsResult } from "../analysis/params.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { Io } from "../terminal/io.ts";
import { addCommonOptions, type CommonOptions } from "./options.ts";
import { perComponent } from "./per-component.ts";
import { runView, VIEW_FORMATS } from "./run-view.ts";

interface ParamsOptions extends CommonOptions {
  readonly by?: Breakdown;
  readonly markdown?: boolean;
}

export function addParamsCommand(program: Command, io: Io, done: (code: number) => void): void {
  const command = program
    .command("params")
    .description("parameters, total and active; by role, component, layer, expert, dtype and module")
    .argument("<source>")
    .addOption(new Option("--by <breakdown>", "only this breakdown").choices([...BREAKDOWNS]))
    .option("--markdown", "for a model card (= --format markdown)")
    .addHelpText("after", EXAMPLES);
  addCommonOptions(command, VIEW_FORMATS).action(async (source: string, given: ParamsOptions) => {
    const options = given.markdown ? { ...given, format: "markdown" } : given;
    done(
      await runView<ParamsResult>(io, source, options, {
        command: "params",
        build: (checkpoint: Checkpoint) => perComponent(checkpoint, countParameters),
        document: async (report) => {
          const { documentPerComponent } = await import("./per-component.ts");
          const { paramsDocument } = await import("../report/render/params-document.ts");
          return documentPerComponent(report, (each) => paramsDocument(each, options.by));
        },
      }),
    );
  });
}

const EXAMPLES = `
Examples:
  unfold params ./export
  unfold params ./export --by role --markdown
  unfold params ./export --json | jq .result.parameters.total
  unfold params ./export --include '*.experts.*'`;
