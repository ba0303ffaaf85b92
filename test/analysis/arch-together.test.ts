import { describe, expect, it } from "vitest";
import { describeArchitecture } from "../../src/analysis/arch.ts";
import { describeWhole } from "../../src/analysis/arch-together.ts";
import type { Component } from "../../src/checkpoint/checkpoint.ts";
import { componentOfText } from "../support/tensor-text.ts";

const UNET = componentOfText(
  `
  time_embedding.linear_1.weight 1280,320
  conv_in.weight 320,4,3,3
  down_blocks.0.resnets.0.conv1.weight 320,320,3,3
  down_blocks.0.attentions.{0-1}.transformer_blocks.0.norm1.weight 320
  down_blocks.0.attentions.{0-1}.transformer_blocks.0.attn1.to_q.weight 320,320
  mid_block.attentions.0.transformer_blocks.{0-3}.norm1.weight 640
  mid_block.attentions.0.transformer_blocks.{0-3}.attn1.to_q.weight 640,640
  mid_block.resnets.0.conv1.weight 640,640,3,3
  up_blocks.0.resnets.0.conv1.weight 320,640,3,3
`,
  { _class_name: "UNet2DConditionModel" },
);
const BERT = componentOfText(
  `
  embeddings.word_embeddings.weight 1000,64
  embeddings.token_type_embeddings.weight 2,64
  encoder.layer.{0-1}.attention.self.{query,key,value}.weight 64,64
  encoder.layer.{0-1}.attention.output.dense.weight 64,64
`,
  { architectures: ["BertModel"], model_type: "bert", hidden_size: 64, num_attention_heads: 4 },
);
const DENSE = componentOfText("linear.weight 32,64");

const partOf = (component: string, of: Component) => ({ component, result: describeArchitecture(of) });
const totalOf = (of: Component) => describeArchitecture(of).parameters.total;

describe("several models as a whole", () => {
  it("are a pipeline with the totals of all parts and no figure of one", () => {
    const whole = describeWhole([partOf("text_encoder", BERT), partOf("unet", UNET)], {
      pipeline: { file: "model_index.json", className: "SomePipeline", parts: [], unlisted: [] },
      components: [BERT, UNET],
    });
    expect(whole).toMatchObject({
      kind: "pipeline",
      family: { title: "SomePipeline", confidence: "certain" },
      hidden: { value: null },
      attention: null,
      kvCache: null,
      parameters: { total: totalOf(BERT) + totalOf(UNET) },
      parts: [
        { component: "text_encoder", kind: "encoder", className: "BertModel" },
        { component: "unet", kind: "unet", className: "UNet2DConditionModel" },
      ],
    });
    const shares = whole.parameters.byRole.reduce((sum, { parameters }) => sum + parameters, 0);
    expect(shares).toBe(whole.parameters.total);
  });

  it("around one encoder have its figures, and the totals of all", () => {
    const whole = describeWhole([partOf(".", BERT), partOf("2_Dense", DENSE)], {
      pipeline: { file: "modules.json", className: null, parts: [], unlisted: [] },
      components: [BERT, DENSE],
    });
    expect(whole).toMatchObject({
      kind: "encoder",
      hidden: { value: 64 },
      parameters: { total: totalOf(BERT) + 2048 },
    });
  });
});

describe("lists of layers side by side", () => {
  it("are told as blocks by width, and no width is the model's", () => {
    expect(describeArchitecture(UNET)).toMatchObject({
      kind: "unet",
      blocks: [
        { width: 320, count: 2 },
        { width: 640, count: 4 },
      ],
      layers: { count: { value: null } },
      hidden: { value: null },
      attention: null,
    });
  });

  it("are not those of a model with one list", () => {
    expect(describeArchitecture(BERT).blocks).toBeNull();
  });
});
