import { expect, it } from "vitest";
import { plainModel } from "../checks/sound-models.ts";
import { runMain } from "../support/fake-io.ts";
import { writeDraft } from "../support/hostile.ts";
import { tempFolder } from "../support/temp-folder.ts";

it.each([[["--include", "model.layers.3.*"]], [["--include", "model.norm.weight", "--json"]]])(
  "declares no part of a checkpoint, and says so (%s)",
  async (filter) => {
    const run = await runMain(["declare", "fixtures/minimax-m2.unfold.json.gz", ...filter]);
    expect(run.code).toBe(3);
    expect(run.stderr).toMatch(/^error NO_CHECKPOINT this is a part of a checkpoint/m);
    expect(run.stderr).toContain("hint: Name the whole folder");
  },
);

it("has nothing to paste for a plain model, which is no failure", async () => {
  const source = writeDraft(tempFolder(), "plain", plainModel());
  const run = await runMain(["declare", source]);
  expect([run.code, run.stdout]).toEqual([0, ""]);
  expect(run.stderr).toContain("there is nothing to declare");
  const document = await runMain(["declare", source, "--json", "--quiet"]);
  expect([document.code, document.stdout, document.stderr]).toEqual([0, "null\n", ""]);
});
