import fs from "node:fs";
import { expect, it } from "vitest";
import { renderReadme } from "../fixtures/readme-outputs.ts";

it("shows real outputs (npm run fixtures writes them anew)", async () => {
  const readme = fs.readFileSync("README.md", "utf8");
  expect(await renderReadme(readme)).toBe(readme);
});
