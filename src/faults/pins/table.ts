/** D of the rows below. */
const HEADS = "num_attention_heads*attention_head_dim";

/** Stages of a UNet and of its ControlNets, first to last. */
const STAGES = `
  conv_in.weight[0] = block_out_channels[0]
  conv_in.weight[1] = in_channels
  down_blocks.# = len(block_out_channels)
  down_blocks.{i}.resnets.# = layers_per_block[i]
  down_blocks.{i}.resnets.0.conv1.weight[0] = block_out_channels[i]
  down_blocks.{i}.attentions ? has(down_block_types[i], "Attn")
  down_blocks.{i}.attentions.0.transformer_blocks.# = transformer_layers_per_block[i]
  down_blocks.{i}.attentions.0.transformer_blocks.0.attn2.to_k.weight[1] = cross_attention_dim[i]
  mid_block.resnets.0.conv1.weight[0] = block_out_channels[-1]
  mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight[0] = block_out_channels[-1]
  mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight[1] = cross_attention_dim[-1]
  mid_block.attentions ? has(mid_block_type="CrossAttn", "CrossAttn")
  mid_block.resnets.# = 2
  down_blocks.{i}.downsamplers ? differs(i, len(block_out_channels)-1)
  time_embedding.linear_1.weight[0] = or(time_embedding_dim, 4*block_out_channels[0])
  add_embedding.linear_1 ? is(addition_embed_type, "text_time")
  add_embedding.linear_1.weight[1] = projection_class_embeddings_input_dim
  encoder_hid_proj ? given(encoder_hid_dim)
  encoder_hid_proj.weight[0] = cross_attention_dim[0]
  encoder_hid_proj.weight[1] = encoder_hid_dim
  class_embedding.weight[0] = num_class_embeds
  conv_in.weight !
  time_embedding.linear_1.weight !
  time_embedding.linear_2.weight !
`;

/** Detectors that ask for objects with learned queries. */
const DETR = `
    model.query_position_embeddings.weight[0] = num_queries
    class_labels_classifier.weight[0] = len(id2label)+1
    model.encoder.layers.# = encoder_layers
    model.decoder.layers.# = decoder_layers
    model.query_position_embeddings.weight !
    class_labels_classifier.weight !
`;

/** A text tower of OpenCLIP, by itself or below a name. */
const openClipText = (below: string) => `
    ${below}token_embedding.weight[0] = text_cfg.vocab_size
    ${below}token_embedding.weight[1] = text_cfg.width
    ${below}text_projection[1] = embed_dim
    ${below}transformer.resblocks.# = text_cfg.layers
`;

/**
 * What a configuration says of stored shapes, where no signature is known of a class, or not the whole of it, one line a pin: a side of a tensor,
 * the members of a list (`#`), what is stored if and only if something is so (`?`), what every one of them stores (`!`).
 * Where `{i}` stands, each member is asked. Defaults are given only where the class has had them in every release.
 * Source: the classes of diffusers 0.42.1 and transformers 5.23.0, held against checkpoints that they saved.
 */
