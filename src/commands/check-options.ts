import { type Command, Option } from "commander";
import type { Severity } from "../checks/check.ts";
import { type Expectations, parseBytes, parseDtype, parseExpectedCount } from "../checks/expectations.ts";
import type { UserConfig } from "../checks/user-config.ts";
import type { EngineRun } from "../engines/run.ts";
import { UnfoldError } from "../errors.ts";
import type { Io } from "../terminal/io.ts";
import { findUpwards, readUserJson } from "../terminal/user-files.ts";
import {
  type CommonOptions,
  collect,
  matchGlob,
  parseDevices,
  parsePositiveInteger,
  parseWholeNumber,
  underOption,
} from "./options.ts";

/** Name of the file that configures `unfold check`, looked for from the working folder upwards. */
const CONFIG_NAME = "unfold.config.json";

export interface CheckCommandOptions extends CommonOptions {
  readonly failOn?: Severity | "never";
  readonly against?: string;
  readonly values?: boolean;
  readonly tp?: number;
  readonly ep?: number;
  readonly pp?: number;
  readonly engine?: readonly string[];
  readonly gpu?: string;
  readonly dtype?: string;
  readonly expectScheme?: readonly string[];
  readonly expectParams?: string;
  readonly expectDtype?: readonly string[];
  readonly expectLayers?: number;
  readonly maxBytes?: string;
  readonly maxShardBytes?: string;
  readonly config?: string;
  readonly baseline?: string;
  readonly updateBaseline?: boolean;
  readonly listRules?: boolean;
  readonly from?: string;
  readonly jobs?: number;
  readonly verbose?: boolean;
}

export function addCheckOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--fail-on <severity>", "exit with 1 from this severity on (default: error)").choices([
        "error",
        "warning",
        "info",
        "never",
      ]),
    )
    .option("--against <source>", "hold it against the checkpoint that it was made from")
    .option("--values", "read the values of scale tensors too (ranged reads; never weights)")
    .addOption(
      new Option(
        "--engine <name>",
        "would it load: vllm, sglang, transformers, trtllm, mlx, llama.cpp or all (repeatable)",
      ).argParser(collect),
    )
    .option("--gpu <name>", "the GPU that engines are asked about, such as 'H100 80'")
    .option("--dtype <dtype>", "what engines are to compute in (default: auto)")
    .addOption(
      new Option("--pp <n>", "pipeline parallel: stages that engines are asked about").argParser(
        parseDevices,
      ),
    )
    .addOption(
      new Option("--tp <n>", "tensor parallel: do dimensions divide into n slices").argParser(parseDevices),
    )
    .addOption(
      new Option("--ep <n>", "expert parallel: do experts divide among n devices").argParser(parseDevices),
    )
    .addOption(
      new Option("--expect-scheme <id>", "quantization scheme, or none (repeatable)").argParser(collect),
    )
    .option("--expect-params <count>", "logical parameters: 8030261248, or 228.69B±0.1%")
    .addOption(
      new Option("--expect-dtype <glob=dtype>", "dtype of tensors by name (repeatable)").argParser(collect),
    )
    .addOption(new Option("--expect-layers <n>", "number of layers").argParser(parseWholeNumber))
    .option("--max-bytes <size>", "most bytes of all tensors, such as 48GB")
    .option("--max-shard-bytes <size>", "most bytes of one file, such as 5GB")
    .option("--config <file>", `configuration (default: the nearest ${CONFIG_NAME}, upwards)`)
    .option("--baseline <file>", "accept the findings that this file lists")
    .option("--update-baseline", "write the findings of this run into the baseline")
    .option("--verbose", "all findings of a rule, and every rule that was not run under its reason")
    .option("--list-rules", "list all checks and end")
    .option(
      "--from <file>",
      "check the sources that a file lists, one a line (- is standard input); a line of JSON for each, or --format",
    )
    .addOption(new Option("--jobs <n>", "sources of --from at once (default: 4)").argParser(parseJobs));
}

