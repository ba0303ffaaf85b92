import { describe, expect, it } from "vitest";
import { describeArchitecture } from "../../src/analysis/arch.ts";
import { countParameters } from "../../src/analysis/params.ts";
import { Prng } from "../support/prng.ts";
import { componentOfText } from "../support/tensor-text.ts";

const TENSORS = `
  model.embed_tokens.weight 64,16
  model.layers.{0-3}.self_attn.q_proj.weight 32,16
  model.layers.{0-3}.self_attn.{k,v}_proj.weight 8,16
  model.layers.{0-3}.self_attn.o_proj.weight 16,32
  model.layers.{0-3}.{input,post_attention}_layernorm.weight 16
  model.layers.{0-3}.mlp.gate.weight 4,16
  model.layers.{0-3}.mlp.experts.{0-3}.{gate,up}_proj.weight 8,16
  model.layers.{0-3}.mlp.experts.{0-3}.down_proj.weight 16,8
  model.norm.weight 16`;

/** Every key that is read, so that each gets every wrong value. */
const KEYS = [
  "model_type",
  "architectures",
  "hidden_size",
  "num_hidden_layers",
  "num_attention_heads",
  "num_key_value_heads",
  "head_dim",
  "vocab_size",
  "intermediate_size",
  "num_experts",
  "num_experts_per_tok",
  "moe_layer_freq",
  "layer_types",
  "mlp_layer_types",
  "sliding_window",
  "sliding_window_pattern",
  "use_sliding_window",
  "max_window_layers",
  "num_kv_shared_layers",
  "first_k_dense_replace",
  "rope_theta",
  "rope_scaling",
  "rope_parameters",
  "hidden_act",
  "rms_norm_eps",
  "tie_word_embeddings",
  "text_config",
  "thinker_config",
  "sparse_attention_config",
  "num_nextn_predict_layers",
  "max_position_embeddings",
  "expert_layer_period",
  "expert_layer_offset",
  "scoring_func",
  "n_positions",
  "layers_block_type",
  "hybrid_override_pattern",
  "_block_types",
  "attn_type_list",
  "linear_attn_config",
  "attn_layer_period",
  "attn_layer_offset",
  "full_attention_interval",
  "decoder_sparse_step",
  "mlp_only_layers",
  "interleave_moe_layer_step",
  "moe_layers",
  "n_shared_experts",
  "shared_expert_intermediate_size",
  "moe_intermediate_size",
  "zero_expert_num",
  "use_qk_norm",
  "qk_norm_type",
  "multi_query",
  "new_decoder_architecture",
  "q_lora_rank",
  "kv_lora_rank",
  "qk_nope_head_dim",
  "v_head_dim",
  "index_n_heads",
  "indexer_types",
  "compress_ratios",
  "index_topk_freq",
  "index_skip_topk_offset",
  "mamba_expand",
  "vision_config",
  "hidden_size_per_layer_input",
];

const WRONG: readonly unknown[] = [
  null,
  true,
  "",
  "\u001b[31m\u202e",
  -1,
  0,
  0.5,
  1e308,
  Number.POSITIVE_INFINITY,
  2 ** 53,
  [],
  [[]],
  {},
  Array.from({ length: 20_000 }, () => 1),
  { type: { factor: [] }, rope_type: 7 },
  ["x"],
  "1e9",
];

/** What headers tell, which no configuration may change. */
function headerFacts(config: unknown) {
  const component = componentOfText(TENSORS, config);
  const arch = describeArchitecture(component);
  const params = countParameters(component);
  return {
    total: params.parameters.total,
    byRole: params.byRole,
    byLayer: params.byLayer,
    bytes: params.bytes,
    width: arch.attention?.geometries[0]?.width,
    ratio: arch.attention?.geometries[0]?.ratio,
    rows: arch.embedding.rows.value,
    hidden: arch.hidden.value,
    layers: arch.layers.count.value,
    experts: arch.moe?.experts.value,
    linears: arch.linears,
  };
}

describe("a hostile config", () => {
  const facts = headerFacts(undefined);

  it.each(KEYS)("changes no header fact with a wrong %s", (key) => {
    for (const value of WRONG) expect(headerFacts({ [key]: value })).toEqual(facts);
  });

  it("changes none with everything wrong at once", () => {
    const prng = new Prng(7);
    for (let round = 0; round < 40; round++) {
      const config = Object.fromEntries(KEYS.map((key) => [key, prng.pick(WRONG)]));
      expect(headerFacts(round % 2 === 0 ? config : { text_config: config })).toEqual(facts);
    }
  });

  it("changes none where it is no object, or nests deeply", () => {
    let deep: unknown = 1;
    for (let level = 0; level < 5000; level++) deep = { text_config: deep };
    for (const config of [null, 7, "config", [], [{}], deep]) expect(headerFacts(config)).toEqual(facts);
  });

  it("is not believed where a number does not fit the shapes", () => {
    const arch = describeArchitecture(
      componentOfText(TENSORS, { num_attention_heads: 7, num_experts_per_tok: 5 }),
    );
    expect(arch.attention?.geometries[0]?.heads).toEqual({ value: null, from: null, claimed: 7 });
    expect(arch.moe?.topK).toEqual({ value: null, from: null, claimed: 5 });
    expect(arch.parameters.active).toBeNull();
  });
});
