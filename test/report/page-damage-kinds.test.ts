import { expect, it } from "vitest";
import type { SpecRow } from "../../fixtures/checkpoint-spec.ts";
import * as kinds from "../../fixtures/stories/kinds.ts";
import type { MemoryFile } from "../../src/sources/memory.ts";
import { HYBRID } from "../browser/checkpoints.ts";
import type { Draft } from "../support/draft.ts";
import { draftOf, marksOf, pipelineOf, without } from "../support/page-marks.ts";
import { FP8, fp8, llama, unet } from "../support/page-models.ts";

const speech = () => draftOf(kinds.speech);
const vision = () => draftOf(kinds.visionLanguage);
const hybrid = () => draftOf(HYBRID);
const t5 = () => draftOf(kinds.seq2seq);
/** The encoder of a T5, 96 wide: what the UNet attends to. */
const reader = (): Draft =>
  draftOf({
    shards: ["model.safetensors"],
    rows: [
      ["shared.weight", "F16", [1000, 96]],
      ...["q", "k", "v", "o"].map(
        (name): SpecRow => [`encoder.block.{0-5}.layer.0.SelfAttention.${name}.weight`, "F16", [96, 96]],
      ),
      ["encoder.block.{0-5}.layer.0.layer_norm.weight", "F16", [96]],
      ["encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight", "F16", [32, 6]],
      ["encoder.block.{0-5}.layer.1.DenseReluDense.wi.weight", "F16", [384, 96]],
      ["encoder.block.{0-5}.layer.1.DenseReluDense.wo.weight", "F16", [96, 384]],
      ["encoder.block.{0-5}.layer.1.layer_norm.weight", "F16", [96]],
      ["encoder.final_layer_norm.weight", "F16", [96]],
    ],
    files: {
      "config.json": {
        architectures: ["T5EncoderModel"],
        model_type: "t5",
        d_ff: 384,
        d_kv: 16,
        d_model: 96,
        num_heads: 6,
        num_layers: 6,
        relative_attention_num_buckets: 32,
        vocab_size: 1000,
      },
    },
  });
const pipeline = (painter: Draft, reader: Draft): Map<string, MemoryFile> =>
  pipelineOf({
    unet: [painter, "diffusers", "UNet2DConditionModel"],
    text_encoder: [reader, "transformers", "T5EncoderModel"],
  });
const without1 = (draft: Draft, file: string): Map<string, MemoryFile> => {
  const files = draft.toFiles();
  if (!files.delete(file)) throw new Error(`no ${file}`);
  return files;
};
const cut = (draft: Draft, name: string, shape: readonly number[]): Draft => {
  if (!draft.tensors.has(name)) throw new Error(`no ${name}`);
  return draft.change(name, { shape });
};

const DAMAGES: readonly (readonly [
  title: string,
  make: () => Map<string, MemoryFile>,
  cells: readonly string[],
])[] = [
  ["nothing, Whisper", () => speech().toFiles(), []],
  ["nothing, VLM", () => vision().toFiles(), []],
  ["nothing, hybrid", () => hybrid().toFiles(), []],
  ["nothing, T5", () => t5().toFiles(), []],
  ["nothing, pipeline", () => pipeline(unet(), reader()), []],
  [
    "an encoder's output is gone in Whisper",
    () => without(speech(), "model.encoder.layers.2.self_attn.out_proj.weight").toFiles(),
    ["self_attn.out_proj 2"],
  ],
  [
    "a key over the encoder is cut in Whisper",
    () => cut(speech(), "model.decoder.layers.1.encoder_attn.k_proj.weight", [64, 60]).toFiles(),
    ["encoder_attn.k_proj 1"],
  ],
  [
    "a bias is gone in Whisper",
    () => without(speech(), "model.decoder.layers.0.fc1.bias").toFiles(),
    ["fc1 0"],
  ],
  [
    "a convolution before the layers is cut in Whisper",
    () => cut(speech(), "model.encoder.conv2.weight", [64, 60, 3]).toFiles(),
    ["model.encoder.conv2"],
  ],
  [
    "a bias of the vision tower is gone",
    () => without(vision(), "visual.blocks.2.attn.qkv.bias").toFiles(),
    ["attn.qkv 2"],
  ],
  [
    "a bias of the projector is cut",
    () => cut(vision(), "visual.merger.mlp.2.bias", [120]).toFiles(),
    ["visual.merger.mlp.2"],
  ],
  [
    "a weight of the vision tower is cut",
    () => cut(vision(), "visual.blocks.1.mlp.fc1.weight", [256, 60]).toFiles(),
    ["mlp.fc1 1"],
  ],
  [
    "the language model of a VLM has lost a key",
    () => without(vision(), "model.layers.4.self_attn.k_proj.weight").toFiles(),
    ["self_attn.k_proj 4"],
  ],
  [
    "a hybrid's convolution is gone",
    () => without(hybrid(), "model.layers.5.linear_attn.conv1d.weight").toFiles(),
    ["linear_attn.conv1d 5"],
  ],
  [
    "a hybrid's decay is gone, which lies bare in its mixer",
    () => without(hybrid(), "model.layers.9.linear_attn.A_log").toFiles(),
    ["linear_attn.A_log 9"],
  ],
  [
    "an output of one of a hybrid's attentions is cut",
    () => cut(hybrid(), "model.layers.7.self_attn.o_proj.weight", [1024, 2000]).toFiles(),
    ["self_attn.o_proj 7"],
  ],
  [
    "a value of one of a hybrid's attentions is gone",
    () => without(hybrid(), "model.layers.11.self_attn.v_proj.weight").toFiles(),
    ["self_attn.v_proj 11"],
  ],
  [
    "a value over the encoder is gone in T5",
    () => without(t5(), "decoder.block.2.layer.1.EncDecAttention.v.weight").toFiles(),
    ["layer.1.EncDecAttention.v 2"],
  ],
  [
    "an encoder's MLP is cut in T5",
    () => cut(t5(), "encoder.block.1.layer.1.DenseReluDense.wo.weight", [64, 250]).toFiles(),
    ["layer.1.DenseReluDense.wo 1"],
  ],
  [
    "an encoder of a pipeline has lost a key",
    () => pipeline(unet(), without(reader(), "encoder.block.3.layer.0.SelfAttention.k.weight")),
    ["text_encoder: layer.0.SelfAttention.k 3"],
  ],
  [
    "a UNet of a pipeline has a cut convolution",
    () => pipeline(cut(unet(), "down_blocks.0.resnets.1.conv1.weight", [32, 31, 3, 3]), reader()),
    ["unet: down_blocks.0.resnets.1.conv1"],
  ],
  [
    "the second of three shards is missing",
    () => without1(llama(fp8, FP8), "model-00002-of-00003.safetensors"),
    [],
  ],
];

it.each(DAMAGES)("marks what is damaged, and nothing else: %s", async (_, make, cells) => {
  expect(await marksOf(make())).toEqual([...cells].sort());
});