/** Sources at once: each holds a checkpoint's headers in memory, a large model's some 300 MB. */
const MAX_JOBS = 64;

function parseJobs(value: string): number {
  const jobs = parsePositiveInteger(value);
  if (jobs <= MAX_JOBS) return jobs;
  throw new UnfoldError("USAGE", { message: `takes at most ${MAX_JOBS}` });
}

export interface ConfigOfRun {
  readonly config: UserConfig;
  /** The file that was found without being named; null where it was, or where there is none. */
  readonly foundAt: string | null;
}

/** The configuration that counts for a run: the file named, else the nearest one, else none. */
export async function readConfigFor(io: Io, options: CheckCommandOptions): Promise<ConfigOfRun> {
  // Loaded with the registry of checks, which no other command is to pay for.
  const { parseUserConfig } = await import("../checks/user-config.ts");
  const { workingFolder } = io;
  const foundAt =
    options.config === undefined && workingFolder !== undefined
      ? (findUpwards(CONFIG_NAME, workingFolder) ?? null)
      : null;
  const file = options.config ?? foundAt;
  if (file !== null) io.inputs.addFile(file, "the configuration");
  const value = file === null ? {} : underOption("--config", () => readUserJson(file));
  return { config: parseUserConfig(value, matchGlob, file ?? CONFIG_NAME), foundAt };
}

/** Expectations of the command line; each takes the place of the configuration's own. */
export async function readExpectations(
  options: CheckCommandOptions,
  configured: Expectations,
): Promise<Expectations> {
  const { expectScheme, expectParams, expectDtype, expectLayers, maxBytes, maxShardBytes } = options;
  return {
    ...configured,
    ...(expectScheme === undefined ? {} : { schemes: await parseSchemes(expectScheme) }),
    ...(expectParams === undefined
      ? {}
      : { parameters: underOption("--expect-params", () => parseExpectedCount(expectParams)) }),
    ...(expectDtype === undefined
      ? {}
      : { dtypes: underOption("--expect-dtype", () => expectDtype.map(parseDtypePair)) }),
    ...(expectLayers === undefined ? {} : { layers: expectLayers }),
    ...(maxBytes === undefined ? {} : { maxBytes: underOption("--max-bytes", () => parseBytes(maxBytes)) }),
    ...(maxShardBytes === undefined
      ? {}
      : { maxShardBytes: underOption("--max-shard-bytes", () => parseBytes(maxShardBytes)) }),
  };
}

/** The table of schemes is loaded for those who expect one. */
async function parseSchemes(ids: readonly string[]): Promise<readonly string[]> {
  const { parseScheme } = await import("../checks/expected-scheme.ts");
  return underOption("--expect-scheme", () => ids.map(parseScheme));
}

function parseDtypePair(pair: string): { glob: string; matches: (name: string) => boolean; dtype: string } {
  const at = pair.lastIndexOf("=");
  const glob = pair.slice(0, at);
  if (at <= 0)
    throw new UnfoldError("USAGE", {
      message: `${JSON.stringify(pair)} is no pair of a glob and a dtype such as '*.norm.weight=BF16'`,
    });
  return { glob, matches: matchGlob(glob), dtype: parseDtype(pair.slice(at + 1)) };
}

/** The engines that are asked for, with the plan; null where none is. Their tables are loaded here, late. */
export async function readEngines(options: CheckCommandOptions): Promise<EngineRun | null> {
  const asked = options.engine ?? [];
  if (asked.length === 0) {
    if (options.gpu !== undefined || options.pp !== undefined || options.dtype !== undefined)
      throw new UnfoldError("USAGE", {
        message: "--gpu, --pp and --dtype are about engines: name one with --engine",
      });
    return null;
  }
  const { readEngineNames, readPlan } = await import("./engine-options.ts");
  const { prepareEngines } = await import("../engines/run.ts");
  const { engines, isNamed } = underOption("--engine", () => readEngineNames(asked));
  return prepareEngines(engines, readPlan(options), isNamed);
}
