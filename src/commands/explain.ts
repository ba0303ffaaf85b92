import type { Command } from "commander";
import { UnfoldError } from "../errors.ts";
import { quoteForMessage } from "../format/escape.ts";
import { findNearest } from "../format/nearest.ts";
import type { Io } from "../terminal/io.ts";
import { type CommonOptions, outputOption } from "./options.ts";
import { writeResult } from "./run-view.ts";

/** `unfold explain RULE`: the page of a check, without any source. */
export function addExplainCommand(program: Command, io: Io, done: (code: number) => void): void {
  program
    .command("explain")
    .description("what a check says, why it matters, how to fix what it found")
    .argument("<rule>", "id of a check, as in unfold check --list-rules")
    .addOption(outputOption())
    .action(async (rule: string, options: Pick<CommonOptions, "output">) => {
      const { CHECKS, checkOf } = await import("../checks/registry.ts");
      const check = checkOf(rule);
      if (check === undefined) {
        const ids = CHECKS.map(({ id }) => id);
        const nearest = findNearest(rule, ids);
        const hint =
          nearest === undefined ? "unfold check --list-rules names all." : `Did you mean ${nearest}?`;
        throw new UnfoldError("USAGE", { message: `there is no check ${quoteForMessage(rule)}` }, { hint });
      }
      await writeResult(io, options, [check.page]);
      done(0);
    });
}
