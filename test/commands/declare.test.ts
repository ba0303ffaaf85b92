import { expect, it } from "vitest";
import { runMain } from "../support/fake-io.ts";

it.each([[["--include", "model.layers.3.*"]], [["--include", "model.norm.weight", "--json"]]])(
  "declares no part of a checkpoint, and says so (%s)",
  async (filter) => {
    const run = await runMain(["declare", "fixtures/minimax-m2.unfold.json.gz", ...filter]);
    expect(run.code).toBe(3);
    expect(run.stderr).toMatch(/^error NO_CHECKPOINT this is a part of a checkpoint/m);
    expect(run.stderr).toContain("hint: Name the whole folder");
  },
);
