import { describe, expect, it } from "vitest";
import { faultsOf } from "../../src/faults/faults-of.ts";
import { componentOfText } from "../support/tensor-text.ts";

/** Places of what should be stored and is not. */
function lost(tensors: string): (string | null)[] {
  return faultsOf(componentOfText(tensors))
    .filter(({ kind }) => kind === "companion.missing")
    .map(({ at }) => at.format());
}

const UNET = `
  conv_in.weight 320,4,3,3
  time_embedding.linear_1.weight 1280,320
  mid_block.resnets.0.conv1.weight 320,320,3,3
  down_blocks.{0-3}.resnets.{0-1}.conv1.weight 320,320,3,3
  down_blocks.{0-2}.downsamplers.0.conv.weight 320,320,3,3
`;

describe("tensors that belong together", () => {
  it.each([
    ["a direction without its gain", "conv.weight_v 8,4,3\nconv.bias 8", ["conv.weight_g"]],
    ["a gain without its direction", "conv.weight_g 8,1,1", ["conv.weight_v"]],
    ["spectral norm, which has no gain", "conv.weight_orig 8,4,3\nconv.weight_v 12\nconv.weight_u 8", []],
    [
      "the newer spelling of weight norm",
      "layers.{0-3}.conv.parametrizations.weight.original1 8,4,3",
      ["layers.{0-3}.conv.parametrizations.weight.original0"],
    ],
    ["half of the statistics of a batch norm", "norm.{weight,bias,running_mean} 8", ["norm.running_var"]],
    [
      "statistics that other norms of the name have",
      "layer{1-2}.0.bn1.{weight,bias} 8\nlayer1.0.bn1.{running_mean,running_var} 8",
      ["layer2.0.bn1.running_mean", "layer2.0.bn1.running_var"],
    ],
    ["a layer norm beside a batch norm", "a.norm1.{weight,running_mean,running_var} 8\nb.norm1.weight 8", []],
    [
      "a norm of queries without that of keys",
      "b.{0-1}.attn.to_{q,k}.weight 8,8\nb.{0-1}.attn.norm_q.weight 8",
      ["b.{0-1}.attn.norm_k"],
    ],
    ["a norm of keys where there are no queries", "attn.wk.weight 8,8\nattn.k_norm.weight 8", []],
    ["added values", "attn.add_{q,k}_proj.weight 8,8", ["attn.add_v_proj", "attn.add_v_proj"]],
    [
      "a decoder that is fed without a convolution",
      "encoder.a.weight 8\ndecoder.a.weight 8\nquant_conv.weight 8,8,1,1",
      [],
    ],
    ["a UNet's levels up", `${UNET}up_blocks.{0-2}.resnets.0.conv2.weight 320,320,3,3`, ["up_blocks.3"]],
    ["all levels up", `${UNET}up_blocks.{0-3}.resnets.0.conv2.weight 320,320,3,3`, []],
    [
      "outputs of a ControlNet",
      `${UNET}controlnet_mid_block.weight 320,320,1,1\ncontrolnet_down_blocks.{0-10}.weight 320,320,1,1`,
      ["controlnet_down_blocks.11"],
    ],
    [
      "a shortcut of a block that widens",
      `d.resnets.0.{norm1,norm2}.weight 8\nd.resnets.0.conv1.weight 16,8,3,3\nd.resnets.0.conv2.weight 16,16,3,3`,
      ["d.resnets.0.conv_shortcut"],
    ],
    [
      "an autoencoder's decoder",
      "first_stage_model.{quant_conv,post_quant_conv}.weight 8,8,1,1\nfirst_stage_model.encoder.x.weight 8",
      ["first_stage_model.decoder"],
    ],
    [
      "a step between two levels of an autoencoder",
      "encoder.down.{0-3}.block.0.x.weight 8\nencoder.down.{0,2}.downsample.conv.weight 8,8,3,3",
      ["encoder.down.1.downsample"],
    ],
    [
      "what FLUX has before its blocks",
      "{double_blocks.0,single_blocks.0,img_in,final_layer}.x.weight 8,8",
      ["txt_in"],
    ],
    ["a ControlNet of FLUX", "{double_blocks.0,img_in,txt_in,controlnet_blocks.0}.x.weight 8,8", []],
    [
      "what Wan has before its blocks",
      "{blocks.0,patch_embedding,text_embedding,time_embedding,head}.x.weight 8,8",
      ["time_projection"],
    ],
    [
      "the last norm of a text encoder of CLIP",
      "text_model.embeddings.token_embedding.weight 9,8\ntext_model.encoder.layers.0.x.weight 8,8",
      ["text_model.final_layer_norm"],
    ],
    [
      "an encoder of another family",
      "bert.embeddings.word_embeddings.weight 9,8\nbert.encoder.layer.0.x.weight 8,8",
      [],
    ],
    [
      "what a UNet has behind its blocks, in its makers' names",
      "time_embed.0.weight 8,8\n{input_blocks.0,output_blocks.0}.0.weight 8,8\nmiddle_block.{0-2}.x.weight 8,8",
      ["out"],
    ],
    [
      "a UNet whose middle is one block",
      "time_embed.0.weight 8,8\n{input_blocks.0,output_blocks.0,out}.0.weight 8,8\nmiddle_block.0.x.weight 8,8",
      [],
    ],
    [
      "a UNet without a middle",
      "time_embed.0.weight 8,8\n{input_blocks.0,output_blocks.0,out}.0.weight 8,8",
      [],
    ],
    [
      "an autoencoder that takes steps at its outer levels",
      "encoder.down.{0-3}.block.0.x.weight 8\nencoder.down.{0-1}.downsample.conv.weight 8,8,3,3",
      [],
    ],
    [
      "a denoiser of shapes",
      "{double_blocks.0,single_blocks.0,latent_in,cond_in,final_layer}.x.weight 8,8",
      [],
    ],
    [
      "a tower of CLIP that begins without a norm",
      "visual.{class_embedding,proj} 8,8\nvisual.{positional_embedding} 5,8\nvisual.{conv1.weight,ln_post.weight,transformer.x.weight} 8",
      [],
    ],
  ])("%s", (_, tensors, expected) => {
    const own = lost(tensors);
    expect([...new Set(own)]).toEqual([...new Set(expected)]);
  });
});
