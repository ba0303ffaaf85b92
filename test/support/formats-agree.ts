import type { Finding } from "../../src/checks/check.ts";
import type { CheckResult } from "../../src/checks/run.ts";
import { checkDocument } from "../../src/report/render/check-document.ts";
import { renderGithub } from "../../src/report/render/github.ts";
import { renderJson } from "../../src/report/render/json.ts";
import { renderJunit } from "../../src/report/render/junit.ts";
import { renderMarkdown } from "../../src/report/render/markdown.ts";
import { findingPhrase } from "../../src/report/render/phrases.ts";
import { renderSarif } from "../../src/report/render/sarif.ts";
import { renderText } from "../../src/report/render/text.ts";
import { PLAIN_STYLE } from "../../src/report/render/view.ts";
import type { Report } from "../../src/report/report.ts";

/** A finding as a format says it. */
interface Said {
  readonly rule: string;
  readonly severity: string;
  readonly file: string | null;
  readonly text: string;
}

/** Findings of one rule and severity that text and Markdown show; JSON has all. */
const MAX_SHOWN = 10;

/** What one format says of a report and another does not, in words. */
export async function formatDisagreements(report: Report<CheckResult>): Promise<string[]> {
  const { result } = JSON.parse(renderJson(report)) as Report<CheckResult>;
  const told = result.findings.filter(({ because }) => because.length === 0);
  const wanted = told.map((finding): Said => {
    const { rule, severity, file } = finding;
    return { rule, severity, file, text: findingPhrase(finding) };
  });
  const faults: string[] = [];
  for (const [format, said] of Object.entries({
    github: readGithub([...renderGithub(report)].join("")),
    junit: readJunit([...renderJunit(report)].join("")),
    sarif: readSarif(renderSarif(report)),
  })) {
    const left = [...said];
    for (const each of wanted) {
      const at = left.findIndex((other) => isSame(each, other));
      if (at < 0)
        faults.push(`${format} does not say ${each.severity} ${each.rule} of ${each.file}: ${each.text}`);
      else left.splice(at, 1);
    }
    for (const { severity, rule, file } of left)
      faults.push(`${format} alone says ${severity} ${rule} of ${file}`);
  }
  for (const [format, text] of Object.entries({
    text: await plainText(report),
    markdown: [...renderMarkdown(checkDocument(report))].join(""),
  }))
    faults.push(...unlikeText(told, text).map((fault) => `${format} ${fault}`));
  return faults;
}

function isSame(a: Said, b: Said): boolean {
  return (
    a.rule === b.rule &&
    a.severity === b.severity &&
    bare(a.file ?? "") === bare(b.file ?? "") &&
    bare(b.text).includes(bare(a.text))
  );
}

/** Letters and digits alone: how a format escapes and breaks the rest is its own. */
function bare(text: string): string {
  return text.replace(/[^a-zA-Z0-9]/g, "");
}

function unlikeText(told: readonly Finding[], text: string): string[] {
  const plain = bare(text);
  const shown = new Map<string, number>();
  const faults: string[] = [];
  for (const { rule, severity, file, component, message: phrase } of told) {
    const count = (shown.get(`${severity} ${rule}`) ?? 0) + 1;
    shown.set(`${severity} ${rule}`, count);
    if (!plain.includes(bare(`${severity}${rule}`))) faults.push(`does not say ${severity} ${rule}`);
    if (count > MAX_SHOWN) continue;
    // Of several that say the same the place comes first, and what they share once.
    const isSaid = plain.includes(bare(phrase)) || plain.includes(bare(placeOf(phrase)));
    if (!isSaid) faults.push(`does not say: ${phrase}`);
    if (component !== null && component !== "." && !text.replaceAll("\\", "").includes(`[${component}]`))
      faults.push(`does not name ${component}: ${phrase}`);
    // The file of a tensor follows from its name; what a file itself is at fault for names it.
    if (file?.endsWith(".json") && !plain.includes(bare(file)))
      faults.push(`does not name ${file}: ${phrase}`);
  }
  return faults;
}

function placeOf(phrase: string): string {
  return /^"(.*?)"/s.exec(phrase)?.[1] ?? phrase;
}

async function plainText(report: Report<CheckResult>): Promise<string> {
  let text = "";
  const view = { width: 200, style: PLAIN_STYLE, unicode: true };
  for await (const chunk of renderText(checkDocument(report), view)) text += chunk;
  return text;
}

function readGithub(text: string): Said[] {
  const levels: Readonly<Record<string, string>> = { error: "error", warning: "warning", notice: "info" };
  return text.split("\n").flatMap((line) => {
    const match = /^::(\w+) (?:file=([^,]*),)?title=unfold ([a-z-]+)::(.*)$/.exec(line);
    if (match === null) return [];
    const [, level = "", file, rule = "", said = ""] = match;
    const name = file === undefined ? null : decodePercent(file);
    return [{ rule, severity: levels[level] ?? level, file: name, text: decodePercent(said) }];
  });
}

function decodePercent(text: string): string {
  return text.replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function readJunit(text: string): Said[] {
  return [...text.matchAll(/<testcase classname="unfold" name="([^"]*)">(.*?)<\/testcase>/gs)].flatMap(
    ([, rule = "", body = ""]) =>
      [
        ...body.matchAll(/<failure type="(\w+)" message="([^"]*)">|<system-out>(\w+): (.*?)<\/system-out>/gs),
      ].map(([, failure, message, other, out]) => {
        const said = decodeXml(message ?? out ?? "");
        const file = /^(\S[^:"]*\.(?:json|safetensors)): /.exec(said)?.[1] ?? null;
        return { rule, severity: failure ?? other ?? "", file, text: said };
      }),
  );
}

function decodeXml(text: string): string {
  const names: Readonly<Record<string, string>> = { quot: '"', apos: "'", lt: "<", gt: ">", amp: "&" };
  return text.replace(/&(\w+);/g, (all, name: string) => names[name] ?? all);
}

function readSarif(text: string): Said[] {
  const levels: Readonly<Record<string, string>> = { error: "error", warning: "warning", note: "info" };
  const { runs } = JSON.parse(text) as {
    runs: {
      results: {
        ruleId: string;
        level: string;
        message: { text: string };
        locations?: { physicalLocation?: { artifactLocation: { uri: string } } }[];
      }[];
    }[];
  };
  return runs.flatMap(({ results }) =>
    results.map(({ ruleId, level, message, locations }) => {
      const uri = locations?.[0]?.physicalLocation?.artifactLocation.uri;
      const file = uri === undefined ? null : decodeURIComponent(uri);
      return { rule: ruleId, severity: levels[level] ?? level, file, text: message.text };
    }),
  );
}
