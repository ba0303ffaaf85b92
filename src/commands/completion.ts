import { Argument, type Command } from "commander";
import type { ProgramModel } from "../completion/command-model.ts";
import { EXIT } from "../report/exit-code.ts";
import type { Io } from "../terminal/io.ts";
import { modelOf } from "./program-model.ts";
import { writeResult } from "./run-view.ts";

type Shell = "bash" | "zsh" | "fish";

const SHELLS: Readonly<Record<Shell, () => Promise<(program: ProgramModel) => string>>> = {
  bash: async () => (await import("../completion/bash.ts")).renderBash,
  zsh: async () => (await import("../completion/zsh.ts")).renderZsh,
  fish: async () => (await import("../completion/fish.ts")).renderFish,
};

/** `unfold completion SHELL`: a script for the shell, made from the program's own definitions. */
export function addCompletionCommand(
  program: Command,
  io: Io,
  done: (code: number) => void,
  whole: () => Promise<Command>,
): void {
  program
    .command("completion")
    .summary("completion for bash, zsh or fish")
    .description(
      `Prints a completion script for a shell.

  bash   unfold completion bash > ~/.local/share/bash-completion/completions/unfold
  zsh    unfold completion zsh > "\${fpath[1]}/_unfold"
  fish   unfold completion fish > ~/.config/fish/completions/unfold.fish`,
    )
    .addArgument(new Argument("<shell>", "whose script").choices(Object.keys(SHELLS)))
    .option("-o, --output <file>", "write to a file, whole or not at all (- is stdout)")
    .action(async (shell: Shell, options: { output?: string }) => {
      const { CHECKS } = await import("../checks/registry.ts");
      const render = await SHELLS[shell]();
      const model = modelOf(
        await whole(),
        CHECKS.map(({ id }) => id),
      );
      await writeResult(io, options, [render(model)]);
      done(EXIT.done);
    });
}
