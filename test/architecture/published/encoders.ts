import type { Published } from "./published.ts";

const bertLayers = (root: string) => `
  ${root}.embeddings.LayerNorm.{weight,bias} 768
  ${root}.encoder.layer.{0-11}.attention.self.{query,key,value}.weight 768,768
  ${root}.encoder.layer.{0-11}.attention.self.{query,key,value}.bias 768
  ${root}.encoder.layer.{0-11}.attention.output.dense.weight 768,768
  ${root}.encoder.layer.{0-11}.attention.output.dense.bias 768
  ${root}.encoder.layer.{0-11}.attention.output.LayerNorm.{weight,bias} 768
  ${root}.encoder.layer.{0-11}.intermediate.dense.weight 3072,768
  ${root}.encoder.layer.{0-11}.intermediate.dense.bias 3072
  ${root}.encoder.layer.{0-11}.output.dense.weight 768,3072
  ${root}.encoder.layer.{0-11}.output.dense.bias 768
  ${root}.encoder.layer.{0-11}.output.LayerNorm.{weight,bias} 768
  ${root}.pooler.dense.weight 768,768
  ${root}.pooler.dense.bias 768`;

function whisper(h: number, layers: number, mels: number, vocab: number): string {
  const attention = (box: string) => `
    ${box}.{q,k,v,out}_proj.weight ${h},${h}
    ${box}.{q,v,out}_proj.bias ${h}`;
  const block = (layer: string) => `
    ${attention(`${layer}.self_attn`)}
    ${layer}.{self_attn_layer_norm,final_layer_norm}.{weight,bias} ${h}
    ${layer}.fc1.weight ${4 * h},${h}
    ${layer}.fc1.bias ${4 * h}
    ${layer}.fc2.weight ${h},${4 * h}
    ${layer}.fc2.bias ${h}`;
  const decoder = `model.decoder.layers.{0-${layers - 1}}`;
  return `
    model.encoder.conv1.weight ${h},${mels},3
    model.encoder.conv2.weight ${h},${h},3
    model.encoder.conv{1,2}.bias ${h}
    model.encoder.embed_positions.weight 1500,${h}
    ${block(`model.encoder.layers.{0-${layers - 1}}`)}
    model.encoder.layer_norm.{weight,bias} ${h}
    model.decoder.embed_tokens.weight ${vocab},${h}
    model.decoder.embed_positions.weight 448,${h}
    ${block(decoder)}
    ${attention(`${decoder}.encoder_attn`)}
    ${decoder}.encoder_attn_layer_norm.{weight,bias} ${h}
    model.decoder.layer_norm.{weight,bias} ${h}`;
}

const t5Block = (stack: string, feedForward: number) => `
  ${stack}.block.{0-5}.layer.0.SelfAttention.{q,k,v,o}.weight 512,512
  ${stack}.block.0.layer.0.SelfAttention.relative_attention_bias.weight 32,8
  ${stack}.block.{0-5}.layer.0.layer_norm.weight 512
  ${stack}.block.{0-5}.layer.${feedForward}.DenseReluDense.wi.weight 2048,512
  ${stack}.block.{0-5}.layer.${feedForward}.DenseReluDense.wo.weight 512,2048
  ${stack}.block.{0-5}.layer.${feedForward}.layer_norm.weight 512
  ${stack}.final_layer_norm.weight 512`;

const siglipLayers = (root: string) => `
  ${root}.encoder.layers.{0-26}.self_attn.{q,k,v,out}_proj.weight 1152,1152
  ${root}.encoder.layers.{0-26}.self_attn.{q,k,v,out}_proj.bias 1152
  ${root}.encoder.layers.{0-26}.layer_norm{1,2}.{weight,bias} 1152
  ${root}.encoder.layers.{0-26}.mlp.fc1.weight 4304,1152
  ${root}.encoder.layers.{0-26}.mlp.fc1.bias 4304
  ${root}.encoder.layers.{0-26}.mlp.fc2.weight 1152,4304
  ${root}.encoder.layers.{0-26}.mlp.fc2.bias 1152`;

const clipLayers = (root: string, h: number, layers: number) => `
  ${root}.encoder.layers.{0-${layers - 1}}.self_attn.{q,k,v,out}_proj.weight ${h},${h}
  ${root}.encoder.layers.{0-${layers - 1}}.self_attn.{q,k,v,out}_proj.bias ${h}
  ${root}.encoder.layers.{0-${layers - 1}}.layer_norm{1,2}.{weight,bias} ${h}
  ${root}.encoder.layers.{0-${layers - 1}}.mlp.fc1.weight ${4 * h},${h}
  ${root}.encoder.layers.{0-${layers - 1}}.mlp.fc1.bias ${4 * h}
  ${root}.encoder.layers.{0-${layers - 1}}.mlp.fc2.weight ${h},${4 * h}
  ${root}.encoder.layers.{0-${layers - 1}}.mlp.fc2.bias ${h}`;

