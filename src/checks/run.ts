import { fingerprintOf } from "../analysis/fingerprint.ts";
import { placeRows } from "../architecture/place-rows.ts";
import { AlikeComponents } from "../checkpoint/alike.ts";
import type { Checkpoint, Component } from "../checkpoint/checkpoint.ts";
import { PlaceSet } from "../checkpoint/place-set.ts";
import type { EngineRun } from "../engines/run.ts";
import { type EngineRow, toEngineRow } from "../engines/verdict-rows.ts";
import { explain, groupByRule, type Sighting } from "../faults/because.ts";
import { rowOf } from "../faults/fault.ts";
import { formatQuantity } from "../format/count.ts";
import { quoteForMessage } from "../format/escape.ts";
import { compareNatural } from "../format/natural.ts";
import { countShown } from "../format/shown.ts";
import { type HeldAgainst, heldAgainstOf } from "../signatures/held-against.ts";
import { type Check, type Finding, type Saying, SEVERITIES, type Seen, type Severity } from "./check.ts";
import { fileOf } from "./file-of.ts";
import { silencedBy } from "./from-faults.ts";
import { NEEDS } from "./needs.ts";
import { CHECKS, FINDING_CODES } from "./registry.ts";
import { type CheckOptions, Subject } from "./subject.ts";

/** Where pages of checks can be read without unfold. */
const PAGES = "https://github.com/unfold-cli/unfold/blob/main/src/checks/rules";

/** Findings of one check that are told one by one; a hostile header could bring a million. */
export const MAX_FINDINGS_OF_A_CHECK = 200;

export interface RuleState {
  readonly rule: string;
  readonly state: "passed" | "failed" | "skipped";
  /** Why it was skipped. */
  readonly reason: string | null;
  /** The severity it has unless circumstances call for another. */
  readonly severity: Severity;
  readonly title: string;
  readonly help: string;
}

/** Null where part of the checkpoint could not be read, for reasons that are no faults of its own, and the rest has none. */
export type Verdict = "pass" | "fail" | null;

export interface CheckResult {
  readonly verdict: Verdict;
  /** The mildest severity that makes the verdict "fail". */
  readonly failOn: Severity | "never";
  readonly summary: { readonly errors: number; readonly warnings: number; readonly infos: number };
  /** Findings left out as known: by a baseline, or by an ignore with its reason. */
  readonly accepted: number;
  /** Those that count, and behind them those that others explain (`because`). */
  readonly findings: readonly Finding[];
  readonly rules: readonly RuleState[];
  /** The classes of library releases that components were held against, as their configurations name them. */
  readonly heldAgainst: readonly (HeldAgainst & { readonly component: string })[];
  /** What the engines that were asked for make of it. */
  readonly engines?: readonly EngineRow[];
}

/** Severities as the user's configuration sets them; `off` turns a check off. */
export type SeverityOverrides = Readonly<Record<string, Severity | "off">>;

export interface RunOptions extends CheckOptions {
  readonly severities?: SeverityOverrides;
  /** A finding that is known and accepted, by what it says or by its places: it is left out. */
  readonly isAccepted?: (finding: Finding, at: PlaceSet) => boolean;
  /** The verdict is "fail" from this severity on; `never` for always "pass". */
  readonly failOn?: Severity | "never";
  /** Called with each component when its checks are done, while what was derived from it is still here; with the one like it that it was held against, where there was one. */
  readonly onChecked?: (component: Component, like: Component | undefined) => void;
}

/** Components whose models are all kept: pipelines have fewer parts, folders of adapters hold thousands. */
const MAX_KEPT = 32;

