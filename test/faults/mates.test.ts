import { describe, expect, it } from "vitest";
import { faultsOf } from "../../src/faults/faults-of.ts";
import { findChainMisfits } from "../../src/kinds/pipeline/chain.ts";
import { componentOfText } from "../support/tensor-text.ts";

/** A UNet in its makers' names: blocks side by side, with attention in most of them. */
const UNET = [
  "time_embed.{0,2}.{weight 64,64;bias 64}",
  ...Array.from({ length: 6 }, (_, block) => [
    `input_blocks.${block}.0.in_layers.0.{weight 64;bias 64}`,
    `input_blocks.${block}.0.in_layers.2.{weight 64,64,3,3;bias 64}`,
    `input_blocks.${block}.1.transformer_blocks.0.attn1.{to_q,to_k,to_v}.weight 64,64`,
    `output_blocks.${block}.0.in_layers.0.{weight 64;bias 64}`,
    `output_blocks.${block}.0.in_layers.2.{weight 64,128,3,3;bias 64}`,
    `output_blocks.${block}.1.transformer_blocks.0.attn1.{to_q,to_k,to_v}.weight 64,64`,
  ]).flat(),
  "middle_block.0.in_layers.0.{weight 64;bias 64}",
  "middle_block.0.in_layers.2.{weight 64,64,3,3;bias 64}",
  "out.0.{weight 64;bias 64}",
];

const LINES = UNET.flatMap((line) => {
  const match = /^(.*)\.\{([^{}]*;[^{}]*)\}$/.exec(line);
  return match === null ? [line] : (match[2] as string).split(";").map((each) => `${match[1]}.${each}`);
});

const missingOf = (lines: readonly string[]) =>
  faultsOf(componentOfText(lines.join("\n")))
    .filter(({ kind }) => kind === "companion.missing")
    .map(({ at }) => at.format());

describe("what a block of a UNet lacks and all others of its name have", () => {
  it("is nothing where all are whole", () => {
    expect(missingOf(LINES)).toEqual([]);
  });

  it.each([
    ["the weight of a convolution", "output_blocks.3.0.in_layers.2.weight"],
    ["a projection of an attention", "input_blocks.4.1.transformer_blocks.0.attn1.to_v.weight"],
  ])("%s", (_, lost) => {
    const expanded = LINES.flatMap((line) => {
      const list = /^(.*)\{to_q,to_k,to_v\}(.*)$/.exec(line);
      return list === null ? [line] : ["to_q", "to_k", "to_v"].map((name) => `${list[1]}${name}${list[2]}`);
    });
    const found = missingOf(expanded.filter((line) => !line.startsWith(`${lost} `)));
    expect(found).toEqual([lost.replace(/to_v\.weight$/, "to_v")]);
  });
});

describe("lists of layers in the names of FLUX", () => {
  const LAYERS = `
    img_in.weight 64,16
    txt_in.weight 64,32
    double_blocks.{0-5}.img_attn.qkv.weight 192,64
    double_blocks.{0-5}.txt_attn.qkv.weight 192,64
    single_blocks.{0-7}.linear1.weight 448,64
  `;
  it.each([
    ["whole", LAYERS, 0],
    [
      "one layer without a projection",
      LAYERS.replace("double_blocks.{0-5}.img", "double_blocks.{0-2,4-5}.img"),
      1,
    ],
  ])("%s", (_, tensors, count) => {
    expect(faultsOf(componentOfText(tensors)).filter(({ kind }) => kind === "sibling.odd")).toHaveLength(
      count,
    );
  });
});

describe("modules of sentence-transformers", () => {
  const part = (name: string, type: string, config: object) => ({
    name,
    className: `sentence_transformers.models.${type}`,
    isHere: true,
    hasOtherWeights: false,
    config,
  });
  const ENCODER = part("", "Transformer", { hidden_size: 96 });

  it.each([
    [
      "pooling behind a LSTM that reads both ways",
      [
        part("1_LSTM", "LSTM", { word_embedding_dimension: 96, hidden_dim: 64 }),
        part("2_Pooling", "Pooling", { word_embedding_dimension: 128 }),
      ],
      [],
    ],
    [
      "pooling behind a CNN of three kernels",
      [
        part("1_CNN", "CNN", { in_word_embedding_dimension: 96, out_channels: 32, kernel_sizes: [1, 3, 5] }),
        part("2_Pooling", "Pooling", { word_embedding_dimension: 96 }),
      ],
      [],
    ],
    [
      "a second dense layer that takes another width",
      [
        part("1_Pooling", "Pooling", { word_embedding_dimension: 96, pooling_mode_mean_tokens: true }),
        part("2_Dense", "Dense", { in_features: 96, out_features: 384 }),
        part("3_Normalize", "Normalize", {}),
        part("4_Dense", "Dense", { in_features: 512, out_features: 96 }),
      ],
      [["4_Dense", 512, 384]],
    ],
  ])("%s", (_, parts, misfits) => {
    const found = findChainMisfits({ parts: [ENCODER, ...parts] });
    expect(found.map(({ part: name, stated, expected }) => [name, stated, expected])).toEqual(misfits);
  });
});
