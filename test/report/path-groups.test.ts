import { describe, expect, it } from "vitest";
import type { Block } from "../../src/report/render/document.ts";
import { renderTable } from "../../src/report/render/table.ts";
import { PLAIN_STYLE, type View } from "../../src/report/render/view.ts";

const table = (paths: readonly string[]): Extract<Block, { kind: "table" }> => ({
  kind: "table",
  columns: [
    { title: "module", flexible: true, isPath: true },
    { title: "bits", align: "right" },
  ],
  rows: paths.map((path, k) => [path, String(k)]),
});

const view = (width: number): View => ({ width, style: PLAIN_STYLE, unicode: true });
const LAYERS = ["a.norm", "model.layers.{0-3}.mlp.down_proj", "model.layers.{0-3}.mlp.up_proj", "b.norm"];

describe("what neighbouring paths begin with", () => {
  it.each([
    ["is said once where they do not fit", LAYERS, 26, ["model.layers.{0-3}.mlp", "  down_proj"]],
    [
      "goes as far as all rows of a list share it",
      ["model.layers.{0-3}.k", "model.layers.{0-3}.mlp.gate", "model.layers.4.k"],
      24,
      ["model.layers", "  {0-3}.mlp.gate"],
    ],
    [
      "is the module's where no list is in the path",
      ["encoder.attention.query", "encoder.attention.value"],
      20,
      ["encoder.attention", "  query"],
    ],
  ])("%s", (_, paths, width, shown) => {
    const lines = renderTable(table(paths), view(width));
    for (const each of shown) expect(lines.map((line) => line.slice(0, each.length))).toContain(each);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
    expect(lines.join("\n")).not.toContain("…");
  });

  it.each([
    ["they fit", LAYERS, 60],
    ["nothing is shared", ["alpha.beta.gamma.delta", "other.names.of.modules"], 20],
  ])("is not said apart where %s", (_, paths, width) => {
    expect(renderTable(table(paths), view(width))).toHaveLength(1 + paths.length);
  });

  it("is never said apart in a pipe", () => {
    const piped: View = { ...view(20), tableWidth: Number.POSITIVE_INFINITY };
    expect(renderTable(table(LAYERS), piped).join("\n")).toContain("model.layers.{0-3}.mlp.up_proj");
  });
});

it("leaves out columns in which nothing stands", () => {
  const lines = renderTable(
    {
      kind: "table",
      columns: [{ title: "name" }, { title: "scale" }, { title: "bits" }],
      rows: [["a", "", "4"]],
    },
    view(40),
  );
  expect(lines).toEqual(["name  bits", "a     4"]);
});
