import fs from "node:fs";
import path from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { PAGES_WITH_OUTPUTS, renderOutputs } from "../fixtures/readme-outputs.ts";
import { tempFolder } from "./support/temp-folder.ts";

/** A page that is read before anything is installed, in one sitting. */
const MAX_README_BYTES = 10_000;

afterEach(() => vi.unstubAllEnvs());

it.each(PAGES_WITH_OUTPUTS)(
  "shows real outputs in %s (npm run fixtures writes them anew), and leaves no folder behind",
  async (name) => {
    const folder = tempFolder();
    vi.stubEnv("TMPDIR", folder);
    const page = fs.readFileSync(name, "utf8");
    expect(page).toContain("\n$ unfold ");
    expect(await renderOutputs(page)).toBe(page);
    expect(fs.readdirSync(folder)).toEqual([]);
  },
);

it("is a README of at most 10 kB", () => {
  expect(fs.statSync("README.md").size).toBeLessThanOrEqual(MAX_README_BYTES);
});

it("links to files that are there", () => {
  const pages = ["README.md", ...fs.readdirSync("docs").map((name) => path.join("docs", name))];
  const dead = pages
    .filter((page) => page.endsWith(".md"))
    .flatMap((page) =>
      [...fs.readFileSync(page, "utf8").matchAll(/\]\((?!https?:)([^)#\s]+)/g)]
        .map(([, target = ""]) => path.join(path.dirname(page), target))
        .filter((target) => !fs.existsSync(target))
        .map((target) => `${page}: ${target}`),
    );
  expect(dead).toEqual([]);
});
