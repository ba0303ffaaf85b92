import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { CheckpointSpec } from "../../fixtures/checkpoint-spec.ts";
import { loadCheckpoint } from "../../src/checkpoint/load.ts";
import { renderWholePage } from "../../src/report/render/html/whole-page.ts";
import { buildReport, type Report } from "../../src/report/report.ts";
import { buildWholeReport, type WholeReport } from "../../src/report/whole-report.ts";
import { openSource } from "../../src/sources/open-source.ts";
import { writeStory } from "../support/story.ts";

/** A page on this disk, and the report that it was made from. */
export interface MadePage {
  readonly address: string;
  /** What it was made of, as a command takes it. */
  readonly source: string;
  readonly html: string;
  readonly report: Report<WholeReport>;
}

const parent = fs.mkdtempSync(path.join(os.tmpdir(), "unfold-pages-"));

export function removePages(): void {
  fs.rmSync(parent, { recursive: true, force: true });
}

/** The page of a checkpoint that is made by code, or of a source on disk. */
export async function makePage(name: string, what: CheckpointSpec | string): Promise<MadePage> {
  const where = typeof what === "string" ? path.resolve(what) : writeStory(name, what, parent);
  const source = await openSource(where);
  try {
    const checkpoint = await loadCheckpoint(source, {});
    const report = buildReport("report", checkpoint, buildWholeReport(checkpoint));
    const html = renderWholePage(report);
    return { address: savePage(name, html), source: where, html, report };
  } finally {
    await source.close();
  }
}

/** Puts a page on this disk; returns its address. */
export function savePage(name: string, html: string): string {
  const file = path.join(parent, `${name}.html`);
  fs.writeFileSync(file, html);
  return pathToFileURL(file).href;
}
