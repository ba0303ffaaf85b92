import { describe, expect, it } from "vitest";
import { describeArchitecture } from "../../src/analysis/arch.ts";
import { countParameters } from "../../src/analysis/params.ts";
import { modelOf } from "../../src/architecture/model.ts";
import { componentOf, expandAll } from "../support/component-of.ts";
import { MINIMAX_M2 } from "../support/minimax-m2.ts";
import { componentOfText } from "../support/tensor-text.ts";
import { MINIMAX } from "./published/minimax.ts";

const M2_CONFIG = {
  architectures: ["MiniMaxM2ForCausalLM"],
  // As the release has it: what a class of a library stores is not asked.
  auto_map: { AutoModelForCausalLM: "modeling_minimax_m2.MiniMaxM2ForCausalLM" },
  model_type: "minimax_m2",
  hidden_size: 3072,
  num_hidden_layers: 62,
  num_attention_heads: 48,
  num_key_value_heads: 8,
  head_dim: 128,
  rotary_dim: 64,
  intermediate_size: 1536,
  num_local_experts: 256,
  num_experts_per_tok: 8,
  vocab_size: 200064,
  tie_word_embeddings: false,
  use_qk_norm: true,
  scoring_func: "sigmoid",
  rope_theta: 5_000_000,
};

