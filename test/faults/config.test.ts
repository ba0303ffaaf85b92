import { describe, expect, it } from "vitest";
import { configRows } from "../../src/analysis/config-rows.ts";
import { modelOf } from "../../src/architecture/model.ts";
import { compareWithConfig } from "../../src/faults/config/find.ts";
import { PUBLISHED } from "../architecture/published/all.ts";
import { componentOfText } from "../support/tensor-text.ts";

type Config = Readonly<Record<string, unknown>>;

function compare(tensors: string, config: Config) {
  const { faults, made, lacks } = compareWithConfig(modelOf(componentOfText(tensors, config)));
  return { disagreements: configRows(faults), made, lacks };
}

/** A published model, with numbers of its configuration changed and lines of its tensors replaced. */
function bent(title: string, change: Config, rename: readonly (readonly [string, string])[] = []) {
  const model = PUBLISHED.find((each) => each.title.startsWith(title));
  if (model === undefined) throw new Error(`no published model ${title}`);
  const { text_config: text } = model.config;
  const changed =
    typeof text === "object" && !("vision_config" in change)
      ? { ...model.config, text_config: { ...text, ...change } }
      : { ...model.config, ...change };
  // A class that no library has: what such a class stores is no matter of comparisons.
  const config = { architectures: ["SmallForCausalLM"], ...changed };
  const tensors = rename.reduce((all, [from, to]) => {
    if (!all.includes(from)) throw new Error(`${title} has no ${from}`);
    return all.replaceAll(from, to);
  }, model.tensors);
  // As a file: a key without a value is not there.
  return compare(tensors, JSON.parse(JSON.stringify(config)));
}

describe("published models and their configurations", () => {
  it.each(PUBLISHED)("$title agrees in everything above info", ({ tensors, config }) => {
    const { disagreements } = compare(tensors, config);
    expect(disagreements.filter(({ severity }) => severity !== "info")).toEqual([]);
  });
});

interface Case {
  readonly id: string;
  readonly model: string;
  readonly change?: Config;
  readonly tensors?: readonly (readonly [string, string])[];
  readonly severity?: string;
  readonly says: string;
}

const every = <Value>(length: number, value: (at: number) => Value) =>
  Array.from({ length }, (_, at) => value(at));

