import { type Command, Option } from "commander";
import { fingerprintOf } from "../analysis/fingerprint.ts";
import { BREAKDOWNS, type Breakdown, countParameters, type ParamsResult } from "../analysis/params.ts";
import { addParameters } from "../analysis/params-together.ts";
import type { Checkpoint, Component } from "../checkpoint/checkpoint.ts";
import type { Report } from "../report/report.ts";
import type { Io } from "../terminal/io.ts";
import { addCommonOptions, type CommonOptions } from "./options.ts";
import { chosenFormat, JSON_FORMAT, viewFormats } from "./output-format.ts";
import { documentPerComponent, perComponent } from "./per-component.ts";
import { runView } from "./run-view.ts";

interface ParamsOptions extends CommonOptions {
  readonly by?: Breakdown;
  readonly markdown?: boolean;
}

const FORMATS = viewFormats<Report<ParamsResult>, ParamsOptions>(async (report, { by }) => {
  const { paramsDocument } = await import("../report/render/params-document.ts");
  return documentPerComponent(report, (each) => paramsDocument(each, by), isSum);
});

export function addParamsCommand(program: Command, io: Io, done: (code: number) => void): void {
  const command = program
    .command("params")
    .description("parameters, total and active; by role, component, layer, expert, dtype and module")
    .argument("<source>")
    .addOption(new Option("--by <breakdown>", "only this breakdown").choices([...BREAKDOWNS]))
    .option("--markdown", "for a model card (= --format markdown)");
  addCommonOptions(command, FORMATS).action(async (source: string, given: ParamsOptions) => {
    // The short word yields to a format that is named.
    const isNamed = command.getOptionValueSource("format") === "cli";
    const options = given.markdown && !isNamed ? { ...given, format: "markdown" } : given;
    const isJson = chosenFormat(FORMATS, options) === JSON_FORMAT;
    done(
      await runView(io, source, options, {
        command: "params",
        build: (checkpoint: Checkpoint) =>
          perComponent(checkpoint, isJson ? countForJson : countParameters, {
            together: addParameters,
            splits: true,
          }),
        formats: FORMATS,
      }),
    );
  });
}

/** Whether the figures on top are those of all parts: of separate checkpoints the first stands there. */
function isSum({ result }: Report<ParamsResult>, parts: readonly string[]): boolean {
  return result.byComponent.some(({ component }) => parts.includes(component));
}

/** Text has no room for a fingerprint: it is made where it is shown. */
function countForJson(component: Component): ParamsResult {
  return { ...countParameters(component), fingerprint: fingerprintOf(component) };
}
