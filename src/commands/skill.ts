import type { Command } from "commander";
import SKILL from "../../SKILL.md";
import { EXIT } from "../report/exit-code.ts";
import type { Io } from "../terminal/io.ts";
import { outputOption } from "./options.ts";
import { writeResult } from "./run-view.ts";

/** `unfold skill`: how a program that writes code is to use unfold, as the file that such programs look for. */
export function addSkillCommand(program: Command, io: Io, done: (code: number) => void): void {
  program
    .command("skill")
    .description("prints SKILL.md: for coding assistants, when to run what and how to read the JSON")
    .addOption(outputOption())
    .action(async (options: { output?: string }) => {
      await writeResult(io, options, [SKILL]);
      done(EXIT.done);
    });
}