/** One row for each comparison, and one for each way to say the same. */
const CASES: readonly Case[] = [
  {
    id: "layers.count",
    model: "Llama-3.1",
    change: { num_hidden_layers: 33 },
    says: "33 (num_hidden_layers) / 32",
  },
  {
    id: "shape.hidden",
    model: "Llama-3.1",
    change: { hidden_size: 4097 },
    says: "4,097 (hidden_size) / 4,096",
  },
  {
    id: "shape.hidden",
    model: "Llama-3.1",
    tensors: [["model.norm.weight 4096", "model.norm.weight 4095"]],
    says: "4,096 (hidden_size) / 4,095",
  },
  {
    id: "shape.vocab",
    model: "Llama-3.1",
    change: { vocab_size: 128257 },
    says: "128,257 (vocab_size) / 128,256",
  },
  {
    id: "shape.head_vocab",
    model: "Llama-3.1",
    tensors: [["lm_head.weight 128256,", "lm_head.weight 128000,"]],
    severity: "error",
    says: "128,256 (rows of the embedding table) / 128,000",
  },
  {
    id: "shape.head_vocab",
    model: "Llama-3.1",
    tensors: [["lm_head.weight 128256,", "lm_head.weight 128320,"]],
    severity: "warning",
    says: "128,256 (rows of the embedding table) / 128,320",
  },
  {
    id: "tie.config",
    model: "Llama-3.1",
    change: { tie_word_embeddings: true },
    severity: "info",
    says: "true (tie_word_embeddings) / a head is stored",
  },
  {
    id: "shape.q",
    model: "Qwen3-8B",
    change: { num_attention_heads: 64 },
    says: "64 (num_attention_heads) / 32",
  },
  {
    id: "shape.kv",
    model: "Llama-3.1",
    change: { num_key_value_heads: 4 },
    says: "4 × 128 = 512 (num_key_value_heads × head_dim) / 1,024 (rows of k_proj)",
  },
  {
    id: "shape.kv",
    model: "Llama-3.1",
    tensors: [
      [
        ".self_attn.{k,v}_proj.weight 1024,4096",
        ".self_attn.k_proj.weight 1024,4096\nmodel.layers.{0-31}.self_attn.v_proj.weight 512,4096",
      ],
    ],
    says: "8 × 128 = 1,024 (num_key_value_heads × head_dim) / 512 (rows of v_proj)",
  },
  {
    id: "shape.qkv_fused",
    model: "Phi-4",
    change: { num_key_value_heads: 8 },
    says: "(40 + 2 × 8) × 128 = 7,168 ((num_attention_heads + 2 × num_key_value_heads) × (hidden_size ÷ num_attention_heads)) / 7,680",
  },
  {
    id: "shape.qkv_fused",
    model: "Falcon-7B",
    change: { multi_query: false },
    says: "(71 + 2 × 71) × 64 = 13,632 / 4,672",
  },
  {
    id: "head_dim.explicit",
    model: "Llama-3.1",
    change: { head_dim: 64 },
    says: "32 × 64 = 2,048 (num_attention_heads × head_dim) / 4,096 (columns of o_proj)",
  },
  {
    id: "head_dim.implicit",
    model: "Qwen3-8B",
    change: { head_dim: undefined, num_attention_heads: 32, hidden_size: 2048 },
    severity: "warning",
    says: "64 (hidden_size ÷ num_attention_heads) / 128",
  },
  {
    id: "attn.groups",
    model: "Llama-3.1",
    change: { num_key_value_heads: 5 },
    says: "32 ÷ 5, no whole number",
  },
  {
    id: "shape.qk_norm",
    model: "Qwen3-8B",
    tensors: [["{q,k}_norm.weight 128", "q_norm.weight 64\nmodel.layers.{0-35}.self_attn.k_norm.weight 128"]],
    severity: "warning",
    says: "[64] (q_norm)",
  },
  {
    id: "shape.qk_norm",
    model: "MiniMax-M3-VL",
    change: { qk_norm_type: "per_layer" },
    severity: "warning",
    says: "[8192] (qk_norm_type per_layer) / [128] (q_norm)",
  },
  {
    id: "shape.qk_norm",
    model: "GLM-4.5-Air",
    change: { use_qk_norm: true },
    severity: "warning",
    says: "true (use_qk_norm) / no norms are stored",
  },
  {
    id: "bias.config",
    model: "Llama-3.1",
    change: { attention_bias: true },
    severity: "warning",
    says: "some (attention_bias) / none",
  },
  {
    id: "bias.config",
    model: "Llama-3.1",
    change: { mlp_bias: true },
    severity: "warning",
    says: "some (mlp_bias) / none",
  },
  {
    id: "bias.config",
    model: "Qwen2.5-7B",
    tensors: [["q_proj.bias 3584", "q_proj.extra 3584"]],
    says: "some (qwen2 models have them) / none",
  },
  {
    id: "bias.config",
    model: "GLM-4.5-Air",
    change: { attention_bias: false },
    severity: "warning",
    says: "none (attention_bias) / stored",
  },
  { id: "mla.q_a", model: "DeepSeek-V3", change: { q_lora_rank: 1024 }, says: "1,024 (q_lora_rank) / 1,536" },
  { id: "mla.q_a", model: "DeepSeek-V3", change: { q_lora_rank: null }, says: "null (q_lora_rank)" },
  { id: "mla.q_a", model: "Kimi-Linear", change: { q_lora_rank: 1536 }, says: "none, q_proj is stored" },
  {
    id: "mla.q_b",
    model: "DeepSeek-V3",
    change: { qk_rope_head_dim: 32 },
    says: "128 × (128 + 32) = 20,480 (num_attention_heads × (qk_nope_head_dim + qk_rope_head_dim)) / 24,576",
  },
  {
    id: "mla.kv_a",
    model: "DeepSeek-V3",
    change: { kv_lora_rank: 256 },
    says: "256 + 64 = 320 (kv_lora_rank + qk_rope_head_dim) / 576",
  },
  { id: "mla.kv_b", model: "GLM-5", change: { v_head_dim: 128 }, says: "64 × (192 + 128) = 20,480" },
  {
    id: "mla.o",
    model: "GLM-5",
    change: { v_head_dim: 128 },
    says: "64 × 128 = 8,192 (num_attention_heads × v_head_dim) / 16,384",
  },
  {
    id: "indexer.shape",
    model: "DeepSeek-V3.2",
    change: { index_head_dim: 64 },
    says: "64 × 64 = 4,096 (index_n_heads × index_head_dim) / 8,192",
  },
  {
    id: "indexer.shape",
    model: "MiniMax-M3-VL",
    change: { sparse_attention_config: { sparse_index_dim: 64, sparse_num_index_heads: 4 } },
    says: "64 (sparse_attention_config.sparse_index_dim) / 128",
  },
  {
    id: "indexer.layers",
    model: "MiniMax-M3-VL",
    change: { sparse_attention_config: { sparse_attention_freq: every(60, () => 0) } },
    says: "none / 3-59",
  },
  {
    id: "indexer.layers",
    model: "GLM-5",
    change: { indexer_types: every(78, (at) => (at < 3 ? "full" : "shared")) },
    says: "0-2 / 0-77",
  },
  {
    id: "indexer.layers",
    model: "DeepSeek-V4",
    change: { compress_ratios: every(43, () => 4) },
    says: "0-42 / 2,4,6",
  },
  {
    id: "indexer.layers",
    model: "GLM-5",
    change: { index_topk_freq: 4, index_skip_topk_offset: 3 },
    severity: "info",
    says: "0-2,6,10",
  },
  {
    id: "shape.mlp",
    model: "Llama-3.1",
    change: { intermediate_size: 11008 },
    says: "11,008 (intermediate_size) / 14,336",
  },
  {
    id: "shape.expert",
    model: "Qwen3-30B",
    change: { moe_intermediate_size: 512 },
    says: "512 (moe_intermediate_size) / 768",
  },
  {
    id: "moe.count",
    model: "Mixtral",
    change: { num_local_experts: 16 },
    says: "16 (num_local_experts) / 8",
  },
  {
    id: "moe.router",
    model: "Mixtral",
    tensors: [["block_sparse_moe.gate.weight 8,", "block_sparse_moe.gate.weight 16,"]],
    says: "8 (stored experts) / 16 (gate)",
  },
  {
    id: "moe.router",
    model: "DeepSeek-V3",
    tensors: [["e_score_correction_bias 256 F32", "e_score_correction_bias 255 F32"]],
    says: "256 (stored experts) / 255",
  },
  { id: "moe.layers", model: "DeepSeek-V3", change: { first_k_dense_replace: 4 }, says: "4-60 / 3-60" },
  { id: "moe.layers", model: "Qwen3-Next", change: { mlp_only_layers: [0] }, says: "1-47 / 0-47" },
  { id: "moe.layers", model: "Llama-4", change: { interleave_moe_layer_step: 2 }, says: "1,3,5" },
  {
    id: "moe.topk",
    model: "Mixtral",
    change: { num_experts_per_tok: 9 },
    says: "9 (num_experts_per_tok) / 8 experts",
  },
  {
    id: "moe.topk",
    model: "Mixtral",
    change: { num_experts_per_tok: undefined },
    severity: "warning",
    says: "not stated / 8 experts",
  },
  {
    id: "moe.shared",
    model: "DeepSeek-V2",
    change: { n_shared_experts: 3 },
    says: "3 × 1,536 = 4,608 (n_shared_experts × moe_intermediate_size) / 3,072",
  },
  {
    id: "moe.shared",
    model: "DeepSeek-V2",
    change: { n_shared_experts: 0 },
    says: "none (n_shared_experts) / 3,072",
  },
  {
    id: "moe.shared",
    model: "Qwen3-30B",
    change: { shared_expert_intermediate_size: 768 },
    says: "768 (shared_expert_intermediate_size) / none is stored",
  },
  {
    id: "layers.kinds",
    model: "Qwen3-Next",
    change: { full_attention_interval: 3 },
    says: "2,5,8",
  },
  {
    id: "layers.kinds",
    model: "Granite-4 H-Small",
    change: { layer_types: every(40, (at) => (at % 10 === 6 ? "attention" : "mamba")) },
    says: "6,16,26,36 / 5,15,25,35",
  },
  {
    id: "layers.kinds",
    model: "Nemotron-H-8B",
    change: { hybrid_override_pattern: "M".repeat(52) },
    says: "none / 7,18,29,40",
  },
  {
    id: "layers.kinds",
    model: "RecurrentGemma",
    change: { _block_types: ["recurrent", "attention"] },
    says: "1,3,5",
  },
  {
    id: "layers.kinds",
    model: "MiniMax-Text-01",
    change: { attn_type_list: every(80, () => 0) },
    says: "none / 7,15,23",
  },
  {
    id: "layers.kinds",
    model: "Kimi-Linear",
    change: { linear_attn_config: { full_attn_layers: [1, 2] } },
    says: "0-1 / 3,7,11",
  },
  {
    id: "layers.kinds",
    model: "Llama-3.1",
    change: { layer_types: every(32, (at) => (at < 16 ? "linear_attention" : "full_attention")) },
    says: "16-31 / 0-31",
  },
  { id: "mtp.count", model: "MiniMax-M3-VL", severity: "info", says: "1 (num_mtp_modules) / 0" },
  {
    id: "norm.count",
    model: "Llama-3.1",
    tensors: [
      ["model.layers.{0-31}.post_attention_layernorm", "model.layers.{0-9,20-31}.post_attention_layernorm"],
    ],
    severity: "warning",
    says: "2, as in layers 0-9,20-31 / 1 in layers 10-19",
  },
  { id: "ssm.shapes", model: "Mamba-2.8b", change: { state_size: 32 }, says: "32 (state_size) / 16" },
  {
    id: "ssm.shapes",
    model: "Mamba-2.8b",
    change: { time_step_rank: 80 },
    says: "80 + 2 × 16 = 112 (time_step_rank + 2 × state_size) / 192",
  },
  {
    id: "ssm.shapes",
    model: "Mamba-Codestral",
    change: { n_groups: 1 },
    says: "8,192 + 2 × 1 × 128 = 8,448 (columns of out_proj + 2 × n_groups × state_size) / 10,240",
  },
  {
    id: "ssm.shapes",
    model: "Nemotron-H-8B",
    change: { mamba_num_heads: 64 },
    says: "64 × 64 = 4,096 (mamba_num_heads × mamba_head_dim) / 8,192",
  },
  {
    id: "linear.shapes",
    model: "Qwen3-Next",
    change: { linear_conv_kernel_dim: 3 },
    says: "3 (linear_conv_kernel_dim) / 4",
  },
  {
    id: "linear.shapes",
    model: "Kimi-Linear",
    change: { linear_attn_config: { num_heads: 64, head_dim: 128 } },
    says: "64 × 128 = 8,192",
  },
  {
    id: "linear.shapes",
    model: "Kimi-Linear",
    tensors: [["A_log 1,1,32,1 F32", "A_log 1,1,128,1 F32"]],
    severity: "info",
    says: "32 (linear_attn_config.num_heads) / 128",
  },
  {
    id: "linear.shapes",
    model: "MiniMax-Text-01",
    change: { head_dim: 64 },
    says: "3 × 64 × 64 = 12,288 (3 × num_attention_heads × head_dim) / 24,576",
  },
  {
    id: "rec.shapes",
    model: "RecurrentGemma",
    change: { lru_width: 2560 },
    says: "2,560 (lru_width) / 4,096",
  },
  { id: "gemma.kv_shared", model: "Gemma-3n", severity: "info", says: "num_kv_shared_layers 15" },
  {
    id: "ple.shape",
    model: "Gemma-3n",
    change: { hidden_size_per_layer_input: 128 },
    says: "35 × 128 = 4,480 (num_hidden_layers × hidden_size_per_layer_input) / 8,960",
  },
  {
    id: "ple.shape",
    model: "Gemma-3n",
    change: { vocab_size_per_layer_input: 262400 },
    says: "262,400 (vocab_size_per_layer_input) / 262,144",
  },
  {
    id: "vision.config",
    model: "Gemma-3-4B",
    change: { vision_config: undefined, architectures: ["SmallForConditionalGeneration"] },
    severity: "warning",
    says: "nothing (vision_config) / 437 tensors of one",
  },
  {
    id: "vision.config",
    model: "Gemma-3-4B",
    change: { vision_config: { hidden_size: 1152, patch_size: 16 } },
    severity: "warning",
    says: "16 (vision_config.patch_size) / 14",
  },
  {
    id: "vision.config",
    model: "Gemma-3-4B",
    change: { vision_config: { hidden_size: 1024, patch_size: 14 } },
    severity: "warning",
    says: "1,024 (vision_config.hidden_size) / 1,152",
  },
  {
    id: "vision.config",
    model: "Llama-3.1",
    change: { vision_config: { hidden_size: 1152 } },
    severity: "warning",
    says: "an export of the text alone",
  },
  {
    id: "position.table",
    model: "GPT-2",
    change: { n_positions: 2048 },
    severity: "warning",
    says: "2,048 (n_positions) / 1,024 (rows of wpe)",
  },
  {
    id: "position.table",
    model: "whisper-tiny",
    change: { max_source_positions: 3000 },
    severity: "warning",
    says: "3,000 (max_source_positions) / 1,500",
  },
  {
    id: "arch.family",
    model: "Llama-3.1",
    change: { model_type: "gpt_neox" },
    severity: "warning",
    says: "(model_type gpt_neox) / layers with self_attn",
  },
  {
    id: "params.config_estimate",
    model: "Llama-3.1",
    tensors: [[".mlp.{gate,up}_proj.weight", ".mlp.{gate,up,side}_proj.weight"]],
    severity: "warning",
    // 32 more matrices of 14,336 × 4,096
    says: "8,030,261,248 (from its numbers) / 9,909,309,440 (19.0 % off)",
  },
];

