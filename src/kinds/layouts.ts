import type { Kind } from "./kind-names.ts";

/** A side of a stored tensor that tells members of a family apart. */
export interface ShapeMark {
  readonly tensor: string;
  readonly axis: number;
  readonly is: number;
}

/** What is told by names and shapes alone: every name has to be there (`a|b`: one of them, `x*`: a name at the top that begins so), and none of `lacks`. */
export interface LayoutRow {
  readonly kind: Kind;
  readonly family: string;
  readonly has: readonly string[];
  readonly lacks?: readonly string[];
  readonly shape?: ShapeMark;
}

const side = (tensor: string, axis: number, is: number): ShapeMark => ({ tensor, axis, is });

/** Downsampling halves of UNets, in the names of diffusers and in the original ones. */
const DOWN = "down_blocks.0.resnets.0|input_blocks.1.0";
const UP = "up_blocks.0.resnets.0|output_blocks.0.0";
const UNET = [DOWN, UP, "time_embedding.linear_1|time_embed.0"] as const;
const CONTEXT = [
  "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight",
  "input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight",
  "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.weight",
  "input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight",
] as const;

/** A UNet family by the width of its text: one row for each layout. */
function unets(family: string, context: number, more: Partial<LayoutRow> = {}): LayoutRow[] {
  return CONTEXT.map((tensor) => ({
    kind: "unet",
    family,
    has: UNET,
    shape: side(tensor, 1, context),
    ...more,
  }));
}

const XL = "add_embedding.linear_1|label_emb.0.0";

/** A transformer that paints, by names that no other has. */
const painter = (family: string, ...has: readonly string[]): LayoutRow => ({
  kind: "diffusion-transformer",
  family,
  has,
});

/** A model of sound by names that no other has. */
const sound = (family: string, ...has: readonly string[]): LayoutRow => ({ kind: "audio", family, has });

/** Speech, voices and music. Sources: the code of openai/whisper, audiocraft, bark, RVC, VITS, StyleTTS 2 and Coqui's TTS. */
const AUDIO: readonly LayoutRow[] = [
  {
    kind: "seq2seq",
    family: "Whisper, original layout",
    has: ["encoder.blocks.0.attn.query", "decoder.blocks.0.cross_attn.query", "encoder.conv1"],
  },
  sound("MusicGen, original layout", "emb.0", "linears.0", "transformer.layers.0.self_attn"),
  sound("Bark, original layout", "transformer.wtes.0", "lm_heads.0"),
  sound("XTTS", "gpt.gpt.h.0", "gpt.mel_embedding", "gpt.text_embedding"),
  sound("RVC", "enc_p.emb_phone", "dec.conv_pre", "flow.flows.0"),
  sound("VITS, original layout", "enc_p.emb", "dec.conv_pre", "flow.flows.0"),
  sound("StyleTTS 2", "bert_encoder", "predictor", "decoder", "text_encoder"),
  sound("vocoder", "conv_pre", "ups.0|upsampler.0", "resblocks.0", "conv_post"),
];

/** What changes pictures, or steers what paints them. Sources: the code of ESRGAN, AnimateDiff, T2I-Adapter and others. */
const PICTURE_TOOLS: readonly LayoutRow[] = [
  { kind: "vision", family: "ESRGAN", has: ["model.0", "model.1.sub.0.RDB1.conv1"] },
  { kind: "vision", family: "ESRGAN", has: ["conv_first", "body.0.rdb1.conv1", "conv_last"] },
  {
    kind: "other",
    family: "MotionAdapter",
    has: ["down_blocks.0.motion_modules.0"],
    lacks: ["down_blocks.0.resnets"],
  },
  { kind: "other", family: "T2IAdapter", has: ["conv_in", "body.0.block1"] },
  {
    kind: "other",
    family: "T2IAdapter",
    has: ["adapter.conv_in", "adapter.body.0.block1|adapter.body.0.resnets"],
  },
  { kind: "other", family: "PuLID", has: ["pulid_ca.0"] },
  { kind: "other", family: "hypernetwork", has: ["768.0.linear.0", "768.1.linear.0"] },
  { kind: "other", family: "hypernetwork", has: ["1280.0.linear.0", "1280.1.linear.0"] },
];

/**
 * Layouts without a configuration, first match wins. Sources: diffusers `single_file_utils.py` (keys by which it tells
 * original files), its own classes, and the files of the publishers.
 */
