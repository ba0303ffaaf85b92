import { expect, it } from "vitest";
import { countShown } from "../../src/format/shown.ts";

it.each([
  ["all that have room", 3, 10, 3],
  ["as many as there is room for", 10, 10, 10],
  ["one more, which would be counted else", 11, 10, 11],
  ["the first, where several are left", 12, 10, 10],
  ["none of none", 0, 10, 0],
] as const)("shows %s", (_, total, most, shown) => {
  expect(countShown(total, most)).toBe(shown);
});