describe("MiniMax-M2", () => {
  const component = componentOf(expandAll(MINIMAX_M2), { configs: { "config.json": M2_CONFIG } });
  const arch = describeArchitecture(component);
  const params = countParameters(component);

  it("has heads of 128, whatever hidden_size ÷ heads would be", () => {
    const [facts] = arch.attention?.geometries ?? [];
    expect(facts).toMatchObject({
      kind: "GQA",
      width: 6144,
      ratio: 6,
      heads: { value: 48, from: "config" },
      headDim: { value: 128, from: "both" },
      kvHeads: { value: 8, from: "both" },
      qkNorm: "full width",
      biases: "",
    });
  });

  it("lists its linears as the model computes with them", () => {
    const shapes = Object.fromEntries(
      arch.linears.map((row) => [row.module, [row.in, row.out, row.perLayer]]),
    );
    expect(shapes).toEqual({
      "self_attn.q_proj": [3072, 6144, 1],
      "self_attn.k_proj": [3072, 1024, 1],
      "self_attn.v_proj": [3072, 1024, 1],
      "self_attn.o_proj": [6144, 3072, 1],
      "block_sparse_moe.experts.*.w1": [3072, 1536, 256],
      "block_sparse_moe.experts.*.w2": [1536, 3072, 256],
      "block_sparse_moe.experts.*.w3": [3072, 1536, 256],
      "block_sparse_moe.gate": [3072, 256, 1],
    });
  });

  it("sees the router's bias, and stores its head", () => {
    expect(arch.moe).toMatchObject({
      hasRouterBias: true,
      experts: { value: 256, from: "both" },
      topK: { value: 8, from: "config" },
      expertWidth: 1536,
      layers: "0-61",
      denseLayers: "",
      // 3 × 3,072 × 1,536
      parametersPerExpert: 14_155_776,
    });
    expect(arch.embedding).toEqual({
      rows: { value: 200064, from: "both" },
      width: 3072,
      tied: false,
      headRows: 200064,
    });
  });

  it("counts what is active by three conventions", () => {
    expect(params.parameters).toEqual({
      total: 228_689_764_864,
      active: 11_030_553_088,
      activeBasis: "8 of 256 routed experts, num_experts_per_tok in config.json",
      activeWithoutEmbedding: 10_415_956_480,
      activeWithoutEmbeddingAndHead: 9_801_359_872,
      sharedBlocks: null,
      activeCountingCalls: null,
      uncertain: 0,
    });
    expect(params.elements).toEqual({ stored: 228_703_644_928, auxiliary: 13_880_064 });
  });

  it("splits by role without a remainder", () => {
    const rows = params.byRole.map((row) => [row.role, row.tensors, row.parameters, row.elements]);
    expect(rows).toEqual([
      ["embedding", 1, 614_596_608, 614_596_608],
      ["attention", 372, 2_730_936_320, 2_730_936_320],
      ["experts", 47_616, 224_680_476_672, 224_680_476_672],
      ["router", 124, 48_774_656, 48_774_656],
      ["norms", 125, 384_000, 384_000],
      ["head", 1, 614_596_608, 614_596_608],
      ["quant_metadata", 47_864, 0, 13_880_064],
    ]);
    expect(params.byLayer).toMatchObject([
      {
        stack: "model.layers",
        layers: "0-61",
        count: 62,
        parametersEach: 3_668_718_848,
        parameters: 227_460_568_576,
      },
    ]);
  });

  it("stores what the index of the release declares", () => {
    expect(params.bytes.total).toBe(230_121_630_720);
    expect(Object.fromEntries(params.byDtype.map((row) => [row.dtype, [row.tensors, row.elements]]))).toEqual(
      {
        F8_E4M3: [47_864, 227_410_968_576],
        BF16: [251, 1_230_021_632],
        F32: [47_988, 62_654_720],
      },
    );
    // 48,239 weights and 47,864 scales
    expect(component.kinds.tensors(component.kinds.root)).toBe(96_103);
  });

  it("tells projections from norms, and routers from their biases", () => {
    const { tensorRoles } = modelOf(component);
    const sum = (role: RegExp) =>
      tensorRoles
        .filter((tensorRole) => role.test(tensorRole.role))
        .reduce((total, tensorRole) => total + tensorRole.parametersEach * tensorRole.count, 0);
    expect(sum(/^attn\.[qkvo]$/)).toBe(2_730_491_904);
    expect(sum(/^attn\.qk_norm$/)).toBe(444_416);
    expect(sum(/^moe\.router$/)).toBe(48_758_784);
    expect(sum(/^moe\.router_bias$/)).toBe(15_872);
    // What one token uses of its experts, over 62 layers, with the routers that pick them
    expect((sum(/^expert\./) * 8) / 256 + sum(/^moe\./)).toBe(7_070_039_552);
  });

  it("caches 253,952 bytes a token in BF16, half of it in FP8", () => {
    expect(arch.kvCache).toMatchObject({
      bytesPerToken: 253_952,
      growingBytesPerToken: 253_952,
      stateBytes: 0,
    });
    expect(describeArchitecture(component, { kvBytes: 1, context: 1000 }).kvCache).toMatchObject({
      bytesPerToken: 126_976,
      bytesAtContext: 126_976_000,
    });
  });

  it("is told the same without a config, except for what only a config can tell", () => {
    const bare = describeArchitecture(componentOf(expandAll(MINIMAX_M2)));
    const [facts] = bare.attention?.geometries ?? [];
    expect(facts).toMatchObject({
      kind: "GQA",
      width: 6144,
      ratio: 6,
      heads: { value: null },
      headDim: { value: null },
    });
    expect(bare.parameters).toMatchObject({ total: 228_689_764_864, active: null });
    expect(bare.kvCache?.bytesPerToken).toBe(253_952);
    expect(bare.family).toMatchObject({ id: "minimax-m2", confidence: "likely" });
  });

  it("lets o_proj decide against a config without head_dim", () => {
    const { head_dim: _, ...config } = M2_CONFIG;
    const implied = describeArchitecture(
      componentOf(expandAll(MINIMAX_M2), { configs: { "config.json": config } }),
    );
    expect(implied.attention?.geometries[0]?.headDim).toEqual({ value: 128, from: "both" });
    expect(implied.disagreements).toContainEqual({
      id: "head_dim.implicit",
      severity: "warning",
      subject: "head width",
      config: "64 (hidden_size ÷ num_attention_heads)",
      headers: "128 (6,144 columns of o ÷ 48 heads)",
      basis: "config",
      tensors: ["model.layers.{0-61}.self_attn.o_proj.weight"],
      count: 62,
    });
  });
});

