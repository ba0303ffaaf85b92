import type { ArchResult } from "../../../analysis/arch.ts";
import type { ParamsResult } from "../../../analysis/params.ts";
import type { PrecisionResult } from "../../../analysis/precision.ts";
import type { TreeNode } from "../../../analysis/tree.ts";
import type { CheckResult } from "../../../checks/run.ts";
import type { Report } from "../../report.ts";
import type { DiffReport } from "../diff-document.ts";
import type { Block } from "../document.ts";
import { renderHtml } from "./html.ts";
import type { PageComponent, PageReport } from "./page-report.ts";

/** The page of one view: what the view says, as it says it elsewhere, and the drawings that its result is enough for. */
export function renderViewPage(
  found: object,
  document: readonly Block[],
  pages: PageReport["pages"] = {},
): string {
  if (!isReport(found))
    return renderHtml({
      title: titleOf(document),
      report: null,
      components: [],
      check: null,
      pages,
      document,
    });
  const { command, result } = found;
  return renderHtml({
    title: command === "diff" ? comparisonTitle(found, result) : found.source.id,
    report: found,
    components: result === null ? [] : componentsOf(command, result),
    check: command === "check" ? (result as CheckResult) : null,
    pages,
    // The findings have a section of their own.
    document: command === "check" ? [] : document,
  });
}

/** `owner/before → owner/after` */
function comparisonTitle({ source }: Report, result: unknown): string {
  const before = (result as DiffReport | null)?.before;
  return before === undefined ? source.id : `${before.id} → ${source.id}`;
}

function isReport(found: object): found is Report {
  return "source" in found && "checkpoint" in found;
}

function titleOf(document: readonly Block[]): string {
  const title = document.find((block) => block.kind === "title" || block.kind === "heading");
  return title?.text ?? "unfold";
}

/** The parts of a page that each view's result is. */
const PARTS: Readonly<Record<string, (result: unknown) => Omit<PageComponent, "name">>> = {
  tree: (result) => ({ tree: result as TreeNode }),
  precision: (result) => ({ precision: result as PrecisionResult }),
  params: (result) => ({ params: result as ParamsResult }),
  arch: (result) => ({ arch: result as ArchResult }),
};

/** A result has its components beside it where there are several. */
function componentsOf(command: string, result: unknown): PageComponent[] {
  const part = PARTS[command];
  if (command === "diff")
    return (result as DiffReport).components
      .filter(({ same }) => !same)
      .map((diff) => ({ name: diff.component, diff }));
  if (part === undefined) return [];
  const several = (result as { components?: readonly { component: string; result: unknown }[] }).components;
  if (several === undefined) return [{ name: ".", ...part(result) }];
  return several.map(({ component, result: own }) => ({ name: component, ...part(own) }));
}