describe.each(CASES)("$id of $model", ({ id, model, change = {}, tensors, severity = "error", says }) => {
  it(`says ${says}`, () => {
    const own = bent(model, change, tensors).disagreements.filter((each) => each.id === id);
    const told = own.map(({ config, headers }) => `${config} / ${headers}`);
    const plain = told.map((text) => text.replace(/ \((?:[^()]|\([^()]*\))*\)(?= \/)/, ""));
    expect([...told, ...plain].join("\n")).toContain(says);
    expect(own.map((each) => each.severity)).toContain(severity);
  });
});

it("names the tensors that disagree, of all layers in one pattern", () => {
  const { disagreements } = bent("DeepSeek-V3.2", { kv_lora_rank: 256 });
  const found = disagreements.filter(({ id }) => id === "mla.kv_a");
  expect(found).toMatchObject([
    { tensors: ["model.layers.{0-60}.self_attn.kv_a_proj_with_mqa.weight"], count: 61 },
  ]);
});

describe("what is not stated", () => {
  it.each([
    ["mla.kv_b", "DeepSeek-V3", { qk_nope_head_dim: undefined }, "qk_nope_head_dim"],
    ["indexer.shape", "GLM-5", { index_n_heads: "32", index_head_dim: undefined }, "index_n_heads"],
    ["shape.qkv_fused", "Falcon-7B", { multi_query: undefined }, "multi_query"],
    ["layers.kinds", "Qwen3-Next", { layer_types: every(48, () => "attention_of_tomorrow") }, "known"],
    ["arch.family", "Llama-3.1", { model_type: "llama_of_tomorrow" }, "model_type"],
    ["params.config_estimate", "Llama-3.1", { intermediate_size: undefined }, "intermediate_size"],
  ] as const)("is not compared: %s", (id, model, change, reason) => {
    const { disagreements, made, lacks } = bent(model, change);
    expect(disagreements.filter((each) => each.id === id)).toEqual([]);
    expect(made.has(id)).toBe(false);
    expect(lacks.get(id)).toContain(reason);
  });

  it("is nothing where the configuration is missing", () => {
    const [llama] = PUBLISHED;
    const { faults, made } = compareWithConfig(modelOf(componentOfText(llama?.tensors ?? "")));
    expect([faults, [...made]]).toEqual([[], []]);
  });
});

