import { describe, expect, it } from "vitest";
import { runChecks } from "../../src/checks/run.ts";
import { UnfoldError } from "../../src/errors.ts";
import { exitCodeForCheck } from "../../src/report/exit-code.ts";
import { buildOverviewReport } from "../../src/report/overview-report.ts";
import { checkDocument } from "../../src/report/render/check-document.ts";
import { renderGithub } from "../../src/report/render/github.ts";
import { renderJson } from "../../src/report/render/json.ts";
import { renderJunit } from "../../src/report/render/junit.ts";
import { renderMarkdown } from "../../src/report/render/markdown.ts";
import { overviewDocument } from "../../src/report/render/overview-document.ts";
import { buildReport } from "../../src/report/report.ts";
import type { MemoryFile } from "../../src/sources/memory.ts";
import { schemaFaults } from "../support/report-schema.ts";
import { loadFiles } from "../support/run-checks.ts";
import { plainModel } from "./sound-models.ts";

/** Shards of a sound model, those of some numbers as the system or the network leaves them. */
async function report(kept: Readonly<Record<number, MemoryFile>>) {
  const draft = plainModel();
  const files = draft.toFiles();
  for (const [number, file] of Object.entries(kept)) files.set(draft.shards[Number(number)] as string, file);
  const checkpoint = await loadFiles(files);
  return { loaded: checkpoint, own: buildReport("check", checkpoint, runChecks(checkpoint)) };
}

const REFUSED = { bytes: new Uint8Array(), error: new UnfoldError("ACCESS_DENIED", {}) };
const DAMAGED = { bytes: Buffer.from("PK") };

it.each([
  ["of which nothing is given", { 0: REFUSED, 1: REFUSED }, null, 3],
  ["of which a part is given", { 1: REFUSED }, null, 3],
  ["of which a part is given, and that is damaged", { 0: DAMAGED, 1: REFUSED }, "fail", 1],
  ["that is damaged", { 1: DAMAGED }, "fail", 1],
  ["that is sound", {}, "pass", 0],
] as const)("the verdict and the exit code of a checkpoint %s", async (_, kept, verdict, code) => {
  const { own } = await report(kept);
  expect([own.result.verdict, exitCodeForCheck(own)]).toEqual([verdict, code]);
  expect(schemaFaults(own)).toEqual([]);
});

describe("a checkpoint of which nothing is given", () => {
  it("is said to pass by no format", async () => {
    const { loaded, own } = await report({ 0: REFUSED, 1: REFUSED });
    const overview = buildReport("overview", loaded, buildOverviewReport(loaded, own.result));
    const texts = {
      markdown: [...renderMarkdown(checkDocument(own))].join(""),
      github: [...renderGithub(own)].join(""),
      json: renderJson(own),
      overview: [...renderMarkdown(overviewDocument(overview))].join(""),
    };
    for (const [format, text] of Object.entries(texts)) expect(text, format).not.toMatch(/\bpass\b/i);
    expect(texts.markdown).toMatch(/NO VERDICT.*; 0 checks passed, \d+ skipped/s);
    expect(texts.github).toMatch(/^unfold check: no verdict, 0 errors/m);
    expect([...renderJunit(own)].join("")).toMatch(/tests="(\d+)" failures="0" errors="0" skipped="\1"/);
  });
});
