import { type CommandModel, type ProgramModel, spellingsOf } from "./command-model.ts";

/**
 * A completion script for bash, from 3.2 on. It knows words; where none of them fits, bash itself offers files (`-o
 * default`), which is why options are offered once a dash is typed: before that a source is asked for.
 */
export function renderBash({ name, commands }: ProgramModel): string {
  const names = commands.map((command) => command.name);
  return `# bash completion for ${name}
_${name}() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" command="" words="" at
  for ((at = 1; at < COMP_CWORD; at++)); do
    case "\${COMP_WORDS[at]}" in
      ${names.join("|")}) command="\${COMP_WORDS[at]}"; break ;;
    esac
  done
  case "$command $before" in
${commands.flatMap(valueCases).join("\n")}
    *)
      case "$command" in
${commands.map(wordCase).join("\n")}
        *) if [[ $word == -* ]]; then words="--help --version"; else words="${names.join(" ")}"; fi ;;
      esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _${name} ${name}
`;
}

/** After an option that takes a value, its choices; where it has none, nothing but files. */
function valueCases({ name, options }: CommandModel): string[] {
  return options.flatMap((option) => {
    const { value } = option;
    if (value === undefined) return [];
    const patterns = spellingsOf(option).map((spelling) => `"${name} ${spelling}"`);
    const words = value.kind === "words" ? value.words.join(" ") : "";
    return [`    ${patterns.join("|")}) words="${words}" ;;`];
  });
}

function wordCase({ name, options, parts, argument }: CommandModel): string {
  const values = argument?.kind === "words" ? argument.words : [];
  const dashed = [...options.flatMap(spellingsOf), "--help"].join(" ");
  const words = [...parts, ...values].join(" ");
  return `        ${name}) if [[ $word == -* ]]; then words="${dashed}"; else words="${words}"; fi ;;`;
}