describe("designs that look like a contradiction", () => {
  const silent = (id: string, title: string, change: Config, rename?: Case["tensors"]) =>
    bent(title, change, rename).disagreements.filter((each) => each.id === id);

  it.each([
    [
      "key/value heads that Falcon's multi-query overrules",
      "shape.qkv_fused",
      "Falcon-7B",
      { num_kv_heads: 71 },
    ],
    ["two rows of padding", "position.table", "GPT-2", { n_positions: 1022 }],
    ["a rank that Falcon-Mamba states beside its width", "ssm.shapes", "Mamba-2.8b", { expand: 16 }],
    [
      "dense models that keep the keys of experts",
      "moe.layers",
      "Llama-3.1",
      { first_k_dense_replace: 0, n_routed_experts: null },
    ],
    [
      "a tower that the repository's code describes",
      "vision.config",
      "Gemma-3-4B",
      { vision_config: undefined, architectures: ["SmallForConditionalGeneration"], auto_map: {} },
    ],
    [
      "a tower beside a configuration that names no architecture",
      "vision.config",
      "Gemma-3-4B",
      { vision_config: undefined, architectures: undefined },
    ],
    [
      "words that are read and never written (Llama 3.2 Vision)",
      "shape.head_vocab",
      "Llama-3.1",
      { vocab_size: 128_256 },
      [["embed_tokens.weight 128256,", "embed_tokens.weight 128264,"]],
    ],
    ["rows for experts that do nothing", "moe.count", "Mixtral", { zero_expert_num: 0 }],
  ] as const)("%s", (_, id, title, change, rename: readonly (readonly [string, string])[] = []) => {
    expect(silent(id, title, change, rename)).toEqual([]);
  });

  it.each([
    ["shape.kv", { num_key_value_heads: 4, swa_num_key_value_heads: 8 }],
    ["shape.kv", { num_key_value_heads: 4, attention_other_setting: { num_attention_groups: 8 } }],
    ["head_dim.explicit", { head_dim: 192, v_head_dim: 128 }],
  ])("%s of layers of a second kind: %j", (id, change) => {
    expect(silent(id, "Llama-3.1", change)).toEqual([]);
  });

  it("a drafter of the model that its type names", () => {
    const rename = [
      ["lm_head.weight 128256,4096", "fc.weight 40960,8192\nlm_head.weight 128256,4096"],
    ] as const;
    const id = "params.config_estimate";
    expect(silent(id, "Llama-3.1", {}, rename)).toHaveLength(1);
    expect(silent(id, "Llama-3.1", { architectures: ["LlamaForCausalLMEagle3"] }, rename)).toEqual([]);
  });

  it("a norm that the first layer does without", () => {
    const rename = [["layers.{0-31}.input_layernorm", "layers.{1-31}.input_layernorm"]] as const;
    expect(silent("norm.count", "Llama-3.1", {}, rename)).toEqual([]);
  });
});

