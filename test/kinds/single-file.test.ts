import { describe, expect, it } from "vitest";
import { countParameters } from "../../src/analysis/params.ts";
import { addParameters } from "../../src/analysis/params-together.ts";
import { kindOf } from "../../src/kinds/kind.ts";
import { partsOfFile } from "../../src/kinds/single-file.ts";
import { componentOfText } from "../support/tensor-text.ts";

const UNET = `
  model.diffusion_model.time_embed.0.weight 1280,320
  model.diffusion_model.input_blocks.1.0.in_layers.2.weight 320,320,3,3
  model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight 320,768
  model.diffusion_model.output_blocks.0.0.in_layers.2.weight 320,640,3,3
`;
const VAE = `
  first_stage_model.encoder.down.0.block.0.conv1.weight 128,128,3,3
  first_stage_model.decoder.up.0.block.0.conv1.weight 128,128,3,3
`;
const CLIP = `
  cond_stage_model.transformer.text_model.embeddings.token_embedding.weight 49408,768
  cond_stage_model.transformer.text_model.encoder.layers.{0-11}.mlp.fc1.weight 3072,768
`;

describe("a file of a whole pipeline", () => {
  const file = componentOfText(`${UNET}${VAE}${CLIP}betas 1000`);

  it("is told part by part, each as what it is", () => {
    expect(
      partsOfFile(file).map((part) => [part.name, kindOf(part).kind, kindOf(part).family.title]),
    ).toEqual([
      ["model.diffusion_model", "unet", "Stable Diffusion 1.x UNet"],
      ["first_stage_model", "autoencoder", "image autoencoder of Stable Diffusion 1.x"],
      ["cond_stage_model", "encoder", "CLIP text encoder of Stable Diffusion 1.x"],
      ["other", expect.any(String), expect.any(String)],
    ]);
  });

  it("has as many parameters as its parts together", () => {
    const parts = partsOfFile(file).map((part) => ({ component: part.name, result: countParameters(part) }));
    const whole = countParameters(file);
    const sum = addParameters(parts);
    expect(sum.parameters.total).toBe(whole.parameters.total);
    expect(sum.elements).toEqual(whole.elements);
    expect(sum.bytes).toEqual(whole.bytes);
    expect(sum.byDtype).toEqual(whole.byDtype);
    expect(sum.byRole.reduce((all, { parameters }) => all + parameters, 0)).toBe(whole.parameters.total);
    expect(sum.byComponent.reduce((all, { bytes }) => all + bytes, 0)).toBe(whole.bytes.total);
  });

  it.each([
    ["boxes of text encoders", `${UNET}${VAE}conditioner.embedders.{0,1}.model.ln_final.weight 8`, 4],
    [
      "what paints sound, and its autoencoder",
      "model.model.transformer.layers.{0-3}.ff.ff.2.weight 8,32\npretransform.model.encoder.layers.0.weight_v 8,2,7\nconditioner.conditioners.{a,b}.embedder.w 8",
      4,
    ],
    [
      "an adapter with modules in two parts",
      "{unet.mid_block,text_encoder.layers}.{0-1}.to_q.lora_A.weight 4,8\n{unet.mid_block,text_encoder.layers}.{0-1}.to_q.lora_B.weight 8,4",
      0,
    ],
    ["one model", UNET, 0],
    ["parts that a configuration describes as one model", `${UNET}${VAE}`, 0, { model_type: "own" }],
  ])("%s", (_, tensors, parts, config?: object) => {
    expect(partsOfFile(componentOfText(tensors, config))).toHaveLength(parts);
  });
});
