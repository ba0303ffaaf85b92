import { describe, expect, it } from "vitest";
import { BaseModules, plainName } from "../../src/kinds/adapter/base-modules.ts";
import { adapterOf } from "../../src/kinds/adapter/facts.ts";
import { componentOfText } from "../support/tensor-text.ts";

describe("the plain name of a module", () => {
  it.each([
    ["base_model.model.model.layers.0.self_attn.q_proj", "layers_0_self_attn_q_proj"],
    ["model.language_model.layers.0.mlp.up_proj", "layers_0_mlp_up_proj"],
    ["lora_unet_down_blocks_0_attentions_0_proj_in", "down_blocks_0_attentions_0_proj_in"],
    ["unet.down_blocks.0.attentions.0.proj_in", "down_blocks_0_attentions_0_proj_in"],
    ["diffusion_model.double_blocks.0.img_attn.qkv", "double_blocks_0_img_attn_qkv"],
    ["model.diffusion_model.double_blocks.0.img_attn.qkv", "double_blocks_0_img_attn_qkv"],
    ["transformer.transformer_blocks.0.attn.to_q", "transformer_blocks_0_attn_to_q"],
    ["transformer_blocks.0.attn.to_q", "transformer_blocks_0_attn_to_q"],
    ["lora_te1_text_model_encoder_layers_0_mlp_fc1", "encoder_layers_0_mlp_fc1"],
    ["text_encoder_2.text_model.encoder.layers.0.mlp.fc1", "encoder_layers_0_mlp_fc1"],
    ["transformer.h.0.attn.c_attn", "h_0_attn_c_attn"],
  ])("%s", (path, plain) => {
    expect(plainName(path)).toBe(plain);
  });
});

describe("an adapter and a base", () => {
  const meet = (adapter: string, ...bases: readonly string[]) => {
    const base = new BaseModules(bases.map((text) => componentOfText(text)));
    return adapterOf(componentOfText(adapter))?.modules.map((module) => base.meet(module).status);
  };
  const Q = "base_model.model.model.layers.0.self_attn.q_proj";
  const LORA = `${Q}.lora_A.weight 8,64\n${Q}.lora_B.weight 32,8`;

  it.each([
    ["as it was trained", LORA, ["model.layers.0.self_attn.q_proj.weight 32,64"], ["fits"]],
    ["turned as in GPT-2", LORA, ["model.layers.0.self_attn.q_proj.weight 64,32"], ["fits"]],
    ["of another width", LORA, ["model.layers.0.self_attn.q_proj.weight 32,128"], ["unlike"]],
    ["without the module", LORA, ["model.layers.0.self_attn.k_proj.weight 32,64"], ["absent"]],
    [
      "in the second of two parts",
      "lora_te2_encoder_layers_0_mlp_fc1.lora_down.weight 4,1280\nlora_te2_encoder_layers_0_mlp_fc1.lora_up.weight 5120,4",
      [
        "text_model.encoder.layers.0.mlp.fc1.weight 3072,768",
        "text_model.encoder.layers.0.mlp.fc1.weight 5120,1280",
      ],
      ["fits"],
    ],
    [
      "a convolution",
      "lora_unet_mid_block_conv.lora_down.weight 4,320,3,3\nlora_unet_mid_block_conv.lora_up.weight 640,4,1,1",
      ["mid_block.conv.weight 640,320,3,3"],
      ["fits"],
    ],
  ])("%s", (_, adapter, bases, met) => {
    expect(meet(adapter, ...bases)).toEqual(met);
  });
});
