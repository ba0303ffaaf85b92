import type { Finding } from "../../../checks/check.ts";
import { formatCount, formatQuantity } from "../../../format/count.ts";
import { type Content, type Element, el } from "../../../page/element.ts";
import { openedFile } from "../phrases.ts";
import { componentName, type PageReport } from "./page-report.ts";
import { rulePage } from "./rule-page.ts";

const MARKS: Readonly<Record<Finding["severity"], string>> = { error: "✕", warning: "!", info: "i" };

/** Findings on the page; of more, the worst. A hostile header could bring thousands. */
const MAX_SHOWN = 100;

/** Findings seen at once; those after them fold, so that what comes behind is not screens away. */
const MAX_OPEN = 20;

/** What is wrong, errors first, each with its place, its fix and the page of its rule. */
export function findingsSection({ check, pages, components }: PageReport): Content {
  if (check === null) return null;
  const { findings, rules } = check;
  const shown = findings.slice(0, MAX_SHOWN);
  const rest = findings.length - shown.length;
  const told = new Set<string>();
  const items = shown.map((finding, at) => {
    const page = told.has(finding.rule) ? undefined : pages[finding.rule];
    told.add(finding.rule);
    return findingItem(finding, at, page, components.length > 1);
  });
  const skipped = rules.filter(({ state }) => state === "skipped");
  return el(
    "section",
    { id: "findings", "aria-labelledby": "findings-title" },
    el("h2", { id: "findings-title" }, "Findings"),
    findings.length === 0 ? el("p", {}, "No finding: no error, no warning, no remark.") : null,
    el("ol", { class: "findings" }, items.slice(0, MAX_OPEN)),
    items.length > MAX_OPEN &&
      el(
        "details",
        {},
        el("summary", {}, formatQuantity(items.length - MAX_OPEN, "finding"), " more"),
        el("ol", { class: "findings", start: MAX_OPEN + 1 }, items.slice(MAX_OPEN)),
      ),
    rest > 0 && el("p", {}, `${formatCount(rest)} more: unfold check`),
    el(
      "p",
      { class: "muted" },
      `${formatQuantity(rules.filter(({ state }) => state === "passed").length, "check")} passed`,
      skipped.length > 0 && `, ${formatCount(skipped.length)} skipped`,
      ".",
    ),
    skipped.length > 0 &&
      el(
        "details",
        {},
        el("summary", {}, "Skipped checks, and why"),
        el(
          "ul",
          {},
          skipped.map(({ rule, reason }) => el("li", {}, el("code", {}, rule), ` ${reason ?? ""}`)),
        ),
      ),
  );
}

function findingItem(finding: Finding, at: number, page: string | undefined, isNamed: boolean): Element {
  const { severity, rule, message, count, where, expected, found, fix, help, because } = finding;
  const file = openedFile(finding);
  return el(
    "li",
    // What others explain counts for nothing, and is no red box beside theirs.
    { class: because.length > 0 ? "finding" : `finding ${severity}`, "data-finding": at },
    el(
      "p",
      {},
      el("b", { class: "severity" }, `${MARKS[severity]} ${severity}`),
      " ",
      el("a", { href: help, rel: "noreferrer", target: "_blank" }, rule),
      count > 1 && ` × ${formatCount(count)}`,
      isNamed && finding.component !== null && ` in ${componentName({ name: finding.component })}`,
      because.length > 0 && ` (follows from ${because.join(", ")})`,
    ),
    el("p", {}, file === null ? null : `${file}: `, message),
    // What the message says already is not said again.
    where === null || message.includes(where) ? null : el("p", { class: "place" }, el("code", {}, where)),
    [expected, found].every((words) => words === null || message.includes(words))
      ? null
      : el(
          "p",
          { class: "muted" },
          expected === null ? null : `expected ${expected}`,
          expected !== null && found !== null ? "; " : null,
          found === null ? null : `found ${found}`,
        ),
    el("p", {}, el("b", {}, "Fix: "), fix),
    page === undefined ? null : el("details", {}, el("summary", {}, `About ${rule}`), rulePage(page)),
  );
}
