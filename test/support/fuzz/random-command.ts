import type { Command, Option } from "commander";
import { createProgram } from "../../../src/commands/program.ts";
import { fakeIo } from "../fake-io.ts";
import type { Prng } from "../prng.ts";
import { HOSTILE_NUMBERS, HOSTILE_TEXTS } from "./words.ts";

/** A command with the options that it takes, read from the program itself. */
export interface CommandShape {
  readonly words: readonly string[];
  readonly arguments: readonly string[];
  readonly options: readonly Option[];
}

/** What a command line may name. */
export interface CommandWorld {
  /** Folders, shards, indexes, snapshots. */
  readonly sources: readonly string[];
  /** Any other files. */
  readonly files: readonly string[];
  readonly paths: readonly string[];
  /** Where a run may write. */
  readonly output: string;
}

/** All commands of the program, with those below them: a new command or option is fuzzed on the day it comes. */
export async function commandShapes(): Promise<CommandShape[]> {
  const program = await createProgram(undefined, fakeIo(), () => {});
  const shapes: CommandShape[] = [];
  const visit = (command: Command, words: readonly string[]): void => {
    if (words.length > 0)
      shapes.push({
        words,
        arguments: command.registeredArguments.map((argument) => argument.name()),
        options: command.options,
      });
    for (const each of command.commands) visit(each, [...words, each.name()]);
  };
  visit(program, []);
  return shapes;
}

/** Chance of an option where a command has twenty: one or two a run, as most of them can spoil it. */
const OPTIONS_A_RUN = 1.5;

export function randomCommand(random: Prng, shapes: readonly CommandShape[], world: CommandWorld): string[] {
  const shape = random.pick(shapes);
  const argv = random.chance(0.1) && shape.words[0] === "overview" ? [] : [...shape.words];
  for (const name of shape.arguments) argv.push(argument(random, name, world));
  const probability = OPTIONS_A_RUN / Math.max(1, shape.options.length);
  for (const option of random.shuffled(shape.options))
    if (random.chance(probability)) argv.push(...optionText(random, option, world));
  // Reports are what the oracle can add up.
  if (random.chance(0.35) && shape.options.some(({ long }) => long === "--json")) argv.push("--json");
  return argv.map((text) => text.replaceAll("\0", "\\0"));
}

function argument(random: Prng, name: string, world: CommandWorld): string {
  if (random.chance(0.04)) return random.pick(HOSTILE_TEXTS);
  return /rule|shell/.test(name) ? random.pick(world.paths) : random.pick(world.sources);
}

function optionText(random: Prng, option: Option, world: CommandWorld): string[] {
  const flag = option.long ?? option.short ?? "";
  if (!option.required && !option.optional) return [flag];
  if (option.argChoices !== undefined && random.chance(0.97)) return [flag, random.pick(option.argChoices)];
  if (flag === "--output") return [flag, world.output];
  if (flag === "--baseline")
    return [flag, random.chance(0.6) ? `${world.output}.baseline` : random.pick(world.files)];
  if (random.chance(0.05)) return [flag, random.pick(HOSTILE_TEXTS)];
  return [flag, valueFor(random, option.flags, world)];
}

/** A value that fits what the help calls it, most of the time. */
function valueFor(random: Prng, flags: string, world: CommandWorld): string {
  const kind = /<([^>]*)>/.exec(flags)?.[1] ?? "";
  if (/source/.test(kind)) return random.pick(world.sources);
  if (/file/.test(kind)) return random.pick(world.files);
  if (/glob=/.test(kind)) return `${glob(random, world)}=${random.pick(["BF16", "F32", "x"])}`;
  if (/glob|module|path/.test(kind)) return glob(random, world);
  if (/folder/.test(kind)) return random.pick(["unet", "vae", "x", ".."]);
  if (/url/.test(kind)) return random.pick(["http://127.0.0.1:9", "file:///", "x"]);
  if (/condition/.test(kind))
    return random.pick([
      "elements>100",
      "dtype=BF16",
      "bytes>=1MB",
      "name~x",
      "shape=[1,2]",
      "x",
      "dtype!=F32",
    ]);
  const numbers = ["1", "2", "3", "8", "20", "40", "60", "80", "120", "999999999"];
  return random.pick([
    ...numbers,
    ...numbers,
    "128K",
    "5GB",
    "1.5B±1%",
    String(random.pick(HOSTILE_NUMBERS)),
  ]);
}

function glob(random: Prng, { paths }: CommandWorld): string {
  const path = random.pick(paths);
  return random.pick([
    path,
    `${path}*`,
    path.replace(/\d+/g, "*"),
    "*",
    "*.weight",
    random.pick(HOSTILE_TEXTS),
  ]);
}
