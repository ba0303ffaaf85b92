import fs from "node:fs";
import { expect, it } from "vitest";
import { CHECKS_PAGE, renderChecksPage } from "../../fixtures/checks-page.ts";

it("lists the checks that there are (npm run fixtures writes the page anew)", () => {
  expect(fs.readFileSync(CHECKS_PAGE, "utf8")).toBe(renderChecksPage());
});
