import { describe, expect, it } from "vitest";
import { checkDraft, faultsOf } from "../support/run-checks.ts";
import * as models from "./sound-models.ts";

describe("sound checkpoints", () => {
  it.each(Object.entries(models))("%s has no finding above info", async (_, make) => {
    const result = await checkDraft(make());
    expect(faultsOf(result)).toEqual([]);
    expect(result.verdict).toBe("pass");
  });
});
