import { expect, it } from "vitest";
import { fitText } from "../../src/terminal/fit-text.ts";
import { runMain } from "../support/fake-io.ts";

it.each([
  ["keeps what fits", "one two", 7, "one two"],
  ["goes on in the next line, further in", "  one two three", 9, "  one two\n    three"],
  ["breaks in the gap before a remark", "  unfold x      why it is", 16, "  unfold x\n    why it is"],
  ["breaks a word that is wider", "incomprehensible", 10, "incomprehe\n  nsible"],
  ["keeps empty lines", "a\n\nb", 1, "a\n\nb"],
])("%s", (_, text, width, fitted) => {
  expect(fitText(text, width)).toBe(fitted);
});

it.each([20, 60, 80, 100])("keeps help within %i columns", async (columns) => {
  for (const args of [["--help"], ["check", "--help"], ["fit", "--help"], ["ls", "--help"]]) {
    const { stdout } = await runMain(args, { columns });
    expect(stdout.split("\n").filter((line) => line.length > columns)).toEqual([]);
  }
});
