import type { Command } from "commander";
import { diffComponents } from "../analysis/diff.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { EXIT, exitCodeFor } from "../report/exit-code.ts";
import type { DiffReport } from "../report/render/diff-document.ts";
import { buildReport, type Report } from "../report/report.ts";
import type { Io } from "../terminal/io.ts";
import { reportTrouble } from "../terminal/trouble.ts";
import { openForCommand } from "./open.ts";
import { addCommonOptions, type CommonOptions } from "./options.ts";
import { viewFormats } from "./output-format.ts";
import { chooseTensors, judgeChoice, loadFrom, writeReport } from "./run-view.ts";

interface DiffOptions extends CommonOptions {
  readonly exitCode?: boolean;
}

const FORMATS = viewFormats<Report<DiffReport>, DiffOptions>(async (report) => {
  const { diffDocument } = await import("../report/render/diff-document.ts");
  return diffDocument(report);
});

/** `unfold diff A B`: what changed, by module, with packing understood. */
export function addDiffCommand(program: Command, io: Io, done: (code: number) => void): void {
  const command = program
    .command("diff")
    .description("what changed between two checkpoints, quantization understood")
    .argument("<before>")
    .argument("<after>")
    .option("--exit-code", "exit with 1 where there is a difference");
  addCommonOptions(command, FORMATS).action(async (before: string, after: string, options: DiffOptions) => {
    done(await runDiff(io, before, after, options));
  });
}

async function runDiff(io: Io, before: string, after: string, options: DiffOptions): Promise<number> {
  // What only one of them has is a difference: the choice is of nothing where neither has any of it.
  const choice = await chooseTensors(options);
  const left = await loadFrom(io, await openForCommand(io, before, options), options, choice);
  const right = await loadFrom(io, await openForCommand(io, after, options), options, choice);
  const notes = [...right.notes, ...judgeChoice(choice, [left, right])];
  const problems = [...left.problems, ...right.problems];
  const report = buildReport("diff", { ...right, problems }, compare(left, right));
  await writeReport(io, options, FORMATS, report);
  await reportTrouble(io, options, { problems, notes });
  if (problems.length > 0) return exitCodeFor(report);
  return options.exitCode && !report.result.same ? EXIT.found : EXIT.done;
}

/** Components meet by name; the only ones of both sides meet whatever they are called. */
function compare(left: Checkpoint, right: Checkpoint): DiffReport {
  const isLone = left.components.length === 1 && right.components.length === 1;
  const counterpart = (name: string) =>
    left.components.find((component) => isLone || component.name === name);
  const components = right.components.flatMap((after) => {
    const before = counterpart(after.name);
    return before === undefined ? [] : [{ component: after.name, ...diffComponents(before, after) }];
  });
  const names = (checkpoint: Checkpoint) => checkpoint.components.map(({ name }) => name);
  const onlyBefore = isLone ? [] : names(left).filter((name) => !names(right).includes(name));
  const onlyAfter = isLone ? [] : names(right).filter((name) => !names(left).includes(name));
  const same = components.every((diff) => diff.same) && onlyBefore.length + onlyAfter.length === 0;
  return { same, before: left.source, components, onlyBefore, onlyAfter };
}
