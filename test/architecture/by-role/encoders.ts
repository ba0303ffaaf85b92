import { type Sectioned, withBias } from "./sections.ts";

/** A layer with fairseq's names, as BART and its kin have it; cross-attention for a decoder. */
function bartLayers(layer: string, h: number, i: number, isDecoder: boolean): string {
  return `
    @attention
    ${withBias(`${layer}.self_attn.{q,k,v,out}_proj`, h, h)}
    @mlp
    ${withBias(`${layer}.fc1`, i, h)}
    ${withBias(`${layer}.fc2`, h, i)}
    @norms
    ${layer}.{self_attn,final}_layer_norm.{weight,bias} ${h}
    ${isDecoder ? `${layer}.encoder_attn_layer_norm.{weight,bias} ${h}\n@cross_attention\n${withBias(`${layer}.encoder_attn.{q,k,v,out}_proj`, h, h)}` : ""}`;
}

const t5Stack = (stack: string, h: number, width: number, i: number, heads: number, feedForward: number) => `
  @attention
  ${stack}.block.{0-11}.layer.0.SelfAttention.{q,k,v}.weight ${width},${h}
  ${stack}.block.{0-11}.layer.0.SelfAttention.o.weight ${h},${width}
  ${stack}.block.0.layer.0.SelfAttention.relative_attention_bias.weight 32,${heads}
  @mlp
  ${stack}.block.{0-11}.layer.${feedForward}.DenseReluDense.wi_{0,1}.weight ${i},${h}
  ${stack}.block.{0-11}.layer.${feedForward}.DenseReluDense.wo.weight ${h},${i}
  @norms
  ${stack}.block.{0-11}.layer.{0,${feedForward}}.layer_norm.weight ${h}
  ${stack}.final_layer_norm.weight ${h}`;

const bert = (layer: string, h: number, i: number, self: string) =>
  `
  @attention
  ${withBias(`${layer}.attention.self.${self}`, h, h)}
  ${withBias(`${layer}.attention.output.dense`, h, h)}
  @mlp
  ${withBias(`${layer}.intermediate.dense`, i, h)}
  ${withBias(`${layer}.output.dense`, h, i)}
  @norms
  ${layer}.{attention.output,output}.LayerNorm.{weight,bias} ${h}`.replace(
    /^\s*(.*)\{attention\.output,output\}(.*)$/m,
    "$1attention.output$2\n$1output$2",
  );

