import type { Command } from "commander";
import type { Finding } from "../checks/check.ts";
import type { ScaleValues } from "../checks/scale-values.ts";
import { UnfoldError } from "../errors.ts";
import { formatBytes } from "../format/bytes.ts";
import { formatCount, formatQuantity } from "../format/count.ts";
import { EXIT, exitCodeForCheck } from "../report/exit-code.ts";
import type { RuleList } from "../report/render/rules-document.ts";
import type { Io } from "../terminal/io.ts";
import { findAllowedTarget, writeOutputFile } from "../terminal/output-file.ts";
import { reportRemarks, reportTrouble } from "../terminal/trouble.ts";
import { BASELINE, readAcceptance } from "./check-acceptance.ts";
import { CHECK_FORMATS, filesSeenFrom, formatsNaming } from "./check-formats.ts";
import { addCheckOptions, type CheckCommandOptions } from "./check-options.ts";
import { judge, prepareChecks } from "./check-run.ts";
import { addCommonOptions } from "./options.ts";
import { viewFormats } from "./output-format.ts";
import { requireSource } from "./require-source.ts";
import { writeReport } from "./run-view.ts";

/** `unfold check`: findings with rule ids, for people and for CI. */
export function addCheckCommand(program: Command, io: Io, done: (code: number) => void): void {
  const command = program
    .command("check")
    .description("findings: what is broken, what to do about it; for CI")
    .argument("[sources...]", "one to check, or several: a line each, and the exit code of the worst");
  addCheckOptions(addCommonOptions(command, CHECK_FORMATS)).action(
    async (sources: readonly string[], options: CheckCommandOptions) => {
      if (options.listRules) return done(await listRules(io, options));
      if (options.from !== undefined) {
        if (sources.length > 0)
          throw new UnfoldError("USAGE", { message: "a source and --from exclude each other" });
        return done(await checkList(io, options.from, options));
      }
      if (options.jobs !== undefined)
        throw new UnfoldError("USAGE", { message: "--jobs is for the sources of --from" });
      if (sources.length > 1) {
        const { checkSeveral } = await import("./check-several.ts");
        const { listSources } = await import("./check-source.ts");
        return done(await checkSeveral(io, { listed: listSources(sources), again: 0 }, options, 1));
      }
      done(await runCheckCommand(io, requireSource(sources[0]), options));
    },
  );
}

/** `--from`: a line for each source as it ends, or one document of all. */
async function checkList(io: Io, from: string, options: CheckCommandOptions): Promise<number> {
  const { isStreamed, readList } = await import("./check-list.ts");
  const list = await readList(io, from, options);
  if (isStreamed(options)) {
    const { checkFleet } = await import("./check-fleet.ts");
    return checkFleet(io, list, options);
  }
  const { checkSeveral } = await import("./check-several.ts");
  return checkSeveral(io, list, options, options.jobs);
}

async function runCheckCommand(io: Io, target: string, options: CheckCommandOptions): Promise<number> {
  const setup = await prepareChecks(io, options);
  const acceptance = await readAcceptance(io, options, setup.config);
  const { report, checkpoint, values } = await judge(io, target, options, setup, acceptance);
  if (options.updateBaseline) findAllowedTarget(io, options.baseline as string, BASELINE);
  const formats = formatsNaming(filesSeenFrom(io.workingFolder, checkpoint.folder));
  await writeReport(io, options, formats, report);
  const { FINDING_CODES } = await import("../checks/registry.ts");
  const isFinding = (code: string) => FINDING_CODES.has(code);
  const problems = checkpoint.problems.filter(({ code }) => !isFinding(code));
  // What is odd about files is a finding; what is odd about the question is said here.
  const notes = checkpoint.notes.filter(({ code }) => code === "PATTERN_UNMATCHED");
  await reportTrouble(io, options, { problems, notes });
  const { foundAt } = setup;
  reportRemarks(io, options, [
    ...(foundAt === null ? [] : [`configured by ${foundAt}`]),
    ...acceptance.remarks(),
    ...(values === null ? [] : [bytesRead(values)]),
  ]);
  if (options.updateBaseline) {
    const { reportedOf } = await import("../checks/run.ts");
    await updateBaseline(io, options, reportedOf(report.result.findings));
    return EXIT.done;
  }
  return exitCodeForCheck(report);
}

function bytesRead(values: ScaleValues): string {
  return `${formatCount(values.bytesRead)} bytes (${formatBytes(values.bytesRead)}) of scales were read, and no weights`;
}

async function updateBaseline(
  io: Io,
  options: CheckCommandOptions,
  findings: readonly Finding[],
): Promise<void> {
  const { buildBaseline } = await import("../checks/baseline.ts");
  const { renderJson } = await import("../report/render/json.ts");
  const file = options.baseline as string;
  await writeOutputFile(io, file, [renderJson(buildBaseline(findings))], BASELINE);
  const what = formatQuantity(findings.length, "finding");
  reportRemarks(io, options, [`${what} written to ${file}: runs with --baseline accept them`]);
}

const RULE_FORMATS = viewFormats<RuleList, CheckCommandOptions>(async (list) => {
  const { FAMILIES } = await import("../checks/check.ts");
  const { rulesDocument } = await import("../report/render/rules-document.ts");
  return rulesDocument(list, FAMILIES);
});

async function listRules(io: Io, options: CheckCommandOptions): Promise<number> {
  const { CHECKS } = await import("../checks/registry.ts");
  const rules = CHECKS.map(({ id, severity, family, title }) => ({ rule: id, severity, family, title }));
  await writeReport(io, options, RULE_FORMATS, { schemaVersion: 1, rules });
  return EXIT.done;
}
