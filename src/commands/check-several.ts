import type { Problem } from "../checkpoint/problem.ts";
import { UnfoldError } from "../errors.ts";
import type { CheckedSource } from "../report/checked-source.ts";
import { footprintOfNames } from "../sources/footprint-of-names.ts";
import type { Io } from "../terminal/io.ts";
import { reportRemarks, reportTrouble } from "../terminal/trouble.ts";
import { VERSION } from "../version.ts";
import { filesSeenFrom, withFiles } from "./check-formats.ts";
import { type ListOfSources, repeatsOf } from "./check-list.ts";
import type { CheckCommandOptions } from "./check-options.ts";
import { checkAll } from "./check-pool.ts";
import { prepareChecks } from "./check-run.ts";
import { entryOf, type Outcome, summaryOf, worstOf } from "./check-source.ts";
import { type OutputFormats, viewFormats } from "./output-format.ts";
import { writeReport } from "./run-view.ts";

/**
 * `unfold check A B C`, and `--from` in any format but NDJSON: a line each and the details below, or one document in the
 * format that is asked for. A source that cannot be read does not end the run; the exit code is that of the worst.
 */
export async function checkSeveral(
  io: Io,
  list: ListOfSources,
  options: CheckCommandOptions,
  /** Sources at once; undefined for as many as are usual, one where each is to show its progress. */
  jobs: number | undefined,
): Promise<number> {
  refuseOptions(options);
  const { listed } = list;
  io.inputs.addSource(() => footprintOfNames(listed.map(({ source }) => source)));
  const setup = await prepareChecks(io, options);
  const isQuiet = options.quiet === true || jobs !== 1;
  const outcomes: Outcome[] = [];
  await checkAll(io, listed, { ...options, quiet: isQuiet }, setup, jobs, async (outcome) => {
    outcomes.push(outcome);
  });
  outcomes.sort((a, b) => a.listed.position - b.listed.position);
  await writeReport(io, options, severalFormats(io.workingFolder), outcomes);
  await reportTrouble(io, options, { problems: await problemsOf(outcomes), notes: [] });
  const { foundAt } = setup;
  reportRemarks(io, options, [...repeatsOf(list), ...(foundAt === null ? [] : [`configured by ${foundAt}`])]);
  return worstOf(outcomes.map(({ exitCode }) => exitCode));
}

function refuseOptions({ baseline, updateBaseline, format }: CheckCommandOptions): void {
  if (baseline !== undefined || updateBaseline)
    throw new UnfoldError("USAGE", { message: "--baseline is of one checkpoint, and several are named" });
  if (format === "html")
    throw new UnfoldError(
      "USAGE",
      { message: "a page is of one checkpoint, and several are named" },
      { hint: "Make one of each: unfold report SOURCE -o page.html" },
    );
}

type Outcomes = readonly Outcome[];

/** Why files of the sources could not be read, where that is no finding: each under the name of its source. */
async function problemsOf(outcomes: Outcomes): Promise<Problem[]> {
  const { FINDING_CODES } = await import("../checks/registry.ts");
  return outcomes.flatMap(({ checked: { source, report } }) =>
    (report?.problems ?? [])
      .filter(({ code }) => !FINDING_CODES.has(code))
      .map((problem) => ({
        ...problem,
        shard: problem.shard === null ? source : `${source}: ${problem.shard}`,
      })),
  );
}

/** The formats of `check` for several sources; those that a CI links call files as they are seen from the working folder. */
function severalFormats(workingFolder: string | undefined): OutputFormats<Outcomes, CheckCommandOptions> {
  const linked = (outcomes: Outcomes): CheckedSource[] =>
    outcomes.map(({ checked, folder }) =>
      checked.failure === undefined
        ? { ...checked, report: withFiles(checked.report, filesSeenFrom(workingFolder, folder)) }
        : checked,
    );
  return {
    ...viewFormats<Outcomes, CheckCommandOptions>(async (outcomes, { verbose }) => {
      const { sourcesDocument } = await import("../report/render/sources-document.ts");
      const total = summaryOf(outcomes.map(({ exitCode }) => exitCode));
      return sourcesDocument(
        outcomes.map(({ checked }) => checked),
        total,
        { verbose: verbose === true },
      );
    }),
    json: {
      extensions: [],
      render: async (outcomes) => {
        const { renderJson } = await import("../report/render/json.ts");
        return [renderJson({ schemaVersion: 1, command: "check", sources: outcomes.map(entryOf) })];
      },
    },
    ndjson: {
      extensions: [],
      render: async (outcomes) => {
        const { renderJsonLine } = await import("../report/render/json.ts");
        return outcomes.map((outcome) => renderJsonLine(entryOf(outcome)));
      },
    },
    github: {
      extensions: [],
      render: async (outcomes) =>
        (await import("../report/render/github.ts")).renderGithubOf(linked(outcomes)),
    },
    gitlab: {
      extensions: [],
      render: async (outcomes) => [
        (await import("../report/render/gitlab.ts")).renderGitlabOf(linked(outcomes)),
      ],
    },
    junit: {
      extensions: [],
      render: async (outcomes) => (await import("../report/render/junit.ts")).renderJunitOf(linked(outcomes)),
    },
    sarif: {
      extensions: [],
      render: async (outcomes) => [
        (await import("../report/render/sarif.ts")).renderSarifOf(linked(outcomes), VERSION),
      ],
    },
  };
}
