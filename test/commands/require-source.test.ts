import { expect, it } from "vitest";
import { runMain } from "../support/fake-io.ts";

it("says the same of every command that is given no source", async () => {
  const told = new Set<string>();
  for (const command of ["tree", "precision", "params", "arch", "check", "fit", "report"]) {
    const { code, stderr } = await runMain([command]);
    expect(code, command).toBe(2);
    told.add(stderr);
  }
  expect([...told]).toEqual([
    "error USAGE no source is named\n  hint: Name a folder, a .safetensors file, or a model of the hub (owner/name).\n",
  ]);
});
