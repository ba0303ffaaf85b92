import { CONFIG_KEYS, type Fact } from "../../checkpoint/config-keys.ts";
import type { KeyKind } from "./data.ts";

/** Facts by what they are about. A key that none of them is spelled as is told as itself. */
const FACTS: readonly (readonly [KeyKind, readonly Fact[]])[] = [
  ["key.layers", ["decoderLayers", "layers"]],
  ["key.kinds", ["layer_types", "layers_block_type", "hybrid_override_pattern", "attn_type_list"]],
  ["key.kinds", ["attn_layer_period", "attn_layer_offset", "full_attention_interval", "full_attn_layers"]],
  ["key.latent", ["q_lora_rank", "kv_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim"]],
  ["key.indexer", ["index_n_heads", "index_head_dim", "sparse_num_index_heads", "sparse_index_dim"]],
  ["key.experts", ["experts", "first_k_dense_replace", "moe_layers", "moeLayerList", "mlp_layer_types"]],
  ["key.experts", ["expert_layer_period", "expert_layer_offset"]],
  ["key.attention", ["heads", "kvHeads", "headDim", "swa_num_attention_heads", "swa_num_key_value_heads"]],
  ["key.attention", ["num_global_key_value_heads", "swa_head_dim", "global_head_dim", "use_qk_norm"]],
  ["key.attention", ["multi_query", "new_decoder_architecture"]],
  ["key.recurrent", ["ssmState", "linear_num_value_heads", "linear_key_head_dim"]],
  ["key.width", ["hidden", "embeddingWidth", "denseWidth", "expertWidth", "anyWidth"]],
  ["key.width", ["hidden_size_per_layer_input", "use_double_wide_mlp"]],
  ["key.vocab", ["vocabulary", "vocab_size_per_layer_input"]],
  ["key.positions", ["positions"]],
  ["key.tie", ["tie_word_embeddings"]],
  ["key.bias", ["attentionBias", "mlp_bias"]],
];

/** Parts of a configuration that are about images. */
const OF_IMAGES = /^(?:vision_config|vision_tower|visual|vit_config|image_config)\./;
/** Parts whose keys are those of the model that writes. */
const OF_TEXT = /^(?:text_config|language_config|llm_config|thinker_config\.text_config)\./;

const BY_KEY = new Map<string, KeyKind>();
for (const [kind, facts] of FACTS)
  for (const fact of facts)
    for (const key of CONFIG_KEYS[fact].keys) if (!BY_KEY.has(key)) BY_KEY.set(key, kind);

/** What a key is about. */
export function kindOfKey(key: string): KeyKind {
  if (OF_IMAGES.test(key)) return "key.vision";
  return BY_KEY.get(key.replace(OF_TEXT, "")) ?? "key.other";
}
