import { type Sectioned, withBias } from "./sections.ts";

const embedder = (name: string, h: number, columns: number) => `
  ${withBias(`${name}.linear_1`, h, columns)}
  ${withBias(`${name}.linear_2`, h, h)}`;

/** What models that make images have in common here: nothing is cached, no tokens are embedded. */
const picture = (title: string, tensors: string, className: string, rest: Partial<Sectioned>): Sectioned => ({
  title,
  tensors,
  config: { _class_name: className },
  attention: "MHA",
  kv: null,
  tied: null,
  layers: null,
  family: "",
  ...rest,
});

const sd35 = "transformer_blocks.{0-37}";

const resnet = (name: string, from: number, to: number) => `
  ${name}.norm1.{weight,bias} ${from}
  ${withBias(`${name}.conv1`, to, `${from},3,3`)}
  ${name}.norm2.{weight,bias} ${to}
  ${withBias(`${name}.conv2`, to, `${to},3,3`)}
  ${from === to ? "" : withBias(`${name}.conv_shortcut`, to, `${from},1,1`)}`;

const vaeMiddle = (name: string) => `
  @diffusion
  ${resnet(`${name}.resnets.{0,1}`, 512, 512)}
  @attention
  ${withBias(`${name}.attentions.0.{to_q,to_k,to_v,to_out.0}`, 512, 512)}
  @norms
  ${name}.attentions.0.group_norm.{weight,bias} 512
  @diffusion`;