describe("tensors that MLX turns, channels last", () => {
  const kernel = (turned: string) =>
    bent("Qwen3-Next", {}, [
      ["linear_attn.conv1d.weight 8192,1,4", `linear_attn.conv1d.weight 8192,${turned}`],
    ]).disagreements.filter(({ severity }) => severity !== "info");
  const patch = (turned: string) =>
    bent("Qwen3.8", { vision_config: { patch_size: 16 } }, [
      ["patch_embed.proj.weight 1152,3,2,16,16", `patch_embed.proj.weight 1152,${turned}`],
    ])
      .disagreements.filter(({ id }) => id === "vision.config")
      .map(({ severity }) => severity);

  it("a kernel and a patch, either way", () => {
    expect([...kernel("4,1"), ...kernel("1,4"), ...patch("3,2,16,16"), ...patch("2,16,16,3")]).toEqual([]);
  });

  it("other lengths are seen either way", () => {
    expect([kernel("3,1"), kernel("1,3")].map((found) => found.map(({ id }) => id))).toEqual([
      ["linear.shapes"],
      ["linear.shapes"],
    ]);
    expect([patch("3,2,14,14"), patch("2,14,14,3")]).toEqual([["warning"], ["warning"]]);
  });
});

describe("lists with an entry for each layer", () => {
  const lists = (change: Config) =>
    bent("Llama-3.1", change)
      .disagreements.filter(({ id }) => id === "layers.list")
      .map(({ severity }) => severity);
  const types = (length: number) => every(length, () => "full_attention");

  it("are as long as there are layers, or longer by the prediction layers", () => {
    expect(lists({ layer_types: types(32) })).toEqual([]);
    expect(lists({ layer_types: types(31) })).toEqual(["error"]);
    expect(lists({ layer_types: types(33) })).toEqual(["error"]);
    expect(lists({ layer_types: types(33), num_nextn_predict_layers: 1 })).toEqual(["warning"]);
    expect(lists({ no_rope_layers: every(30, () => 1) })).toEqual(["error"]);
  });
});

describe("layers of short convolutions", () => {
  const attending = [2, 5, 8, 10, 12, 14];
  const types = (moved: number) =>
    every(16, (layer) => (attending.includes(layer === moved ? 2 : layer) ? "full_attention" : "conv"));
  const kinds = (layer_types: readonly string[]) =>
    bent("LFM2-1.2B", { layer_types }).disagreements.filter(({ id }) => id === "layers.kinds");

  it("are of the kind that the headers give them", () => {
    expect(kinds(types(-1))).toEqual([]);
    expect(kinds(types(3)).map(({ severity }) => severity)).toEqual(["error"]);
  });
});