/** Models that read, or read and then write. */
export const ENCODERS_BY_ROLE: readonly Sectioned[] = [
  {
    title: "ModernBERT-base: gated, its first layer without a norm",
    published: 149_655_232,
    tensors: `
      @embedding:token
      model.embeddings.tok_embeddings.weight 50368,768
      @embedding
      model.embeddings.norm.weight 768
      @attention
      model.layers.{0-21}.attn.Wqkv.weight 2304,768
      model.layers.{0-21}.attn.Wo.weight 768,768
      @mlp
      model.layers.{0-21}.mlp.Wi.weight 2304,768
      model.layers.{0-21}.mlp.Wo.weight 768,1152
      @norms
      model.layers.{1-21}.attn_norm.weight 768
      model.layers.{0-21}.mlp_norm.weight 768
      model.final_norm.weight 768
      @head:other
      head.dense.weight 768,768
      head.norm.weight 768
      @head
      decoder.bias 50368`,
    config: {
      model_type: "modernbert",
      hidden_size: 768,
      num_hidden_layers: 22,
      num_attention_heads: 12,
      intermediate_size: 1152,
      vocab_size: 50368,
      local_attention: 128,
      global_attn_every_n_layers: 3,
      layer_norm_eps: 1e-5,
      tie_word_embeddings: true,
    },
    attention: "MHA",
    kv: null,
    tied: true,
    layers: 22,
    family: "modernbert",
  },
  {
    title: "DeBERTa-v3-base, as it was pretrained",
    tensors: `
      @embedding:token
      deberta.embeddings.word_embeddings.weight 128100,768
      @embedding
      deberta.embeddings.LayerNorm.{weight,bias} 768
      deberta.encoder.rel_embeddings.weight 512,768
      deberta.encoder.LayerNorm.{weight,bias} 768
      ${bert("deberta.encoder.layer.{0-11}", 768, 3072, "{query,key,value}_proj")}
      @head:other
      ${withBias("pooler.dense", 768, 768)}`,
    config: {
      model_type: "deberta-v2",
      hidden_size: 768,
      num_hidden_layers: 12,
      num_attention_heads: 12,
      intermediate_size: 3072,
      vocab_size: 128100,
      relative_attention: true,
      position_buckets: 256,
      norm_rel_ebd: "layer_norm",
    },
    attention: "MHA",
    kv: null,
    tied: null,
    layers: 12,
    family: "deberta",
  },
  {
    title: "XLM-RoBERTa-base with its language-model head",
    tensors: `
      @embedding:token
      roberta.embeddings.word_embeddings.weight 250002,768
      @embedding
      roberta.embeddings.position_embeddings.weight 514,768
      roberta.embeddings.token_type_embeddings.weight 1,768
      roberta.embeddings.LayerNorm.{weight,bias} 768
      ${bert("roberta.encoder.layer.{0-11}", 768, 3072, "{query,key,value}")}
      @head:other
      ${withBias("lm_head.dense", 768, 768)}
      lm_head.layer_norm.{weight,bias} 768
      @head
      lm_head.bias 250002
      @buffers
      roberta.embeddings.position_ids 1,514 I64`,
    published: 278_295_186,
    config: {
      model_type: "xlm-roberta",
      hidden_size: 768,
      num_hidden_layers: 12,
      num_attention_heads: 12,
      intermediate_size: 3072,
      vocab_size: 250002,
      max_position_embeddings: 514,
    },
    attention: "MHA",
    kv: null,
    tied: true,
    layers: 12,
    family: "bert",
  },
  {
    title: "Flan-T5-base: gated, untied",
    published: 247_577_856,
    tensors: `
      @embedding:token
      shared.weight 32128,768
      ${t5Stack("encoder", 768, 768, 2048, 12, 1)}
      ${t5Stack("decoder", 768, 768, 2048, 12, 2)}
      @cross_attention
      decoder.block.{0-11}.layer.1.EncDecAttention.{q,k,v,o}.weight 768,768
      @norms
      decoder.block.{0-11}.layer.1.layer_norm.weight 768
      @head
      lm_head.weight 32128,768`,
    config: {
      model_type: "t5",
      d_model: 768,
      num_layers: 12,
      num_decoder_layers: 12,
      num_heads: 12,
      d_kv: 64,
      d_ff: 2048,
      feed_forward_proj: "gated-gelu",
      vocab_size: 32128,
      tie_word_embeddings: false,
    },
    attention: "MHA",
    kv: 12 * 2 * 768 * 2,
    tied: false,
    layers: 12,
    family: "t5",
  },
  {
    title: "BART-large",
    published: 406_291_456,
    tensors: `
      @embedding:token
      model.shared.weight 50265,1024
      @embedding
      model.encoder.embed_positions.weight 1026,1024
      model.decoder.embed_positions.weight 1026,1024
      model.encoder.layernorm_embedding.{weight,bias} 1024
      model.decoder.layernorm_embedding.{weight,bias} 1024
      @buffers
      final_logits_bias 1,50265 F32
      ${bartLayers("model.encoder.layers.{0-11}", 1024, 4096, false)}
      ${bartLayers("model.decoder.layers.{0-11}", 1024, 4096, true)}`,
    config: {
      model_type: "bart",
      d_model: 1024,
      encoder_layers: 12,
      decoder_layers: 12,
      num_hidden_layers: 12,
      encoder_attention_heads: 16,
      decoder_attention_heads: 16,
      encoder_ffn_dim: 4096,
      decoder_ffn_dim: 4096,
      vocab_size: 50265,
    },
    attention: "MHA",
    kv: 12 * 2 * 1024 * 2,
    tied: true,
    layers: 12,
    family: "bart",
  },
  {
    title: "NLLB-200-distilled-600M",
    published: 615_073_792,
    tensors: `
      @embedding:token
      model.shared.weight 256206,1024
      ${bartLayers("model.encoder.layers.{0-11}", 1024, 4096, false)}
      ${bartLayers("model.decoder.layers.{0-11}", 1024, 4096, true)}
      @norms
      model.encoder.layer_norm.{weight,bias} 1024
      model.decoder.layer_norm.{weight,bias} 1024`,
    config: {
      model_type: "m2m_100",
      d_model: 1024,
      encoder_layers: 12,
      decoder_layers: 12,
      num_hidden_layers: 12,
      encoder_attention_heads: 16,
      decoder_attention_heads: 16,
      encoder_ffn_dim: 4096,
      decoder_ffn_dim: 4096,
      vocab_size: 256206,
    },
    attention: "MHA",
    kv: 12 * 2 * 1024 * 2,
    tied: true,
    layers: 12,
    family: "bart",
  },
  {
    title: "DINOv2-base, names without a prefix",
    published: 86_580_480,
    tensors: `
      @embedding
      embeddings.cls_token 1,1,768
      embeddings.mask_token 1,768
      embeddings.position_embeddings 1,1370,768
      ${withBias("embeddings.patch_embeddings.projection", 768, "3,14,14")}
      @attention
      ${withBias("encoder.layer.{0-11}.attention.attention.{query,key,value}", 768, 768)}
      ${withBias("encoder.layer.{0-11}.attention.output.dense", 768, 768)}
      @mlp
      ${withBias("encoder.layer.{0-11}.mlp.fc1", 3072, 768)}
      ${withBias("encoder.layer.{0-11}.mlp.fc2", 768, 3072)}
      @norms
      encoder.layer.{0-11}.norm{1,2}.{weight,bias} 768
      layernorm.{weight,bias} 768
      @residual_extras
      encoder.layer.{0-11}.layer_scale{1,2}.lambda1 768`,
    config: {
      model_type: "dinov2",
      hidden_size: 768,
      num_hidden_layers: 12,
      num_attention_heads: 12,
      mlp_ratio: 4,
      image_size: 518,
      patch_size: 14,
    },
    attention: "MHA",
    kv: null,
    tied: null,
    layers: 12,
    family: "dinov2",
  },
  {
    title: "DINOv3 ViT-B/16",
    published: 85_660_416,
    tensors: `
      @embedding
      embeddings.{cls_token,mask_token} 1,1,768
      embeddings.register_tokens 1,4,768
      ${withBias("embeddings.patch_embeddings", 768, "3,16,16")}
      @attention
      layer.{0-11}.attention.{q,k,v,o}_proj.weight 768,768
      layer.{0-11}.attention.{q,v,o}_proj.bias 768
      @mlp
      ${withBias("layer.{0-11}.mlp.up_proj", 3072, 768)}
      ${withBias("layer.{0-11}.mlp.down_proj", 768, 3072)}
      @norms
      layer.{0-11}.norm{1,2}.{weight,bias} 768
      norm.{weight,bias} 768
      @residual_extras
      layer.{0-11}.layer_scale{1,2}.lambda1 768`,
    config: {
      model_type: "dinov3_vit",
      hidden_size: 768,
      num_hidden_layers: 12,
      num_attention_heads: 12,
      intermediate_size: 3072,
    },
    attention: "MHA",
    kv: null,
    tied: null,
    layers: 12,
    family: "dinov3_vit",
  },
];
