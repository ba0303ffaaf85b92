import type { Command, Option } from "commander";
import type { CommandModel, OptionModel, ProgramModel, Value } from "../completion/command-model.ts";
import { ENGINE_NAMES } from "../engines/names.ts";

/** Placeholders that stand for a file, a folder or a source, which may be one. */
const PATHS = new Set(["source", "sources", "file", "folder", "before", "after"]);

/** Words that are offered and not required: others may stand for the same, such as `vllm@0.33.0`. */
const OFFERED: Readonly<Record<string, readonly string[]>> = { "--engine": [...ENGINE_NAMES, "all"] };

/** The program as its own definitions tell it; `rules` are the ids that `<rule>` stands for. */
export function modelOf(program: Command, rules: readonly string[]): ProgramModel {
  const toValue: ToValue = (placeholder, choices, option) => {
    const name = placeholder.replace(/[<>[\].]/g, "");
    const words = choices ?? OFFERED[option ?? ""] ?? (name === "rule" ? rules : undefined);
    if (words !== undefined) return { kind: "words", words };
    return PATHS.has(name) ? { kind: "path" } : { kind: "free" };
  };
  return {
    name: program.name(),
    says: program.description(),
    commands: program.commands.map((command) => commandModel(command, toValue)),
  };
}

type ToValue = (placeholder: string, choices: readonly string[] | undefined, option?: string) => Value;

function commandModel(command: Command, toValue: ToValue): CommandModel {
  const placeholders = command.registeredArguments.map((each) =>
    each.required ? `<${each.name()}>` : `[${each.name()}]`,
  );
  const [argument] = command.registeredArguments;
  return {
    name: command.name(),
    says: command.summary() || command.description(),
    options: [command, ...command.commands].flatMap(({ options }) =>
      options.filter(({ hidden }) => !hidden).map((option) => optionModel(option, toValue)),
    ),
    parts: command.commands.map((part) => part.name()),
    usage: placeholders.join(" "),
    ...(argument === undefined ? {} : { argument: toValue(argument.name(), argument.argChoices) }),
  };
}

function optionModel({ flags, long, short, description, argChoices }: Option, toValue: ToValue): OptionModel {
  const placeholder = /[<[].*$/.exec(flags)?.[0] ?? "";
  return {
    long: long ?? flags,
    placeholder,
    says: description,
    ...(short === undefined ? {} : { short }),
    ...(placeholder === "" ? {} : { value: toValue(placeholder, argChoices, long) }),
  };
}
