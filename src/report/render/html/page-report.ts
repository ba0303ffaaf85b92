import type { ArchResult } from "../../../analysis/arch.ts";
import type { DiffResult } from "../../../analysis/diff.ts";
import type { ParamsResult } from "../../../analysis/params.ts";
import type { PrecisionResult } from "../../../analysis/precision.ts";
import type { TreeNode } from "../../../analysis/tree.ts";
import type { CheckResult } from "../../../checks/run.ts";
import type { Report } from "../../report.ts";
import type { WholeReport } from "../../whole-report.ts";
import type { Block } from "../document.ts";

/** What a page is made of: the results that a report has, whichever they are. A section without its result is left out. */
export interface PageReport {
  readonly title: string;
  /** Null for lists of unfold's own, which are about no source. */
  readonly report: Report | null;
  readonly components: readonly PageComponent[];
  readonly check: CheckResult | null;
  /** Pages of rules that failed, Markdown. */
  readonly pages: Readonly<Record<string, string>>;
  /** What has no section of its own: the document of the view. */
  readonly document: readonly Block[];
}

/** What a part is called: the one in the folder itself has no name of its own. */
export function componentName({ name }: Pick<PageComponent, "name">): string {
  return name === "." ? "the folder itself" : name;
}

export interface PageComponent {
  readonly name: string;
  readonly diff?: DiffResult;
  readonly tree?: TreeNode;
  readonly precision?: PrecisionResult;
  readonly params?: ParamsResult;
  readonly arch?: ArchResult;
  readonly tensors?: WholeReport["components"][number]["tensors"];
}

/** What the schemes of a component are called on the page. */
export function schemeTitles({ precision }: PageComponent): ReadonlyMap<string, string> {
  return new Map((precision?.schemes ?? []).map(({ scheme, title }) => [scheme, title]));
}
