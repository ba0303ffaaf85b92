import type { Command } from "commander";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { PlaceSet } from "../checkpoint/place-set.ts";
import type { BaselineMatcher } from "../checks/baseline.ts";
import type { Finding } from "../checks/check.ts";
import type { RunOptions } from "../checks/run.ts";
import type { ScaleValues } from "../checks/scale-values.ts";
import type { UserConfig } from "../checks/user-config.ts";
import { UnfoldError } from "../errors.ts";
import { formatBytes } from "../format/bytes.ts";
import { formatCount, formatQuantity } from "../format/count.ts";
import { EXIT, exitCodeForCheck } from "../report/exit-code.ts";
import type { RuleList } from "../report/render/rules-document.ts";
import { buildReport } from "../report/report.ts";
import type { Io } from "../terminal/io.ts";
import { findAllowedTarget, writeOutputFile } from "../terminal/output-file.ts";
import { reportRemarks, reportTrouble } from "../terminal/trouble.ts";
import { isThere, readUserJson } from "../terminal/user-files.ts";
import { CHECK_FORMATS, filesSeenFrom, formatsNaming } from "./check-formats.ts";
import {
  addCheckOptions,
  type CheckCommandOptions,
  readConfigFor,
  readEngines,
  readExpectations,
} from "./check-options.ts";
import { openForCommand } from "./open.ts";
import { addCommonOptions, matchGlob } from "./options.ts";
import { viewFormats } from "./output-format.ts";
import { loadForCommand, loadFrom, writeReport } from "./run-view.ts";

const EXAMPLES = `
Examples:
  unfold check ./export                                    is it sound; exit code 1 where it is not
  unfold check ./export --against owner/original           is everything of the original still there
  unfold check owner/name --fail-on warning --format github
  unfold check ./export --engine vllm --tp 8 --gpu 'H100 80'   would it load, and with which plans
`;

/** `unfold check`: findings with rule ids, for people and for CI. */
export function addCheckCommand(program: Command, io: Io, done: (code: number) => void): void {
  const command = program
    .command("check")
    .description("findings: what is broken, what to do about it; for CI")
    .argument("[source]")
    .addHelpText("after", EXAMPLES);
  addCheckOptions(addCommonOptions(command, CHECK_FORMATS)).action(
    async (source: string | undefined, options: CheckCommandOptions) => {
      if (options.listRules) return done(await listRules(io, options));
      if (source === undefined)
        throw new UnfoldError("USAGE", { message: "missing required argument 'source'" });
      done(await runCheckCommand(io, source, options));
    },
  );
}

async function runCheckCommand(io: Io, target: string, options: CheckCommandOptions): Promise<number> {
  const { config, foundAt } = await readConfigFor(io, options);
  const acceptance = await readAcceptance(io, options, config);
  const { runChecks, reportedOf } = await import("../checks/run.ts");
  const { FINDING_CODES } = await import("../checks/registry.ts");
  const expectations = await readExpectations(options, config.expectations);
  const original = options.against === undefined ? null : await loadOriginal(io, options.against, options);
  const { checkpoint, values } = await loadWithValues(io, target, options);
  const run: RunOptions = {
    original,
    values,
    tensorParallel: options.tp ?? null,
    expertParallel: options.ep ?? null,
    engines: await readEngines(options),
    expectations,
    severities: config.severities,
    failOn: options.failOn ?? config.failOn ?? "error",
    isAccepted: acceptance.accepts,
  };
  const report = buildReport("check", checkpoint, runChecks(checkpoint, run));
  if (options.updateBaseline) findAllowedTarget(io, options.baseline as string, BASELINE);
  const formats = formatsNaming(filesSeenFrom(io.workingFolder, checkpoint.folder));
  await writeReport(io, options, formats, report);
  const isFinding = (code: string) => FINDING_CODES.has(code);
  const problems = checkpoint.problems.filter(({ code }) => !isFinding(code));
  await reportTrouble(io, options, { problems, notes: [] });
  reportRemarks(io, options, [
    ...(foundAt === null ? [] : [`configured by ${foundAt}`]),
    ...acceptance.remarks(),
    ...(values === null ? [] : [bytesRead(values)]),
  ]);
  if (options.updateBaseline) {
    await updateBaseline(io, options, reportedOf(report.result.findings));
    return EXIT.done;
  }
  return exitCodeForCheck(report);
}

