import {
  type CommandModel,
  type OptionModel,
  type ProgramModel,
  spellingsOf,
  type Value,
} from "./command-model.ts";

/** A completion script for zsh, as a function for a folder of \`$fpath\`; sourced, it registers itself. */
export function renderZsh({ name, commands }: ProgramModel): string {
  const described = commands.map(
    (command) => `    ${quote(`${escapeColons(command.name)}:${command.says}`)}`,
  );
  return `#compdef ${name}
_${name}() {
  local curcontext="$curcontext" state line
  local -a commands=(
${described.join("\n")}
  )
  _arguments -C '--help[print the help]' '--version[print the version]' '1:command:->command' '*::argument:->argument'
  case $state in
    command) _describe -t commands command commands; _files ;;
    argument)
      case $words[1] in
${commands.map(commandCase).join("\n")}
        *) _files ;;
      esac ;;
  esac
}
compdef _${name} ${name}
`;
}

function commandCase({ name, options, parts, argument }: CommandModel): string {
  const specs = options.flatMap(specsOf);
  const words: Value | undefined = parts.length > 0 ? { kind: "words", words: parts } : argument;
  const rest = words === undefined ? [] : [`'*:argument:${actionOf(words)}'`];
  return `        ${name}) _arguments ${[...specs, "'--help[print this help]'", ...rest].join(" ")} ;;`;
}

function specsOf(option: OptionModel): string[] {
  const { value, placeholder, says } = option;
  const label = placeholder.replace(/[<>[\]]/g, "");
  const action = value === undefined ? "" : `:${escapeColons(label)}:${actionOf(value)}`;
  return spellingsOf(option).map((spelling) => quote(`*${spelling}[${escapeBrackets(says)}]${action}`));
}

function actionOf(value: Value): string {
  switch (value.kind) {
    case "words":
      return `(${value.words.join(" ")})`;
    case "path":
      return "_files";
    case "free":
      return " ";
  }
}

function escapeColons(text: string): string {
  return text.replaceAll(":", "\\:");
}

function escapeBrackets(text: string): string {
  return text.replace(/[[\]:\\]/g, "\\$&");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
