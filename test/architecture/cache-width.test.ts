import { describe, expect, it } from "vitest";
import { describeArchitecture } from "../../src/analysis/arch.ts";
import { componentOfText } from "../support/tensor-text.ts";

const LAYERS = 4;
const KEY_ROWS = 128;

const TENSORS = `
  model.embed_tokens.weight 1000,512
  model.layers.{0-3}.{input,post_attention}_layernorm.weight 512
  model.layers.{0-3}.self_attn.{q,o}_proj.weight 512,512
  model.layers.{0-3}.self_attn.{k,v}_proj.weight 128,512
  model.layers.{0-3}.mlp.{gate,up}_proj.weight 1024,512
  model.layers.{0-3}.mlp.down_proj.weight 512,1024
  model.norm.weight 512
  lm_head.weight 1000,512`;

const SCALES = `
  model.layers.{0-3}.self_attn.{k,v}_scale 1 F32`;

const CONFIG = {
  model_type: "llama",
  architectures: ["LlamaForCausalLM"],
  hidden_size: 512,
  num_hidden_layers: LAYERS,
  num_attention_heads: 8,
  num_key_value_heads: 2,
  vocab_size: 1000,
  intermediate_size: 1024,
  tie_word_embeddings: false,
};

const tensors = (kv_cache_scheme: object | null) => ({
  quantization_config: { quant_method: "compressed-tensors", config_groups: {}, kv_cache_scheme },
});

const rows: readonly (readonly [string, string, object, number, string | null])[] = [
  ["16 bits where nothing is said", TENSORS, {}, 2, null],
  ["one byte as declared", TENSORS, tensors({ num_bits: 8, type: "float", dynamic: true }), 1, "declared"],
  ["one byte where scales of keys and values are stored", TENSORS + SCALES, {}, 1, "stored"],
  ["one byte, declared and stored", TENSORS + SCALES, tensors({ num_bits: 8, type: "float" }), 1, "both"],
  [
    "half a byte and a scale for 16 values in NVFP4",
    TENSORS,
    { quantization_config: { quant_method: "modelopt", quant_algo: "NVFP4", kv_cache_quant_algo: "NVFP4" } },
    9 / 16,
    "declared",
  ],
];

describe("the width of the cache", () => {
  it.each(rows)("is %s", (_, text, more, bytes, basis) => {
    const { kvCache } = describeArchitecture(componentOfText(text, { ...CONFIG, ...more }));
    expect(kvCache).toMatchObject({
      elementBytes: bytes,
      basis,
      // Keys and values of each layer.
      bytesPerToken: LAYERS * 2 * KEY_ROWS * bytes,
    });
  });

  it("is what is asked for, whatever the export says", () => {
    const { kvCache } = describeArchitecture(componentOfText(TENSORS + SCALES, CONFIG), { kvBytes: 2 });
    expect(kvCache).toMatchObject({ elementBytes: 2, basis: null });
  });
});