/** Models that read, or read and then write. */
export const ENCODERS: readonly Published[] = [
  {
    title: "bert-base-uncased",
    tensors: `
      bert.embeddings.word_embeddings.weight 30522,768
      bert.embeddings.position_embeddings.weight 512,768
      bert.embeddings.token_type_embeddings.weight 2,768
      bert.embeddings.position_ids 1,512 I64
      ${bertLayers("bert")}`,
    config: {
      model_type: "bert",
      hidden_size: 768,
      num_hidden_layers: 12,
      num_attention_heads: 12,
      intermediate_size: 3072,
      max_position_embeddings: 512,
      vocab_size: 30522,
    },
    expected: { total: 109_482_240, family: "bert", attention: "MHA", layers: 12 },
  },
  {
    title: "roberta-base",
    tensors: `
      roberta.embeddings.word_embeddings.weight 50265,768
      roberta.embeddings.position_embeddings.weight 514,768
      roberta.embeddings.token_type_embeddings.weight 1,768
      ${bertLayers("roberta")}`,
    config: {
      model_type: "roberta",
      hidden_size: 768,
      num_hidden_layers: 12,
      num_attention_heads: 12,
      intermediate_size: 3072,
      // 512 positions and two rows of padding, counted here as well.
      max_position_embeddings: 514,
      vocab_size: 50265,
    },
    expected: { total: 124_645_632, family: "bert", attention: "MHA", layers: 12 },
  },
  {
    title: "t5-small",
    tensors: `
      shared.weight 32128,512
      ${t5Block("encoder", 1)}
      ${t5Block("decoder", 2)}
      decoder.block.{0-5}.layer.1.EncDecAttention.{q,k,v,o}.weight 512,512
      decoder.block.{0-5}.layer.1.layer_norm.weight 512`,
    config: {
      model_type: "t5",
      d_model: 512,
      num_layers: 6,
      num_decoder_layers: 6,
      num_heads: 8,
      d_kv: 64,
      d_ff: 2048,
      vocab_size: 32128,
    },
    expected: {
      total: 60_506_624,
      family: "t5",
      attention: "MHA",
      kvBytesPerToken: 12_288,
      tied: true,
      layers: 6,
    },
  },
  {
    title: "T5-XXL v1.1, encoder only",
    tensors: `
      shared.weight 32128,4096
      encoder.block.{0-23}.layer.0.SelfAttention.{q,k,v,o}.weight 4096,4096
      encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight 32,64
      encoder.block.{0-23}.layer.{0,1}.layer_norm.weight 4096
      encoder.block.{0-23}.layer.1.DenseReluDense.wi_{0,1}.weight 10240,4096
      encoder.block.{0-23}.layer.1.DenseReluDense.wo.weight 4096,10240
      encoder.final_layer_norm.weight 4096`,
    config: {
      model_type: "t5",
      architectures: ["T5EncoderModel"],
      d_model: 4096,
      num_layers: 24,
      num_decoder_layers: 24,
      num_heads: 64,
      d_kv: 64,
      d_ff: 10240,
      vocab_size: 32128,
      is_encoder_decoder: true,
      tie_word_embeddings: false,
    },
    expected: {
      total: 4_762_310_656,
      tensors: 219,
      bytes: 9_524_621_312,
      family: "t5",
      attention: "MHA",
      layers: 24,
    },
  },
  {
    title: "whisper-tiny",
    tensors: whisper(384, 4, 80, 51865),
    config: {
      model_type: "whisper",
      d_model: 384,
      encoder_layers: 4,
      decoder_layers: 4,
      encoder_attention_heads: 6,
      decoder_attention_heads: 6,
      encoder_ffn_dim: 1536,
      decoder_ffn_dim: 1536,
      max_source_positions: 1500,
      max_target_positions: 448,
      vocab_size: 51865,
    },
    expected: {
      total: 37_760_640,
      family: "whisper",
      attention: "MHA",
      kvBytesPerToken: 6_144,
      tied: true,
      layers: 4,
    },
  },
  {
    title: "whisper-large-v3",
    tensors: whisper(1280, 32, 128, 51866),
    config: {
      model_type: "whisper",
      d_model: 1280,
      encoder_layers: 32,
      decoder_layers: 32,
      encoder_attention_heads: 20,
      decoder_attention_heads: 20,
      encoder_ffn_dim: 5120,
      decoder_ffn_dim: 5120,
      max_source_positions: 1500,
      max_target_positions: 448,
      vocab_size: 51866,
    },
    expected: { total: 1_543_490_560, family: "whisper", attention: "MHA", tied: true, layers: 32 },
  },
  {
    title: "CLIP ViT-L/14",
    tensors: `
      logit_scale -
      text_model.embeddings.token_embedding.weight 49408,768
      text_model.embeddings.position_embedding.weight 77,768
      ${clipLayers("text_model", 768, 12)}
      text_model.final_layer_norm.{weight,bias} 768
      text_projection.weight 768,768
      vision_model.embeddings.class_embedding 1024
      vision_model.embeddings.patch_embedding.weight 1024,3,14,14
      vision_model.embeddings.position_embedding.weight 257,1024
      vision_model.{pre_layrnorm,post_layernorm}.{weight,bias} 1024
      ${clipLayers("vision_model", 1024, 24)}
      visual_projection.weight 768,1024`,
    config: {
      model_type: "clip",
      text_config: {
        hidden_size: 768,
        num_hidden_layers: 12,
        num_attention_heads: 12,
        intermediate_size: 3072,
        vocab_size: 49408,
      },
      vision_config: { hidden_size: 1024, num_hidden_layers: 24, num_attention_heads: 16, patch_size: 14 },
    },
    expected: { total: 427_616_513, backbone: 427_616_513, family: "clip", attention: "MHA", layers: 12 },
  },
  {
    title: "SigLIP-so400m-384",
    tensors: `
      logit_scale 1
      logit_bias 1
      text_model.embeddings.token_embedding.weight 32000,1152
      text_model.embeddings.position_embedding.weight 64,1152
      ${siglipLayers("text_model")}
      text_model.final_layer_norm.{weight,bias} 1152
      text_model.head.weight 1152,1152
      text_model.head.bias 1152
      vision_model.embeddings.patch_embedding.weight 1152,3,14,14
      vision_model.embeddings.patch_embedding.bias 1152
      vision_model.embeddings.position_embedding.weight 729,1152
      ${siglipLayers("vision_model")}
      vision_model.post_layernorm.{weight,bias} 1152
      vision_model.head.probe 1,1,1152
      vision_model.head.attention.in_proj_weight 3456,1152
      vision_model.head.attention.in_proj_bias 3456
      vision_model.head.attention.out_proj.weight 1152,1152
      vision_model.head.attention.out_proj.bias 1152
      vision_model.head.layernorm.{weight,bias} 1152
      vision_model.head.mlp.fc1.weight 4304,1152
      vision_model.head.mlp.fc1.bias 4304
      vision_model.head.mlp.fc2.weight 1152,4304
      vision_model.head.mlp.fc2.bias 1152`,
    config: {
      model_type: "siglip",
      text_config: {
        hidden_size: 1152,
        num_hidden_layers: 27,
        num_attention_heads: 16,
        intermediate_size: 4304,
        max_position_embeddings: 64,
        vocab_size: 32000,
      },
      vision_config: { hidden_size: 1152, num_hidden_layers: 27, patch_size: 14 },
    },
    expected: { total: 877_960_498, backbone: 877_960_498, family: "clip", attention: "MHA", layers: 27 },
  },
  {
    title: "ViT-B/16",
    tensors: `
      vit.embeddings.cls_token 1,1,768
      vit.embeddings.position_embeddings 1,197,768
      vit.embeddings.patch_embeddings.projection.weight 768,3,16,16
      vit.embeddings.patch_embeddings.projection.bias 768
      vit.encoder.layer.{0-11}.attention.attention.{query,key,value}.weight 768,768
      vit.encoder.layer.{0-11}.attention.attention.{query,key,value}.bias 768
      vit.encoder.layer.{0-11}.attention.output.dense.weight 768,768
      vit.encoder.layer.{0-11}.attention.output.dense.bias 768
      vit.encoder.layer.{0-11}.layernorm_{before,after}.{weight,bias} 768
      vit.encoder.layer.{0-11}.intermediate.dense.weight 3072,768
      vit.encoder.layer.{0-11}.intermediate.dense.bias 3072
      vit.encoder.layer.{0-11}.output.dense.weight 768,3072
      vit.encoder.layer.{0-11}.output.dense.bias 768
      vit.layernorm.{weight,bias} 768
      classifier.weight 1000,768
      classifier.bias 1000`,
    config: {
      model_type: "vit",
      hidden_size: 768,
      num_hidden_layers: 12,
      num_attention_heads: 12,
      intermediate_size: 3072,
    },
    expected: { total: 86_567_656, family: "vit", attention: "MHA", layers: 12 },
  },
];
