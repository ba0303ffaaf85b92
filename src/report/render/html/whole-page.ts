import type { Report } from "../../report.ts";
import type { WholeReport } from "../../whole-report.ts";
import { renderHtml } from "./html.ts";

/** The page of a whole report: every section. */
export function renderWholePage(report: Report<WholeReport>): string {
  const { components, check, pages } = report.result;
  return renderHtml({
    title: report.source.id,
    report,
    components: components.map(({ component, ...parts }) => ({ name: component, ...parts })),
    check,
    pages,
    document: [],
  });
}
