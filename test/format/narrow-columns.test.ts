import { expect, it } from "vitest";
import { layOutColumns } from "../../src/report/render/columns.ts";

it("leaves a name readable beside long texts, and takes from these instead", () => {
  const columns = [
    { title: "name", flexible: true },
    { title: "count", align: "right" },
    { title: "text" },
  ] as const;
  const { widths } = layOutColumns(columns, [["n".repeat(40), "7", "t".repeat(70)]], 60);
  expect(widths).toEqual([20, 5, 31]);
  expect(widths.reduce((sum, width) => sum + width, 4)).toBe(60);
});