/** Runs all checks over a checkpoint. Pure: what a check needs beyond headers is handed in with the options. */
export function runChecks(checkpoint: Checkpoint, options: RunOptions = {}): CheckResult {
  const subjects = checkpoint.components.map((component) => new Subject(checkpoint, component, options));
  const isOff = (rule: string) => options.severities?.[rule] === "off";
  // Rules of engines are rules of the runs that ask for engines: no other run skips them.
  const checks = options.engines ? CHECKS : CHECKS.filter(({ family }) => family !== "engine");
  const runs = checks.map((check) => new CheckRun(check, options.severities?.[check.id]));
  const silenced: Sighting[] = [];
  const heldAgainst: CheckResult["heldAgainst"][number][] = [];
  const keepsAll = subjects.length <= MAX_KEPT || !!options.engines;
  const alike = new AlikeComponents<readonly Look[]>(fingerprintOf);
  for (const subject of subjects) {
    const { component } = subject;
    const like = keepsAll ? undefined : alike.find(component);
    const looks = runs.map((run, at) => run.look(subject, like?.looks[at]));
    silenced.push(...silencedBy(component, isOff));
    const held = heldAgainstOf(component);
    if (held !== null) heldAgainst.push({ component: component.name, ...held });
    options.onChecked?.(component, like?.component);
    if (keepsAll) continue;
    if (like === undefined) alike.add(component, looks);
    component.release();
  }
  const outcomes = runs.map((run) => run.outcome(subjects.length));
  const seen = outcomes.flatMap(({ findings }) => findings);
  const because = explain<Sighting>([...seen, ...silenced]);
  const told = seen.filter((each) => !because.has(each));
  const left = told.filter(({ finding, at }) => options.isAccepted?.(finding, at) !== true);
  const findings = toList(left.map(({ finding }) => finding));
  const explained = seen.flatMap((each) => {
    const rules = because.get(each);
    return rules === undefined ? [] : [{ ...each.finding, because: rules }];
  });
  const failed = new Set(findings.map(({ rule }) => rule));
  const failOn = options.failOn ?? "error";
  return {
    verdict: isFailure(findings, failOn) ? "fail" : isJudged(checkpoint) ? "pass" : null,
    failOn,
    summary: {
      errors: countOf(findings, "error"),
      warnings: countOf(findings, "warning"),
      infos: countOf(findings, "info"),
    },
    accepted: told.length - left.length,
    findings: [...findings, ...toList(explained)],
    rules: outcomes.map((outcome) =>
      stateOf(outcome.check, reasonFor(outcome, checkpoint), failed.has(outcome.check.id)),
    ),
    heldAgainst,
    ...(options.engines ? { engines: askEngines(checkpoint, options.engines) } : {}),
  };
}

/** Whether all of it was read, or is at fault itself: of what the network or the system kept away nothing is known. */
function isJudged({ problems }: Checkpoint): boolean {
  return problems.every(({ code }) => FINDING_CODES.has(code));
}

/** Why nothing is known by a check: where no shard could be read, those that found nothing have seen nothing. */
function reasonFor({ findings, reason }: Outcome, { components }: Checkpoint): string | null {
  const isRead = components.some(({ shards }) => shards.some(({ status }) => status === "read"));
  return reason ?? (isRead || findings.length > 0 ? null : "no shard could be read");
}

function askEngines({ components }: Checkpoint, run: EngineRun): EngineRow[] {
  const isAlone = components.length === 1;
  return components.flatMap((component) =>
    run.verdictsOf(component).map((verdict) => toEngineRow(verdict, isAlone ? null : component.name)),
  );
}

/** Findings in their order, of each rule so many. */
function toList(findings: readonly Finding[]): Finding[] {
  return [...groupByRule(findings).values()].flatMap(cutLong).sort(compareFindings);
}

/** The findings that count: those that no other explains. */
export function reportedOf(findings: readonly Finding[]): Finding[] {
  return findings.filter(({ because }) => because.length === 0);
}

/** Whether a finding is at or above the threshold. */
export function isFailure(findings: readonly Finding[], failOn: Severity | "never"): boolean {
  if (failOn === "never") return false;
  return findings.some(({ severity }) => SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(failOn));
}

/** A finding with what it is about as data. */
interface Reported extends Sighting {
  readonly finding: Finding;
}

interface Outcome {
  readonly check: Check;
  readonly findings: readonly Reported[];
  /** Why the check was skipped; null where it was run. */
  readonly reason: string | null;
}

/** Whether a check is of what the reading of a file came upon, and of no contents. */
function isOfFiles(check: Check): boolean {
  return "codes" in check;
}

/** What came of one check with one component: why nothing was looked for, null where nothing was found, or that something was. */
type Look = string | null | typeof FOUND;

const FOUND = Symbol("found");

/** One check over all components, one after the other. */
class CheckRun {
  private readonly check: Check;
  private readonly override: Severity | "off" | undefined;
  private readonly reasons: string[] = [];
  private readonly findings: Reported[] = [];
  constructor(check: Check, override: Severity | "off" | undefined) {
    this.check = check;
    this.override = override;
  }

