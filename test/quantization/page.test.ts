import fs from "node:fs";
import { expect, test } from "vitest";
import { QUANTIZATION_PAGE, renderQuantizationPage } from "../../fixtures/quantization-page.ts";

test("docs/quantization.md says what the registry says (npm run fixtures writes it anew)", () => {
  expect(fs.readFileSync(QUANTIZATION_PAGE, "utf8")).toBe(renderQuantizationPage());
});
