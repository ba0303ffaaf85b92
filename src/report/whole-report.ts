import { type ArchResult, describeArchitecture } from "../analysis/arch.ts";
import { countParameters, type ParamsResult } from "../analysis/params.ts";
import { analysePrecision, type PrecisionResult } from "../analysis/precision.ts";
import { foldTensors, type TensorFold } from "../analysis/tensor-rows.ts";
import { buildTree, type TreeNode } from "../analysis/tree.ts";
import type { Checkpoint, Component } from "../checkpoint/checkpoint.ts";
import { CHECKS } from "../checks/registry.ts";
import { type CheckResult, runChecks } from "../checks/run.ts";

/** All that the views say of a checkpoint, in one document: what `unfold report` shows. */
export interface WholeReport {
  /** One for each part of the source of which anything could be read. */
  readonly components: readonly ComponentReport[];
  readonly check: CheckResult;
  /** The pages of the rules that failed, Markdown. */
  readonly pages: Readonly<Record<string, string>>;
}

/** The results of the views of one component; each is what the view's own `result` holds. */
export interface ComponentReport {
  readonly component: string;
  /** With all that lies below modules which stand apart from their siblings. */
  readonly tree: TreeNode;
  readonly precision: PrecisionResult;
  readonly params: ParamsResult;
  readonly arch: ArchResult;
  readonly tensors: {
    /** Paths of the shards; rows name them by number. */
    readonly shards: readonly string[];
    readonly rows: readonly TensorFold[];
  };
}

/** Makes every view of a checkpoint once. */
export function buildWholeReport(checkpoint: Checkpoint): WholeReport {
  const isRead = ({ shards }: Component) => shards.some(({ status }) => status === "read");
  const components = checkpoint.components.filter(isRead).map(reportComponent);
  const check = runChecks(checkpoint);
  const failed = new Set(check.findings.map(({ rule }) => rule));
  const pages = CHECKS.filter(({ id }) => failed.has(id)).map(({ id, page }) => [id, page] as const);
  return { components, check, pages: Object.fromEntries(pages) };
}

function reportComponent(component: Component): ComponentReport {
  return {
    component: component.name,
    tree: buildTree(component, { opensDeviants: true }),
    precision: analysePrecision(component),
    params: countParameters(component),
    arch: describeArchitecture(component),
    tensors: { shards: component.shards.map(({ path }) => path), rows: foldTensors(component) },
  };
}
