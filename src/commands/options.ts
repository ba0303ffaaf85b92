import { type Command, Option } from "commander";
import { UnfoldError } from "../errors.ts";
import { quoteForMessage } from "../format/escape.ts";
import { compileGlob } from "../patterns/glob.ts";
import { type FormatNames, formatOfOutput } from "./output-format.ts";

/** Options that every command has; each means the same everywhere. */
export interface CommonOptions {
  readonly subfolder?: string;
  readonly variant?: string;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly json?: boolean;
  readonly format?: string;
  readonly output?: string;
  readonly color?: boolean;
  readonly ascii?: boolean;
  readonly pager?: boolean;
  readonly quiet?: boolean;
  readonly revision?: string;
  readonly token?: string;
  readonly tokenStdin?: boolean;
  readonly endpoint?: string;
  readonly offline?: boolean;
  /** False with `--no-cache`. */
  readonly cache?: boolean;
  readonly concurrency?: number;
  readonly requesterPays?: boolean;
  /** Seconds for the whole run. */
  readonly timeout?: number;
  readonly stats?: boolean;
  readonly width?: number;
}

/** Characters of a pattern; names of tensors have some hundred. */
const MAX_GLOB_CHARACTERS = 1000;

/** Options of every command; the extension of `--output` chooses among the command's formats. */
export function addCommonOptions(command: Command, formats: FormatNames): Command {
  // Not an option's default: only the name that was given tells.
  command.hook("preAction", () => {
    const { output, format, json } = command.opts<CommonOptions>();
    const implied = output === undefined ? undefined : formatOfOutput(output, formats);
    if (format === undefined && json === undefined && implied !== undefined)
      command.setOptionValueWithSource("format", implied, "implied");
  });
  return addNetworkOptions(addSelectionOptions(addOutputOptions(command, Object.keys(formats))));
}

/** `--output`, of every command that prints something: it means the same in all of them. */
export function outputOption(): Option {
  const what = "write to a file, whole or not at all; its extension chooses the format (- is stdout)";
  return new Option("-o, --output <file>", what);
}

function addOutputOptions(command: Command, formats: readonly string[]): Command {
  return command
    .optionsGroup("Output:")
    .addOption(new Option("--json", "the report as JSON (= --format json)"))
    .addOption(new Option("--format <format>", "how to print the report").choices([...formats]))
    .addOption(outputOption())
    .addOption(
      new Option(
        "--width <columns>",
        "width of the text (default: the terminal's; tables in pipes and files are never cut)",
      ).argParser(parsePositiveInteger),
    )
    .option("--color", "colours even where the output is no terminal")
    .option("--no-color", "no colours")
    .option("--ascii", "plain characters only")
    .option("--pager", "on a terminal: through $PAGER (default: less)")
    .option("-q, --quiet", "no progress and no remarks on stderr")
    .option("--stats", "requests, bytes, cache hits and times, on stderr");
}

function addSelectionOptions(command: Command): Command {
  return command
    .optionsGroup("Selection:")
    .addOption(
      new Option("--include <glob>", "only tensors whose names match (repeatable)").argParser(collect),
    )
    .addOption(new Option("--exclude <glob>", "no tensors whose names match (repeatable)").argParser(collect))
    .option("--variant <name>", "only this variant, such as fp16")
    .option("--subfolder <folder>", "folder below the source that holds the checkpoint")
    .option("--revision <name>", "branch, tag, commit or refs/pr/N of a model on the hub");
}

function addNetworkOptions(command: Command): Command {
  return command
    .optionsGroup("Hub and network:")
    .option(
      "--token <token>",
      "access token (better: HF_TOKEN or --token-stdin, which no process list shows)",
    )
    .option("--token-stdin", "read the access token from standard input")
    .option(
      "--endpoint <url>",
      "the hub, or the store of s3://: a mirror, or one of your own (default: HF_ENDPOINT, AWS_ENDPOINT_URL)",
    )
    .option("--requester-pays", "s3://: requests may be charged to you")
    .option("--offline", "make no request: the cache, or an error")
    .option("--no-cache", "neither use nor fill the cache of headers")
    .addOption(
      new Option("--concurrency <n>", "requests at once (default: 48)").argParser(parsePositiveInteger),
    )
    .addOption(new Option("--timeout <seconds>", "for the run as a whole").argParser(parseTimeout))
    .optionsGroup("Options:");
}

