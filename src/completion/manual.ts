import { type CommandModel, type OptionModel, type ProgramModel, spellingsOf } from "./command-model.ts";

/** What a manual has beside commands and options. */
export interface ManualText {
  readonly version: string;
  /** Paragraphs below DESCRIPTION. */
  readonly description: readonly string[];
  /** Exit codes and what they mean. */
  readonly exitCodes: readonly (readonly [code: number, says: string])[];
  /** Variables of the environment and what they do. */
  readonly environment: readonly (readonly [name: string, says: string])[];
}

/** The manual page in the macros of man(7). Options that all commands share are listed once. */
export function renderManual({ name, says, commands }: ProgramModel, text: ManualText): string {
  const shared = sharedOptions(commands);
  return `${[
    `.TH ${name.toUpperCase()} 1 "" "${name} ${text.version}" "User Commands"`,
    ".SH NAME",
    `${name} \\- ${roff(says)}`,
    ".SH SYNOPSIS",
    ...commands.flatMap(({ name: own, usage }) => [
      `.B ${name} ${roff(own)}`,
      `${roff(usage)} [\\fIoption\\fR ...]`.trimStart(),
      ".br",
    ]),
    ".SH DESCRIPTION",
    ...text.description.flatMap((paragraph) => [".PP", roff(paragraph)]),
    ".SH COMMANDS",
    ...commands.flatMap((command) => [
      ".SS",
      `${roff(command.name)} ${roff(command.usage)}`.trimEnd(),
      ".PP",
      roff(command.says),
      ...command.options.filter((option) => !shared.has(keyOf(option))).flatMap(optionLines),
    ]),
    ".SH OPTIONS OF EVERY VIEW",
    ...[...shared.values()].flatMap(optionLines),
    ".SH EXIT STATUS",
    ...text.exitCodes.flatMap(([code, means]) => [".TP", `.B ${code}`, roff(means)]),
    ".SH ENVIRONMENT",
    ...text.environment.flatMap(([variable, means]) => [".TP", `.B ${roff(variable)}`, roff(means)]),
  ].join("\n")}\n`;
}

/** Options that more than half of the commands have, alike to the last word. */
function sharedOptions(commands: readonly CommandModel[]): ReadonlyMap<string, OptionModel> {
  const seen = new Map<string, { option: OptionModel; count: number }>();
  for (const { options } of commands)
    for (const option of options) {
      const known = seen.get(keyOf(option)) ?? { option, count: 0 };
      seen.set(keyOf(option), { option, count: known.count + 1 });
    }
  return new Map(
    [...seen]
      .filter(([, { count }]) => count * 2 > commands.length)
      .map(([key, { option }]) => [key, option]),
  );
}

function keyOf({ long, says }: OptionModel): string {
  return `${long} ${says}`;
}

function optionLines(option: OptionModel): string[] {
  const spellings = spellingsOf(option)
    .reverse()
    .map((spelling) => `\\fB${roff(spelling)}\\fR`);
  const value = option.value?.kind === "words" ? ` (${option.value.words.join(", ")})` : "";
  return [
    ".TP",
    `${spellings.join(", ")} ${roff(option.placeholder)}`.trimEnd(),
    roff(`${option.says}${value}`),
  ];
}

/** Text as a line of its own: no character of it is a request. */
function roff(text: string): string {
  const plain = text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replace(/\s*\n\s*/g, " ");
  return /^[.']/.test(plain) ? `\\&${plain}` : plain;
}
