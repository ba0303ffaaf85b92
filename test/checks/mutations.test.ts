import { describe, expect, it } from "vitest";
import { MUTATIONS } from "../support/mutations.ts";
import { runMutations } from "../support/run-mutations.ts";
import * as models from "./sound-models.ts";

describe("breaks at random places", () => {
  it.each(Object.entries(models))("of %s are told by the right check, with the place", async (_, make) => {
    const { runs, survivors } = await runMutations(make, [1, 2, 3]);
    expect(survivors).toEqual([]);
    expect(runs).toBeGreaterThan(10);
  });

  it("has a sound model for every way to break one", async () => {
    const unused = new Set(MUTATIONS.map(({ name }) => name));
    for (const make of Object.values(models))
      for (const mutation of MUTATIONS) {
        if (!unused.has(mutation.name)) continue;
        const { runs } = await runMutations(make, [1], [mutation]);
        if (runs > 0) unused.delete(mutation.name);
      }
    expect([...unused]).toEqual([]);
  });
});
