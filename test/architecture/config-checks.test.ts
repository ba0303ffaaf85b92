import { describe, expect, it } from "vitest";
import { compareWithConfig } from "../../src/architecture/config-checks/find.ts";
import { modelOf } from "../../src/architecture/model.ts";
import { componentOfText } from "../support/tensor-text.ts";
import { PUBLISHED } from "./published/all.ts";

describe("published models and their configurations", () => {
  it.each(PUBLISHED)("$title agrees in everything above info", ({ tensors, config }) => {
    const { disagreements } = compareWithConfig(modelOf(componentOfText(tensors, config)));
    expect(disagreements.filter(({ severity }) => severity !== "info")).toEqual([]);
  });
});
