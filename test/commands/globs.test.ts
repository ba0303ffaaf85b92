import { describe, expect, it } from "vitest";
import { matchGlob } from "../../src/commands/options.ts";
import { TensorChoice } from "../../src/commands/tensor-choice.ts";

describe("globs of the command line", () => {
  it.each([
    ["model.layers.0.mlp.gate.weight", "model.layers.0.mlp.gate.weight", true],
    ["*.mlp.*", "model.layers.0.mlp.gate.weight", true],
    ["model.layers.?.*", "model.layers.10.mlp.gate.weight", false],
    ["*.{q,k,v}_proj.*", "model.layers.10.self_attn.k_proj.weight", true],
    ["*.[0-3].*", "model.layers.2.norm.weight", true],
    ["blocks/*", "blocks/0/attn.weight", true],
    ["a(b)*", "a(b).weight", true],
  ])("%s on %s", (glob, name, matches) => {
    expect(matchGlob(glob)(name)).toBe(matches);
  });

  it("that are too long or too deep are errors of usage", () => {
    expect(() => matchGlob("")).toThrow(/empty/);
    expect(() => matchGlob("a".repeat(1001))).toThrow(/1001 characters; at most 1000/);
    expect(() => matchGlob(`${"{a,".repeat(200)}b${"}".repeat(200)}`)).toThrow(/cannot read the pattern/);
  });

  it("include, include also, and exclude", () => {
    const patterns = { include: ["*.weight", "*.bias"], exclude: ["*norm*"], filter: ["model.*"] };
    const { filter: keeps } = new TensorChoice(patterns);
    const names = ["model.a.weight", "model.norm.weight", "model.a.scale", "lm_head.weight", "model.b.bias"];
    expect(names.filter((name) => keeps?.(name))).toEqual(["model.a.weight", "model.b.bias"]);
    expect(new TensorChoice({}).filter).toBeUndefined();
  });
});