export const PINS: Readonly<Record<string, string>> = {
  UNet2DConditionModel: `${STAGES}
    conv_out.weight[0] = out_channels
    conv_out.weight[1] = block_out_channels[0]
    up_blocks.# = len(block_out_channels)
    up_blocks.{i}.resnets.# = layers_per_block[-(1+i)]+1
    up_blocks.{i}.resnets.0.conv1.weight[0] = block_out_channels[-(1+i)]
    up_blocks.{i}.upsamplers ? differs(i, len(block_out_channels)-1)
    up_blocks.{i}.attentions ? has(up_block_types[i], "Attn")
    conv_out.weight !
  `,
  ControlNetModel: `${STAGES}
    controlnet_cond_embedding.conv_in.weight[0] = conditioning_embedding_out_channels[0]
    controlnet_cond_embedding.conv_in.weight[1] = conditioning_channels
    controlnet_cond_embedding.blocks.# = 2*len(conditioning_embedding_out_channels)-2
    controlnet_down_blocks.# = len(block_out_channels)*(layers_per_block+1)
    controlnet_mid_block.weight[0] = block_out_channels[-1]
    controlnet_cond_embedding.conv_in.weight !
    controlnet_mid_block.weight !
  `,
  AutoencoderKL: `
    encoder.conv_in.weight[0] = block_out_channels[0]
    encoder.conv_in.weight[1] = in_channels
    encoder.conv_out.weight[0] = 2*latent_channels
    decoder.conv_in.weight[0] = block_out_channels[-1]
    decoder.conv_in.weight[1] = latent_channels
    decoder.conv_out.weight[0] = out_channels
    decoder.conv_out.weight[1] = block_out_channels[0]
    quant_conv ? use_quant_conv=true
    post_quant_conv ? use_post_quant_conv=true
    quant_conv.weight[0] = 2*latent_channels
    post_quant_conv.weight[0] = latent_channels
    encoder.down_blocks.# = len(block_out_channels)
    decoder.up_blocks.# = len(block_out_channels)
    encoder.down_blocks.{i}.resnets.# = layers_per_block
    decoder.up_blocks.{i}.resnets.# = layers_per_block+1
    encoder.down_blocks.{i}.resnets.0.conv1.weight[0] = block_out_channels[i]
    decoder.up_blocks.{i}.resnets.0.conv1.weight[0] = block_out_channels[-(1+i)]
    encoder.mid_block.attentions ? mid_block_add_attention=true
    encoder.conv_in.weight !
    decoder.conv_in.weight !
    decoder.conv_out.weight !
  `,
  AutoencoderKLWan: `
    encoder.conv_in.weight[0] = base_dim
    encoder.conv_in.weight[1] = or(in_channels, 3)
    decoder.conv_in.weight[1] = z_dim
    quant_conv.weight[0] = 2*z_dim
    post_quant_conv.weight[0] = z_dim
    decoder.conv_out.weight[0] = out_channels
    encoder.conv_in.weight !
    decoder.conv_in.weight !
    quant_conv.weight !
    post_quant_conv.weight !
  `,
  WanTransformer3DModel: `
    patch_embedding.weight[0] = ${HEADS}
    patch_embedding.weight[1] = in_channels
    patch_embedding.weight[2] = patch_size[0]
    patch_embedding.weight[3] = patch_size[1]
    patch_embedding.weight[4] = patch_size[2]
    condition_embedder.text_embedder.linear_1.weight[1] = text_dim
    condition_embedder.time_embedder.linear_1.weight[1] = freq_dim
    condition_embedder.time_proj.weight[0] = 6*${HEADS}
    proj_out.weight[0] = out_channels*prod(patch_size)
    blocks.# = num_layers
    blocks.0.ffn.net.0.proj.weight[0] = ffn_dim
    condition_embedder.image_embedder ? given(image_dim)
    condition_embedder.image_embedder.norm1.weight[0] = image_dim
    blocks.0.attn2.add_k_proj ? given(added_kv_proj_dim)
    blocks.0.attn2.add_k_proj.weight[1] = added_kv_proj_dim
    blocks.0.attn1.norm_q.weight[0] = ${HEADS}
    blocks.0.norm2 ? cross_attn_norm
    patch_embedding.weight !
    condition_embedder.time_embedder.linear_1.weight !
    condition_embedder.text_embedder.linear_1.weight !
    proj_out.weight !
    scale_shift_table !
  `,
  ZImageTransformer2DModel: `
    all_x_embedder.2-1.weight[0] = dim
    all_x_embedder.2-1.weight[1] = in_channels*all_patch_size[0]**2*all_f_patch_size[0]
    cap_embedder.1.weight[0] = dim
    cap_embedder.1.weight[1] = cap_feat_dim
    layers.# = n_layers
    noise_refiner.# = n_refiner_layers
    context_refiner.# = n_refiner_layers
    layers.0.attention.norm_q.weight[0] = dim/n_heads
    cap_embedder.1.weight !
    x_pad_token !
    cap_pad_token !
  `,
  HunyuanDiT2DModel: `
    pos_embed.proj.weight[0] = ${HEADS}
    pos_embed.proj.weight[1] = in_channels
    pos_embed.proj.weight[2] = patch_size
    text_embedder.linear_1.weight[1] = cross_attention_dim_t5
    text_embedding_padding[0] = text_len+text_len_t5
    text_embedding_padding[1] = cross_attention_dim
    blocks.# = num_layers
    proj_out.weight[0] = in_channels*(1+learn_sigma)*patch_size**2
    pos_embed.proj.weight !
    text_embedding_padding !
    proj_out.weight !
  `,
  DetrForObjectDetection: DETR,
  TableTransformerForObjectDetection: DETR,
  CogVideoXTransformer3DModel: `
    patch_embed.proj.weight[0] = ${HEADS}
    patch_embed.proj.weight[1] = in_channels
    patch_embed.text_proj.weight[1] = text_embed_dim
    time_embedding.linear_1.weight[0] = time_embed_dim
    time_embedding.linear_1.weight[1] = ${HEADS}
    transformer_blocks.# = num_layers
    patch_embed.proj.weight !
    patch_embed.text_proj.weight !
    time_embedding.linear_1.weight !
    norm_out.linear.weight !
    proj_out.weight !
  `,
  PixArtTransformer2DModel: `
    adaln_single.emb.resolution_embedder ? use_additional_conditions
    adaln_single.linear.weight !
    pos_embed.proj.weight !
  `,
  Sam2Model: `
    mask_decoder.transformer.layers.# = mask_decoder_config.num_hidden_layers
    mask_decoder.mask_tokens.weight !
    mask_decoder.iou_token.weight !
    prompt_encoder.no_mask_embed.weight !
    vision_encoder.backbone.patch_embed.projection.weight !
  `,
  EncodecModel: `
    quantizer.layers.0.codebook.embed[0] = codebook_size
    quantizer.layers.0.codebook.embed[1] = or(codebook_dim, hidden_size)
    quantizer.layers.0.codebook.embed !
  `,
  HF_ColBERT: `
    linear.weight[1] = hidden_size
    bert.encoder.layer.# = num_hidden_layers
    bert.embeddings.word_embeddings.weight[0] = vocab_size
    linear.weight !
    bert.embeddings.word_embeddings.weight !
  `,
  OpenCLIP: `
    ${openClipText("")}
    ${openClipText("text.")}
    visual.proj[1] = embed_dim
    visual.conv1.weight[0] = vision_cfg.width
    visual.conv1.weight[2] = vision_cfg.patch_size
    visual.transformer.resblocks.# = vision_cfg.layers
  `,
  VideoMAEForVideoClassification: `
    videomae.embeddings.patch_embeddings.projection.weight[0] = hidden_size
    videomae.embeddings.patch_embeddings.projection.weight[1] = num_channels
    videomae.embeddings.patch_embeddings.projection.weight[2] = tubelet_size
    videomae.embeddings.patch_embeddings.projection.weight[3] = patch_size
    videomae.encoder.layer.# = num_hidden_layers
    classifier.weight[0] = len(id2label)
    classifier.weight !
  `,
  SamModel: `
    vision_encoder.pos_embed[1] = vision_config.image_size/vision_config.patch_size
    vision_encoder.patch_embed.projection.weight[0] = vision_config.hidden_size
    vision_encoder.patch_embed.projection.weight[2] = vision_config.patch_size
    vision_encoder.layers.# = vision_config.num_hidden_layers
    mask_decoder.mask_tokens.weight[0] = mask_decoder_config.num_multimask_outputs+1
    mask_decoder.transformer.layers.# = mask_decoder_config.num_hidden_layers
    vision_encoder.patch_embed.projection.weight !
    prompt_encoder.no_mask_embed.weight !
    mask_decoder.mask_tokens.weight !
    mask_decoder.iou_token.weight !
  `,
};
