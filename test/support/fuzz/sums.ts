import type { ParamsResult } from "../../../src/analysis/params.ts";
import type { PrecisionResult } from "../../../src/analysis/precision.ts";
import type { TreeNode } from "../../../src/analysis/tree.ts";
import type { CheckResult } from "../../../src/checks/run.ts";
import type { OverviewReport } from "../../../src/report/overview-report.ts";

/** A report as a script sees it: the result is whatever its command writes. */
export interface ReadReport {
  readonly command: string;
  readonly checkpoint: { readonly tensors: number; readonly tensorBytes: number };
  readonly result: unknown;
}

/** Totals of a component that several views tell. */
export interface Totals {
  readonly parameters: number;
  readonly elements: number;
  readonly bytes: number;
  readonly tensors: number;
}

type Severally<Result> = Result & { readonly components?: readonly { readonly result: Result }[] };

/** Sums that do not come out, in words; the contract promises each of them. */
export function findWrongSums({ command, result }: ReadReport): string[] {
  if (result === null) return [];
  switch (command) {
    case "params":
      return each(result as Severally<ParamsResult>).flatMap(paramsSums);
    case "precision":
      return each(result as Severally<PrecisionResult>).flatMap(precisionSums);
    case "tree":
      return treeSums(result as TreeNode);
    case "check":
      return checkSums(result as CheckResult);
    default:
      return [];
  }
}

/** The totals that a view tells of each component, undefined where it tells none. */
export function totalsOf({ command, result }: ReadReport): Totals[] | undefined {
  if (result === null) return undefined;
  if (command === "params")
    return each(result as Severally<ParamsResult>).map(({ parameters, elements, bytes, byRole }) => ({
      parameters: parameters.total,
      elements: elements.stored,
      bytes: bytes.total,
      tensors: sum(byRole, "tensors"),
    }));
  if (command === "precision")
    return each(result as Severally<PrecisionResult>).map(({ dtypes }) => ({
      parameters: sum(dtypes, "parameters"),
      elements: sum(dtypes, "elements"),
      bytes: sum(dtypes, "bytes"),
      tensors: sum(dtypes, "tensors"),
    }));
  if (command === "overview")
    return (result as OverviewReport).components.map(({ parameters, elements, bytes, tensors }) => ({
      parameters,
      elements,
      bytes,
      tensors,
    }));
  return undefined;
}

/** Parameters of each role, which two views tell; undefined for the others. */
export function rolesOf({ command, result }: ReadReport): Record<string, number>[] | undefined {
  if (result === null || (command !== "params" && command !== "precision")) return undefined;
  return each(result as Severally<Pick<ParamsResult | PrecisionResult, "byRole">>).map(({ byRole }) =>
    Object.fromEntries(
      byRole
        .filter(({ parameters }) => parameters > 0)
        .map(({ role, parameters }) => [role, parameters] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
  );
}

function each<Result>(result: Severally<Result>): readonly Result[] {
  return result.components?.map((component) => component.result) ?? [result];
}

function paramsSums({ parameters, elements, bytes, ...by }: ParamsResult): string[] {
  const totals = { parameters: parameters.total, elements: elements.stored, bytes: bytes.total };
  return [
    ...compareSums("byRole", by.byRole, totals),
    ...compareSums("byComponent", by.byComponent, totals),
    ...compareSums("byModule", by.byModule, totals),
    ...compareSums("byDtype", by.byDtype, { elements: totals.elements, bytes: totals.bytes }),
    ...(bytes.weights + bytes.auxiliary === bytes.total
      ? []
      : ["bytes of weights and auxiliaries are not the total"]),
    ...(elements.auxiliary <= elements.stored ? [] : ["more auxiliary elements than are stored"]),
    ...by.byLayer.flatMap(({ stack, layers, count, parametersEach, parameters: all }) =>
      count * parametersEach === all
        ? []
        : [`byLayer ${stack} ${layers}: ${count} × ${parametersEach} is not ${all}`],
    ),
    ...[parameters.active, parameters.activeWithoutEmbedding, parameters.activeWithoutEmbeddingAndHead]
      .filter((active) => active !== null && (active > parameters.total || active < 0))
      .map((active) => `${active} active of ${parameters.total}`),
  ];
}

function precisionSums({ dtypes, byRole, schemes, modules }: PrecisionResult): string[] {
  return [
    ...compareSums("byRole", byRole, { parameters: sum(dtypes, "parameters") }),
    ...(schemes.every(({ bitsPerWeight }) => bitsPerWeight === null || bitsPerWeight >= 0)
      ? []
      : ["negative bits"]),
    ...(modules.every(({ parametersEach }) => (parametersEach ?? 0) >= 0) ? [] : ["negative parameters"]),
  ];
}

/** What a node has is what its children have together, and its own where it is a tensor with tensors below it. */
function treeSums(node: TreeNode): string[] {
  const wrong: string[] = [];
  const visit = (at: TreeNode): void => {
    for (const child of at.children) visit(child);
    if (at.kind === "tensor" || at.children.length === 0) return;
    const times = at.kind === "fold" ? at.count : 1;
    for (const key of ["parameters", "elements", "bytes", "tensors"] as const) {
      const below = times * at.children.reduce((all, child) => all + (child[key] as number), 0);
      if (below !== at[key])
        wrong.push(`tree ${JSON.stringify(at.path)}: ${key} ${at[key]}, its children ${below}`);
    }
  };
  visit(node);
  return wrong.slice(0, 3);
}

function checkSums({ summary, findings, verdict, rules }: CheckResult): string[] {
  const wrong: string[] = [];
  const told = { error: summary.errors, warning: summary.warnings, info: summary.infos };
  for (const [severity, count] of Object.entries(told)) {
    // A finding that others explain is told, and not counted.
    const counted = findings.filter(({ because = [] }) => because.length === 0);
    const found = counted.filter((finding) => finding.severity === severity).length;
    if (found !== count) wrong.push(`summary has ${count} of severity ${severity}, there are ${found}`);
  }
  if (verdict !== "pass" && verdict !== "fail") wrong.push(`verdict ${verdict}`);
  const known = new Set(rules.map(({ rule }) => rule));
  for (const { rule } of findings)
    if (!known.has(rule)) wrong.push(`finding of ${rule}, which is not listed`);
  return wrong;
}

function compareSums<Key extends string>(
  what: string,
  rows: readonly Readonly<Record<NoInfer<Key>, number>>[],
  totals: Readonly<Record<Key, number>>,
): string[] {
  return (Object.keys(totals) as Key[]).flatMap((key) => {
    const all = sum(rows, key);
    return all === totals[key] ? [] : [`${what}: ${key} sum to ${all}, the total is ${totals[key]}`];
  });
}

function sum<Key extends string>(rows: readonly Readonly<Record<NoInfer<Key>, number>>[], key: Key): number {
  return rows.reduce((all, row) => all + row[key], 0);
}
