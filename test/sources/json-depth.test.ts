import { describe, expect, test } from "vitest";
import { findTooDeep } from "../../src/sources/json-depth.ts";

const at = (text: string, limit?: number) => findTooDeep(Buffer.from(text), limit);

describe("nesting of JSON from outside", () => {
  test.each([
    ["[[1]]", 2, undefined],
    ["[[[1]]]", 2, 2],
    ['{"a":[{"b":1}]}', 2, 6],
    ['["[[[[", "\\\\", "\\"[[["]', 1, undefined],
    ["[][][][]", 1, undefined],
    ["]]]][[", 1, undefined],
    ["", 0, undefined],
    ['"[', 0, undefined],
  ])("of %j within %d levels is left at byte %s", (text, limit, expected) => {
    expect(at(text, limit)).toBe(expected);
  });

  test("is that of a header unless told otherwise", () => {
    expect(at("[".repeat(128))).toBeUndefined();
    expect(at("[".repeat(129))).toBe(128);
  });
});
