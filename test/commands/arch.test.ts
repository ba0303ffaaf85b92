import { describe, expect, it } from "vitest";
import { runMain } from "../support/fake-io.ts";

const MINIMAX = "fixtures/minimax-m2.unfold.json.gz";

describe("arch --context", () => {
  it.each([
    ["131072", "131,072"],
    ["128K", "131,072"],
    ["128k", "128,000"],
    ["1M", "1,048,576"],
  ])("%s is %s tokens", async (given, told) => {
    const { stdout } = await runMain(["arch", MINIMAX, "--context", given]);
    expect(stdout).toContain(`for ${told} tokens`);
  });

  it.each(["0", "12x", "-1", "1.5K", "K"])("refuses %s", async (given) => {
    const { code, stderr } = await runMain(["arch", MINIMAX, "--context", given]);
    expect(code).toBe(2);
    expect(stderr).toContain("is not a number of tokens");
  });
});
