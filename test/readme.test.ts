import fs from "node:fs";
import { afterEach, expect, it, vi } from "vitest";
import { renderReadme } from "../fixtures/readme-outputs.ts";
import { tempFolder } from "./support/temp-folder.ts";

afterEach(() => vi.unstubAllEnvs());

it("shows real outputs (npm run fixtures writes them anew), and leaves no folder behind", async () => {
  const folder = tempFolder();
  vi.stubEnv("TMPDIR", folder);
  const readme = fs.readFileSync("README.md", "utf8");
  expect(await renderReadme(readme)).toBe(readme);
  expect(fs.readdirSync(folder)).toEqual([]);
});