/** The original is loaded whole: filters are about the export. */
function loadOriginal(io: Io, target: string, options: CheckCommandOptions): Promise<Checkpoint> {
  const { include: _, exclude: __, subfolder: ___, revision: ____, variant: _____, ...rest } = options;
  return loadForCommand(io, target, rest);
}

async function loadWithValues(
  io: Io,
  target: string,
  options: CheckCommandOptions,
): Promise<{ checkpoint: Checkpoint; values: ScaleValues | null }> {
  if (!options.values) return { checkpoint: await loadForCommand(io, target, options), values: null };
  const { readScaleValues } = await import("../checks/scale-values.ts");
  const { source, openedMs } = await openForCommand(io, target, options);
  let values: ScaleValues | null = null;
  const checkpoint = await loadFrom(io, source, options, [], openedMs, async (loaded, open) => {
    values = await readScaleValues(open, loaded);
  });
  return { checkpoint, values };
}

function bytesRead(values: ScaleValues): string {
  return `${formatCount(values.bytesRead)} bytes (${formatBytes(values.bytesRead)}) of scales were read, and no weights`;
}

interface Acceptance {
  readonly accepts: (finding: Finding, at: PlaceSet) => boolean;
  /** What a baseline or an ignore lists and no finding met. */
  readonly remarks: () => string[];
}

/** What the baseline is called among the inputs of the run: the one that the run may also write. */
const BASELINE = "the baseline";

/** The findings that are accepted; none where the baseline is about to be written, but what it replaces must be one. */
async function readBaseline(io: Io, options: CheckCommandOptions): Promise<BaselineMatcher | undefined> {
  const { baseline: file, updateBaseline } = options;
  if (file === undefined && updateBaseline)
    throw new UnfoldError("USAGE", { message: "--update-baseline needs --baseline with the file to write" });
  if (file === undefined) return undefined;
  io.inputs.addFile(file, BASELINE);
  if (updateBaseline && !isThere(file)) return undefined;
  const { BaselineMatcher, parseBaseline } = await import("../checks/baseline.ts");
  const baseline = parseBaseline(readUserJson(file), file);
  return updateBaseline ? undefined : new BaselineMatcher(baseline);
}

async function readAcceptance(io: Io, options: CheckCommandOptions, config: UserConfig): Promise<Acceptance> {
  const baseline = await readBaseline(io, options);
  const ignores = config.ignores.map((ignore) => ({
    ...ignore,
    used: false,
    partly: false,
    matches: ignore.where === undefined ? () => true : matchGlob(ignore.where),
  }));
  const isIgnored = (finding: Finding, at: PlaceSet) => {
    let isCovered = false;
    for (const ignore of ignores.filter(({ rule }) => rule === finding.rule)) {
      const covered = ignore.where === undefined ? "all" : coverage(finding, at, ignore.matches);
      if (covered === "all") ignore.used = true;
      if (covered === "some") ignore.partly = true;
      isCovered ||= covered === "all";
    }
    return isCovered;
  };
  return {
    accepts: (finding, at) => [baseline?.accepts(finding) === true, isIgnored(finding, at)].includes(true),
    remarks: () => [
      ...(baseline?.stale() ?? []).map(
        ({ rule, where, shard }) =>
          `the baseline lists ${rule} at ${where ?? shard ?? "the checkpoint"}, which is there no more`,
      ),
      ...ignores
        .filter(({ used }) => !used)
        .map(
          ({ rule, where, partly }) =>
            `the configuration ignores ${rule}${where === undefined ? "" : ` at ${where}`}, which is ${
              partly ? "a part only of what is found there: the finding stays" : "not found"
            }`,
        ),
    ],
  };
}

/** Names that a finding is expanded to at most: experts of all layers of a large model are some 50,000. */
const MAX_EXPANDED = 100_000;

/** How much of a finding a glob stands for: a fold is accepted as a whole, or not at all. */
function coverage(
  { where, shard }: Finding,
  at: PlaceSet,
  matches: (name: string) => boolean,
): "all" | "some" | "none" {
  if ([where, shard].some((place) => place !== null && matches(place))) return "all";
  const names = at.count > MAX_EXPANDED ? [] : at.names(MAX_EXPANDED);
  const count = names.filter((name) => matches(name)).length;
  if (count === 0) return "none";
  return count === names.length ? "all" : "some";
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
