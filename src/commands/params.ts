import type { Command } from "commander";
import { countParameters, type ParamsResult } from "../analysis/params.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { Io } from "../terminal/io.ts";
import { addCommonOptions, type CommonOptions } from "./options.ts";
import { perComponent } from "./per-component.ts";
import { runView, VIEW_FORMATS } from "./run-view.ts";

export function addParamsCommand(program: Command, io: Io, done: (code: number) => void): void {
  const command = program
    .command("params")
    .description("parameters, stored elements, bytes, bits per weight: by dtype, module and layer")
    .argument("<source>")
    .addHelpText("after", EXAMPLES);
  addCommonOptions(command, VIEW_FORMATS).action(async (source: string, options: CommonOptions) => {
    done(
      await runView<ParamsResult>(io, source, options, {
        command: "params",
        build: (checkpoint: Checkpoint) => perComponent(checkpoint, countParameters),
        document: async (report) => {
          const { documentPerComponent } = await import("./per-component.ts");
          const { paramsDocument } = await import("../report/render/params-document.ts");
          return documentPerComponent(report, paramsDocument);
        },
      }),
    );
  });
}

const EXAMPLES = `
Examples:
  unfold params ./export
  unfold params ./export --json | jq .result.parameters.total
  unfold params ./export --include '*.experts.*'`;
