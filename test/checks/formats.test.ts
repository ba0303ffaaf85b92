import { createRequire } from "node:module";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { hostileNames } from "../../fixtures/stories/hostile-names.ts";
import { type CheckResult, runChecks } from "../../src/checks/run.ts";
import { checkDocument } from "../../src/report/render/check-document.ts";
import { renderGithub } from "../../src/report/render/github.ts";
import { renderGitlab } from "../../src/report/render/gitlab.ts";
import { renderJson, renderJsonLine } from "../../src/report/render/json.ts";
import { renderJunit } from "../../src/report/render/junit.ts";
import { renderMarkdown } from "../../src/report/render/markdown.ts";
import { renderSarif } from "../../src/report/render/sarif.ts";
import { renderText } from "../../src/report/render/text.ts";
import { PLAIN_STYLE } from "../../src/report/render/view.ts";
import { buildReport, type Report } from "../../src/report/report.ts";
import type { Draft } from "../support/draft.ts";
import { schemaFaults } from "../support/report-schema.ts";
import { loadFiles } from "../support/run-checks.ts";
import { BREAKS } from "./breaks.ts";
import { fp8Model } from "./sound-models.ts";

const FORMATS: Readonly<Record<string, (report: Report<CheckResult>) => string | Promise<string>>> = {
  text: async (report) => {
    let text = "";
    for await (const chunk of renderText(checkDocument(report), {
      width: 100,
      style: PLAIN_STYLE,
      unicode: true,
    }))
      text += chunk;
    return text;
  },
  json: renderJson,
  markdown: (report) => [...renderMarkdown(checkDocument(report))].join(""),
  github: (report) => [...renderGithub(report)].join(""),
  junit: (report) => [...renderJunit(report)].join(""),
  sarif: renderSarif,
  ndjson: renderJsonLine,
  gitlab: renderGitlab,
};

/** Everything a terminal obeys or hides, and what CI runners take for a command. */
const RAW_CONTROL =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;
const ANY_COMMAND = /##\[|##vso\[|##teamcity\[/i;

async function reportOf(draft: Draft): Promise<Report<CheckResult>> {
  const checkpoint = await loadFiles(draft.toFiles());
  return buildReport("check", checkpoint, runChecks(checkpoint));
}

/** Findings that name every hostile name: each is an orphaned scale in a module of that name. */
function hostileDraft(): Draft {
  const draft = fp8Model();
  const shard = draft.shards[0] as string;
  for (const [name] of hostileNames.rows) {
    draft.tensors.set(`${name}.weight_scale`, { dtype: "F32", shape: [3], shard });
    draft.tensors.set(`${name}.weight`, { dtype: "BF16", shape: [0], shard });
  }
  draft.indexChanges.set("a\n::error::pwned]]>", "x\u001b[2J::warning::<b>.safetensors");
  draft.indexChanges.set("b", "../../\n##[error]y");
  return draft;
}

