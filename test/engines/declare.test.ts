import { describe, expect, it } from "vitest";
import type { Component } from "../../src/checkpoint/checkpoint.ts";
import { runChecks } from "../../src/checks/run.ts";
import { describeIndex, describeQuantization } from "../../src/engines/declare/declare.ts";
import type { EngineName } from "../../src/engines/names.ts";
import { prepareEngines } from "../../src/engines/run.ts";
import type { Dtype } from "../../src/safetensors/dtype.ts";
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
  ["FP8 by channel", packed(channel), ["vllm", "sglang", "transformers"]],
  ["FP8 by tensor, with scales of inputs", packed(tensor), ["vllm", "sglang", "transformers"]],
  ["int8", packed(int8), ["vllm", "sglang", "transformers"]],
  ["MXFP8", packed(mxfp8), ["vllm", "sglang", "transformers"]],
  ["NVFP4 of compressed-tensors", packed(nvfp4), ["vllm", "sglang", "transformers"]],
  ["MXFP4 of compressed-tensors", packed(mxfp4), ["vllm", "transformers"]],
  ["AWQ", packed(awq), ["vllm", "sglang", "transformers"]],
  ["MLX in groups", packed(mlx), ["mlx"]],
  [
    "FP8 attention beside NVFP4",
    packed((name, rows, columns) => (name.includes("self_attn") ? channel : nvfp4)(name, rows, columns)),
    ["vllm", "sglang", "transformers"],
  ],
];

type Pack = (name: string, rows: number, columns: number) => readonly (readonly [string, Dtype, number[]])[];

/** A plain model whose projections are packed; nothing is declared. */
function packed(pack: Pack): () => Draft {
  return () => {
    const draft = sound.plainModel();
    for (const [name, { shape, shard }] of [...draft.tensors]) {
      if (!name.endsWith("_proj.weight")) continue;
      draft.tensors.delete(name);
      const [rows = 0, columns = 0] = shape;
      for (const [own, dtype, dims] of pack(name.slice(0, -".weight".length), rows, columns))
        draft.change(own, { dtype, shape: dims, shard });
    }
    return draft;
  };
}

function channel(name: string, rows: number, columns: number): ReturnType<Pack> {
  return [
    [`${name}.weight`, "F8_E4M3", [rows, columns]],
    [`${name}.weight_scale`, "BF16", [rows, 1]],
  ];
}

function tensor(name: string, rows: number, columns: number): ReturnType<Pack> {
  return [
    [`${name}.weight`, "F8_E4M3", [rows, columns]],
    [`${name}.weight_scale`, "F32", []],
    [`${name}.input_scale`, "F32", []],
  ];
}

function int8(name: string, rows: number, columns: number): ReturnType<Pack> {
  return [
    [`${name}.weight`, "I8", [rows, columns]],
    [`${name}.weight_scale`, "BF16", [rows, 1]],
  ];
}

function mxfp8(name: string, rows: number, columns: number): ReturnType<Pack> {
  return [
    [`${name}.weight`, "F8_E4M3", [rows, columns]],
    [`${name}.weight_scale`, "U8", [rows, columns / 32]],
  ];
}

function nvfp4(name: string, rows: number, columns: number): ReturnType<Pack> {
  return [
    [`${name}.weight_packed`, "U8", [rows, columns / 2]],
    [`${name}.weight_scale`, "F8_E4M3", [rows, columns / 16]],
    [`${name}.weight_global_scale`, "F32", [1]],
    [`${name}.input_global_scale`, "F32", [1]],
  ];
}

function mxfp4(name: string, rows: number, columns: number): ReturnType<Pack> {
  return [
    [`${name}.weight_packed`, "U8", [rows, columns / 2]],
    [`${name}.weight_scale`, "U8", [rows, columns / 32]],
  ];
}

function awq(name: string, rows: number, columns: number): ReturnType<Pack> {
  return [
    [`${name}.qweight`, "I32", [columns, rows / 8]],
    [`${name}.qzeros`, "I32", [columns / 128, rows / 8]],
    [`${name}.scales`, "F16", [columns / 128, rows]],
  ];
}

function mlx(name: string, rows: number, columns: number): ReturnType<Pack> {
  return [
    [`${name}.weight`, "U32", [rows, columns / 8]],
    [`${name}.scales`, "BF16", [rows, columns / 64]],
    [`${name}.biases`, "BF16", [rows, columns / 64]],
  ];
}

describe.each(ROUNDS)("%s", (_, model, engines) => {
  it.each(engines)("what is printed for %s passes check, and the engine loads it", async (engine) => {
    const draft = model();
    const printed = describeQuantization(await componentOf(draft), engine);
    draft.configs.delete("hf_quant_config.json");
    draft.config.quantization_config = printed;
    if (engine === "mlx") draft.config.quantization = printed;
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

describe("a plain model", () => {
  it("has nothing to declare", async () => {
    const component = await componentOf(sound.plainModel());
    expect(describeQuantization(component, "vllm")).toBeNull();
  });
});

async function componentOf(draft: Draft): Promise<Component> {
  const [component] = (await loadFiles(draft.toFiles())).components;
  if (component === undefined) throw new Error("no component");
  return component;
}
