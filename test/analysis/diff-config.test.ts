import { describe, expect, it } from "vitest";
import { diffComponents } from "../../src/analysis/diff.ts";
import { diffConfigs } from "../../src/analysis/diff-config.ts";
import { componentOf, type TensorSpec } from "../support/component-of.ts";

const configs = (config: unknown) => new Map<string, unknown>([["config.json", config]]);

describe("configurations of two checkpoints", () => {
  it.each([
    ["are compared value by value", { rope: { theta: 1 } }, { rope: { theta: 2 } }, ["rope.theta", "1", "2"]],
    ["may have a key more", {}, { bits: 4 }, ["bits", null, "4"]],
    ["may have a key less", { bits: 4 }, {}, ["bits", "4", null]],
    ["have lists as one value", { layers: [0, 1] }, { layers: [0] }, ["layers", "[0,1]", "[0]"]],
  ])("%s", (_, before, after, [key, was, is]) => {
    expect(diffConfigs(configs(before), configs(after))).toEqual({
      changes: [{ file: "config.json", key, before: was, after: is }],
      more: 0,
    });
  });

  it("do not differ in who wrote them", () => {
    const before = configs({ _name_or_path: "a", transformers_version: "5.1.0", hidden_size: 8 });
    const after = configs({ hidden_size: 8, transformers_version: "5.2.0" });
    expect(diffConfigs(before, after)).toEqual({ changes: [], more: 0 });
  });

  it("are not compared where one side has none, and a file more is a change", () => {
    expect(diffConfigs(configs({}), new Map()).changes).toBeNull();
    const more = new Map<string, unknown>([...configs({}), ["generation_config.json", {}]]);
    expect(diffConfigs(configs({}), more).changes).toEqual([
      { file: "generation_config.json", key: "", before: null, after: "there" },
    ]);
  });

  it("tell two hundred changes, and count the rest", () => {
    const many = Object.fromEntries(Array.from({ length: 250 }, (_, k) => [`key${k}`, k]));
    const { changes, more } = diffConfigs(configs({}), configs(many));
    expect([changes?.length, more]).toEqual([200, 50]);
  });
});

describe("what belongs to no weight", () => {
  const norm = (buffer: TensorSpec) =>
    componentOf([["bn.weight", "F32", [8]], ["bn.bias", "F32", [8]], buffer]);
  const before = norm(["bn.running_mean", "F32", [8]]);

  it("is compared: a buffer that is gone, or is another", () => {
    const lost = componentOf([
      ["bn.weight", "F32", [8]],
      ["bn.bias", "F32", [8]],
    ]);
    expect(diffComponents(before, lost)).toMatchObject({
      same: false,
      removed: [{ pattern: "bn.running_mean", stored: "F32 [8]" }],
    });
    const wider = norm(["bn.running_mean", "F32", [16]]);
    expect(diffComponents(before, wider)).toMatchObject({ same: false, changed: [{ what: "shape" }] });
    expect(diffComponents(before, before)).toMatchObject({ same: true });
  });

  it("is no difference of weights", () => {
    const lost = componentOf([
      ["bn.weight", "F32", [8]],
      ["bn.bias", "F32", [8]],
    ]);
    expect(diffComponents(before, lost, { weightsOnly: true })).toMatchObject({ same: true, removed: [] });
  });
});
