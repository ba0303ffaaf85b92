import { describe, expect, it } from "vitest";
import { parseIndexFileName, parseShardFileName } from "../../src/checkpoint/shard-files.ts";

describe("names of weight files", () => {
  it.each([
    ["model.safetensors", "model", null, null, null, null],
    ["model-00001-of-00004.safetensors", "model", null, 1, 4, null],
    ["model-00001-of-000163.safetensors", "model", null, 1, 163, null],
    ["model_00001-of-00072.safetensors", "model", null, 1, 72, null],
    ["model-00000-of-00130.safetensors", "model", null, 0, 130, null],
    ["model.fp16.safetensors", "model", "fp16", null, null, null],
    ["model.fp16-00001-of-00002.safetensors", "model", "fp16", 1, 2, null],
    ["model-00001-of-00002.fp16.safetensors", "model", "fp16", 1, 2, null],
    [
      "unet/diffusion_pytorch_model.non_ema.safetensors",
      "diffusion_pytorch_model",
      "non_ema",
      null,
      null,
      null,
    ],
    ["model-rank-3-part-0.safetensors", "model", null, null, null, "3"],
    ["model0-mp8.safetensors", "model", null, null, null, "0"],
    ["pytorch_model-00012-TP-003.safetensors", "pytorch_model", null, null, null, "TP-003"],
    ["pytorch_model-00012-TP-common.safetensors", "pytorch_model", null, null, null, "TP-common"],
    ["consolidated-00001-of-00003.safetensors", "consolidated", null, 1, 3, null],
    ["out-00000.safetensors", "out-00000", null, null, null, null],
    ["0000600_adapters.safetensors", "0000600_adapters", null, null, null, null],
  ])("%s", (path, prefix, variant, number, total, rank) => {
    expect(parseShardFileName(path)).toEqual({ path, prefix, variant, number, total, rank });
  });

  it.each([
    ["model.safetensors.index.json", "model", null],
    ["diffusion_pytorch_model.safetensors.index.json", "diffusion_pytorch_model", null],
    ["consolidated.safetensors.index.json", "consolidated", null],
    ["model.safetensors.index.fp16.json", "model", "fp16"],
    ["diffusion_pytorch_model.safetensors.fp16.index.json", "diffusion_pytorch_model", "fp16"],
  ])("%s is an index", (path, prefix, variant) => {
    expect(parseIndexFileName(path)).toEqual({ path, prefix, variant });
  });

  it.each(["model.index.json", "config.json", "pytorch_model.bin.index.json", "model.safetensors"])(
    "%s is none",
    (path) => {
      expect(parseIndexFileName(path)).toBeUndefined();
    },
  );
});
