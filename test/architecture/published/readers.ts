import type { Published } from "./published.ts";

const bothOf = (name: string, out: number, input: number) =>
  `${name}.weight ${out},${input}\n${name}.bias ${out}`;

/** Encoders after BERT, and BART, which writes too. */
export const READERS: readonly Published[] = [
  {
    title: "ModernBERT-base, fused and gated, a decoder of which the bias is stored",
    tensors: `
      model.embeddings.tok_embeddings.weight 50368,768
      model.embeddings.norm.weight 768
      model.layers.{1-21}.attn_norm.weight 768
      model.layers.{0-21}.attn.Wqkv.weight 2304,768
      model.layers.{0-21}.attn.Wo.weight 768,768
      model.layers.{0-21}.mlp_norm.weight 768
      model.layers.{0-21}.mlp.Wi.weight 2304,768
      model.layers.{0-21}.mlp.Wo.weight 768,1152
      model.final_norm.weight 768
      head.dense.weight 768,768
      head.norm.weight 768
      decoder.bias 50368`,
    config: {
      model_type: "modernbert",
      hidden_size: 768,
      num_hidden_layers: 22,
      num_attention_heads: 12,
      intermediate_size: 1152,
      vocab_size: 50368,
      tie_word_embeddings: true,
    },
    expected: { total: 149_655_232, family: "modernbert", attention: "MHA", layers: 22 },
  },
  {
    title: "DeBERTa-v3-base",
    tensors: `
      deberta.embeddings.word_embeddings.weight 128100,768
      deberta.embeddings.LayerNorm.{weight,bias} 768
      ${bothOf("deberta.encoder.layer.{0-11}.attention.self.{query,key,value}_proj", 768, 768)}
      ${bothOf("deberta.encoder.layer.{0-11}.attention.output.dense", 768, 768)}
      deberta.encoder.layer.{0-11}.{attention.output,output}.LayerNorm.{weight,bias} 768
      ${bothOf("deberta.encoder.layer.{0-11}.intermediate.dense", 3072, 768)}
      ${bothOf("deberta.encoder.layer.{0-11}.output.dense", 768, 3072)}
      deberta.encoder.rel_embeddings.weight 512,768
      deberta.encoder.LayerNorm.{weight,bias} 768`,
    config: {
      model_type: "deberta-v2",
      hidden_size: 768,
      num_hidden_layers: 12,
      num_attention_heads: 12,
      intermediate_size: 3072,
      vocab_size: 128100,
    },
    expected: { total: 183_831_552, family: "deberta", attention: "MHA", layers: 12 },
  },
  {
    title: "DistilBERT",
    tensors: `
      distilbert.embeddings.word_embeddings.weight 30522,768
      distilbert.embeddings.position_embeddings.weight 512,768
      distilbert.embeddings.LayerNorm.{weight,bias} 768
      ${bothOf("distilbert.transformer.layer.{0-5}.attention.{q,k,v,out}_lin", 768, 768)}
      distilbert.transformer.layer.{0-5}.{sa,output}_layer_norm.{weight,bias} 768
      ${bothOf("distilbert.transformer.layer.{0-5}.ffn.lin1", 3072, 768)}
      ${bothOf("distilbert.transformer.layer.{0-5}.ffn.lin2", 768, 3072)}`,
    config: { model_type: "distilbert", dim: 768, n_layers: 6, n_heads: 12, hidden_dim: 3072 },
    expected: { total: 66_362_880, family: "distilbert", attention: "MHA", layers: 6 },
  },
  {
    title: "BART-large",
    tensors: `
      model.shared.weight 50265,1024
      model.{encoder,decoder}.embed_positions.weight 1026,1024
      model.{encoder,decoder}.layernorm_embedding.{weight,bias} 1024
      ${bothOf("model.{encoder,decoder}.layers.{0-11}.self_attn.{q,k,v,out}_proj", 1024, 1024)}
      ${bothOf("model.decoder.layers.{0-11}.encoder_attn.{q,k,v,out}_proj", 1024, 1024)}
      model.decoder.layers.{0-11}.encoder_attn_layer_norm.{weight,bias} 1024
      model.{encoder,decoder}.layers.{0-11}.{self_attn_layer_norm,final_layer_norm}.{weight,bias} 1024
      ${bothOf("model.{encoder,decoder}.layers.{0-11}.fc1", 4096, 1024)}
      ${bothOf("model.{encoder,decoder}.layers.{0-11}.fc2", 1024, 4096)}
      final_logits_bias 1,50265`,
    config: {
      model_type: "bart",
      d_model: 1024,
      encoder_layers: 12,
      decoder_layers: 12,
      num_hidden_layers: 12,
      encoder_attention_heads: 16,
      decoder_attention_heads: 16,
      decoder_ffn_dim: 4096,
      vocab_size: 50265,
    },
    // 12 layers × 2 × 1,024 × 2 bytes
    expected: {
      total: 406_291_456,
      family: "bart",
      attention: "MHA",
      kvBytesPerToken: 49_152,
      tied: true,
      layers: 12,
    },
  },
];
