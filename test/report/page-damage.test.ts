import { expect, it } from "vitest";
import type { Dtype } from "../../src/safetensors/dtype.ts";
import type { Draft } from "../support/draft.ts";
import { marksOf, without } from "../support/page-marks.ts";
import {
  AWQ,
  awq,
  FP8,
  fp8,
  GPTQ,
  gptq,
  INT8,
  int8,
  llama,
  lora,
  moe,
  NVFP4,
  nvfp4,
  plain,
  unet,
  vit,
} from "../support/page-models.ts";

const reshaped = (draft: Draft, name: string, shape: readonly number[], dtype?: Dtype): Draft =>
  draft.change(name, dtype === undefined ? { shape } : { shape, dtype });
const plainly = (draft: Draft, module: string, out: number, input: number): Draft => {
  const { shard } = draft.tensors.get(`${module}.weight`) ?? { shard: "" };
  draft.drop((name) => name.startsWith(`${module}.`));
  draft.tensors.set(`${module}.weight`, { dtype: "BF16", shape: [out, input], shard });
  return draft;
};
const L = "model.layers";
const EXPERT = "block_sparse_moe.experts.#";

/** What is done to a sound model, and the cells that have to be marked for it: module, layers, experts. */
const DAMAGES: readonly (readonly [title: string, make: () => Draft, cells: readonly string[]])[] = [
  ["nothing, FP8", () => llama(fp8, FP8), []],
  ["nothing, NVFP4", () => llama(nvfp4, NVFP4), []],
  ["nothing, GPTQ", () => llama(gptq, GPTQ), []],
  ["nothing, AWQ", () => llama(awq, AWQ), []],
  ["nothing, INT8", () => llama(int8, INT8), []],
  ["nothing, experts", () => moe(fp8, FP8), []],
  ["nothing, LoRA", lora, []],
  ["nothing, ViT", vit, []],
  [
    "an FP8 scale is gone",
    () => without(llama(fp8, FP8), `${L}.3.mlp.up_proj.weight_scale_inv`),
    ["mlp.up_proj 3"],
  ],
  [
    "an FP8 scale is of another grid",
    () => reshaped(llama(fp8, FP8), `${L}.5.mlp.down_proj.weight_scale_inv`, [2, 2]),
    ["mlp.down_proj 5"],
  ],
  [
    "an FP8 weight is gone, its scale is not",
    () => without(llama(fp8, FP8), `${L}.2.self_attn.q_proj.weight`),
    ["self_attn.q_proj 2"],
  ],
  [
    "one query was left in BF16",
    () => plainly(llama(fp8, FP8), `${L}.6.self_attn.q_proj`, 256, 256),
    ["self_attn.q_proj 6"],
  ],
  [
    "scales of one projection are gone everywhere",
    () => llama(fp8, FP8).drop((name) => name.endsWith("v_proj.weight_scale_inv")),
    ["self_attn.v_proj 0-7"],
  ],
  [
    "an NVFP4 block scale is gone",
    () => without(llama(nvfp4, NVFP4), `${L}.1.self_attn.k_proj.weight_scale`),
    ["self_attn.k_proj 1"],
  ],
  [
    "an NVFP4 global scale is gone",
    () => without(llama(nvfp4, NVFP4), `${L}.7.mlp.gate_proj.weight_scale_2`),
    ["mlp.gate_proj 7"],
  ],
  [
    "an NVFP4 weight is cut",
    () => reshaped(llama(nvfp4, NVFP4), `${L}.4.mlp.down_proj.weight`, [128, 256]),
    ["mlp.down_proj 4"],
  ],
  [
    "no NVFP4 input scale is stored, and the configuration promises them",
    () => llama(nvfp4, NVFP4).drop((name) => name.endsWith("input_scale")),
    [
      ...["mlp.down_proj", "mlp.gate_proj", "mlp.up_proj"],
      ...["k_proj", "o_proj", "q_proj", "v_proj"].map((name) => `self_attn.${name}`),
    ].map((module) => `${module} 0-7`),
  ],
  [
    "GPTQ zero points are gone",
    () => without(llama(gptq, GPTQ), `${L}.0.self_attn.o_proj.qzeros`),
    ["self_attn.o_proj 0"],
  ],
  [
    "GPTQ scales are gone in two layers",
    () => without(llama(gptq, GPTQ), `${L}.2.mlp.up_proj.scales`, `${L}.5.mlp.up_proj.scales`),
    ["mlp.up_proj 2,5"],
  ],
  [
    "GPTQ group indices are too few",
    () => reshaped(llama(gptq, GPTQ), `${L}.3.mlp.down_proj.g_idx`, [256]),
    ["mlp.down_proj 3"],
  ],
  [
    "AWQ scales have half of their rows",
    () => reshaped(llama(awq, AWQ), `${L}.6.mlp.gate_proj.scales`, [1, 512]),
    ["mlp.gate_proj 6"],
  ],
  [
    "an INT8 scale is gone",
    () => without(llama(int8, INT8), `${L}.4.self_attn.v_proj.weight_scale`),
    ["self_attn.v_proj 4"],
  ],
  [
    "a plain weight has another shape",
    () => reshaped(llama(plain), `${L}.4.mlp.down_proj.weight`, [256, 480]),
    ["mlp.down_proj 4"],
  ],
  [
    "a plain weight is gone",
    () => without(llama(plain), `${L}.5.self_attn.k_proj.weight`),
    ["self_attn.k_proj 5"],
  ],
  [
    "the last layers have no gate",
    () => without(llama(plain), `${L}.6.mlp.gate_proj.weight`, `${L}.7.mlp.gate_proj.weight`),
    ["mlp.gate_proj 6-7"],
  ],
  ["a norm is gone", () => without(llama(plain), `${L}.2.input_layernorm.weight`), ["input_layernorm 2"]],
  [
    "a weight has another name",
    () => llama(plain).rename((name) => name.replace("1.self_attn.q_proj", "1.self_attn.q_porj")),
    ["self_attn.q_proj 1"],
  ],
  ["the head has rows too few", () => reshaped(llama(plain), "lm_head.weight", [1000, 256]), ["lm_head"]],
  ["the last norm is gone", () => without(llama(plain), "model.norm.weight"), ["model.norm"]],
  [
    "one scale of one expert is gone",
    () => without(moe(fp8, FP8), `${L}.3.block_sparse_moe.experts.7.w1.weight_scale_inv`),
    [`${EXPERT}.w1 3 of 7`],
  ],
  [
    "scales of some experts of two layers are gone",
    () => moe(fp8, FP8).drop((name) => /layers\.[14]\..*experts\.(?:[3-6])\.w2\.weight_scale_inv/.test(name)),
    [`${EXPERT}.w2 1,4 of 3-6`],
  ],
  [
    "a weight of one expert is gone",
    () => without(moe(plain), `${L}.2.block_sparse_moe.experts.5.w2.weight`),
    [`${EXPERT}.w2 2 of 5`],
  ],
  [
    "a router has a row too few",
    () => reshaped(moe(plain), `${L}.4.block_sparse_moe.gate.weight`, [15, 256]),
    ["block_sparse_moe.gate 4"],
  ],
  [
    "an expert is narrower than the rest",
    () => reshaped(moe(plain), `${L}.0.block_sparse_moe.experts.9.w1.weight`, [500, 256]),
    [`${EXPERT}.w1 0 of 9`],
  ],
  [
    "a LoRA pair lacks its second half",
    () => without(lora(), "base_model.model.model.layers.4.self_attn.q_proj.lora_B.weight"),
    ["self_attn.q_proj 4"],
  ],
  [
    "the factors of a LoRA pair have two ranks",
    () => reshaped(lora(), "base_model.model.model.layers.2.self_attn.v_proj.lora_B.weight", [128, 4]),
    ["self_attn.v_proj 2"],
  ],
  [
    "an encoder's bias is gone",
    () => without(vit(), "vit.encoder.layer.3.intermediate.dense.bias"),
    ["intermediate.dense 3"],
  ],
  [
    "an encoder's weight is cut",
    () => reshaped(vit(), "vit.encoder.layer.3.output.dense.weight", [64, 255]),
    ["output.dense 3"],
  ],
  ["nothing, UNet", unet, []],
  [
    "a UNet's convolution is cut",
    () => reshaped(unet(), "down_blocks.0.resnets.1.conv1.weight", [32, 31, 3, 3]),
    ["down_blocks.0.resnets.1.conv1"],
  ],
  [
    "a UNet's key is gone",
    () => without(unet(), "mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight"),
    ["attn2.to_k 0"],
  ],
  [
    "a UNet has lost a block",
    () => unet().drop((name) => name.startsWith("up_blocks.0.resnets.2.")),
    ["conv_shortcut", "conv{1-2}", "norm{1-2}", "time_emb_proj"].map(
      (name) => `up_blocks.0.resnets.2.${name}`,
    ),
  ],
];

it.each(DAMAGES)("marks what is damaged, and nothing else: %s", async (_, make, cells) => {
  const marked = await marksOf(make().toFiles());
  expect(marked).toEqual([...cells].sort());
});
