import path from "node:path";
import type { CheckResult } from "../checks/run.ts";
import type { Report } from "../report/report.ts";
import type { CheckCommandOptions } from "./check-options.ts";
import {
  type Chunks,
  type OutputFormat,
  type OutputFormats,
  PAGE_EXTENSIONS,
  viewFormats,
} from "./output-format.ts";

type CheckReport = Report<CheckResult>;
type CheckFormat = OutputFormat<CheckReport, CheckCommandOptions>;

/** What a file of the source is called where a finding names it. */
type NameFile = (file: string) => string;

/** The formats of `check`; those that a CI links call files as `nameFile` does, the others as the source does. */
export function formatsNaming(nameFile: NameFile): OutputFormats<CheckReport, CheckCommandOptions> {
  const linked = (
    extensions: readonly string[],
    render: (report: CheckReport) => Promise<Chunks>,
  ): CheckFormat => ({ extensions, render: (report) => render(withFiles(report, nameFile)) });
  return {
    ...viewFormats<CheckReport, CheckCommandOptions>(async (report, options) => {
      const { checkDocument } = await import("../report/render/check-document.ts");
      return checkDocument(report, { verbose: options.verbose === true, expected: expectedOf(options) });
    }),
    ndjson: {
      extensions: [".ndjson", ".jsonl"],
      render: async (report) => [(await import("../report/render/json.ts")).renderJsonLine(report)],
    },
    html: {
      extensions: PAGE_EXTENSIONS,
      render: async (report) => {
        const { renderViewPage } = await import("../report/render/html/view-page.ts");
        return [renderViewPage(report, [], await pagesOf(report.result))];
      },
    },
    github: linked([], async (report) => (await import("../report/render/github.ts")).renderGithub(report)),
    gitlab: linked([], async (report) => [(await import("../report/render/gitlab.ts")).renderGitlab(report)]),
    junit: linked([".xml"], async (report) =>
      (await import("../report/render/junit.ts")).renderJunit(report),
    ),
    sarif: linked([".sarif", ".sarif.json"], async (report) => [
      (await import("../report/render/sarif.ts")).renderSarif(report),
    ]),
  };
}

/** The pages of the rules that failed. */
async function pagesOf({ findings }: CheckResult): Promise<Readonly<Record<string, string>>> {
  const { CHECKS } = await import("../checks/registry.ts");
  const failed = new Set(findings.map(({ rule }) => rule));
  return Object.fromEntries(CHECKS.filter(({ id }) => failed.has(id)).map(({ id, page }) => [id, page]));
}

/** What was asked for on the command line, in its own words. */
function expectedOf(options: CheckCommandOptions): string[] {
  const { expectDtype, expectLayers, expectParams, expectScheme, maxBytes, maxShardBytes } = options;
  return [
    ...(expectScheme ?? []),
    ...(expectLayers === undefined ? [] : [`${expectLayers} layers`]),
    ...(expectParams === undefined ? [] : [`${expectParams} parameters`]),
    ...(expectDtype ?? []),
    ...(maxBytes === undefined ? [] : [`at most ${maxBytes}`]),
    ...(maxShardBytes === undefined ? [] : [`files of at most ${maxShardBytes}`]),
  ];
}

/** Their names and extensions, for the options. */
export const CHECK_FORMATS = formatsNaming((file) => file);

/**
 * Names files of a folder as they are seen from the working folder: what a CI opens. Names within the source are outside
 * text, which is put behind the folder and never resolved. Of a folder on another drive, and of files that are on no
 * disk, names stay those of the source.
 */
export function filesSeenFrom(workingFolder: string | undefined, folder: string | null): NameFile {
  if (workingFolder === undefined || folder === null) return (file) => file;
  const way = path.relative(workingFolder, path.resolve(workingFolder, folder));
  if (way === "" || path.isAbsolute(way)) return (file) => file;
  const prefix = way.split(path.sep).join("/");
  return (file) => `${prefix}/${file}`;
}

/** The report with its files called as `nameFile` does. */
export function withFiles(report: CheckReport, nameFile: NameFile): CheckReport {
  const findings = report.result.findings.map((finding) => {
    const { file } = finding;
    return file === null ? finding : { ...finding, file: nameFile(file) };
  });
  return { ...report, result: { ...report.result, findings } };
}
