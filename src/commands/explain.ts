import type { Command } from "commander";
import { isErrorCode, UnfoldError } from "../errors.ts";
import { quoteForMessage } from "../format/escape.ts";
import { findNearest } from "../format/nearest.ts";
import type { Io } from "../terminal/io.ts";
import { isStdout } from "../terminal/output-file.ts";
import { type CommonOptions, outputOption } from "./options.ts";
import { viewFor, writeResult } from "./run-view.ts";

type ExplainOptions = Pick<CommonOptions, "output" | "color" | "width" | "pager">;

/** `unfold explain RULE`: the page of a check, or what a code means, without any source. */
export function addExplainCommand(program: Command, io: Io, done: (code: number) => void): void {
  program
    .command("explain")
    .description("what a check says, why it matters, how to fix what it found; also what a code means")
    .argument("<rule>", "id of a check, as in unfold check --list-rules, or a code such as SHARD_MISSING")
    .addOption(outputOption())
    .option("--color", "colours even where the output is no terminal")
    .option("--no-color", "no colours")
    .option("--pager", "on a terminal: through $PAGER (default: less)")
    .action(async (rule: string, options: ExplainOptions) => {
      const page = await pageOf(rule);
      // Into a pipe or a file goes the page as it is kept: Markdown.
      if (!io.stdout.isTTY || !isStdout(options.output)) await writeResult(io, options, [page]);
      else {
        const { renderPage } = await import("../report/render/page-text.ts");
        await writeResult(io, options, renderPage(page, await viewFor(io, options)));
      }
      done(0);
    });
}

/** The page of a rule; of a code of another view that of the rule that tells the same, else what it means. */
async function pageOf(typed: string): Promise<string> {
  const { CHECKS, checkOf } = await import("../checks/registry.ts");
  const { FAULTS } = await import("../faults/fault.ts");
  const id = typed.trim();
  const code = id.toUpperCase().replaceAll("-", "_");
  const told = CHECKS.find((check) => "codes" in check && (check.codes as readonly string[]).includes(code));
  const fault = Object.values(FAULTS).find((row) => "code" in row && row.code === code);
  const check = checkOf(id.toLowerCase()) ?? told ?? (fault === undefined ? undefined : checkOf(fault.rule));
  if (check !== undefined) return check.page;
  if (isErrorCode(code)) {
    const { CODE_MEANINGS } = await import("../checks/code-meanings.ts");
    return `# ${code}\n\n${CODE_MEANINGS[code]}\n`;
  }
  const nearest = findNearest(
    id.toLowerCase(),
    CHECKS.map(({ id: own }) => own),
  );
  const hint = nearest === undefined ? "unfold check --list-rules names all." : `Did you mean ${nearest}?`;
  throw new UnfoldError(
    "USAGE",
    { message: `there is no check or code ${quoteForMessage(typed)}` },
    { hint },
  );
}
