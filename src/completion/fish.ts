import type { CommandModel, OptionModel, ProgramModel, Value } from "./command-model.ts";

/** A completion script for fish: one line a command, an option, a list of words. */
export function renderFish({ name, commands }: ProgramModel): string {
  const names = commands.map((command) => command.name).join(" ");
  const atStart = quote(`not __fish_seen_subcommand_from ${names}`);
  return [
    `# fish completion for ${name}`,
    ...commands.map(({ name: own, says }) => `complete -c ${name} -n ${atStart} -a ${own} -d ${quote(says)}`),
    `complete -c ${name} -n ${atStart} -l version -d 'print the version'`,
    `complete -c ${name} -l help -d 'print the help'`,
    ...commands.flatMap((command) => linesOf(name, command)),
    "",
  ].join("\n");
}

function linesOf(program: string, { name, options, parts, argument }: CommandModel): string[] {
  const start = `complete -c ${program} -n ${quote(`__fish_seen_subcommand_from ${name}`)}`;
  const words = argument?.kind === "words" ? [...parts, ...argument.words] : parts;
  return [
    ...(words.length === 0 ? [] : [`${start} -f -a ${quote(words.join(" "))}`]),
    ...options.map((option) => `${start} ${optionOf(option)}`),
  ];
}

function optionOf({ long, short, value, says }: OptionModel): string {
  const spelling = `-l ${long.replace(/^--/, "")}${short === undefined ? "" : ` -s ${short.replace(/^-/, "")}`}`;
  return `${spelling}${value === undefined ? "" : ` ${takes(value)}`} -d ${quote(says)}`;
}

function takes(value: Value): string {
  switch (value.kind) {
    case "words":
      return `-x -a ${quote(value.words.join(" "))}`;
    case "path":
      return "-r -F";
    case "free":
      return "-x";
  }
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
