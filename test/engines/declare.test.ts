import { describe, expect, it } from "vitest";
import type { Component } from "../../src/checkpoint/checkpoint.ts";
import { runChecks } from "../../src/checks/run.ts";
import { describeIndex, describeQuantization } from "../../src/engines/declare.ts";
import type { EngineName } from "../../src/engines/names.ts";
import { prepareEngines } from "../../src/engines/run.ts";
import * as sound from "../checks/sound-models.ts";
import type { Draft } from "../support/draft.ts";
import { loadFiles } from "../support/run-checks.ts";
import { served } from "../support/served.ts";

const ONE = { tp: 1, ep: 1, pp: 1, gpu: null, dtype: "auto" } as const;

const ROUNDS: readonly (readonly [string, () => Draft, readonly EngineName[]])[] = [
  ["FP8 in blocks", sound.fp8Model, ["vllm", "sglang", "transformers"]],
  ["experts in FP8 blocks", sound.expertModel, ["vllm", "sglang", "transformers"]],
  ["NVFP4 of ModelOpt", sound.nvfp4Model, ["vllm", "sglang"]],
  ["GPTQ", sound.gptqModel, ["vllm", "sglang", "transformers"]],
  ["packed integers", sound.packedModel, ["vllm", "sglang", "transformers"]],
];

describe.each(ROUNDS)("%s", (_, model, engines) => {
  it.each(engines)("what is printed for %s passes check, and the engine loads it", async (engine) => {
    const draft = model();
    const printed = describeQuantization(await componentOf(draft), engine);
    draft.configs.delete("hf_quant_config.json");
    draft.config.quantization_config = printed;
    const result = runChecks(await loadFiles(draft.toFiles()));
    const run = await prepareEngines([engine], ONE, true);
    const [verdict] = run.verdictsOf(await componentOf(served(() => draft)()));
    const errors = result.findings.filter(({ severity }) => severity === "error");
    expect(errors.map(({ rule, message }) => `${rule}: ${message}`)).toEqual([]);
    expect(["loads", "slow"]).toContain(verdict?.verdict);
  });
});

describe("the index", () => {
  it("names the shard of each tensor and the bytes of all, as the one that was there", async () => {
    const draft = sound.plainModel();
    const component = await componentOf(draft);
    const { weight_map, metadata } = describeIndex(component) as {
      weight_map: Record<string, string>;
      metadata: { total_size: number };
    };
    expect(Object.keys(weight_map).sort()).toEqual(draft.names.sort());
    for (const [name, shard] of Object.entries(weight_map))
      expect(draft.tensors.get(name)?.shard).toBe(shard);
    expect(metadata.total_size).toBe(component.index?.totalSize);
  });
});

describe("where nothing can be said", () => {
  it("a plain model has nothing to declare", async () => {
    const component = await componentOf(sound.plainModel());
    expect(() => describeQuantization(component, "vllm")).toThrow(/nothing is quantized/);
  });
});

async function componentOf(draft: Draft): Promise<Component> {
  const [component] = (await loadFiles(draft.toFiles())).components;
  if (component === undefined) throw new Error("no component");
  return component;
}