  /** `known` is what came of it with a component like this one: nothing is looked for where nothing was found in that. */
  look(subject: Subject, known: Look | undefined): Look {
    const { check, override } = this;
    if (override === "off") return FOUND;
    const isKnown = known !== undefined && known !== FOUND && !isOfFiles(check);
    const reason = isKnown ? known : this.reasonFor(subject);
    if (reason !== null) this.reasons.push(reason);
    if (isKnown || reason !== null) return reason;
    const findings = findIn(check, subject, override);
    this.findings.push(...findings);
    return findings.length > 0 ? FOUND : null;
  }

  private reasonFor(subject: Subject): string | null {
    const { check } = this;
    for (const need of check.needs) {
      const reason = NEEDS[need](subject);
      if (reason !== null) return reason;
    }
    return check.lack?.(subject) ?? null;
  }

  outcome(subjects: number): Outcome {
    const { check, findings, reasons } = this;
    if (this.override === "off") return { check, findings, reason: "turned off by the configuration" };
    const isSkipped = reasons.length === subjects;
    return { check, findings, reason: isSkipped ? (reasons[0] ?? "there is nothing to check") : null };
  }
}

function stateOf({ id, severity, title }: Check, reason: string | null, hasFindings: boolean): RuleState {
  const state = reason !== null ? "skipped" : hasFindings ? "failed" : "passed";
  return { rule: id, state, reason, severity, title, help: helpFor(id) };
}

/** Address of a check's page. */
export function helpFor(id: string): string {
  return `${PAGES}/${id}.md`;
}

function findIn(check: Check, subject: Subject, override: Severity | undefined): Reported[] {
  return check.find(subject).map((seen) => {
    const severity = override ?? seen.severity ?? check.severity;
    const at = seen.at ?? PlaceSet.whole();
    const finding = toFinding(check, subject, seen, { severity, at });
    return { rule: check.id, severity, at, component: subject.component, fault: seen.fault ?? null, finding };
  });
}

function toFinding(
  check: Check,
  { checkpoint, component }: Subject,
  seen: Seen,
  { severity, at }: { readonly severity: Severity; readonly at: PlaceSet },
): Finding {
  const where = seen.where === undefined ? at.format() : seen.where;
  return {
    rule: check.id,
    code: codeOf(seen),
    severity,
    ...inWords(check.message(seen, where), where),
    shard: seen.shard ?? null,
    file: fileOf(seen, check.family, component),
    modules: at.names(),
    count: Math.max(1, seen.count ?? at.count),
    where,
    places: (seen.places ?? [at]).flatMap((each) => placeRows(each)),
    expected: seen.expected ?? null,
    found: seen.found ?? null,
    fix: seen.fix ?? check.fix,
    because: [],
    help: helpFor(check.id),
    component: checkpoint.components.length > 1 && seen.isOfSource !== true ? component.name : null,
  };
}

function codeOf({ fault }: Seen): string | null {
  return fault === undefined ? null : rowOf(fault.kind).code;
}

/** A message with what it says of its place: the place stands before it, where there is one. */
function inWords(message: string | Saying, where: string | null): Pick<Finding, "message" | "says"> {
  if (typeof message === "string") return { message, says: null };
  const { says, joint } = message;
  return where === null
    ? { message: says, says }
    : { message: `${quoteForMessage(where)}${joint}${says}`, says };
}

/** Of one rule's findings the first ones, and the rest as a count. */
function cutLong(findings: readonly Finding[]): readonly Finding[] {
  if (findings.length === countShown(findings.length, MAX_FINDINGS_OF_A_CHECK)) return findings;
  const sorted = [...findings].sort(compareFindings);
  const rest = sorted.slice(MAX_FINDINGS_OF_A_CHECK);
  const [first] = rest as [Finding];
  const more: Finding = {
    ...first,
    shard: null,
    where: null,
    says: null,
    places: [],
    modules: [],
    expected: null,
    found: null,
    count: rest.reduce((sum, finding) => sum + finding.count, 0),
    message: `${formatQuantity(rest.length, "further finding")} of ${first.rule}`,
  };
  return [...sorted.slice(0, MAX_FINDINGS_OF_A_CHECK), more];
}

function countOf(findings: readonly Finding[], severity: Severity): number {
  return findings.filter((finding) => finding.severity === severity).length;
}

/** Severity, then files before modules (they are the root causes), then place in the order people count, then rule. */
function compareFindings(a: Finding, b: Finding): number {
  return (
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    Number(a.shard === null) - Number(b.shard === null) ||
    compareNatural(a.shard ?? "", b.shard ?? "") ||
    compareNatural(a.where ?? "", b.where ?? "") ||
    compareNatural(a.rule, b.rule)
  );
}
