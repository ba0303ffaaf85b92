import { countParameters } from "../analysis/params.ts";
import { analysePrecision } from "../analysis/precision.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { UnfoldError } from "../errors.ts";
import { formatQuantity } from "../format/count.ts";
import type { CheckedSource } from "../report/checked-source.ts";
import { EXIT, exitCodeForCheck, exitCodeForError } from "../report/exit-code.ts";
import type { Io } from "../terminal/io.ts";
import { readAcceptance } from "./check-acceptance.ts";
import type { CheckCommandOptions } from "./check-options.ts";
import { type CheckSetup, judge } from "./check-run.ts";
import { describeFailure } from "./failure.ts";

/** One of several sources: where it was named, and as what. */
export interface Listed {
  /** From 1. */
  readonly position: number;
  readonly source: string;
}

/** What became of one of several sources. */
export interface Outcome {
  readonly listed: Listed;
  readonly exitCode: number;
  readonly checked: CheckedSource;
  /** The folder of a source on this disk. */
  readonly folder: string | null;
  readonly totals: object | null;
}

/** A source is one, however often it is named. */
export function listSources(names: readonly string[]): readonly Listed[] {
  return [...new Set(names)].map((source, k) => ({ position: k + 1, source }));
}

/**
 * Reads and judges one of several sources. One that cannot be read is an outcome, too: only an output that cannot be written,
 * which is that of all of them, is thrown.
 */
export async function checkSource(
  io: Io,
  listed: Listed,
  options: CheckCommandOptions,
  setup: CheckSetup,
): Promise<Outcome> {
  const { source } = listed;
  try {
    const acceptance = await readAcceptance(io, options, setup.config);
    const { report, checkpoint } = await judge(io, source, options, setup, acceptance);
    return {
      listed,
      exitCode: exitCodeForCheck(report),
      checked: { source, report },
      folder: checkpoint.folder,
      totals: totalsOf(checkpoint),
    };
  } catch (error) {
    if (error instanceof UnfoldError && error.code === "OUTPUT_FAILED") throw error;
    const failure = describeFailure(error);
    return {
      listed,
      exitCode: exitCodeForError(error),
      checked: { source, failure },
      folder: null,
      totals: null,
    };
  }
}

/** What JSON says of a source. */
export function entryOf({ listed, exitCode, checked, totals }: Outcome): object {
  return checked.failure === undefined
    ? { listed, exitCode, ...checked.report, totals }
    : { listed, exitCode, schemaVersion: 1, command: "check", error: checked.failure };
}

/** What questions about many models begin with; null where no header could be read. */
function totalsOf({ components }: Checkpoint): object | null {
  if (!components.some(({ shards }) => shards.some(({ status }) => status === "read"))) return null;
  const schemes = components.flatMap((component) =>
    analysePrecision(component).schemes.map(({ scheme, bits, parameters, bytes }) => ({
      component: component.name,
      scheme,
      bits,
      parameters,
      bytes,
    })),
  );
  const counts = components.map((component) => countParameters(component).parameters.total);
  return { parameters: counts.reduce((sum, count) => sum + count, 0), schemes };
}

/** From the gravest on: what is wrong with us, with the reading, with how a source was named, with a checkpoint. */
const GRAVITY: readonly number[] = [EXIT.bug, EXIT.unreadable, EXIT.usage, EXIT.found];

/** The exit code of a run of several. */
export function worstOf(codes: readonly number[]): number {
  const all = new Set(codes);
  return GRAVITY.find((code) => all.has(code)) ?? EXIT.done;
}

/** How many passed, failed and could not be read. */
export function summaryOf(codes: readonly number[]): string {
  const count = (of: number) => codes.filter((code) => code === of).length;
  const [sound, found] = [count(EXIT.done), count(EXIT.found)];
  const unread = codes.length - sound - found;
  return `${formatQuantity(codes.length, "source")}: ${sound} passed, ${found} failed, ${unread} could not be read`;
}