/** Transformers that paint, and the autoencoder beside them. */
export const IMAGE: readonly Sectioned[] = [
  picture(
    "Stable Diffusion 3.5 large",
    `
    @diffusion
    pos_embed.pos_embed 1,36864,2432
    ${withBias("pos_embed.proj", 2432, "16,2,2")}
    ${embedder("time_text_embed.timestep_embedder", 2432, 256)}
    ${embedder("time_text_embed.text_embedder", 2432, 2048)}
    ${withBias("context_embedder", 2432, 4096)}
    ${withBias(`${sd35}.norm1.linear`, 14592, 2432)}
    ${withBias("transformer_blocks.{0-36}.norm1_context.linear", 14592, 2432)}
    ${withBias("transformer_blocks.37.norm1_context.linear", 4864, 2432)}
    ${withBias("norm_out.linear", 4864, 2432)}
    ${withBias("proj_out", 64, 2432)}
    @attention
    ${withBias(`${sd35}.attn.{to_q,to_k,to_v,to_out.0,add_q_proj,add_k_proj,add_v_proj}`, 2432, 2432)}
    ${withBias("transformer_blocks.{0-36}.attn.to_add_out", 2432, 2432)}
    ${sd35}.attn.norm_{q,k,added_q,added_k}.weight 64
    @mlp
    ${withBias(`${sd35}.ff.net.0.proj`, 9728, 2432)}
    ${withBias(`${sd35}.ff.net.2`, 2432, 9728)}
    ${withBias("transformer_blocks.{0-36}.ff_context.net.0.proj", 9728, 2432)}
    ${withBias("transformer_blocks.{0-36}.ff_context.net.2", 2432, 9728)}`,
    "SD3Transformer2DModel",
    { layers: 38, family: "sd3" },
  ),
  picture(
    "Wan2.1-T2V-1.3B",
    `
    @diffusion
    ${withBias("patch_embedding", 1536, "16,1,2,2")}
    ${embedder("condition_embedder.time_embedder", 1536, 256)}
    ${withBias("condition_embedder.time_proj", 9216, 1536)}
    ${embedder("condition_embedder.text_embedder", 1536, 4096)}
    blocks.{0-29}.scale_shift_table 1,6,1536
    scale_shift_table 1,2,1536
    ${withBias("proj_out", 64, 1536)}
    @attention
    ${withBias("blocks.{0-29}.attn1.{to_q,to_k,to_v,to_out.0}", 1536, 1536)}
    blocks.{0-29}.attn1.norm_{q,k}.weight 1536
    @cross_attention
    ${withBias("blocks.{0-29}.attn2.{to_q,to_k,to_v,to_out.0}", 1536, 1536)}
    blocks.{0-29}.attn2.norm_{q,k}.weight 1536
    @mlp
    ${withBias("blocks.{0-29}.ffn.net.0.proj", 8960, 1536)}
    ${withBias("blocks.{0-29}.ffn.net.2", 1536, 8960)}
    @norms
    blocks.{0-29}.norm2.{weight,bias} 1536`,
    "WanTransformer3DModel",
    { published: 1_418_996_800, layers: 30, family: "wan" },
  ),
  picture(
    "PixArt-Sigma",
    `
    @diffusion
    ${withBias("pos_embed.proj", 1152, "4,2,2")}
    ${embedder("adaln_single.emb.timestep_embedder", 1152, 256)}
    ${withBias("adaln_single.linear", 6912, 1152)}
    ${embedder("caption_projection", 1152, 4096)}
    transformer_blocks.{0-27}.scale_shift_table 6,1152
    scale_shift_table 2,1152
    ${withBias("proj_out", 32, 1152)}
    @attention
    ${withBias("transformer_blocks.{0-27}.attn1.{to_q,to_k,to_v,to_out.0}", 1152, 1152)}
    @cross_attention
    ${withBias("transformer_blocks.{0-27}.attn2.{to_q,to_k,to_v,to_out.0}", 1152, 1152)}
    @mlp
    ${withBias("transformer_blocks.{0-27}.ff.net.0.proj", 4608, 1152)}
    ${withBias("transformer_blocks.{0-27}.ff.net.2", 1152, 4608)}`,
    "PixArtTransformer2DModel",
    { published: 610_856_096, layers: 28, family: "pixart" },
  ),
  picture(
    "Qwen-Image",
    `
    @diffusion
    ${withBias("img_in", 3072, 64)}
    ${withBias("txt_in", 3072, 3584)}
    txt_norm.weight 3584
    ${embedder("time_text_embed.timestep_embedder", 3072, 256)}
    ${withBias("transformer_blocks.{0-59}.{img,txt}_mod.1", 18432, 3072)}
    ${withBias("norm_out.linear", 6144, 3072)}
    ${withBias("proj_out", 64, 3072)}
    @attention
    ${withBias("transformer_blocks.{0-59}.attn.{to_q,to_k,to_v,to_out.0,add_q_proj,add_k_proj,add_v_proj,to_add_out}", 3072, 3072)}
    transformer_blocks.{0-59}.attn.norm_{q,k,added_q,added_k}.weight 128
    @mlp
    ${withBias("transformer_blocks.{0-59}.{img,txt}_mlp.net.0.proj", 12288, 3072)}
    ${withBias("transformer_blocks.{0-59}.{img,txt}_mlp.net.2", 3072, 12288)}`,
    "QwenImageTransformer2DModel",
    { published: 20_430_401_088, layers: 60, family: "qwen-image" },
  ),
  picture(
    "The autoencoder of Stable Diffusion",
    `
    @diffusion
    ${withBias("encoder.conv_in", 128, "3,3,3")}
    ${resnet("encoder.down_blocks.0.resnets.{0,1}", 128, 128)}
    ${resnet("encoder.down_blocks.1.resnets.0", 128, 256)}
    ${resnet("encoder.down_blocks.1.resnets.1", 256, 256)}
    ${resnet("encoder.down_blocks.2.resnets.0", 256, 512)}
    ${resnet("encoder.down_blocks.2.resnets.1", 512, 512)}
    ${resnet("encoder.down_blocks.3.resnets.{0,1}", 512, 512)}
    ${withBias("encoder.down_blocks.0.downsamplers.0.conv", 128, "128,3,3")}
    ${withBias("encoder.down_blocks.1.downsamplers.0.conv", 256, "256,3,3")}
    ${withBias("encoder.down_blocks.2.downsamplers.0.conv", 512, "512,3,3")}
    ${vaeMiddle("encoder.mid_block")}
    encoder.conv_norm_out.{weight,bias} 512
    ${withBias("encoder.conv_out", 8, "512,3,3")}
    ${withBias("quant_conv", 8, "8,1,1")}
    ${withBias("post_quant_conv", 4, "4,1,1")}
    ${withBias("decoder.conv_in", 512, "4,3,3")}
    ${resnet("decoder.up_blocks.{0,1}.resnets.{0-2}", 512, 512)}
    ${resnet("decoder.up_blocks.2.resnets.0", 512, 256)}
    ${resnet("decoder.up_blocks.2.resnets.{1,2}", 256, 256)}
    ${resnet("decoder.up_blocks.3.resnets.0", 256, 128)}
    ${resnet("decoder.up_blocks.3.resnets.{1,2}", 128, 128)}
    ${withBias("decoder.up_blocks.{0,1}.upsamplers.0.conv", 512, "512,3,3")}
    ${withBias("decoder.up_blocks.2.upsamplers.0.conv", 256, "256,3,3")}
    ${vaeMiddle("decoder.mid_block")}
    decoder.conv_norm_out.{weight,bias} 128
    ${withBias("decoder.conv_out", 3, "128,3,3")}`,
    "AutoencoderKL",
    { published: 83_653_863, attention: null, family: "vae" },
  ),
];
