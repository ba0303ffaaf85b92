import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { Note } from "../checkpoint/notes.ts";
import type { Expectations } from "../checks/expectations.ts";
import type { CheckResult, RunOptions } from "../checks/run.ts";
import type { ScaleValues } from "../checks/scale-values.ts";
import type { EngineRun } from "../engines/run.ts";
import { buildReport, type Report } from "../report/report.ts";
import type { Io } from "../terminal/io.ts";
import type { Acceptance } from "./check-acceptance.ts";
import {
  type CheckCommandOptions,
  type ConfigOfRun,
  readConfigFor,
  readEngines,
  readExpectations,
} from "./check-options.ts";
import { openForCommand } from "./open.ts";
import { chooseTensors, judgeChoice, loadForCommand, loadFrom } from "./run-view.ts";

/** What a run of checks holds sources against; the same for all of its sources. */
export interface CheckSetup extends ConfigOfRun {
  readonly expectations: Expectations;
  readonly engines: EngineRun | null;
  readonly original: Checkpoint | null;
}

export interface Judged {
  readonly report: Report<CheckResult>;
  readonly checkpoint: Checkpoint;
  readonly values: ScaleValues | null;
}

/** Reads what the checks are made with: configuration, expectations, engines, the original. */
export async function prepareChecks(io: Io, options: CheckCommandOptions): Promise<CheckSetup> {
  const found = await readConfigFor(io, options);
  const expectations = await readExpectations(options, found.config.expectations);
  const engines = await readEngines(options);
  const original = options.against === undefined ? null : await loadOriginal(io, options.against, options);
  return { ...found, expectations, engines, original };
}

/** Reads one source and runs the checks on it. */
export async function judge(
  io: Io,
  target: string,
  options: CheckCommandOptions,
  { config, expectations, engines, original }: CheckSetup,
  acceptance: Acceptance,
): Promise<Judged> {
  const { runChecks } = await import("../checks/run.ts");
  const { checkpoint, values } = await loadWithValues(io, target, options);
  const run: RunOptions = {
    original,
    values,
    tensorParallel: options.tp ?? null,
    expertParallel: options.ep ?? null,
    engines,
    expectations,
    severities: config.severities,
    failOn: options.failOn ?? config.failOn ?? "error",
    isAccepted: acceptance.accepts,
  };
  return { report: buildReport("check", checkpoint, runChecks(checkpoint, run)), checkpoint, values };
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
  const choice = await chooseTensors(options);
  const opened = await openForCommand(io, target, options);
  let values: ScaleValues | null = null;
  let unmatched: readonly Note[] = [];
  const checkpoint = await loadFrom(io, opened, options, choice, async (loaded, open) => {
    unmatched = judgeChoice(choice, [loaded]);
    values = await readScaleValues(open, loaded);
  });
  return { checkpoint: { ...checkpoint, notes: [...checkpoint.notes, ...unmatched] }, values };
}
