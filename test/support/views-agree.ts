import { describeArchitecture } from "../../src/analysis/arch.ts";
import { analysePrecision } from "../../src/analysis/precision.ts";
import { buildTree, type TreeNode } from "../../src/analysis/tree.ts";
import type { Checkpoint, Component } from "../../src/checkpoint/checkpoint.ts";
import type { Finding } from "../../src/checks/check.ts";
import { type CheckResult, MAX_FINDINGS_OF_A_CHECK, runChecks } from "../../src/checks/run.ts";
import { buildOverviewReport } from "../../src/report/overview-report.ts";

/** What one view says of a checkpoint and another does not, in words; empty where all say the same. */
export function disagreementsOf(checkpoint: Checkpoint, result = runChecks(checkpoint)): string[] {
  const found = checkpoint.components.flatMap((component) => {
    const findings = result.findings.filter(
      (each) => each.component === null || each.component === component.name,
    );
    return [
      ...unlikePrecision(component, findings),
      ...unlikeArch(component, findings),
      ...unlikeTree(component, findings),
    ].map((fault) => (checkpoint.components.length > 1 ? `[${component.name}] ${fault}` : fault));
  });
  return [...found, ...unlikeOverview(checkpoint, result)];
}

/** Everything above information that any view says; of a sound checkpoint, and of any part of it, there is nothing. */
export function faultsInViews(checkpoint: Checkpoint): string[] {
  const { findings } = runChecks(checkpoint);
  return [
    ...findings.filter(isGrave).map(({ rule, message }) => `check ${rule}: ${message}`),
    ...checkpoint.components.flatMap((component) => {
      const { scales, declared } = analysePrecision(component);
      const { disagreements } = describeArchitecture(component);
      return [
        ...[...scales.details, ...(declared?.disagreements ?? [])]
          .filter(isGrave)
          .map(({ code, module }) => `precision ${code} ${module}`),
        ...disagreements.filter(isGrave).map(({ id, subject }) => `arch ${id} ${subject}`),
        ...marksOf(component).map((mark) => `tree ${mark}`),
      ];
    }),
  ];
}

const isGrave = ({ severity }: Pick<Finding, "severity">) => severity !== "info";

function unlikePrecision(component: Component, findings: readonly Finding[]): string[] {
  const { scales, declared } = analysePrecision(component);
  const disagreements = declared?.disagreements ?? [];
  const rows = [
    ...scales.details.map(({ code, severity, tensor }) => ({ code, severity, where: tensor })),
    ...disagreements.map(({ code, severity, module }) => ({ code, severity, where: module })),
  ];
  const faults = rows
    .filter((row) => isGrave(row) && !findings.some((finding) => says(finding, row)))
    .map(({ code, where }) => `precision has ${code} ${where}, check does not`);
  const agrees = declared?.agrees ?? true;
  if (agrees !== !disagreements.some(isGrave))
    faults.push(`precision agrees: ${agrees}, and tells otherwise`);
  return faults;
}

function unlikeArch(component: Component, findings: readonly Finding[]): string[] {
  return describeArchitecture(component)
    .disagreements.map(({ id, severity, tensors }) => ({ code: id, severity, where: tensors[0] ?? "" }))
    .filter((row) => !findings.some((finding) => says(finding, row)))
    .map(({ code, where }) => `arch has ${code} ${where}, check does not`);
}

/** Whether a finding is the row of another view: its code, its severity, its place; of a whole component there is none. */
function says(
  finding: Finding,
  row: { readonly code: string; readonly severity: string; readonly where: string },
) {
  if (finding.code !== row.code || finding.severity !== row.severity) return false;
  return finding.where === null || row.where === "" || finding.where.includes(row.where);
}

/** Odd siblings are marked in the tree, and what is marked is a finding. */
function unlikeTree(component: Component, findings: readonly Finding[]): string[] {
  const marks = marksOf(component);
  const odd = findings.filter(({ rule }) => rule === "sibling-odd-one-out");
  const isCut = odd.length > MAX_FINDINGS_OF_A_CHECK;
  return [
    ...odd
      .filter(({ where }) => where !== null && !marks.includes(where))
      .map(({ where }) => `check has ${where} as an odd one out, the tree does not mark it`),
    ...marks
      .filter((mark) => !isCut && !findings.some(({ where }) => where?.split(", ").includes(mark)))
      .map((mark) => `the tree marks ${mark}, of which check says nothing`),
  ];
}

/** What the tree says that modules lack, have or have otherwise, each with its whole path. */
function marksOf(component: Component): string[] {
  const marks: string[] = [];
  const walk = (node: TreeNode, path: string): void => {
    for (const words of node.differs ?? []) {
      const [, lacking, differing] =
        /^(?:(?:lacks|adds) (.*?)(?: \([\d,]+ tensors\))?|(.*) is .* instead of .*)$/s.exec(words) ?? [];
      const place = lacking ?? differing;
      marks.push(place === "itself" ? path : `${path}.${place}`);
    }
    for (const child of node.children) {
      // The member of a fold has the place of the fold.
      const below = node.kind === "fold" ? path : path === "" ? child.name : `${path}.${child.name}`;
      walk(child, below);
    }
  };
  walk(buildTree(component), "");
  return marks;
}

function unlikeOverview(checkpoint: Checkpoint, result: CheckResult): string[] {
  const { check, components } = buildOverviewReport(checkpoint, result);
  const { verdict, errors, warnings, infos, worst } = check;
  const told = result.findings.filter(({ because }) => because.length === 0);
  const faults: string[] = [];
  const claim = (what: string, said: unknown, wanted: unknown) => {
    if (JSON.stringify(said) !== JSON.stringify(wanted))
      faults.push(`overview says ${what} ${JSON.stringify(said)}, expected ${JSON.stringify(wanted)}`);
  };
  claim(
    "verdict and counts",
    { verdict, errors, warnings, infos },
    { verdict: result.verdict, ...result.summary },
  );
  const [first] = told.filter(isGrave);
  claim("the worst", worst[0]?.message, first?.message);
  for (const { rule, findings } of worst)
    claim(`findings of ${rule}`, findings, told.filter((each) => each.rule === rule && isGrave(each)).length);
  for (const [number, component] of checkpoint.components.entries()) {
    const { scales, declared } = analysePrecision(component);
    const { paired, missing, orphan, mismatched } = scales;
    const { precision } = components[number] as (typeof components)[number];
    claim("of scales", precision.scales, { paired, missing, orphan, mismatched });
    claim("of the declaration", precision.agrees, declared?.agrees ?? null);
  }
  return faults;
}