describe("formats", () => {
  it.each(Object.entries(FORMATS))("%s holds nothing that anything obeys", async (format, render) => {
    const report = await reportOf(hostileDraft());
    expect(report.result.findings.length).toBeGreaterThan(10);
    const text = await render(report);
    expect(text.endsWith("\n")).toBe(true);
    expect(RAW_CONTROL.exec(text)?.index).toBeUndefined();
    // JSON escapes are for parsers: the exact name has to come back from them.
    if (!["json", "ndjson"].includes(format)) expect(ANY_COMMAND.exec(text)?.[0]).toBeUndefined();
    const lines = text.split("\n").filter((line) => /^\s*::/.test(line));
    if (format === "github")
      for (const line of lines) expect(line).toMatch(/^::(error|warning|notice) [^:]*::/);
    else expect(lines).toEqual([]);
    if (format === "junit" || format === "markdown") expect(text).not.toMatch(/<img|<b>|\]\]>/);
    if (format === "markdown") expect(text).not.toMatch(/\[d\]\(e\)/);
  });

  it("gives a GitHub line for each finding, with its file", async () => {
    const report = await reportOf(fp8Model());
    const draft = fp8Model();
    BREAKS["file-truncated"]?.bend(draft);
    const lines = [...renderGithub(await reportOf(draft))].join("").trim().split("\n");
    expect(lines[0]).toMatch(
      /^::error file=model-00002-of-00002\.safetensors,title=unfold file-truncated::truncated/,
    );
    expect(lines.at(-1)).toBe("unfold check: fail, 1 error, 0 warnings, 0 infos");
    expect([...renderGithub(report)].join("")).toBe("unfold check: pass, 0 errors, 0 warnings, 0 infos\n");
  });

  it.each(Object.keys(BREAKS))("%s gives valid JSON and SARIF", async (id) => {
    const own = BREAKS[id];
    if (own === undefined || own.options !== undefined || own.values !== undefined) return;
    const draft = own.model();
    own.bend(draft);
    const report = await reportOf(draft);
    expect(schemaFaults(JSON.parse(renderJson(report)))).toEqual([]);
    const sarif = JSON.parse(renderSarif(report));
    expect(sarifFaults(sarif)).toEqual([]);
    // Code scanning refuses a result without a file.
    for (const result of sarif.runs[0].results)
      expect(result.locations[0].physicalLocation.artifactLocation.uri).toMatch(/\.(safetensors|json)$/);
  });

  it("gives GitLab entries that are told apart, and that stay the same", async () => {
    const draft = fp8Model();
    for (const id of ["scale-missing", "shape-unlike-scale", "file-truncated"]) BREAKS[id]?.bend(draft);
    const entries = JSON.parse(renderGitlab(await reportOf(draft)));
    expect(entries.length).toBeGreaterThan(0);
    for (const entry of entries)
      expect(entry).toEqual({
        description: expect.any(String),
        check_name: expect.stringMatching(/^[a-z-]+$/),
        fingerprint: expect.stringMatching(/^[0-9a-f]{32}$/),
        severity: expect.stringMatching(/^(major|minor|info)$/),
        location: { path: expect.stringMatching(/\.(safetensors|json)$/), lines: { begin: 1 } },
      });
    expect(new Set(entries.map(({ fingerprint }: { fingerprint: string }) => fingerprint)).size).toBe(
      entries.length,
    );
    expect(JSON.parse(renderGitlab(await reportOf(draft)))).toEqual(entries);
  });

  it("gives SARIF for hostile names that the official schema takes", async () => {
    expect(sarifFaults(JSON.parse(renderSarif(await reportOf(hostileDraft()))))).toEqual([]);
  });

  it("would notice SARIF that is none", async () => {
    const log = JSON.parse(renderSarif(await reportOf(fp8Model())));
    log.runs[0].results = [{ level: "grave" }];
    expect(sarifFaults(log).join()).toContain("level");
  });

  it("counts a JUnit failure for each failed check, and says why others were skipped", async () => {
    const draft = fp8Model();
    BREAKS["scale-missing"]?.bend(draft);
    const xml = [...renderJunit(await reportOf(draft))].join("");
    expect(xml).toContain('failures="1"');
    expect(xml.match(/<failure type="error"/g)).toHaveLength(1);
    expect(xml).toContain('<skipped message="no original was given (--against)"/>');
    expect(xml.match(/<testcase /g)).toHaveLength(xml.match(/<testcase [^>]*\/>|<\/testcase>/g)?.length ?? 0);
  });
});

/** The official schema of SARIF 2.1.0 (draft 4), as a package of its makers ships it. */
const sarifSchema = createRequire(import.meta.url)(
  "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json",
);

const validate = (() => {
  const { $schema: _, id: __, ...schema } = sarifSchema as Record<string, unknown>;
  // Its patterns are older than the `u` flag. Formats are left out: ajv has none of its own, and the addresses here are made by encodeURIComponent.
  return new Ajv({ strict: false, unicodeRegExp: false, validateFormats: false, allErrors: true }).compile(
    schema,
  );
})();

function sarifFaults(log: unknown): string[] {
  if (validate(log)) return [];
  return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
}

describe("text for people", () => {
  const textOf = async (draft: Draft, failOn: "error" | "never" = "error") => {
    const checkpoint = await loadFiles(draft.toFiles());
    const render = FORMATS.text as (report: Report<CheckResult>) => Promise<string>;
    return render(buildReport("check", checkpoint, runChecks(checkpoint, { failOn })));
  };

  it("says once what three places or more have in common, and each place", async () => {
    const draft = fp8Model();
    draft.config.quantization_config = { quant_method: "fp8", weight_block_size: [64, 64] };
    expect(await textOf(draft)).toContain(
      [
        "declared 64×64; stored 128×128:",
        '  "model.layers.{0-5}.mlp.down_proj" (6 places)',
        '  "model.layers.{0-5}.mlp.gate_proj" (6 places)',
      ].join("\n"),
    );
  });

  it("tells what a missing shard kept it from, and where to read on, before the verdict", async () => {
    const draft = fp8Model();
    draft.fileChanges.push((files) => files.delete("model-00002-of-00002.safetensors"));
    const lines = (await textOf(draft)).trimEnd().split("\n");
    expect(lines.at(-5)).toMatch(/^not checked {2}\d+ rules: 1 shard of 2 could not be read/);
    expect(lines.slice(-4)).toEqual([
      expect.stringContaining("(--values); "),
      "read on      unfold explain shard-missing: why it matters, and when it is fine to ignore",
      "",
      expect.stringMatching(/^FAIL {2}1 error, /),
    ]);
  });

  it("says why a run passes with errors", async () => {
    const draft = fp8Model().drop((name) => name === "lm_head.weight");
    const checkpoint = await loadFiles(draft.toFiles());
    const report = buildReport("check", checkpoint, runChecks(checkpoint, { failOn: "never" }));
    expect([...renderJunit(report)].join("")).toContain("<system-out>error: ");
    expect([...renderJunit(report)].join("")).toContain('failures="0"');
    expect(await textOf(draft, "never")).toMatch(/\nPASS {2}1 error, .*; nothing fails this run\n$/);
  });
});