describe("MiniMax-M3-VL as published", () => {
  const [published] = MINIMAX;
  const params = countParameters(componentOfText(published?.tensors ?? "", published?.config));
  const runs = params.byLayer.filter((row) => row.stack === "language_model.model.layers");

  it("has three dense layers, and 57 alike", () => {
    expect(runs.map((row) => [row.layers, row.parametersEach])).toEqual([
      ["0-2", 333_459_712],
      ["3-59", 7_416_066_688],
    ]);
  });

  it("lacks exactly one MTP module of what its index declares", () => {
    // A layer like the last one, eh_proj of 6,144 × 12,288 and three norms, all in BF16
    const module = (runs[1]?.bytes ?? 0) / 57 + 2 * (6144 * 12_288 + 3 * 6144);
    expect(params.bytes.total + module).toBe(869_157_697_024);
  });
});

const L = "language_model.model.layers";
const VISION = "vision_tower.vision_model";
const M3_SMALL = `
  language_model.model.embed_tokens.weight 256,64
  language_model.lm_head.weight 256,64
  language_model.model.norm.weight 64
  ${L}.{0-3}.self_attn.q_proj.weight 128,64
  ${L}.{0-3}.self_attn.{k,v}_proj.weight 64,64
  ${L}.{0-3}.self_attn.o_proj.weight 64,128
  ${L}.{0-3}.self_attn.{q,k}_norm.weight 32
  ${L}.{1-3}.self_attn.index_q_proj.weight 32,64
  ${L}.{1-3}.self_attn.index_k_proj.weight 16,64
  ${L}.{1-3}.self_attn.index_{q,k}_norm.weight 16
  ${L}.0.mlp.{gate,up}_proj.weight 128,64
  ${L}.0.mlp.down_proj.weight 64,128
  ${L}.{1-3}.block_sparse_moe.gate.weight 4,64 F32
  ${L}.{1-3}.block_sparse_moe.e_score_correction_bias 4 F32
  ${L}.{1-3}.block_sparse_moe.experts.{0-3}.w{1,3}.weight 32,64
  ${L}.{1-3}.block_sparse_moe.experts.{0-3}.w2.weight 64,32
  ${L}.{1-3}.block_sparse_moe.shared_experts.{gate,up}_proj.weight 32,64
  ${L}.{1-3}.block_sparse_moe.shared_experts.down_proj.weight 64,32
  ${L}.{0-3}.{input,post_attention}_layernorm.weight 64
  ${VISION}.embeddings.patch_embedding.weight 32,3,2,4,4 F32
  ${VISION}.pre_layrnorm.{weight,bias} 32
  ${VISION}.encoder.layers.{0,1}.self_attn.{q,k,v,out}_proj.weight 32,32
  ${VISION}.encoder.layers.{0,1}.self_attn.{q,k,v,out}_proj.bias 32
  ${VISION}.encoder.layers.{0,1}.layer_norm{1,2}.{weight,bias} 32
  ${VISION}.encoder.layers.{0,1}.mlp.fc1.weight 64,32
  ${VISION}.encoder.layers.{0,1}.mlp.fc1.bias 64
  ${VISION}.encoder.layers.{0,1}.mlp.fc2.weight 32,64
  ${VISION}.encoder.layers.{0,1}.mlp.fc2.bias 32
  multi_modal_projector.linear_1.weight 64,32
  multi_modal_projector.linear_2.weight 64,64
  patch_merge_mlp.linear_1.weight 64,256
  patch_merge_mlp.linear_2.weight 64,64
  {multi_modal_projector,patch_merge_mlp}.linear_{1,2}.bias 64`;

function m3Config(changes: { text?: object; sparse?: readonly number[] } = {}) {
  return {
    architectures: ["MiniMaxM3SparseForConditionalGeneration"],
    auto_map: { AutoModel: "modeling_minimax_m3.MiniMaxM3SparseForConditionalGeneration" },
    model_type: "minimax_m3_vl",
    tie_word_embeddings: false,
    text_config: {
      hidden_size: 64,
      num_hidden_layers: 4,
      num_attention_heads: 4,
      num_key_value_heads: 2,
      head_dim: 32,
      moe_layer_freq: [0, 1, 1, 1],
      dense_intermediate_size: 128,
      intermediate_size: 32,
      num_local_experts: 4,
      num_experts_per_tok: 2,
      n_shared_experts: 1,
      shared_intermediate_size: 32,
      vocab_size: 256,
      sparse_attention_config: {
        use_sparse_attention: true,
        sparse_attention_freq: changes.sparse ?? [0, 1, 1, 1],
      },
      ...changes.text,
    },
    vision_config: { hidden_size: 32, num_hidden_layers: 2 },
  };
}

