import { describe, expect, it } from "vitest";
import type { PrecisionResult } from "../../src/analysis/precision.ts";
import { runMain } from "../support/fake-io.ts";

const MINIMAX = "fixtures/minimax-m2.unfold.json.gz";

async function modulesOf(...args: string[]): Promise<PrecisionResult["modules"]> {
  const { stdout } = await runMain(["precision", MINIMAX, "--json", ...args]);
  return (JSON.parse(stdout) as { result: PrecisionResult }).result.modules;
}

describe("precision --layer", () => {
  it("lists the modules of one layer, each with its number there", async () => {
    const modules = await modulesOf("--layer", "3");
    expect(modules).toHaveLength(13);
    expect(modules.every(({ pattern }) => pattern.startsWith("model.layers.3."))).toBe(true);
    const w1 = modules.find(({ pattern }) => pattern.endsWith(".w1"));
    expect(w1).toMatchObject({ pattern: "model.layers.3.block_sparse_moe.experts.{0-255}.w1", count: 256 });
  });

  it("narrows the last layer as well, and finds none beyond it", async () => {
    expect(await modulesOf("--layer", "61")).toHaveLength(13);
    expect(await modulesOf("--layer", "62")).toEqual([]);
  });

  it("shows these modules only, and says so where there is none", async () => {
    const shown = await runMain(["precision", MINIMAX, "--layer", "3", "--module", "*.q_proj"]);
    expect(shown.stdout).toContain("Modules of layer 3, that match *.q_proj");
    expect(shown.stdout).not.toContain("By role");
    const none = await runMain(["precision", MINIMAX, "--layer", "62"]);
    expect(none.stdout).toContain("there is none");
  });

  it.each([
    [["--layer", "62"], "no module is in layer 62; layers here: 0-61"],
    [["--layer", "3", "--module", "nope"], 'no module that matches "nope" is in layer 3; layers here: 0-61'],
    [["--module", "nope"], 'no module matches "nope"; a pattern is held against the whole path'],
  ])("says on stderr what %j asked for and what there is", async (args, told) => {
    const { stderr, code } = await runMain(["precision", MINIMAX, ...args]);
    expect(stderr).toContain(told);
    expect(code).toBe(0);
    expect((await runMain(["precision", MINIMAX, "--layer", "61"])).stderr).not.toContain("no module");
  });
});
