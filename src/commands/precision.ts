import { type Command, Option } from "commander";
import { analysePrecision, type PrecisionOptions, type PrecisionResult } from "../analysis/precision.ts";
import { addPrecision } from "../analysis/precision-together.ts";
import type { Report } from "../report/report.ts";
import type { Io } from "../terminal/io.ts";
import { addCommonOptions, type CommonOptions, matchGlob, parseWholeNumber } from "./options.ts";
import { viewFormats } from "./output-format.ts";
import { documentPerComponent, perComponent } from "./per-component.ts";
import { runView } from "./run-view.ts";

interface PrecisionCommandOptions extends CommonOptions, PrecisionOptions {
  readonly verbose?: boolean;
}

const FORMATS = viewFormats<Report<Together>, PrecisionCommandOptions>(async (report, options) => {
  const { precisionDocument } = await import("../report/render/precision-document.ts");
  const view = { verbose: options.verbose === true, only: describeFilter(options) };
  return documentPerComponent(
    report,
    (each) => precisionDocument(each, { ...view, isOfParts: each.result.components !== undefined }),
    (whole, parts) => view.only === undefined && isSum(whole, parts),
  );
});

type Together = PrecisionResult & { readonly components?: readonly unknown[] };

/** Whether the figures on top are those of all parts: of separate checkpoints the first stands there. */
function isSum({ result }: Report<Together>, parts: readonly string[]): boolean {
  return result.modules.some(({ pattern }) =>
    parts.some((part) => pattern.startsWith(`${part}/`) || pattern.startsWith(`${part}.`)),
  );
}

export function addPrecisionCommand(program: Command, io: Io, done: (code: number) => void): void {
  const command = program
    .command("precision")
    .description(
      "dtypes, quantization schemes, each weight paired with its scales, and whether the config agrees",
    )
    .argument("<source>")
    .addOption(
      new Option(
        "--layer <number>",
        "show only modules of this layer, the first number of their path",
      ).argParser(parseWholeNumber),
    )
    .addOption(new Option("--module <glob>", "show only modules whose path matches"))
    .option("--verbose", "every row of every list");
  addCommonOptions(command, FORMATS).action(async (source: string, options: PrecisionCommandOptions) => {
    done(
      await runView(io, source, options, {
        command: "precision",
        build: (checkpoint) =>
          perComponent(checkpoint, (component) => analysePrecision(component, toFilter(options)), {
            together: addPrecision,
          }),
        formats: FORMATS,
        requireSome: async (result, checkpoint) => {
          if (!isEmptyChoice(result, options)) return;
          const { refuseModules } = await import("./module-choice.ts");
          refuseModules(checkpoint.components, options);
        },
      }),
    );
  });
}

function toFilter({ layer, module }: PrecisionCommandOptions): PrecisionOptions {
  // A pattern that cannot be read is an error of usage, not a list of nothing or of all.
  if (module !== undefined) matchGlob(module);
  return { ...(layer === undefined ? {} : { layer }), ...(module === undefined ? {} : { module }) };
}

/** Whether modules were chosen and none is there: a list of nothing would look like an answer. */
function isEmptyChoice(result: Together, { layer, module }: PrecisionCommandOptions): boolean {
  if (layer === undefined && module === undefined) return false;
  const parts = (result.components ?? []) as readonly { readonly result: PrecisionResult }[];
  return [result, ...parts.map((part) => part.result)].every(({ modules }) => modules.length === 0);
}

/** What the list of modules was narrowed to, in words; undefined where it was not. */
function describeFilter({ layer, module }: PrecisionCommandOptions): string | undefined {
  const parts = [
    ...(layer === undefined ? [] : [`of layer ${layer}`]),
    ...(module === undefined ? [] : [`that match ${module}`]),
  ];
  return parts.length === 0 ? undefined : parts.join(", ");
}
