import type { PlaceSet } from "../checkpoint/place-set.ts";
import type { BaselineMatcher } from "../checks/baseline.ts";
import type { Finding } from "../checks/check.ts";
import type { UserConfig } from "../checks/user-config.ts";
import { UnfoldError } from "../errors.ts";
import type { Io } from "../terminal/io.ts";
import { isThere, readUserJson } from "../terminal/user-files.ts";
import type { CheckCommandOptions } from "./check-options.ts";
import { matchGlob, underOption } from "./options.ts";

/** What of the findings is known and accepted. */
export interface Acceptance {
  readonly accepts: (finding: Finding, at: PlaceSet) => boolean;
  /** What a baseline or an ignore lists and no finding met. */
  readonly remarks: () => string[];
}

/** What the baseline is called among the inputs of the run: the one that the run may also write. */
export const BASELINE = "the baseline";

/** The findings that are accepted; none where the baseline is about to be written, but what it replaces must be one. */
async function readBaseline(io: Io, options: CheckCommandOptions): Promise<BaselineMatcher | undefined> {
  const { baseline: file, updateBaseline } = options;
  if (file === undefined && updateBaseline)
    throw new UnfoldError("USAGE", { message: "--update-baseline needs --baseline with the file to write" });
  if (file === undefined) return undefined;
  io.inputs.addFile(file, BASELINE);
  if (updateBaseline && !isThere(file)) return undefined;
  const { BaselineMatcher, parseBaseline } = await import("../checks/baseline.ts");
  const baseline = underOption("--baseline", () => parseBaseline(readUserJson(file), file));
  return updateBaseline ? undefined : new BaselineMatcher(baseline);
}

/** What a baseline and the configuration accept, for one run. */
export async function readAcceptance(
  io: Io,
  options: CheckCommandOptions,
  config: UserConfig,
): Promise<Acceptance> {
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