/** What is wrong with a value is told with the option that it was given to. */
export function underOption<T>(option: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof UnfoldError) || error.code !== "USAGE") throw error;
    const hint = error.hint === null ? {} : { hint: error.hint };
    throw new UnfoldError("USAGE", { message: `${option}: ${error.message}` }, hint);
  }
}

/** Gathers a repeatable option. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

export function parsePositiveInteger(value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value))
    throw new UnfoldError("USAGE", { message: `${JSON.stringify(value)} is not a whole number above 0` });
  return Number(value);
}

/** Devices of one plan: the largest replicas have some hundred, and figures are made for each. */
const MAX_DEVICES = 1024;

/** A number of devices or stages. */
export function parseDevices(value: string): number {
  const devices = parsePositiveInteger(value);
  if (devices <= MAX_DEVICES) return devices;
  throw new UnfoldError("USAGE", {
    message: `${devices} devices are more than ${MAX_DEVICES}, the most of one plan`,
  });
}

/** Longest `--timeout`: what a timer of Node.js holds, 2^31 - 1 ms or 24 days. A longer one would end at once. */
const MAX_TIMEOUT_SECONDS = 2_147_483;

function parseTimeout(value: string): number {
  if (/^[1-9]\d*$/.test(value) && Number(value) > MAX_TIMEOUT_SECONDS) {
    const message = `takes at most ${MAX_TIMEOUT_SECONDS} seconds (24 days); without it there is no limit`;
    throw new UnfoldError("USAGE", { message });
  }
  return parsePositiveInteger(value);
}

/** Tokens that a decimal `k` or `m`, and a binary `K` or `M`, stand for, as vLLM's `--max-model-len` reads them. */
const TOKEN_UNITS: Readonly<Record<string, number>> = {
  "": 1,
  k: 1000,
  K: 1024,
  m: 1000 ** 2,
  M: 1024 ** 2,
};

/** A number of tokens above 0: `131072`, `128K` or `128k`. */
export function parseTokens(value: string): number {
  const [, digits, unit = ""] = /^([1-9]\d{0,8})([kKmM]?)$/.exec(value) ?? [];
  if (digits === undefined)
    throw new UnfoldError("USAGE", {
      message: `${JSON.stringify(value)} is not a number of tokens, such as 131072 or 128K`,
    });
  return Number(digits) * (TOKEN_UNITS[unit] as number);
}

export function parseWholeNumber(value: string): number {
  if (!/^\d{1,9}$/.test(value))
    throw new UnfoldError("USAGE", { message: `${JSON.stringify(value)} is not a whole number` });
  return Number(value);
}

/** A condition on tensor names and other texts, made of what a user typed. */
export type MatchGlob = (glob: string) => (name: string) => boolean;

/**
 * A glob over tensor names: `*` is any text, dots and slashes included, `?` one character, `[ab]` one of a class,
 * `{a,b}` either. A plain name matches itself.
 */
export const matchGlob: MatchGlob = (glob) => {
  if (glob === "") throw new UnfoldError("USAGE", { message: "a pattern is empty: it matches no name" });
  if (glob.length > MAX_GLOB_CHARACTERS) {
    throw new UnfoldError("USAGE", {
      message: `a pattern of ${glob.length} characters; at most ${MAX_GLOB_CHARACTERS} are taken`,
    });
  }
  const matches = compileGlob(glob);
  if (matches === undefined)
    throw new UnfoldError("USAGE", { message: `cannot read the pattern ${quoteForMessage(glob)}` });
  return matches;
};
