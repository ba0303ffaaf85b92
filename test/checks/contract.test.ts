import { describe, expect, it } from "vitest";
import { SEVERITIES } from "../../src/checks/check.ts";
import { CHECKS } from "../../src/checks/registry.ts";
import { type CheckResult, runChecks } from "../../src/checks/run.ts";
import { SCHEMES } from "../../src/quantization/registry.ts";
import type { Draft } from "../support/draft.ts";
import { loadFiles } from "../support/run-checks.ts";
import { BREAKS, type Break, exampleOf, statsFor } from "./breaks.ts";

const HEADINGS = [
  "What it says",
  "Why it matters",
  "How it is detected",
  "Example",
  "How to fix it",
  "When it is fine to ignore",
];

describe.each(CHECKS.map((check) => ({ id: check.id, check })))("$id", ({ id, check }) => {
  it("has a page with all sections, a title and advice", () => {
    expect(id).toMatch(/^[a-z]+(-[a-z]+)+$/);
    expect(SEVERITIES).toContain(check.severity);
    expect(check.page.startsWith(`# ${id}\n\n${check.title}.`)).toBe(true);
    const headings = [...check.page.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual(HEADINGS);
    for (const section of check.page.split(/^## .*$/m).slice(1)) expect(section.trim()).not.toBe("");
    expect(check.fix).toMatch(/\.$/);
    expect(check.page.replace(/\s+/g, " ")).toContain(check.fix);
  });

  it("fires on its broken checkpoint and names the place", async () => {
    const own = breakOf(id);
    const draft = own.model();
    own.bend(draft);
    const result = await run(draft, own, "bad");
    const findings = result.findings.filter((finding) => finding.rule === id);
    const told = findings.map(({ where, shard, message, found, expected }) =>
      [where, shard, message, found, expected].join(" "),
    );
    expect(told.join("\n")).toContain(own.names);
    // The page shows what is really said, so that it cannot grow old.
    const [first] = findings;
    expect(check.page).toContain(`\n## Example\n\n\`\`\`text\n${first && exampleOf(first)}\n\`\`\`\n`);
    for (const finding of findings) {
      expect(finding.help).toContain(`/${id}.md`);
      expect(finding.fix).toMatch(/\S/);
      expect(finding.count).toBeGreaterThan(0);
    }
    expect(result.rules.find(({ rule }) => rule === id)?.state).toBe("failed");
  });

  it("passes on the sound one", async () => {
    const own = breakOf(id);
    const result = await run(own.model(), own, "sound");
    expect(result.findings.filter((finding) => finding.rule === id)).toEqual([]);
    expect(result.rules.find(({ rule }) => rule === id)).toMatchObject({ state: "passed", reason: null });
  });
});

function breakOf(id: string): Break {
  const own = BREAKS[id];
  if (own === undefined) throw new Error(`no broken checkpoint for ${id}`);
  return own;
}

async function run(draft: Draft, own: Break, side: "sound" | "bad"): Promise<CheckResult> {
  const checkpoint = await loadFiles(draft.toFiles());
  const [component] = checkpoint.components;
  const values =
    own.values === undefined || component === undefined
      ? {}
      : {
          values: {
            byComponent: new Map([[component, statsFor(component, own.values[side])]]),
            bytesRead: 0,
          },
        };
  return runChecks(checkpoint, { ...(await own.options?.()), ...values });
}

it("names in its pages only checks and schemes that there are", () => {
  const known = new Set([...CHECKS.map(({ id }) => id), ...SCHEMES.map(({ id }) => id as string)]);
  const unknown = CHECKS.flatMap(({ id, page }) =>
    [...page.matchAll(/`([a-z]+(?:-[a-z]+)+)`/g)].flatMap(([, name = ""]) =>
      known.has(name) ? [] : [`${id}: ${name}`],
    ),
  );
  expect(unknown).toEqual([]);
});

it("has no break for a check that is gone", () => {
  const ids = CHECKS.map(({ id }) => id);
  expect(Object.keys(BREAKS).filter((id) => !ids.includes(id))).toEqual([]);
  expect(new Set(ids).size).toBe(ids.length);
});
