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

  it("narrows the last layer as well", async () => {
    expect(await modulesOf("--layer", "61")).toHaveLength(13);
  });

  it("shows these modules only", async () => {
    const shown = await runMain(["precision", MINIMAX, "--layer", "3", "--module", "*.q_proj"]);
    expect(shown.stdout).toContain("Modules of layer 3, that match *.q_proj");
    expect(shown.stdout).not.toContain("By role");
  });

  it.each([
    [["--layer", "62"], "--layer: no module is in layer 62", "Layers here: 0-61."],
    [["--layer", "3", "--module", "*.w9"], '--module: no module matches "*.w9"', 'No name has "w9"'],
    [["--layer", "99", "--module", "*.w1"], '--layer: no module that matches "*.w1" is in layer 99', "0-61"],
    [["--module", "w1"], '--module: no module matches "w1"', '"*w1*" would'],
  ])("refuses %j, which choose nothing, and says what there is", async (args, told, there) => {
    const { stderr, stdout, code } = await runMain(["precision", MINIMAX, ...args]);
    expect(stdout).toBe("");
    expect(stderr).toContain(told);
    expect(stderr).toContain(there);
    expect(code).toBe(2);
  });
});