const ids = (arch: ReturnType<typeof describeArchitecture>) => arch.disagreements.map((each) => each.id);

describe("a small MiniMax-M3-VL", () => {
  const component = componentOfText(M3_SMALL, m3Config());
  const arch = describeArchitecture(component);
  const params = countParameters(component);

  it("adds up", () => {
    expect(component.kinds.tensors(component.kinds.root)).toBe(144);
    expect(params.elements).toEqual({ stored: 305_836, auxiliary: 0 });
    expect(params.bytes.total).toBe(619_376);
    expect(Object.fromEntries(params.byRole.map((row) => [row.role, row.parameters]))).toEqual({
      embedding: 16_384,
      attention: 107_872,
      mlp: 24_576,
      experts: 73_728,
      shared_experts: 18_432,
      router: 780,
      norms: 576,
      head: 16_384,
      vision: 20_224,
      projector: 26_880,
    });
    // Backbone 258,732 without half of the routed experts, then without each of the two tables.
    expect(params.parameters).toMatchObject({
      active: 221_868,
      activeWithoutEmbedding: 205_484,
      activeWithoutEmbeddingAndHead: 189_100,
    });
  });

  it("tells dense from sparse layers, and what each caches", () => {
    expect(arch.layers.kinds.map((row) => [row.layers, row.mixer, row.feedForward])).toEqual([
      ["0", "GQA 2:1", "dense 128"],
      ["1-3", "sparse GQA 2:1", "MoE 4 × 32 + shared"],
    ]);
    // 4 layers × 2 × 64 × 2 bytes, and index keys of 16 in three layers
    expect(arch.kvCache).toMatchObject({ bytesPerToken: 1024 + 96, indexKeyBytesPerToken: 96 });
    expect(arch.attention?.geometries[0]?.headDim).toEqual({ value: 32, from: "both" });
    expect(arch.towers).toMatchObject([
      {
        scope: "vision",
        stack: "vision_tower.vision_model.encoder.layers",
        layers: 2,
        width: 32,
        parameters: 20_224,
      },
      { scope: "projector", stack: null, parameters: 26_880 },
    ]);
    expect(arch.disagreements).toEqual([]);
  });

  it("keeps heads of 32 where the config leaves head_dim out", () => {
    const bare = describeArchitecture(componentOfText(M3_SMALL, m3Config({ text: { head_dim: null } })));
    expect(bare.attention?.geometries[0]?.headDim.value).toBe(32);
    expect(ids(bare)).toEqual(["head_dim.implicit"]);
  });

  it("finds indexers where the config says that there are none", () => {
    const dense = describeArchitecture(componentOfText(M3_SMALL, m3Config({ sparse: [0, 0, 0, 0] })));
    expect(dense.disagreements).toMatchObject([
      { id: "indexer.layers", severity: "error", config: "none", headers: "1-3" },
    ]);
  });

  it.each([
    ["more layers than are stored", { num_hidden_layers: 5 }, ["layers.count"]],
    ["another width", { hidden_size: 32, head_dim: 32 }, ["shape.hidden"]],
    ["more key/value heads", { num_key_value_heads: 4 }, ["shape.kv"]],
    ["more experts", { num_local_experts: 8 }, ["moe.count"]],
    ["more experts per token than there are", { num_experts_per_tok: 9 }, ["moe.topk"]],
    ["experts in every layer", { moe_layer_freq: [1, 1, 1, 1] }, ["moe.layers"]],
    ["a wider dense block", { dense_intermediate_size: 256 }, ["shape.mlp"]],
    ["more words than rows", { vocab_size: 300 }, ["shape.vocab"]],
    ["a prediction module that was left out", { num_mtp_modules: 1 }, ["mtp.count"]],
    ["nothing where the whole says that no head is tied", { tie_word_embeddings: true }, []],
  ])("holds the config to its word: %s", (_, text, expected) => {
    expect(ids(describeArchitecture(componentOfText(M3_SMALL, m3Config({ text }))))).toEqual(expected);
  });
});
