import stringWidth from "string-width";
import { expect, it } from "vitest";
import { displayWidth } from "../../src/format/display-width.ts";

it("takes one column for each character that is not asked of the package", () => {
  const own = "·×–—…→✓✗─│┌┐└┘├┤┬┴┼";
  const ascii = Array.from({ length: 95 }, (_, k) => String.fromCharCode(0x20 + k));
  for (const character of [...own, ...ascii]) {
    expect(stringWidth(character), character).toBe(1);
    expect(displayWidth(character), character).toBe(1);
  }
  for (let code = 0x2500; code <= 0x257f; code++) expect(stringWidth(String.fromCharCode(code))).toBe(1);
});

it("asks the package for all others", () => {
  expect(displayWidth("模型")).toBe(4);
  expect(displayWidth("e\u0301…")).toBe(2);
});