export const LAYOUTS: readonly LayoutRow[] = [
  { kind: "controlnet", family: "ControlNet", has: ["controlnet_down_blocks.0", "controlnet_mid_block"] },
  {
    kind: "controlnet",
    family: "FLUX.1 ControlNet",
    has: ["controlnet_blocks.0", "double_blocks.0.img_attn.qkv"],
  },
  {
    kind: "controlnet",
    family: "FLUX.1 ControlNet",
    has: ["controlnet_blocks.0", "controlnet_x_embedder", "time_text_embed.text_embedder"],
  },
  {
    kind: "controlnet",
    family: "Qwen-Image ControlNet",
    has: ["controlnet_blocks.0", "transformer_blocks.0.img_mod.1"],
  },
  {
    kind: "controlnet",
    family: "Stable Diffusion 3 ControlNet",
    has: ["controlnet_blocks.0", "pos_embed_input", "transformer_blocks.0.attn.add_q_proj"],
  },
  { kind: "controlnet", family: "ControlNet", has: ["zero_convs.0", "input_hint_block.0"] },
  { kind: "controlnet", family: "ControlNet", has: ["controlnet_blocks.0"] },
  { kind: "controlnet", family: "ControlNet-LLLite", has: ["lllite_unet_*"] },
  ...unets("Kolors UNet", 2048, { has: [...UNET, "encoder_hid_proj"] }),
  ...unets("Stable Diffusion XL UNet", 2048, { has: [...UNET, XL] }),
  ...unets("Stable Diffusion XL refiner UNet", 1280, { has: [...UNET, XL] }),
  ...unets("Stable Diffusion 1.x UNet", 768),
  ...unets("Stable Diffusion 2.x UNet", 1024),
  { kind: "unet", family: "UNet", has: UNET },
  painter(
    "FLUX.2",
    "double_stream_modulation_img|double_stream_modulation_img.lin",
    "single_stream_modulation.lin|single_stream_modulation.linear",
  ),
  painter(
    "Chroma",
    "distilled_guidance_layer",
    "double_blocks.0.img_attn.qkv|transformer_blocks.0.attn.to_q",
  ),
  painter("FLUX.1", "double_blocks.0.img_attn.qkv", "single_blocks.0.linear1", "img_in"),
  painter("HunyuanVideo", "double_blocks.0.img_attn_qkv", "single_blocks.0.linear1"),
  painter("HunyuanVideo", "context_embedder.token_refiner", "transformer_blocks.0.attn.to_q"),
  painter("FLUX.1", "x_embedder", "context_embedder", "time_text_embed", "single_transformer_blocks.0"),
  painter("Stable Diffusion 3", "joint_blocks.0.x_block.attn.qkv", "context_embedder"),
  painter(
    "Stable Diffusion 3",
    "pos_embed.proj",
    "context_embedder",
    "time_text_embed",
    "transformer_blocks.0.attn",
  ),
  painter("Qwen-Image", "transformer_blocks.0.img_mod.1", "transformer_blocks.0.txt_mod.1", "txt_norm"),
  painter("Wan", "blocks.0.self_attn.q", "blocks.0.cross_attn.k", "head.modulation"),
  painter("Wan", "blocks.0.attn1.to_q", "condition_embedder", "patch_embedding"),
  painter("HiDream", "double_stream_blocks.0.block", "single_stream_blocks.0.block"),
  painter("Z-Image", "layers.0.adaLN_modulation.0", "cap_embedder.0|cap_embedder.1", "x_pad_token"),
  painter(
    "Lumina 2",
    "layers.0.adaLN_modulation.1|layers.0.norm1.linear",
    "noise_refiner.0",
    "context_refiner.0",
  ),
  painter(
    "LTX-Video",
    "patchify_proj|proj_in",
    "transformer_blocks.0.scale_shift_table",
    "scale_shift_table",
    "caption_projection",
  ),
  painter("Sana", "blocks.0.cross_attn.q_linear", "blocks.0.mlp.inverted_conv"),
  painter("Sana", "caption_norm", "transformer_blocks.0.ff.conv_inverted"),
  painter("PixArt", "blocks.0.cross_attn.q_linear", "t_block.1"),
  painter("PixArt", "adaln_single", "transformer_blocks.0.attn2.to_k", "caption_projection"),
  painter("Mochi", "blocks.0.attn.qkv_x", "blocks.0.attn.qkv_y"),
  painter("Mochi", "pos_frequencies", "time_embed.pooler", "transformer_blocks.0"),
  painter("AuraFlow", "joint_transformer_blocks.0", "single_transformer_blocks.0", "register_tokens"),
  painter("AuraFlow", "double_layers.0", "single_layers.0", "register_tokens"),
  painter("Cosmos", "blocks.block0.blocks.0.block.attn.to_q.0"),
  painter("Cosmos", "blocks.0.self_attn.q_proj", "blocks.0.adaln_modulation_self_attn.1"),
  painter("CogVideoX", "patch_embed.text_proj", "time_embedding.linear_1", "transformer_blocks.0.attn1.to_q"),
  painter("Stable Audio", "preprocess_conv", "transformer_blocks.0.attn1.to_q", "timestep_proj|time_proj"),
  painter("Stable Audio", "transformer.layers.0.self_attn.to_qkv", "to_cond_embed", "to_timestep_embed"),
  painter("Hunyuan-DiT", "text_embedding_padding", "blocks.0.attn1|blocks.0.attn2"),
  {
    kind: "autoencoder",
    family: "Wan VAE",
    has: ["encoder.downsamples.0", "decoder.middle.0.residual.0.gamma"],
  },
  {
    kind: "autoencoder",
    family: "Wan VAE",
    has: ["decoder.middle.0.residual.0.gamma", "decoder.upsamples.0"],
  },
  {
    kind: "autoencoder",
    family: "image autoencoder",
    has: ["encoder.down.0.block.0", "decoder.up.0.block.0"],
  },
  {
    kind: "autoencoder",
    family: "image autoencoder",
    has: ["encoder.down_blocks.0", "decoder.up_blocks.0"],
    lacks: ["time_embedding", "time_embed"],
  },
  { kind: "autoencoder", family: "image autoencoder", has: ["decoder.up.0.block.0", "decoder.conv_in"] },
  {
    kind: "autoencoder",
    family: "tiny autoencoder (TAESD)",
    has: ["encoder.layers.1.conv.0", "decoder.layers.1|decoder.layers.2.conv.0"],
  },
  { kind: "autoencoder", family: "tiny autoencoder (TAESD)", has: ["taesd_decoder.1", "taesd_encoder.0"] },
  {
    kind: "autoencoder",
    family: "tiny autoencoder (TAESD)",
    has: ["0.weight", "1.conv.0", "1.conv.2", "1.conv.4", "2.weight|3.weight"],
  },
  { kind: "autoencoder", family: "tiny autoencoder (TAESD)", has: ["1.weight", "3.conv.0", "3.conv.4"] },
  {
    kind: "autoencoder",
    family: "audio autoencoder",
    has: [
      "encoder.layers.0|encoder.block.0|encoder.model.0",
      "decoder.layers.0|decoder.block.0|decoder.model.0|decoder.model.1",
      "quantizer",
    ],
  },
  {
    kind: "autoencoder",
    family: "audio autoencoder",
    has: ["encoder.layers.1.layers.0", "decoder.layers.1.layers.1", "encoder.layers.0.weight_v"],
  },
  {
    kind: "autoencoder",
    family: "audio autoencoder",
    has: ["encoder.block.0.res_unit1", "decoder.block.0.res_unit1"],
  },
  ...AUDIO,
  ...PICTURE_TOOLS,
  { kind: "multimodal", family: "CLIP / SigLIP", has: ["vision_model.encoder", "text_model.encoder"] },
  {
    kind: "multimodal",
    family: "OpenCLIP",
    has: ["visual", "logit_scale", "text|transformer.resblocks.0"],
  },
  {
    kind: "vision",
    family: "SigLIP image encoder",
    has: ["vision_model.encoder.layers.0", "vision_model.head.probe"],
    lacks: ["text_model"],
  },
  {
    kind: "vision",
    family: "CLIP image encoder",
    has: ["vision_model.encoder.layers.0", "vision_model.embeddings.class_embedding"],
    lacks: ["text_model"],
  },
  {
    kind: "encoder",
    family: "CLIP text encoder",
    has: ["text_model.encoder.layers.0", "text_model.embeddings.token_embedding"],
    lacks: ["vision_model", "text_model.decoder"],
  },
  {
    kind: "encoder",
    family: "OpenCLIP text encoder",
    has: ["transformer.resblocks.0|resblocks.0", "token_embedding|positional_embedding"],
    lacks: ["visual"],
  },
  {
    kind: "encoder",
    family: "T5 encoder",
    has: ["encoder.block.0.layer.0.SelfAttention", "shared|encoder.embed_tokens"],
    lacks: ["decoder"],
  },
];
